"""Tasks of people that handing over opens or settles."""

from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.handover.models import PhysicianTransfer, Relocation
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant
from clinic.people.models import Patient
from clinic.scheduling.actions.tasks import not_handed_over_key
from clinic.scheduling.queries import VisitRow
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind

_MORNING = time(9)


def answer_key(transfer_id: UUID) -> str:
    """Return the key of the task about a hand-over that waits for its answer."""
    return f"transfer_waiting:{transfer_id}"


def ask_for_answer(session: Session, row: PhysicianTransfer, *, receiver: str, by: Actor, now: datetime) -> None:
    """Open the task to see that the receiving physician answers."""
    open_about(
        session,
        row.patient_id,
        WorkKind.TRANSFER_WAITING,
        key=answer_key(row.id),
        reason=f"{receiver} has not said yet whether to take this patient over. Ask, or choose somebody else.",
        by=by,
        now=now,
    )


def ask_why_not_done(session: Session, row: PhysicianTransfer, why: str, *, by: Actor, now: datetime) -> None:
    """Open the task about an accepted hand-over whose day has come and that is not possible any more."""
    reason = f"The hand-over of today is not done. {why} Take it back, or put right what is in the way."
    open_about(
        session, row.patient_id, WorkKind.TRANSFER_WAITING, key=answer_key(row.id), reason=reason, by=by, now=now
    )


def ask_for_address(session: Session, row: Relocation, why: str, *, by: Actor, now: datetime) -> None:
    """Open the task about a planned move whose day has come and whose address could not be taken."""
    reason = f"The move of today is not done. {why} Take it back, then enter the address by hand."
    key = f"move:{row.id}:not_done"
    open_about(session, row.patient_id, WorkKind.ADDRESS_CHECK, key=key, reason=reason, by=by, now=now)


def settle_answer(session: Session, row: PhysicianTransfer, *, by: Actor, now: datetime) -> None:
    """Close that task."""
    close_for(session, dedupe_key=answer_key(row.id), by=by, now=now)


def ask_to_place(session: Session, visit: VisitRow, *, reason: str, by: Actor, now: datetime) -> None:
    """Open the task about a visit that could not go to the new physician by itself."""
    open_item(
        session,
        kind=WorkKind.VISIT_NOT_HANDED_OVER,
        dedupe_key=not_handed_over_key(visit.id),
        reason=reason,
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def ask_to_tell(session: Session, row: PhysicianTransfer, *, receiver: str, by: Actor, now: datetime) -> None:
    """Open the task to call a patient who was handed over and whom no text about a moved visit tells of it."""
    reason = f"{receiver} looks after this patient now, and no visit is booked that tells of it. Call and say it."
    key = f"{WorkKind.HANDED_OVER_CALL}:{row.id}"
    open_about(session, row.patient_id, WorkKind.HANDED_OVER_CALL, key=key, reason=reason, by=by, now=now)


def open_about(
    session: Session,
    patient_id: UUID,
    kind: WorkKind,
    *,
    key: str,
    reason: str,
    by: Actor,
    now: datetime,
    before: tuple[Patient, date] | None = None,
) -> None:
    """Open a task about a patient, due on the morning of the day `before` at the latest, where one is named."""
    due = None
    if before is not None:
        due = max(now, edge_instant(before[1], _MORNING, before[0].zone))
    open_item(
        session,
        kind=kind,
        dedupe_key=key,
        reason=reason,
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        due_at=due,
        now=now,
        by=by,
    )
