"""Visits of a stretch of days by filters, in one of a few orders: a page of them, a count, or all for a file."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from clinic.kernel.localtime import first_instant_of
from clinic.people.models import Patient, Physician
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.states import AppointmentState

_A_DAY = timedelta(days=1)
_NEVER_A_VISIT = (AppointmentState.HELD, AppointmentState.EXPIRED)


class VisitSort(StrEnum):
    """The orders of the list; visits that are alike in it stand by time."""

    TIME = "time"
    LATEST = "latest"
    PATIENT = "patient"
    PHYSICIAN = "physician"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which visits: local days of `zone` from first to last (both included); None or nothing named is any."""

    first: date
    last: date
    zone: str
    physician_ids: Collection[UUID] = ()
    states: Collection[AppointmentState] = field(default_factory=tuple)
    visit_type_code: str | None = None
    location_state: str | None = None


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """One line of the list; instants in UTC."""

    id: UUID
    state: AppointmentState
    starts_at: datetime
    ends_at: datetime
    hold_expires_at: datetime | None
    visit_name: str
    patient_id: UUID
    patient_name: str
    record_number: str
    patient_zone: str
    location_state: str
    physician_name: str
    cancel_reason: str | None
    overbook_reason: str | None


def count_of_states(session: Session, wanted: Filters, *, now: datetime) -> dict[AppointmentState, int]:
    """Return how many visits stand in each state, whatever states were asked for."""
    whatever = _filtered(select(Appointment.state, func.count()), wanted, now=now)
    return {AppointmentState(state): count for state, count in session.execute(whatever.group_by(Appointment.state))}


def visits_of(
    session: Session,
    wanted: Filters,
    *,
    sort: VisitSort,
    now: datetime,
    limit: int | None = None,
    offset: int = 0,
) -> list[ListedVisit]:
    """Return visits and live holds in this order; None as limit is all of them."""
    rows = _filtered(_named(), wanted, now=now)
    if wanted.states:
        rows = rows.where(Appointment.state.in_(sorted(wanted.states)))
    rows = rows.order_by(*_ORDERS[sort], Appointment.starts_at, Appointment.id).limit(limit).offset(offset)
    return [ListedVisit(**{**row, "state": AppointmentState(row["state"])}) for row in session.execute(rows).mappings()]


_NAME = Patient.legal_last_name + ", " + Patient.legal_first_name
_ORDERS: dict[VisitSort, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]] = {
    VisitSort.TIME: (Appointment.starts_at,),
    VisitSort.LATEST: (Appointment.starts_at.desc(),),
    VisitSort.PATIENT: (func.lower(_NAME),),
    VisitSort.PHYSICIAN: (Physician.full_name, Physician.id),
    VisitSort.STATUS: (Appointment.state,),
}


def _named() -> Select[*tuple[Any, ...]]:
    row = Appointment
    return (
        select(
            *(row.id, row.state, row.starts_at, row.ends_at, row.hold_expires_at, row.patient_id),
            *(VisitType.name.label("visit_name"), _NAME.label("patient_name"), Patient.record_number),
            *(row.location_zone.label("patient_zone"), row.location_state, row.cancel_reason, row.overbook_reason),
            Physician.full_name.label("physician_name"),
        )
        .join(VisitType, VisitType.code == row.visit_type_code)
        .join(Patient, Patient.id == row.patient_id)
        .join(Physician, Physician.id == row.physician_id)
    )


def _filtered(rows: Select[*tuple[Any, ...]], wanted: Filters, *, now: datetime) -> Select[*tuple[Any, ...]]:
    row = Appointment
    begin, end = first_instant_of(wanted.first, wanted.zone), first_instant_of(wanted.last + _A_DAY, wanted.zone)
    is_live_hold = and_(row.state == AppointmentState.HELD, row.hold_expires_at > now)
    found = rows.where(row.starts_at >= begin, row.starts_at < end, or_(is_live_hold, row.state.not_in(_NEVER_A_VISIT)))
    if wanted.physician_ids:
        found = found.where(row.physician_id.in_(wanted.physician_ids))
    if wanted.visit_type_code:
        found = found.where(row.visit_type_code == wanted.visit_type_code)
    return found.where(row.location_state == wanted.location_state) if wanted.location_state else found
