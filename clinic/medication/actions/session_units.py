"""What a patient says of units in a check-in: taken at the session, lost since, and how many are left."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import DomainError
from clinic.medication.actions.claims import ClaimKind, record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.supply_locks import day_of
from clinic.medication.errors import UnitsRefused
from clinic.medication.models import UnitCount, UnitEntry
from clinic.medication.queries.ledger import balance_of
from clinic.medication.rules.units import whole_units
from clinic.monitoring.models import Assessment
from clinic.monitoring.queries.check_ins import assessments_of, latest_answers
from clinic.people.models import Patient
from clinic.people.queries import lock_living, records_of
from clinic.scheduling.queries import appointment
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind

INSTRUMENT = "unit_count"
_SAID = "Said in the check-in: lost, broken or thrown away."


def take_unit_count(session: Session, *, check_in_id: UUID, by: Actor, now: datetime) -> None:
    """Bring what was answered about units in a check-in into the ledger, once; without a ledger there is nothing to do.

    What cannot be true leaves the ledger as it is and asks a physician to look; the answers stay as they were given.
    """
    for row in assessments_of(session, check_in_id):
        if row.instrument_key == INSTRUMENT and row.state == "done":
            patient = lock_living(session, row.patient_id)
            if _has_ledger(session, patient.id) and not _is_known(session, row.id):
                _take(session, patient, row, by=by, now=now)


def log_told_units(
    session: Session, *, patient_id: UUID, appointment_id: UUID, units: int, by: Actor, now: datetime
) -> None:
    """Enter what a patient says on the telephone was taken at a session, once for each session.

    It comes from the lots that may be used, the one that is good for the shortest time first. Raises UnitsRefused, at
    `units` for more than there is; then the ledger is untouched.
    """
    patient, count = lock_living(session, patient_id), whole_units(units, field="units", least=1)
    if _is_logged(session, appointment_id):
        raise UnitsRefused(
            "What was taken at this session is in the ledger already. If it was another number, take a count and let "
            "the ledger follow it."
        )
    _log_taken(session, patient, appointment_id, units=count, by=by, now=now)


def _take(session: Session, patient: Patient, row: Assessment, *, by: Actor, now: datetime) -> None:
    refused = [why for step in _steps(session, patient, row, now=now) if (why := _refusal(session, step)) is not None]
    if refused:
        _ask_physician(session, patient.id, refused[0], by=by, now=now)


def _steps(session: Session, patient: Patient, row: Assessment, *, now: datetime) -> Iterator[Callable[[], object]]:
    """Yield what to enter, in the order in which it happened; the count is last, because it knows of the rest."""
    answers = {item: int(given.value or 0) for item, given in latest_answers(session, row.id).items()}
    me = Actor(kind=ActorKind.PATIENT, id=patient.id, name="Patient")
    taken, lost, visit_id = answers.get("taken", 0), answers.get("wasted", 0), row.appointment_id
    if taken and visit_id is not None and not _is_logged(session, visit_id):
        yield lambda: _log_taken(session, patient, visit_id, units=taken, by=me, now=now)
    if lost:
        yield lambda: record_loss(
            session, patient_id=patient.id, kind=ClaimKind.LOST, units=lost, words=_SAID, by=me, now=now
        )
    if "remaining" in answers:
        at = CountAt(moment="session" if visit_id else "check_in", assessment_id=row.id, appointment_id=visit_id)
        yield lambda: record_count(session, patient_id=patient.id, counted=answers["remaining"], at=at, by=me, now=now)


def _log_taken(session: Session, patient: Patient, visit_id: UUID, *, units: int, by: Actor, now: datetime) -> None:
    """Enter what was taken, from the lots that may be used, the one that is good for the shortest time first."""
    taken_on = day_of(patient, min(now, appointment(session, visit_id).starts_at))
    for lot_id, part in _lots(session, patient.id, units=units, today=taken_on):
        log_session_units(
            session, patient_id=patient.id, appointment_id=visit_id, lot_id=lot_id, units=part, by=by, now=now
        )


def _lots(session: Session, patient_id: UUID, *, units: int, today: date) -> list[tuple[UUID, int]]:
    left, parts = units, []
    for each in balance_of(session, patient_id):
        part = min(left, each.units) if each.problem(today) is None else 0
        if part:
            parts.append((each.lot_id, part))
            left -= part
    if left:
        raise UnitsRefused(
            f"The patient says that {units} were taken at the session, and the ledger has {units - left} that may be "
            "used. Count them with the patient.",
            field="units",
        )
    return parts


def _refusal(session: Session, step: Callable[[], object]) -> str | None:
    """Do one step, or return why not; then nothing of it is kept."""
    try:
        with session.begin_nested():
            step()
    except DomainError as refused:
        return str(refused)
    return None


def _has_ledger(session: Session, patient_id: UUID) -> bool:
    return bool(session.scalar(_ledger(), {"of_patient": patient_id}))


@cache
def _ledger() -> Select[bool]:
    return select(exists().where(UnitEntry.patient_id.in_(records_of(bindparam("of_patient")))))


def _is_known(session: Session, assessment_id: UUID) -> bool:
    return bool(session.scalar(_counted(), {"of_assessment": assessment_id}))


@cache
def _counted() -> Select[bool]:
    return select(exists().where(UnitCount.assessment_id == bindparam("of_assessment")))


def _is_logged(session: Session, appointment_id: UUID) -> bool:
    return bool(session.scalar(_logged(), {"of_visit": appointment_id}))


@cache
def _logged() -> Select[bool]:
    return select(exists().where(UnitEntry.appointment_id == bindparam("of_visit")))


def _ask_physician(session: Session, patient_id: UUID, why: str, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.COUNT_REFUSED,
        dedupe_key=f"count_refused:{patient_id}",
        reason=f"What was answered about units was not entered. {why}",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )
