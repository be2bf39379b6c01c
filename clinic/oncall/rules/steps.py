"""The steps of a page as data: who is told by which channel, how long each step waits, what an outage leaves to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.policies.rules import PolicyKey


class Channel(StrEnum):
    """How somebody is told; the words are those of messages."""

    TEXT = "sms"
    EMAIL = "email"


class Group(StrEnum):
    """Whom a step tells."""

    FIRST = "first"
    BACKUP = "backup"
    ADMINS = "admins"


Telling = tuple[Group, Channel]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `waits` is the policy that says how many minutes after the step before it, None for at once."""

    waits: PolicyKey | None
    tells: frozenset[Telling]


def _both(*groups: Group) -> frozenset[Telling]:
    return frozenset((group, channel) for group in groups for channel in Channel)


STEPS = (
    Step(None, frozenset({(Group.FIRST, Channel.TEXT)})),
    Step(PolicyKey.ON_CALL_AGAIN_MINUTES, _both(Group.FIRST)),
    Step(PolicyKey.ON_CALL_BACKUP_MINUTES, _both(Group.BACKUP)),
    Step(PolicyKey.ON_CALL_REPEAT_MINUTES, _both(Group.FIRST, Group.BACKUP) | {(Group.ADMINS, Channel.EMAIL)}),
)
"""In their order; the last one is repeated until somebody has the page."""

WAITS = tuple(step.waits for step in STEPS if step.waits)
_LAST = len(STEPS) - 1

Minutes = Mapping[PolicyKey, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What to do now: the number of the step, whom it tells, and when the next one is due."""

    number: int
    tells: frozenset[Telling]
    next_at: datetime


def step_at(number: int) -> Step:
    """Return the step of that number, counted from 0; after the last one it is the last one again."""
    return STEPS[min(number, _LAST)]


def turn_of(number: int, *, due_at: datetime, now: datetime, minutes: Minutes) -> Turn:
    """Return the step to take at `now`, when step `number` was due at `due_at`.

    Steps that an outage let pass are taken as one: everybody of them is told, each once.
    """
    tells, at = step_at(number).tells, due_at
    while number < _LAST and (following := at + _wait(number + 1, minutes)) <= now:
        number, at = number + 1, following
        tells |= step_at(number).tells
    return Turn(number=number, tells=tells, next_at=now + _wait(number + 1, minutes))


def _wait(number: int, minutes: Minutes) -> timedelta:
    waits = step_at(number).waits
    return timedelta(minutes=minutes[waits]) if waits else timedelta()
