"""Whether an administrator has stopped all texts, since when and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.messaging.models import SendingSwitch

TEXTS = "texts"
"""The name of the only switch there is."""

_STANDING = select(SendingSwitch.stopped_at, SendingSwitch.stopped_by_name, SendingSwitch.reason).where(
    SendingSwitch.name == TEXTS, SendingSwitch.stopped_at.is_not(None)
)
"""Asked by every page of staff, so built once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStop:
    """A stop that holds: since when, who pressed it, and the reason in that person's words."""

    since: datetime
    by_name: str
    reason: str


def standing_stop(session: Session) -> StandingStop | None:
    """Return the stop that holds, or None while texts leave."""
    row = session.execute(_STANDING).one_or_none()
    return None if row is None else StandingStop(since=row.stopped_at, by_name=row.stopped_by_name, reason=row.reason)
