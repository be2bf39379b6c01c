"""Reads of visits and holds: lists for a day, a patient, a person's attention; one row with the names to show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE, Range
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of
from clinic.kernel.statements import among, among_these
from clinic.people.models import Patient, Physician
from clinic.scheduling.errors import UnknownAppointment
from clinic.scheduling.models import Appointment, AppointmentHistory, VisitType
from clinic.scheduling.rules.states import OCCUPYING, UPCOMING, AppointmentState

_A_DAY = timedelta(days=1)
LATE_START = timedelta(minutes=15)
"""A promised visit that nobody joined by then wants its outcome."""

LATE_END = timedelta(hours=1)
"""A visit that goes on so long after its end was probably forgotten."""

_NEVER_A_VISIT = (AppointmentState.HELD, AppointmentState.EXPIRED)
_NOW: BindParameter[datetime] = bindparam("now")
_BETWEEN = (Appointment.starts_at >= bindparam("begin"), Appointment.starts_at < bindparam("end"))


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit or hold with the names to show; instants in UTC, `patient_zone` is where the patient will be.

    `busy` is when the physician is engaged, buffers included. `join_url` is the visit's own room or the physician's;
    pages show `joining.join_link` instead, which knows when it is due.
    """

    id: UUID
    uid: str
    sequence: int
    version: int
    time_version: int
    state: AppointmentState
    visit_type_code: str
    visit_name: str
    visit_name_es: str
    starts_at: datetime
    ends_at: datetime
    patient_id: UUID
    patient_name: str
    preferred_name: str
    patient_zone: str
    location_state: str
    location_county_fips: str
    physician_id: UUID
    physician_name: str
    physician_zone: str
    join_url: str | None
    hold_expires_at: datetime | None
    held_by: UUID | None
    confirmed_at: datetime | None
    confirmed_via: str | None
    canceled_at: datetime | None
    cancel_reason: str | None
    is_overbooked: bool
    overbook_reason: str | None
    overbook_by_name: str | None
    own_join_url: str | None
    busy: tuple[tuple[datetime, datetime], ...]


def visit_row(session: Session, appointment_id: UUID) -> VisitRow:
    """Return one visit or hold with its names, or raise UnknownAppointment."""
    for row in _rows(session, _named_one(), {"of_visit": appointment_id}):
        return row
    raise unknown()


def appointment(session: Session, appointment_id: UUID) -> Appointment:
    """Return one visit or hold, or raise UnknownAppointment."""
    found = session.get(Appointment, appointment_id)
    if found is None:
        raise unknown()
    return found


def appointment_of_patient(session: Session, *, appointment_id: UUID, patient_id: UUID) -> Appointment:
    """Return a visit if it is this patient's, or raise UnknownAppointment as if it did not exist."""
    found = appointment(session, appointment_id)
    if found.patient_id != patient_id:
        raise unknown()
    return found


def day_list(
    session: Session, *, day: date, zone: str, now: datetime, physician_id: UUID | None = None
) -> list[VisitRow]:
    """Return what starts on a local day of `zone`: visits in every state and live holds, by time."""
    only = None if physician_id is None else [physician_id]
    return board_rows(session, first_day=day, last_day=day, zone=zone, now=now, physician_ids=only)


def board_rows(
    session: Session,
    *,
    first_day: date,
    last_day: date,
    zone: str,
    now: datetime,
    physician_ids: Collection[UUID] | None = None,
) -> list[VisitRow]:
    """Return what starts on the local days of `zone` from first to last: visits in every state and live holds."""
    asked = {**_bounds(first_day, zone, until=last_day), "now": now}
    if physician_ids is None:
        return _rows(session, _named_between(), asked)
    only = among(Appointment.physician_id, "of_physicians")
    return _rows(session, _named_between().where(only), {**asked, "of_physicians": list(physician_ids)})


def rows_in_the_way(
    session: Session, *, physician_id: UUID, busy: Sequence[Range[datetime]], now: datetime, moving: UUID | None = None
) -> list[VisitRow]:
    """Return the visits and live holds of a physician that overlap these stretches, `moving` aside."""
    overlaps = Appointment.physician_busy.op("&&")(cast(busy, TSTZMULTIRANGE))
    wanted = _named().where(
        Appointment.physician_id == physician_id,
        Appointment.state.in_(sorted(OCCUPYING)),
        _is_no_dead_hold(now),
        overlaps,
    )
    return _rows(session, wanted if moving is None else wanted.where(Appointment.id != moving))


def upcoming_for_patient(session: Session, *, patient_id: UUID, now: datetime) -> list[VisitRow]:
    """Return the promised visits of a patient that have not ended, the next one first; one in progress too."""
    return _rows(session, _named_to_come(), {"of_patient": patient_id, "now": now})


def upcoming_of_physician(session: Session, *, physician_id: UUID, now: datetime) -> list[VisitRow]:
    """Return the promised visits of a physician that have not begun, the next one first."""
    wanted = _named().where(
        Appointment.physician_id == physician_id, Appointment.starts_at > now, Appointment.state.in_(sorted(UPCOMING))
    )
    return _rows(session, wanted)


def rows_of(session: Session, ids: Collection[UUID]) -> list[VisitRow]:
    """Return these visits with their names, the next one first."""
    return _rows(session, _named_several(), {"of_visits": list(ids)}) if ids else []


def next_for_patient(session: Session, *, patient_id: UUID, now: datetime) -> VisitRow | None:
    """Return the next promised visit of a patient."""
    return next(iter(upcoming_for_patient(session, patient_id=patient_id, now=now)), None)


def past_for_patient(session: Session, *, patient_id: UUID, now: datetime, limit: int = 50) -> list[VisitRow]:
    """Return the visits of a patient that are over or were called off, the latest first."""
    is_over = or_(Appointment.ends_at <= now, Appointment.state.not_in([*UPCOMING, AppointmentState.IN_PROGRESS]))
    wanted = _named().where(Appointment.patient_id == patient_id, Appointment.state.not_in(_NEVER_A_VISIT), is_over)
    return _rows(session, wanted.order_by(None).order_by(Appointment.starts_at.desc()).limit(limit))


def unconfirmed(session: Session, *, now: datetime, before: datetime) -> list[VisitRow]:
    """Return visits that nobody confirmed and that start from `now` until before `before`."""
    return _rows(session, _named().where(is_unconfirmed(now=now, before=before)))


def is_unconfirmed(*, now: datetime, before: datetime) -> ColumnElement[bool]:
    """Tell of a visit whether nobody confirmed it and it starts from `now` until before `before`."""
    return and_(
        Appointment.state == AppointmentState.BOOKED, Appointment.starts_at >= now, Appointment.starts_at < before
    )


def is_overdue(*, now: datetime) -> ColumnElement[bool]:
    """Tell of a visit whether nobody has written down its outcome.

    It should have started 15 minutes ago and nobody arrived, or should have ended an hour ago and goes on.
    """
    nobody_came = Appointment.state.in_(sorted(UPCOMING)) & (Appointment.starts_at <= now - LATE_START)
    goes_on = (Appointment.state == AppointmentState.IN_PROGRESS) & (Appointment.ends_at <= now - LATE_END)
    return or_(nobody_came, goes_on)


def holds(session: Session, *, now: datetime) -> list[VisitRow]:
    """Return the holds that have not run out, the next to do so first."""
    return _rows(session, _named_held(), {"now": now})


def note_of(session: Session, appointment_id: UUID) -> str | None:
    """Return what staff wrote for colleagues when they canceled the visit."""
    return appointment(session, appointment_id).note


def counts_by_state(session: Session, *, day: date, zone: str) -> dict[AppointmentState, int]:
    """Return how many visits that start on a local day stand in each state; holds are no visits."""
    wanted = (
        select(Appointment.state, func.count())
        .where(*_BETWEEN, Appointment.state.not_in(_NEVER_A_VISIT))
        .group_by(Appointment.state)
    )
    return {AppointmentState(state): count for state, count in session.execute(wanted, _bounds(day, zone))}


def history_of(session: Session, appointment_id: UUID) -> list[AppointmentHistory]:
    """Return every change of a visit, oldest first."""
    wanted = select(AppointmentHistory).where(AppointmentHistory.appointment_id == appointment_id)
    return list(session.scalars(wanted.order_by(AppointmentHistory.id)))


def unknown() -> UnknownAppointment:
    """Return the one refusal for a visit that does not exist and for one that is somebody else's."""
    return UnknownAppointment("There is no such visit. It may have been opened from an old page.")


@cache
def _named() -> Select[*tuple[Any, ...]]:
    row = Appointment
    return (
        select(
            *(row.id, row.uid, row.sequence, row.version, row.time_version, row.state),
            *(row.visit_type_code, VisitType.name.label("visit_name"), VisitType.name_es.label("visit_name_es")),
            *(row.starts_at, row.ends_at, row.patient_id),
            (Patient.legal_last_name + ", " + Patient.legal_first_name).label("patient_name"),
            func.coalesce(Patient.preferred_name, Patient.legal_first_name).label("preferred_name"),
            *(row.location_zone.label("patient_zone"), row.location_state, row.location_county_fips),
            *(row.physician_id, Physician.full_name.label("physician_name"), Physician.zone.label("physician_zone")),
            *(func.coalesce(row.join_url, Physician.join_url).label("join_url"), row.join_url.label("own_join_url")),
            *(row.hold_expires_at, row.held_by, row.confirmed_at, row.confirmed_via, row.canceled_at),
            *(row.cancel_reason, row.overbook_reason, row.overbook_by_name, row.physician_busy.label("busy")),
            row.overbook_reason.is_not(None).label("is_overbooked"),
        )
        .join(VisitType, VisitType.code == row.visit_type_code)
        .join(Patient, Patient.id == row.patient_id)
        .join(Physician, Physician.id == row.physician_id)
        .order_by(row.starts_at, row.id)
    )


@cache
def _named_one() -> Select[*tuple[Any, ...]]:
    return _named().where(Appointment.id == bindparam("of_visit"))


@cache
def _named_several() -> Select[*tuple[Any, ...]]:
    return _named().where(among(Appointment.id, "of_visits"))


@cache
def _named_between() -> Select[*tuple[Any, ...]]:
    return _named().where(*_BETWEEN, _is_no_dead_hold(_NOW))


@cache
def _named_to_come() -> Select[*tuple[Any, ...]]:
    return _named().where(
        Appointment.patient_id == bindparam("of_patient"),
        Appointment.ends_at > _NOW,
        among_these(Appointment.state, [*sorted(UPCOMING), AppointmentState.IN_PROGRESS]),
    )


@cache
def _named_held() -> Select[*tuple[Any, ...]]:
    held = _named().where(Appointment.state == AppointmentState.HELD, Appointment.hold_expires_at > _NOW)
    return held.order_by(None).order_by(Appointment.hold_expires_at)


def _rows(
    session: Session, wanted: Select[*tuple[Any, ...]], asked: Mapping[str, object] | None = None
) -> list[VisitRow]:
    found = session.execute(wanted, asked)
    names = tuple(found.keys())
    return [_row(dict(zip(names, row, strict=True))) for row in found]


def _row(found: dict[str, Any]) -> VisitRow:
    found["state"] = AppointmentState(found["state"])
    found["busy"] = tuple((stretch.lower, stretch.upper) for stretch in found["busy"])
    return VisitRow(**found)


def _bounds(day: date, zone: str, *, until: date | None = None) -> dict[str, datetime]:
    return {"begin": first_instant_of(day, zone), "end": first_instant_of((until or day) + _A_DAY, zone)}


def _is_no_dead_hold(now: datetime | BindParameter[datetime]) -> Any:  # noqa: ANN401 - an SQL condition
    is_live = (Appointment.state == AppointmentState.HELD) & (Appointment.hold_expires_at > now)
    return or_(is_live, Appointment.state.not_in([*_NEVER_A_VISIT]))
