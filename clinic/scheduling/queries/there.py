"""A visit that moves is judged where its patient said to be, on the day about which that was said."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.people.rules import county
from clinic.scheduling.queries.calendar import PatientFacts
from clinic.scheduling.queries.locations import stated_location
from clinic.scheduling.rules.places import HOME


def away(session: Session, home: PatientFacts, *, moving: UUID | None) -> tuple[PatientFacts, date] | None:
    """Return a patient where he or she said to be at the visit, and the day on which that is so; None at home."""
    said = stated_location(session, moving) if moving else None
    if said is None or said.county_fips is None or said.kind == HOME:
        return None
    zone = home.zone if said.county_fips == home.county_fips else county(said.county_fips).zone
    return replace(home, state=said.state, county_fips=said.county_fips, zone=zone), said.visit_on
