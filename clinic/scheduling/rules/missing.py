"""What follows when a patient misses visits: who looks and why, never a fee."""

from dataclasses import dataclass
from enum import StrEnum


class Consequence(StrEnum):
    """What a person is asked to do; each is a task and nothing happens by itself."""

    CALL = "call"
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """How many visits of the days that count a patient missed; `sessions` are those of the no-shows at home.

    A late cancellation is no no-show, and one that was waived is in neither number.
    """

    no_shows: int = 0
    late_cancels: int = 0
    sessions: int = 0


def consequences(missed: Missed, *, call_from: int, review_from: int) -> frozenset[Consequence]:
    """Return what follows: a call from so many of both kinds, the physician's look from so many missed sessions."""
    due = {
        Consequence.CALL: missed.no_shows + missed.late_cancels >= call_from,
        Consequence.REVIEW: missed.sessions >= review_from,
    }
    return frozenset(each for each, is_due in due.items() if is_due)


def missed_words(missed: Missed, *, days: int) -> str | None:
    """Return `2 no-shows and 1 late cancellation in the last 180 days`, or None when there are none."""
    parts = [
        _counted(missed.no_shows, "no-show", "no-shows"),
        _counted(missed.late_cancels, "late cancellation", "late cancellations"),
    ]
    said = " and ".join(part for part in parts if part)
    return f"{said} in the last {days} days" if said else None


def _counted(count: int, one: str, many: str) -> str:
    return "" if count == 0 else f"1 {one}" if count == 1 else f"{count} {many}"
