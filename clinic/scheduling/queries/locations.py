"""Where patients said that they will be at their visits."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.people.models import Licence
from clinic.people.queries import licences_by_physician
from clinic.scheduling.models import Appointment, VisitLocation
from clinic.scheduling.queries.visits import VisitRow
from clinic.scheduling.rules.places import Standing, is_said_on_the_day, standing_in
from clinic.scheduling.rules.slots import LicencePeriod


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLocation:
    """What was said last about where a patient is at a visit on the day on which that visit is now.

    `state` is two letters, "XX" abroad; `county_fips` is None outside the states that the clinic serves. `by` is
    "patient", "staff" or "physician".
    """

    state: str
    county_fips: str | None
    kind: str
    said_at: datetime
    by: str
    by_name: str
    visit_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """What is known of where a patient is at a visit: the latest statement, what it means, whether it is of the day."""

    said: StatedLocation | None
    standing: Standing | None
    is_of_the_day: bool

    @property
    def may_join(self) -> bool:
        """Tell whether the room may open: said on the day of the visit, and the visit can take place there."""
        return self.is_of_the_day and self.standing is Standing.FITS


def whereabouts(session: Session, row: VisitRow) -> Whereabouts:
    """Return where the patient is at a visit, judged by the licenses as they are now."""
    return whereabouts_of(session, [row])[row.id]


def whereabouts_of(session: Session, rows: Iterable[VisitRow]) -> dict[UUID, Whereabouts]:
    """Return the same for several visits, by their ids."""
    visits = list(rows)
    said = stated_locations(session, [row.id for row in visits])
    held = licences_by_physician(session, {row.physician_id for row in visits})
    return {row.id: _judged(row, said.get(row.id), periods(held[row.physician_id])) for row in visits}


def periods(held: Iterable[Licence]) -> tuple[LicencePeriod, ...]:
    """Return licenses as the rules take them."""
    return tuple(LicencePeriod(one.state, one.valid_from, one.valid_until) for one in held)


def _judged(row: VisitRow, said: StatedLocation | None, licences: Collection[LicencePeriod]) -> Whereabouts:
    if said is None:
        return Whereabouts(said=None, standing=None, is_of_the_day=False)
    return Whereabouts(
        said=said,
        standing=standing_in(said.state, on=said.visit_on, licences=licences),
        is_of_the_day=is_said_on_the_day(said.said_at, row.starts_at, zone=row.patient_zone),
    )


def stated_location(session: Session, appointment_id: UUID) -> StatedLocation | None:
    """Return the latest statement about this visit on its present day, or None."""
    return stated_locations(session, [appointment_id]).get(appointment_id)


def stated_locations(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, StatedLocation]:
    """Return the latest statement about each of these visits on its present day; who said nothing is absent.

    A visit that went to another day is asked about anew.
    """
    latest = session.scalars(_latest(), {"of_visits": list(appointment_ids)})
    return {said.appointment_id: _plain(said) for said in latest}


@cache
def _latest() -> Select[VisitLocation]:
    row = VisitLocation
    return (
        select(row)
        .join(Appointment, Appointment.id == row.appointment_id)
        .where(among(row.appointment_id, "of_visits"))
        .where(row.visit_on == func.date(func.timezone(Appointment.location_zone, Appointment.starts_at)))
        .order_by(row.appointment_id, row.number.desc())
        .ext(distinct_on(row.appointment_id))
    )


def visit_day(visit: Appointment) -> date:
    """Return the day of a visit in its own zone."""
    return in_zone(visit.starts_at, visit.location_zone).date()


def _plain(said: VisitLocation) -> StatedLocation:
    return StatedLocation(
        state=said.state,
        county_fips=said.county_fips,
        kind=said.kind,
        said_at=said.said_at,
        by=said.said_by,
        by_name=said.actor_name,
        visit_on=said.visit_on,
    )
