"""Where patients said that they will be at their visits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.scheduling.models import Appointment, VisitLocation


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


def stated_location(session: Session, appointment_id: UUID) -> StatedLocation | None:
    """Return the latest statement about this visit on its present day, or None."""
    return stated_locations(session, [appointment_id]).get(appointment_id)


def stated_locations(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, StatedLocation]:
    """Return the latest statement about each of these visits on its present day; who said nothing is absent.

    A visit that went to another day is asked about anew.
    """
    row = VisitLocation
    latest = (
        select(row)
        .join(Appointment, Appointment.id == row.appointment_id)
        .where(row.appointment_id.in_(appointment_ids))
        .where(row.visit_on == func.date(func.timezone(Appointment.location_zone, Appointment.starts_at)))
        .order_by(row.appointment_id, row.said_at.desc(), row.id.desc())
        .ext(distinct_on(row.appointment_id))
    )
    return {said.appointment_id: _plain(said) for said in session.scalars(latest)}


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
