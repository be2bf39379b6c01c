"""What the provider's status words mean, in whatever order they arrive."""

from datetime import timedelta

from clinic.messaging.rules.kinds import MessageState

# Reports are best effort, unordered and may repeat, so only a higher rank counts.
_RANKS = {
    "accepted": 1,
    "scheduled": 2,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "partially_delivered": 4,
    "delivered": 9,
    "read": 9,
    "undelivered": 9,
    "failed": 9,
    "canceled": 9,
}
_STATES = {
    "sent": MessageState.SENT,
    "partially_delivered": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.DELIVERED,
    "undelivered": MessageState.UNDELIVERED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}
ARRIVALS = ("delivered", "read")
FAILURES = ("undelivered", "failed", "canceled")
FIRST_POLL = timedelta(minutes=15)
UNCONFIRMED_AFTER = timedelta(hours=72)
"""A text without a receipt after this long is `unconfirmed`: carriers do not always send one."""


def rank_of(status: str | None) -> int:
    """Return how far along a status is; 0 for our own words and for words that are new."""
    return _RANKS.get(status or "", 0)


def state_of(status: str) -> MessageState:
    """Return the message's state for a provider status."""
    return _STATES.get(status, MessageState.ACCEPTED)


def supersedes(status: str, known: str | None) -> bool:
    """Tell whether a report says more than what is known; a late `delivered` is believed after a failure."""
    if rank_of(status) > rank_of(known):
        return True
    return state_of(status) is MessageState.DELIVERED and known in FAILURES


def next_poll(age: timedelta) -> timedelta:
    """Return how long to wait before asking for the status again: rarer the older the text is."""
    return max(FIRST_POLL, age / 2)
