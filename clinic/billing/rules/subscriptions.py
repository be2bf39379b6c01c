"""Where a subscription can stand and what may happen there: each event leads on, or is refused with a sentence."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clinic.billing.errors import WrongState


class SubscriptionState(StrEnum):
    """The states, as the database's own check names them."""

    PENDING = "pending"
    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    MEDICAL_HOLD = "medical_hold"
    SUSPENDED = "suspended"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Event(StrEnum):
    """What can happen to a subscription."""

    APPROVED = "approved"
    DECLINED = "declined"
    IDLE = "idle"
    PAID = "paid"
    UNPAID = "unpaid"
    RENEWAL_FAILED = "renewal_failed"
    RENEWED = "renewed"
    HELD = "held"
    RELEASED = "released"
    HELD_TOO_LONG = "held_too_long"
    PAUSE_BEGAN = "pause_began"
    RESUMED = "resumed"
    ATTEMPTS_SPENT = "attempts_spent"
    HANDED_OFF = "handed_off"
    PERIOD_ENDED = "period_ended"
    CANCELED = "canceled"
    STOPPED = "stopped"


class Wish(StrEnum):
    """What is noted in a subscription's history without another state."""

    ENROLLED = "enrolled"
    CONSENTED = "consented"
    ENDS_LATER = "ends_later"
    GOES_ON = "goes_on"
    PAUSES_LATER = "pauses_later"
    NO_PAUSE = "no_pause"
    PLAN_CHOSEN = "plan_chosen"
    PLAN_KEPT = "plan_kept"
    PLAN_RAISED = "plan_raised"
    PLAN_LOWERED = "plan_lowered"
    HANDED_OVER = "handed_over"
    PAID_ON_HOLD = "paid_on_hold"
    UNPAID_ON_HOLD = "unpaid_on_hold"


_S, _E = SubscriptionState, Event
LIVE = frozenset(_S) - {_S.CANCELED, _S.EXPIRED}
"""States of a membership that a patient has at most one of."""

CHARGED = frozenset({_S.INCOMPLETE, _S.ACTIVE, _S.PAST_DUE})
"""States in which a card may be asked for money."""

BACK = "back"
"""The target of a release: where the hold found it."""

NEXT: Mapping[tuple[SubscriptionState, Event], SubscriptionState | str] = MappingProxyType(
    {
        (_S.PENDING, _E.APPROVED): _S.INCOMPLETE,
        (_S.PENDING, _E.DECLINED): _S.EXPIRED,
        (_S.PENDING, _E.IDLE): _S.EXPIRED,
        (_S.PENDING, _E.CANCELED): _S.EXPIRED,
        (_S.INCOMPLETE, _E.PAID): _S.ACTIVE,
        (_S.INCOMPLETE, _E.UNPAID): _S.EXPIRED,
        (_S.INCOMPLETE, _E.CANCELED): _S.EXPIRED,
        (_S.INCOMPLETE, _E.STOPPED): _S.EXPIRED,
        (_S.ACTIVE, _E.RENEWED): _S.ACTIVE,
        (_S.ACTIVE, _E.RENEWAL_FAILED): _S.PAST_DUE,
        (_S.ACTIVE, _E.HELD): _S.MEDICAL_HOLD,
        (_S.ACTIVE, _E.PAUSE_BEGAN): _S.PAUSED,
        (_S.ACTIVE, _E.PERIOD_ENDED): _S.CANCELED,
        (_S.ACTIVE, _E.CANCELED): _S.CANCELED,
        (_S.ACTIVE, _E.STOPPED): _S.CANCELED,
        (_S.PAST_DUE, _E.PAID): _S.ACTIVE,
        (_S.PAST_DUE, _E.HELD): _S.MEDICAL_HOLD,
        (_S.PAST_DUE, _E.ATTEMPTS_SPENT): _S.SUSPENDED,
        (_S.PAST_DUE, _E.CANCELED): _S.CANCELED,
        (_S.PAST_DUE, _E.STOPPED): _S.CANCELED,
        (_S.PAUSED, _E.RESUMED): _S.INCOMPLETE,
        (_S.PAUSED, _E.CANCELED): _S.CANCELED,
        (_S.PAUSED, _E.STOPPED): _S.CANCELED,
        (_S.MEDICAL_HOLD, _E.RELEASED): BACK,
        (_S.MEDICAL_HOLD, _E.HELD_TOO_LONG): _S.CANCELED,
        (_S.MEDICAL_HOLD, _E.CANCELED): _S.CANCELED,
        (_S.MEDICAL_HOLD, _E.STOPPED): _S.CANCELED,
        (_S.SUSPENDED, _E.PAID): _S.ACTIVE,
        (_S.SUSPENDED, _E.HANDED_OFF): _S.CANCELED,
        (_S.SUSPENDED, _E.CANCELED): _S.CANCELED,
        (_S.SUSPENDED, _E.STOPPED): _S.CANCELED,
    }
)
"""Where each event leads. A pair that is not here is refused; what is over stays over."""

_SAID: Mapping[SubscriptionState, str] = MappingProxyType(
    {
        _S.PENDING: "waits for a physician's approval",
        _S.INCOMPLETE: "waits for its first payment",
        _S.ACTIVE: "is active",
        _S.PAST_DUE: "has a payment that is due",
        _S.PAUSED: "is paused",
        _S.MEDICAL_HOLD: "is on hold",
        _S.SUSPENDED: "is suspended, since its payment did not come",
        _S.CANCELED: "is canceled",
        _S.EXPIRED: "has run out",
    }
)
_INSTEAD: Mapping[SubscriptionState, str] = MappingProxyType(
    {
        _S.PENDING: "Let a physician decide first.",
        _S.INCOMPLETE: "Let the first payment come first, or use another card.",
        _S.ACTIVE: "Nothing is to be done.",
        _S.PAST_DUE: "Settle the open invoice first.",
        _S.PAUSED: "Resume it first.",
        _S.MEDICAL_HOLD: "A physician releases the hold first.",
        _S.SUSPENDED: "Settle the open invoice first.",
        _S.CANCELED: "Begin a new one.",
        _S.EXPIRED: "Begin a new one.",
    }
)


def after(state: SubscriptionState, event: Event, *, held_from: SubscriptionState | None = None) -> SubscriptionState:
    """Return where `event` leads from `state`, or raise WrongState with what to do instead.

    `held_from` is where a medical hold found the subscription; a release goes back there.
    """
    target = NEXT.get((state, event))
    if target is None:
        raise WrongState(f"This membership {_SAID[state]}. {_INSTEAD[state]}")
    if target == BACK:
        if held_from is None:
            raise ValueError("a hold knows where it came from")
        return held_from
    return SubscriptionState(target)
