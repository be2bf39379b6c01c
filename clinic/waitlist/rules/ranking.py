"""Who is offered a time first, in points that one sentence explains."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

_A_DAY = timedelta(days=1)
MOST_DAYS = 30
"""Neither waiting nor winning more days than this counts any further, so that neither outweighs everything else."""

OWN_PHYSICIAN, WHOLE_GAP = 5, 3
"""Points for a time with the physician of the patient's care, and for one that leaves no useless rest of the gap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One of those who wait, with the time that would be theirs; `present` is the visit that it would replace."""

    entry_id: UUID
    waits_since: datetime
    starts_at: datetime
    physician_id: UUID
    present: datetime | None = None
    is_own_physician: bool = False
    begins_with_gap: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place in the row: the points and the sentence that explains them."""

    standing: Standing
    points: int
    sentence: str


def rank(waiting: Iterable[Standing], *, now: datetime) -> tuple[Ranked, ...]:
    """Return those who wait in the order in which the time is offered.

    A point for each whole day of waiting and for each day that the visit would be earlier, up to 30 each, and some for
    a better fit. With equal points whoever waits longest comes first, to the second; the entry's id settles the rest.
    """
    ranked = [Ranked(one, _points(one, now), _sentence(one, now)) for one in waiting]
    return tuple(sorted(ranked, key=lambda each: (-each.points, each.standing.waits_since, each.standing.entry_id.int)))


def days_waited(one: Standing, now: datetime) -> int:
    """Return the whole days since somebody was put on the list."""
    return max(0, (now - one.waits_since) // _A_DAY)


def days_won(one: Standing) -> int:
    """Return by how many whole days the visit would be earlier; a first time wins none."""
    return max(0, (one.present - one.starts_at) // _A_DAY) if one.present else 0


def _points(one: Standing, now: datetime) -> int:
    fit = OWN_PHYSICIAN * one.is_own_physician + WHOLE_GAP * one.begins_with_gap
    return min(days_waited(one, now), MOST_DAYS) + min(days_won(one), MOST_DAYS) + fit


def _sentence(one: Standing, now: datetime) -> str:
    parts = [f"waits {_days(days_waited(one, now))}"]
    if one.present is not None:
        won = days_won(one)
        parts.append(f"would come {_days(won)} earlier" if won else "would come earlier on the same day")
    if one.is_own_physician:
        parts.append("with the physician of the care team")
    if one.begins_with_gap:
        parts.append("begins where the gap begins")
    points = _points(one, now)
    counted = "1 point" if points == 1 else f"{points} points"
    return f"{counted}: {', '.join(parts)}."


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
