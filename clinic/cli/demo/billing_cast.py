"""Who is a member of the demo clinic, with which plan and card, and what they and others do about it; all invented."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clinic.gateways.payments.bank.numbers import GOOD

ASKS_EACH_TIME = "4000002760003184"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One membership: the plan, the card (None = not entered yet) and when it began.

    It begins with the first visit, or `ago` hours before the story's end, or where it `is_old` on the first morning,
    so that its first month is over by now. `approves` says that the physician does. `then` is what happens later: so
    many hours before the end, and the verb of `Memberships`. `expires` says that the card ends this month.
    """

    plan: str
    card: str | None = GOOD
    is_old: bool = False
    ago: float | None = None
    approves: bool = True
    is_reduced: bool = False
    expires: bool = False
    then: tuple[tuple[float, str], ...] = ()


PAST_DUE, PAUSED, ON_HOLD, REDUCED = 2, 31, 37, 19
WAITS_FOR_BANK, WAITS_FOR_PHYSICIAN, WAITS_FOR_CARD = 36, 34, 38

MEMBERS: Mapping[int, Member] = MappingProxyType(
    {
        PAST_DUE: Member(plan="standard", is_old=True, then=((220, "break_card"),)),
        PAUSED: Member(plan="starter", is_old=True, then=((220, "pause"),)),
        ON_HOLD: Member(plan="standard", then=((50, "hold"),)),
        REDUCED: Member(plan="care_only", is_reduced=True),
        11: Member(plan="standard", then=((99, "give_back"), (29, "ask_for_less"))),
        27: Member(plan="intensive", then=((75, "lower"),)),
        28: Member(plan="standard", expires=True),
        29: Member(plan="starter", then=((122, "raise_plan"),)),
        32: Member(plan="starter", then=((53, "cancel"),)),
        WAITS_FOR_BANK: Member(plan="starter", card=ASKS_EACH_TIME, ago=7),
        WAITS_FOR_PHYSICIAN: Member(plan="starter", approves=False, ago=26),
        WAITS_FOR_CARD: Member(plan="starter", card=None, approves=False, ago=31),
    }
)
"""By the place in the list."""
