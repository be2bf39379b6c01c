"""Stopping a lane on an account-level refusal and starting it again by a person."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.actions import tasks
from clinic.messaging.errors import LaneNotPaused, NoSuchLane
from clinic.messaging.models import Lane
from clinic.worklist import actions as worklist

LANE_PAUSED = "lane.paused"


def pause(session: Session, *, number: int, code: int | None, by: Actor, now: datetime) -> None:
    """Stop sending in a lane, open the task for it and have somebody called; its messages stay in line.

    Pausing twice changes nothing.
    """
    lane = _locked(session, number)
    if lane.paused_at is not None:
        return
    lane.paused_at, lane.pause_reason = now, f"provider code {code}" if code else "refused by the provider"
    journal.note(session, "lane.paused", subject_kind="message_lane", subject_id=None, at=now, lane=number, code=code)
    tasks.report_pause(session, lane, code=code, by=by, now=now)
    # A queue has a number and no id; whoever reacts looks which queues stand.
    outbox.publish(session, LANE_PAUSED, subject_id=new_id(), now=now)


def resume_lane(session: Session, *, number: int, by: Actor, now: datetime) -> None:
    """Send again in a lane; raises NoSuchLane or LaneNotPaused."""
    lane = _locked(session, number)
    if lane.paused_at is None:
        raise LaneNotPaused("Texts in this queue are being sent.")
    lane.paused_at = lane.pause_reason = None
    journal.note(session, "lane.resumed", subject_kind="message_lane", subject_id=None, at=now, lane=number)
    worklist.close_for(session, dedupe_key=tasks.pause_key(number), by=by, now=now)
    journal.wake(session, "texts")


def _locked(session: Session, number: int) -> Lane:
    rows = select(Lane).where(Lane.number == number).with_for_update()
    lane = session.scalar(rows, execution_options={"populate_existing": True})
    if lane is None:
        raise NoSuchLane("There is no such queue of texts.")
    return lane
