"""How long sessions live, and what is still missing after a password."""

from datetime import datetime, timedelta
from enum import StrEnum

STAFF_IDLE = timedelta(minutes=15)
STAFF_ABSOLUTE = timedelta(hours=12)
LINK_IDLE = timedelta(minutes=30)
LINK_ABSOLUTE = timedelta(hours=2)
SUPPORT_ABSOLUTE = timedelta(hours=6)
"""Who watches over somebody for hours looks at the page now and then, so it has no idle limit."""

TOUCH_EVERY = timedelta(minutes=1)


class NextStep(StrEnum):
    """What a person does after this step of signing in."""

    DONE = "done"
    GIVE_CODE = "give_code"
    SET_UP = "set_up"


def is_touch_due(last_seen_at: datetime, now: datetime) -> bool:
    """Tell whether `last_seen_at` is a minute old, so that reading pages writes at most once a minute."""
    return now - last_seen_at >= TOUCH_EVERY


def next_step(*, has_second_factor: bool, may_skip: bool) -> NextStep:
    """Return what follows a right password."""
    if has_second_factor:
        return NextStep.GIVE_CODE
    return NextStep.DONE if may_skip else NextStep.SET_UP
