"""How many wrong guesses are free and how long the next one waits; delays grow and always end (ASVS 6.3.1)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(hours=24)
"""Wrong passwords older than a day are forgotten."""

KNOWN_FOR = timedelta(days=30)
"""From an address where somebody signed in within this time, other people's guesses do not slow them down."""

_FIRST_WAIT = timedelta(seconds=1)
_DOUBLINGS = 10
_HOME_PREFIX = 64


class GuessKind(StrEnum):
    """What was guessed at; a sign-up and a wish to be let in are no guesses, and counted like them."""

    PASSWORD = "password"  # noqa: S105 - a kind of guess, not a secret
    CODE = "code"
    BIRTH_DATE = "birth_date"
    SIGN_UP = "sign_up"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` wrong guesses within a span of time."""

    count: int
    within: timedelta


ADDRESS_LIMITS = (Limit(10, timedelta(minutes=5)),)
SIGN_UP_LIMITS = (Limit(5, timedelta(hours=1)), Limit(20, timedelta(hours=24)))
"""So many people of one network, a family or a library, may leave their names; more call instead."""

ENTRY_LIMITS_OF_NUMBER = (Limit(5, timedelta(minutes=30)), Limit(15, timedelta(hours=24)))
"""So often may a code or a link be asked for one number, whether the clinic knows it or not."""

ENTRY_LIMITS_OF_ADDRESS = (Limit(10, timedelta(minutes=30)), Limit(40, timedelta(hours=24)))
ENTRY_LIMITS_OF_ALL = (Limit(300, timedelta(hours=1)),)
"""More than this in an hour, over all numbers and addresses, is nobody's patients but a program."""

CODE_LIMITS = (Limit(5, timedelta(minutes=5)), Limit(20, timedelta(hours=1)), Limit(50, timedelta(hours=24)))


ALARM_WITHIN = timedelta(hours=1)
ALARM_COUNT = 50
"""So many wrong guesses within an hour, over everything that can be guessed at, are somebody's program.

The limits let one account take about 17 wrong passwords an hour and 20 wrong codes, one link 5 birth dates, one
address 120 wrong passwords. Fifty therefore never come from one forgetful person, not even together with a
Monday morning's slips of a whole clinic, and one program at full speed is noticed within half an hour.
"""


def growing_wait(failures: int) -> timedelta:
    """Return the wait after so many failures: none up to four, then 1 s, 2 s, 4 s and so on up to 15 minutes."""
    beyond = failures - FREE_TRIES
    if beyond < 0:
        return timedelta(0)
    doubled: int = 2 ** min(beyond, _DOUBLINGS)
    return min(_FIRST_WAIT * doubled, LONGEST_WAIT)


def free_after(failures: int, last_at: datetime | None, now: datetime) -> datetime | None:
    """Return the instant from which the next guess is heard, or None when it is heard now."""
    if last_at is None:
        return None
    free_at = last_at + growing_wait(failures)
    return free_at if free_at > now else None


def free_within(limits: Iterable[Limit], failed_at: Sequence[datetime], now: datetime) -> datetime | None:
    """Return the instant from which all limits leave room for one more guess, or None when they do now."""
    newest_first = sorted(failed_at, reverse=True)
    waits = [newest_first[limit.count - 1] + limit.within for limit in limits if len(newest_first) >= limit.count]
    return max((free_at for free_at in waits if free_at > now), default=None)


def account_key(email: str) -> str:
    """Return the name under which guesses are counted: a digest, since people type passwords into the wrong box."""
    return hashlib.sha256(email.encode()).hexdigest()


def network_of(ip: str | None) -> str | None:
    """Return the address under which guesses are counted: IPv4 as it is, IPv6 by the /64 that one home has."""
    if ip is None:
        return None
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    if not isinstance(address, IPv6Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ip_network((address, _HOME_PREFIX), strict=False))
