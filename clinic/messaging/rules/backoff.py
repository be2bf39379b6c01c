"""How long a text waits after the provider had no time for it, and how often one is tried."""

from datetime import timedelta

RESENDS_AFTER_AMBIGUOUS = 5
"""How often a text that must arrive is sent again after a lost answer that was looked up in vain (policy).

Where every eighth answer is lost, three would leave one text in 4,000 to a person, and five one in 260,000.
"""

RESENDS_OF_MAIL = 1
"""How often an e-mail that must arrive is sent again after a lost answer: there is no list to look it up in, and its
Message-ID stays, by which mail programs know two copies as one (policy)."""

TRIES_WHEN_BUSY = 3
"""How many failed deliveries of a busy kind (queue full, rate limit) a text gets before a person is asked."""

_FIRST = timedelta(seconds=2)
_LONGEST = timedelta(minutes=5)
_LARGEST_EXPONENT = 8


def wait_before_retry(attempt_count: int, *, retry_after: float | None, jitter: float) -> timedelta:
    """Return the wait after attempt number `attempt_count`; `jitter` in [0, 1) spreads it by up to a half.

    Never shorter than what the provider asked for in `retry_after` seconds.
    """
    exponent = min(max(attempt_count, 1) - 1, _LARGEST_EXPONENT)
    spread = min(_FIRST * (1 << exponent), _LONGEST) * (1 + jitter / 2)
    return max(spread, timedelta(seconds=retry_after or 0))
