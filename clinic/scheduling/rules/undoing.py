"""Whether the last move of a visit can be taken back, and to what."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from clinic.scheduling.rules.changes import ASIDE, REMARKS, Change
from clinic.scheduling.rules.telling import Place, Step


def last_change(steps: Sequence[Step]) -> Step | None:
    """Return the last thing that happened to a visit; remarks belong to what they follow."""
    return next((step for step in reversed(steps) if step.change not in REMARKS | ASIDE), None)


def why_no_undo(steps: Sequence[Step], *, now: datetime, within: timedelta) -> str | None:
    """Return why the last move stands and what to do instead, or None when it can be taken back."""
    last = last_change(steps)
    if last is None or last.change == Change.MOVE_UNDONE:
        return "There is no move to take back. Use Move to choose another time."
    if last.change != Change.MOVED or last.from_place is None:
        return "Something else happened to this visit since. Look at it again, and use Move to choose another time."
    if last.is_by_patient:
        return "The patient moved this visit. Call the patient before you use Move."
    if now >= last.at + within:
        return "The time to take a move back is over. Use Move; the patient gets a text with the time."
    return None


def overbooked_at(steps: Sequence[Step], place: Place, *, sequence: int) -> Step | None:
    """Return the remark that says why a visit was overbooked at a place, by the person who did it first."""
    reason = next((one.reason for one in steps if one.change == Change.OVERBOOKED and one.sequence == sequence), None)
    if reason is None:
        return None
    return next(one for one in steps if (one.change, one.place, one.reason) == (Change.OVERBOOKED, place, reason))
