"""A visit that moves is judged where its patient said to be, on the day about which that was said."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.people.rules import county
from clinic.scheduling.queries.calendar import PatientFacts
from clinic.scheduling.queries.locations import stated_locations
from clinic.scheduling.rules.places import HOME


def away(session: Session, home: PatientFacts, *, moving: UUID | None) -> tuple[PatientFacts, date] | None:
    """Return a patient where he or she said to be at the visit, and the day on which that is so; None at home."""
    return aways(session, {moving: home}).get(moving) if moving else None


def aways(session: Session, homes: Mapping[UUID, PatientFacts]) -> dict[UUID, tuple[PatientFacts, date]]:
    """Return the same for many visits, each with its patient at home, by visit in one statement."""
    return {
        visit_id: (_there(homes[visit_id], said.county_fips, said.state), said.visit_on)
        for visit_id, said in stated_locations(session, list(homes)).items()
        if said.county_fips is not None and said.kind != HOME
    }


def _there(home: PatientFacts, county_fips: str, state: str) -> PatientFacts:
    zone = home.zone if county_fips == home.county_fips else county(county_fips).zone
    return replace(home, state=state, county_fips=county_fips, zone=zone)
