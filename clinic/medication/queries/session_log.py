"""The session log: what each session at home was to take, what was taken at it, and what the patient counted then."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.models import Prescription, UnitCount
from clinic.medication.queries.evidence import units_taken_at
from clinic.medication.queries.ledger import counts_of
from clinic.medication.queries.orders import orders_of
from clinic.people.queries import patient, records_of
from clinic.scheduling.models import Appointment, VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.states import AppointmentState

_S = AppointmentState
NOT_HELD = frozenset({_S.HELD, _S.EXPIRED, _S.CANCELED, _S.LATE_CANCELED, _S.NO_SHOW})
"""The states of a visit at which nothing can have been taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionUnits:
    """One session in units: ordered for it, taken at it by the ledger, counted after it and expected then.

    None is what nobody said; `planned` is what the newest order up to that day says of one session.
    """

    appointment_id: UUID
    starts_at: datetime
    planned: int | None
    taken: int | None
    counted: int | None
    expected: int | None

    @property
    def is_reconciled(self) -> bool:
        """Tell whether as many were taken as were planned, and the count after it agrees with the ledger."""
        return self.taken is not None and self.taken == self.planned and self.counted == self.expected


def session_log(session: Session, patient_id: UUID, *, now: datetime) -> list[SessionUnits]:
    """Return the sessions that began since something was ordered, or at which units were taken, the newest first."""
    begun = _begun(session, patient_id, now=now)
    taken = units_taken_at(session, [each.id for each in begun])
    counts = {each.appointment_id: each for each in reversed(counts_of(session, patient_id)) if each.appointment_id}
    orders, zone = orders_of(session, patient_id), patient(session, patient_id).zone
    rows = (
        _row(
            each,
            planned=_planned(orders, in_zone(each.starts_at, zone).date()),
            taken=taken.get(each.id),
            count=counts.get(each.id),
        )
        for each in begun
    )
    return [row for row in rows if row.planned is not None or row.taken is not None]


def planned_units(session: Session, patient_id: UUID, at: datetime) -> int | None:
    """Return how many units a session at this time has by the newest order signed up to its day; None without one."""
    day = in_zone(at, patient(session, patient_id).zone).date()
    return _planned(orders_of(session, patient_id), day)


def _planned(orders: Iterable[Prescription], day: date) -> int | None:
    """Return how many units one session has by the newest order that was signed up to a day."""
    signed = (each for each in orders if each.issued_on is not None and each.issued_on <= day)
    return next((each.units_per_session for each in signed), None)


def _row(visit: Appointment, *, planned: int | None, taken: int | None, count: UnitCount | None) -> SessionUnits:
    return SessionUnits(
        appointment_id=visit.id,
        starts_at=visit.starts_at,
        planned=planned,
        taken=taken,
        counted=count.counted if count else None,
        expected=count.expected if count else None,
    )


def _begun(session: Session, patient_id: UUID, *, now: datetime) -> list[Appointment]:
    wanted = (
        select(Appointment)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .where(
            Appointment.patient_id.in_(records_of(patient_id)),
            VisitType.purpose == VisitPurpose.SESSION,
            Appointment.state.not_in(sorted(NOT_HELD)),
            Appointment.starts_at <= now,
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id)
    )
    return list(session.scalars(wanted))
