"""What workers do for the waiting list at each look: offers run out, entries end, times that came free are offered."""

import logging
from datetime import timedelta

from sqlalchemy import select

from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.transaction import Begin
from clinic.waitlist.actions.answering import expire_offers
from clinic.waitlist.actions.following import end_past_entries
from clinic.waitlist.actions.looking import look_at_one
from clinic.waitlist.models import Opening

_AGAIN_AFTER_MISTAKE = timedelta(minutes=5)

_logger = logging.getLogger(__name__)


def work_on_waitlist(begin: Begin, *, clock: Clock, ring: KeyRing, by: Actor, most: int = 20) -> int:
    """End what is over, then look at up to `most` times that came free, each in its own transaction; return how many.

    A crash takes back the one look under way, and the next worker does it again.
    """
    with begin(by=by) as session:
        expire_offers(session, by=by, now=clock())
    with begin(by=by) as session:
        end_past_entries(session, by=by, now=clock())
    for done in range(most):
        try:
            with begin(by=by) as session:
                found = look_at_one(session, by=by, now=clock(), ring=ring)
        except Exception as mistake:  # noqa: BLE001 - one time must not hold up all others
            _logger.error("opening: %s", type(mistake).__name__)  # noqa: TRY400 - the class only
            _put_off(begin, clock=clock, by=by)
            continue
        if not found:
            return done
    return most


def _put_off(begin: Begin, *, clock: Clock, by: Actor) -> None:
    """Let the time at which a look failed wait, so that the others have their turn."""
    with begin(by=by) as session:
        now = clock()
        due = select(Opening).where(Opening.due_at <= now).order_by(Opening.due_at, Opening.id).limit(1)
        opening = session.scalar(due.with_for_update(skip_locked=True))
        if opening is not None:
            opening.due_at = now + _AGAIN_AFTER_MISTAKE
