"""Taking the step of a page that is due: people are told, and the next step gets its time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.models import Lane
from clinic.oncall.actions.gaps import report_nobody
from clinic.oncall.actions.telling import tell
from clinic.oncall.models import OnCallPage
from clinic.oncall.queries.rota import administrators, who_is_on_call
from clinic.oncall.rules import WAITS, PageKind, notices_of, turn_of
from clinic.policies import queries as policies


def step_page(session: Session, *, page_id: UUID, by: Actor, now: datetime) -> bool:
    """Take a page's step if it is due and nobody else is taking it; tell whether it was taken.

    The row is locked until the commit, so that of two workers one takes the step and the other passes by.
    """
    due = select(OnCallPage).where(
        OnCallPage.id == page_id, OnCallPage.acknowledged_at.is_(None), OnCallPage.next_step_at <= now
    )
    page = session.scalar(due.with_for_update(skip_locked=True), execution_options={"populate_existing": True})
    if page is None:
        return False
    if _is_over(session, page):
        page.next_step_at = None
        return True
    take_step(session, page, by=by, now=now)
    return True


def take_step(session: Session, page: OnCallPage, *, by: Actor, now: datetime) -> None:
    """Tell everybody whose turn it is, also of steps that passed unseen, and set the time of the next step."""
    minutes = policies.numbers_of(session, WAITS)
    turn = turn_of(page.step, due_at=page.next_step_at or now, now=now, minutes=minutes)
    on_call = who_is_on_call(session, now=now)
    if on_call.is_nobody:
        report_nobody(session, by=by, now=now)
    for notice in notices_of(turn.tells, now=on_call, admins=administrators(session)):
        tell(session, page, notice, number=turn.number, by=by, now=now)
    page.step, page.next_step_at = turn.number + 1, turn.next_at
    session.flush()


def _is_over(session: Session, page: OnCallPage) -> bool:
    """Tell whether the trouble ended by itself: nobody has to be called about texts that leave again."""
    if page.kind != PageKind.LANE_PAUSED:
        return False
    return session.scalar(select(Lane.number).where(Lane.paused_at.is_not(None)).limit(1)) is None
