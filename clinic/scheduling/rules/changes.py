"""What may happen to a visit, as its history names it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Change(StrEnum):
    """What happened to a visit, as its history names it."""

    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    BOOKED = "booked"
    OVERBOOKED = "overbooked"
    MOVED = "moved"
    MOVE_UNDONE = "move_undone"
    NOT_TEXTED = "not_texted"
    TOLD_WITH_COURSE = "told_with_course"
    CANCELED = "canceled"
    LATENESS_WAIVED = "lateness_waived"
    CONFIRMED = "confirmed"
    SUPPORT_PERSON_SET = "support_person_set"
    SUPPORT_PERSON_MISSING = "support_person_missing"
    ARRIVED = "arrived"
    ARRIVAL_UNDONE = "arrival_undone"
    COMPLETED = "completed"
    MISSED = "missed"
    MISSED_UNDONE = "missed_undone"
    JOIN_CHANGED = "join_changed"
    RECORD_MERGED = "record_merged"


REMARKS = frozenset({Change.OVERBOOKED, Change.NOT_TEXTED, Change.TOLD_WITH_COURSE})
"""Rows that say more about the change before them and are none of their own."""

ASIDE = frozenset({Change.SUPPORT_PERSON_SET, Change.SUPPORT_PERSON_MISSING})
"""Rows about who will be with the patient; the visit itself stays as it was."""

PLACED = frozenset({Change.BOOKED, Change.MOVED, Change.MOVE_UNDONE})
"""Changes after which a visit stands at a time that somebody chose."""

UNSEEN_ELSEWHERE = frozenset(
    {
        Change.HELD,
        Change.RELEASED,
        Change.EXPIRED,
        Change.CONFIRMED,
        Change.ARRIVED,
        Change.ARRIVAL_UNDONE,
        Change.JOIN_CHANGED,
    }
)
"""Changes after which no visit is at another time, with somebody else, over or back: nobody else has to follow."""


FREEING = frozenset({Change.RELEASED, Change.EXPIRED, Change.MOVED, Change.MOVE_UNDONE, Change.CANCELED})
"""Changes that give up the time at which a visit or hold stood before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChange:
    """One change of a visit with the names to show; `reason` is a code or a sentence, as the change has it."""

    who: str
    at: datetime
    change: str
    state: str
    from_starts_at: datetime | None
    starts_at: datetime
    from_physician_name: str | None
    physician_name: str
    reason: str | None
