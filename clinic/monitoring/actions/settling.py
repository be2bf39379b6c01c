"""What becomes of a check-in once nothing in it waits any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.outbox import publish
from clinic.messaging.actions import cancel_planned
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.rules.calendar import Part
from clinic.monitoring.sending import SUBJECT
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

MISSED = "check_in.missed"

_STATES = select(Assessment.state, Assessment.is_required).where(Assessment.check_in_id == bindparam("of_check_in"))


def settle(session: Session, check_in: CheckIn, *, reason: str, by: Actor, now: datetime) -> bool:
    """Let a check-in end if nothing in it waits, and tell whether it did.

    One that never opened is canceled with the reason. An opened one is done if anything was answered, missed if
    something was, and canceled if nothing is asked any more. Its texts are called back and its tasks are closed.
    """
    session.flush()
    rows = session.execute(_STATES, {"of_check_in": check_in.id}).all()
    states = {row.state for row in rows}
    if "waiting" in states or check_in.state not in {"planned", "open"}:
        return False
    if check_in.state == "planned" or states <= {"canceled"}:
        check_in.state, check_in.reason = "canceled", reason
    else:
        required = {row.state for row in rows if row.is_required and row.state != "canceled"}
        _close(check_in, is_done="missed" not in required and "done" in states, now=now)
    check_in.touch(by=by, now=now)
    session.flush()
    end(session, check_in, by=by, now=now)
    if check_in.state == "missed":
        publish(session, MISSED, subject_id=check_in.id, now=now)
    note_check_in(session, check_in, f"check_in.{check_in.state}", now=now)
    return True


def _close(check_in: CheckIn, *, is_done: bool, now: datetime) -> None:
    check_in.state = "done" if is_done else "missed"
    check_in.done_at = now if is_done else None


def end(session: Session, check_in: CheckIn, *, by: Actor, now: datetime) -> None:
    """Call back the texts of a check-in that is over and close the tasks about it."""
    if check_in.part == Part.BEFORE:
        return
    cancel_planned(session, subject_kind=SUBJECT, subject_id=check_in.id, reason=f"check_in_{check_in.state}", now=now)
    over = [unsent_key(check_in.patient_id), *([overdue_key(check_in.id)] if check_in.state != "missed" else [])]
    worklist.close_each(session, dedupe_keys=over, by=by, now=now)


def unsent_key(patient_id: UUID) -> str:
    """Return the key of the task about check-ins that cannot be texted."""
    return f"{WorkKind.CHECK_IN_UNSENT}:{patient_id}"


def overdue_key(about: UUID) -> str:
    """Return the key of the task about silence: of one check-in, or of a patient who missed several in a row."""
    return f"{WorkKind.CHECK_IN_OVERDUE}:{about}"


def note_check_in(session: Session, check_in: CheckIn, action: str, *, now: datetime, **details: object) -> None:
    """Write down what became of a check-in, never what was answered."""
    journal.note(
        session,
        action,
        subject_kind=SUBJECT,
        subject_id=check_in.id,
        at=now,
        patient_ids=(check_in.patient_id,),
        **details,
    )
