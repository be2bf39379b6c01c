"""What leaving a task alone does to somebody, and so which task comes first: pure, total, explained in one sentence."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

NEAR = timedelta(hours=24)
"""A visit that begins within this time is today's: what holds it up comes before everything but danger."""

GONE = timedelta(hours=12)
"""A visit that should have begun longer ago cannot be saved any more; what is left of it is paper."""

_BEFORE_A_VISIT = timedelta(hours=1)
_SOON_AGAIN = timedelta(minutes=15)
_A_DAY = timedelta(days=1)


class Harm(StrEnum):
    """What gets hurt, the worst first: the order of the names is the order of the queue."""

    LIFE = "life"
    VISIT = "visit"
    STUCK = "stuck"
    PAPER = "paper"
    UPKEEP = "upkeep"

    @property
    def rank(self) -> int:
        """Return 0 for the worst."""
        return _ORDER.index(self)


_ORDER = tuple(Harm)
_RISES_AFTER = {Harm.PAPER: timedelta(days=3), Harm.UPKEEP: timedelta(days=14)}
"""Left so long past its time, a thing hurts like what stands one above; nothing rises to a visit or to danger."""


class HoldsUp(StrEnum):
    """Which visit cannot go ahead while a task is open."""

    NOTHING = "nothing"
    ITS_VISIT = "its_visit"
    NEXT_VISIT = "next_visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hurt:
    """What a kind of task hurts when no visit is near, which visit it holds up, and the clause that says why."""

    harm: Harm
    because: str
    holds_up: HoldsUp = HoldsUp.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The times that decide: of the visit, if any, and of the task itself; the id tells equals apart."""

    visit_at: datetime | None
    due_at: datetime
    opened_at: datetime
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task stands: the lower `key` comes first, and no two tasks have the same."""

    harm: Harm
    key: tuple[int, datetime, datetime, datetime, UUID]


def place(hurt: Hurt, timing: Timing, *, now: datetime) -> Place:
    """Return where a task stands now.

    First what gets hurt; among visits the one that begins first, else the one that is due first (what rose, from when
    it rose); then the one due first, the one opened first, the smaller id.
    """
    harm, hurts_at = _hurting(hurt, timing, now=now)
    return Place(harm=harm, key=(harm.rank, hurts_at, timing.due_at, timing.opened_at, timing.id))


def why(hurt: Hurt, timing: Timing, *, now: datetime) -> str:
    """Return the clause that follows "because": why a task stands where it stands."""
    harm = place(hurt, timing, now=now).harm
    if harm is Harm.VISIT and timing.visit_at:
        return f"{_of_visit(timing.visit_at, now=now)} and {hurt.because}"
    return f"{hurt.because}{_age(timing, now=now)}"


def back_at(spot: Place, timing: Timing, *, wanted: datetime, longest: timedelta, now: datetime) -> datetime | None:
    """Return when a task that is put off comes back; None where it may not be put off at all.

    Danger waits for nobody. What holds up a visit is back an hour before it, or after a quarter of an hour if that is
    past; everything else after `longest` at the latest.
    """
    if spot.harm is Harm.LIFE:
        return None
    latest = now + longest
    if spot.harm is Harm.VISIT and timing.visit_at:
        latest = min(latest, timing.visit_at - _BEFORE_A_VISIT)
    return max(min(wanted, latest), now + _SOON_AGAIN)


def _held_up(hurt: Hurt, timing: Timing, *, now: datetime) -> datetime | None:
    """Return the start of the near visit that the task holds up."""
    if hurt.holds_up is HoldsUp.NOTHING or timing.visit_at is None:
        return None
    return timing.visit_at if -GONE <= timing.visit_at - now < NEAR else None


def _hurting(hurt: Hurt, timing: Timing, *, now: datetime) -> tuple[Harm, datetime]:
    """Return what gets hurt and since or from when: the visit's start, the due time, or when the task rose."""
    visit_at = _held_up(hurt, timing, now=now)
    if visit_at is not None and hurt.harm is not Harm.LIFE:
        return Harm.VISIT, visit_at
    after = _RISES_AFTER.get(hurt.harm)
    if after is not None and now - timing.due_at >= after:
        return _ORDER[hurt.harm.rank - 1], timing.due_at + after
    return hurt.harm, timing.due_at


def _of_visit(visit_at: datetime, *, now: datetime) -> str:
    if visit_at > now:
        return f"the visit is in {span(visit_at - now)}"
    return f"the visit was to begin {span(now - visit_at)} ago"


def _age(timing: Timing, *, now: datetime) -> str:
    if timing.due_at == now:
        return ""
    if timing.due_at > now:
        return f", to be done within {span(timing.due_at - now)}"
    return f", {span(now - timing.due_at)} past its time"


def span(length: timedelta) -> str:
    """Return a length of time in the words of a sentence: `40 min`, `2 h`, `3 days`."""
    minutes = max(1, int(length.total_seconds() // 60))
    if length < timedelta(hours=1):
        return f"{minutes} min"
    if length < 2 * _A_DAY:
        return f"{minutes // 60} h"
    return f"{length.days} days"
