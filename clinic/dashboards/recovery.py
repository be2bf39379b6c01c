"""Putting background work that was given up back in line."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import dispatch, journal
from clinic.kernel.actor import Actor
from clinic.kernel.errors import Conflict
from clinic.kernel.outbox import OUTBOX_QUEUE
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome, WorkKind


class NotGivenUp(Conflict):
    """The work is done, or in line again already."""

    code = "not_given_up"


def try_again(session: Session, *, row_id: UUID, by: Actor, now: datetime) -> None:
    """Put one parked fact back in line and close the task about it; raises NotGivenUp when it is not parked."""
    if not dispatch.try_again(session, row_id=row_id, now=now):
        raise NotGivenUp("This is done, or in line again already.")
    worklist.close_for(session, dedupe_key=f"{WorkKind.OUTBOX_PARKED}:{row_id}", outcome=Outcome.DONE, by=by, now=now)
    journal.note(session, "fact.retried", subject_kind="outbox", subject_id=row_id, at=now)
    journal.wake(session, OUTBOX_QUEUE)
