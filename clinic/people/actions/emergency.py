"""Opening a record outside the own panel for some minutes, ending that, and reviewing whether it was right."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import new_id
from clinic.people.errors import (
    AlreadySees,
    EmergencyAccessOpen,
    EmergencyNotAllowed,
    ReviewedAlready,
    UnknownEmergencyAccess,
    UnknownRecord,
)
from clinic.people.models import EmergencyAccess, Patient, Physician
from clinic.people.queries.care_team import may_see
from clinic.people.queries.physicians import lock_physician, physician_of_staff
from clinic.people.rules.emergency import (
    LASTS,
    PURPOSE,
    REVIEW_WITHIN,
    checked_reason,
    checked_review,
    record_number_of,
)
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import Outcome, WorkKind

_OVER = (
    select(EmergencyAccess)
    .where(EmergencyAccess.ended_at.is_(None), EmergencyAccess.ends_at <= bindparam("now"))
    .order_by(EmergencyAccess.id)
    .with_for_update(skip_locked=True)
)
_UNKNOWN = "No record has this number. Look at it again, or ask a coordinator for it."


def open_record(session: Session, *, record_number: str, reason: str, by: Actor, now: datetime) -> EmergencyAccess:
    """Open one record to a physician for a quarter of an hour and ask administrators to review it.

    Raises EmergencyNotAllowed, EmergencyReasonRefused, UnknownRecord, and AlreadySees for a record that is open anyway.
    """
    physician = _physician(session, by)
    why = checked_reason(reason)
    patient = _patient(session, record_number_of(record_number))
    if may_see(session, actor=replace(by, roles=frozenset({Role.PHYSICIAN})), patient_id=patient.id, now=now):
        raise AlreadySees("You can open this record already, without an emergency.", patient_id=patient.id)
    row = EmergencyAccess(id=new_id(), patient_id=patient.id, physician_id=physician.id, staff_id=by.id)
    row.starts_at, row.ends_at, row.created_at = now, now + LASTS, now
    row.reason = why
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    said = f"{physician.full_name} opened record {patient.record_number}. Say whether that was right."
    _ask_for_review(session, row, said, by=by, now=now)
    _note(session, row, "emergency_access.started", at=now, until=row.ends_at.isoformat())
    return row


def end_access(session: Session, *, access_id: UUID, by: Actor, now: datetime) -> EmergencyAccess:
    """End the own access before its time; one that is over stays as it is. Raises UnknownEmergencyAccess."""
    row = _locked(session, access_id)
    if row.staff_id != by.id:
        raise UnknownEmergencyAccess("There is no such access. Open the list again.")
    if row.ended_at is None:
        _end(session, row, at=min(now, row.ends_at), how="ended_early" if now < row.ends_at else "time_up", by=by)
    return row


def end_over(session: Session, *, by: Actor, now: datetime) -> int:
    """Write down the end of every access whose time is up, and return how many; the time itself has shut the record."""
    found = list(session.scalars(_OVER, {"now": now}))
    for row in found:
        _end(session, row, at=row.ends_at, how="time_up", by=by)
    return len(found)


def review_access(
    session: Session, *, access_id: UUID, is_justified: bool, note: str, by: Actor, now: datetime
) -> EmergencyAccess:
    """Say whether opening the record was right, which takes the task off the list.

    Raises EmergencyNotAllowed for the one who opened it, EmergencyAccessOpen while it goes on, ReviewedAlready and
    EmergencyReasonRefused.
    """
    row = _locked(session, access_id)
    if not by.has(Role.ADMIN) or by.id == row.staff_id:
        raise EmergencyNotAllowed("Another administrator reviews this, not the one who opened the record.")
    if row.reviewed_at is not None:
        raise ReviewedAlready(f"{row.updated_by} has reviewed this already.")
    if now < (row.ended_at or row.ends_at):
        raise EmergencyAccessOpen("The record is still open. Review it when the time is up.")
    found = checked_review(note)
    if row.ended_at is None:
        _end(session, row, at=row.ends_at, how="time_up", by=by)
    row.reviewed_at, row.reviewed_by, row.is_justified, row.review_note = now, by.id, is_justified, found
    row.touch(by=by, now=now)
    session.flush()
    close_for(session, dedupe_key=_key(row), outcome=Outcome.DONE, by=by, now=now)
    _note(session, row, "emergency_access.reviewed", at=now, is_justified=is_justified)
    return row


def _physician(session: Session, by: Actor) -> Physician:
    found = physician_of_staff(session, by.id) if by.has(Role.PHYSICIAN) else None
    if found is None or not lock_physician(session, found.id).is_active:
        raise EmergencyNotAllowed("Only physicians who see patients here open a record in an emergency.")
    return found


def _patient(session: Session, record_number: str) -> Patient:
    found = session.scalar(select(Patient).where(Patient.record_number == record_number))
    if found is not None and found.merged_into_id is not None:
        found = session.get(Patient, found.merged_into_id)
    if found is None:
        raise UnknownRecord(_UNKNOWN, field="record_number")
    return found


def _locked(session: Session, access_id: UUID) -> EmergencyAccess:
    found = session.get(EmergencyAccess, access_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise UnknownEmergencyAccess("There is no such access. Open the list again.")
    return found


def _end(session: Session, row: EmergencyAccess, *, at: datetime, how: str, by: Actor) -> None:
    row.ended_at = at
    row.touch(by=by, now=at)
    session.flush()
    _note(session, row, "emergency_access.ended", at=at, how=how)


def _key(row: EmergencyAccess) -> str:
    return f"{WorkKind.EMERGENCY_ACCESS}:{row.id}"


def _ask_for_review(session: Session, row: EmergencyAccess, said: str, *, by: Actor, now: datetime) -> None:
    """Open the task; it names the record's number alone, since administrators see no charts."""
    open_item(
        session,
        kind=WorkKind.EMERGENCY_ACCESS,
        dedupe_key=_key(row),
        reason=said,
        subject_kind="emergency_access",
        subject_id=row.id,
        patient_id=None,
        due_at=now + REVIEW_WITHIN,
        now=now,
        by=by,
    )


def _note(session: Session, row: EmergencyAccess, action: str, *, at: datetime, **details: object) -> None:
    journal.note(
        session,
        action,
        subject_kind="emergency_access",
        subject_id=row.id,
        at=at,
        patient_ids=(row.patient_id,),
        purpose=PURPOSE,
        **details,
    )
