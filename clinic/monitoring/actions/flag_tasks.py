"""The task that a physician looks at a flag; it says no more than that a check is open."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.monitoring.models import Flag
from clinic.monitoring.rules.signals import Level
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome, WorkKind

OPEN_SAYS = "A clinical check is open and waits for a physician\u2019s decision."


def open_task(session: Session, flag: Flag, *, by: Actor, now: datetime) -> None:
    """Open the task of a flag that a physician has to decide about."""
    if flag.level < Level.REVIEW:
        return
    worklist.open_item(
        session,
        kind=WorkKind.FLAG_REVIEW,
        dedupe_key=_key(flag),
        reason=OPEN_SAYS,
        subject_kind="flag",
        subject_id=flag.id,
        patient_id=flag.patient_id,
        due_at=flag.due_at,
        now=now,
        by=by,
    )


def close_task(session: Session, flag: Flag, *, by: Actor, now: datetime) -> None:
    """Take the task off the list once somebody decided."""
    worklist.close_for(session, dedupe_key=_key(flag), outcome=Outcome.DONE, by=by, now=now)


def _key(flag: Flag) -> str:
    return f"{WorkKind.FLAG_REVIEW}:{flag.id}"
