"""Collecting through a gateway: which news counts first, when to look again, and how long one asking stays open."""

from datetime import datetime, timedelta

from clinic.billing.rules.payments import PaymentState, after_news

LEASE = timedelta(minutes=2)
"""So long one worker has a row to itself; several times what a call may last."""
KEYS_LIVE = timedelta(hours=23)
"""A gateway knows a key for a day; after that, what it does not know by then never happened."""
CONFIRM_WITHIN = timedelta(hours=72)
"""So long a payment waits for the patient's bank before it is given up and the next attempt has its turn."""
SETUP_LIVES = timedelta(hours=24)
"""So long a page that asks for a card can be finished."""
GATEWAY_TROUBLE = timedelta(minutes=10)
"""Where the gateway refuses the clinic itself, asking at once again is in vain."""

_SOONEST, _LATEST = timedelta(minutes=1), timedelta(hours=1)


def heard(known: PaymentState, told: PaymentState, *, is_known_there: bool) -> PaymentState:
    """Return what a payment is after the gateway spoke of it.

    As long as the gateway never named it, `processing` only means that it was asked; its first word counts as it is.
    A failed one that is given up there as well stays failed, with what the bank said.
    """
    if known is PaymentState.FAILED and told is PaymentState.CANCELED:
        return known
    if known is PaymentState.PROCESSING and not is_known_there:
        known = PaymentState.PENDING
    return after_news(known, told)


def look_again_at(since: datetime, now: datetime) -> datetime:
    """Return when to ask again about what has been open since then: sooner in the beginning, hourly in the end."""
    return now + min(max(_SOONEST, (now - since) / 2), _LATEST)
