"""What can be said of a plan's coming dates, worst first, and what a page calls it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class DriftStatus(StrEnum):
    """How far a plan has drifted from its dates; the order of the members is that of the board, worst first."""

    PHYSICIAN_GONE = "physician_gone"
    COURSE_BROKEN = "course_broken"
    RESTART_NEEDS_VISIT = "restart_needs_visit"
    OVERDUE = "overdue"
    OUTCOME_MISSING = "outcome_missing"
    REVIEW_DUE = "review_due"
    AFTERCARE_DUE = "aftercare_due"
    IN_WINDOW = "in_window"
    UPCOMING_UNBOOKED = "upcoming_unbooked"
    EVALUATION_WAITING = "evaluation_waiting"
    ENDING = "ending"
    BOOKED = "booked"
    LATER = "later"


_S = DriftStatus

STATUS_WORDS: Mapping[DriftStatus, str] = MappingProxyType(
    {
        _S.PHYSICIAN_GONE: "Physician has left",
        _S.COURSE_BROKEN: "Dates no longer fit",
        _S.RESTART_NEEDS_VISIT: "Physician first",
        _S.OVERDUE: "Overdue",
        _S.OUTCOME_MISSING: "Outcome missing",
        _S.REVIEW_DUE: "Physician visit due",
        _S.AFTERCARE_DUE: "Check due",
        _S.IN_WINDOW: "Book now",
        _S.UPCOMING_UNBOOKED: "Book soon",
        _S.EVALUATION_WAITING: "Evaluation open",
        _S.ENDING: "Ending",
        _S.BOOKED: "Booked",
        _S.LATER: "Not yet time",
    }
)

CALM = frozenset({_S.ENDING, _S.BOOKED, _S.LATER})
"""Statuses that ask nothing of anybody."""

NEEDS_ATTENTION = frozenset(_S) - CALM
"""Statuses that wait for a person."""

RANK: Mapping[DriftStatus, int] = MappingProxyType({status: place for place, status in enumerate(_S)})
"""0 is the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is true of a plan's dates, with its sentence; days are in the patient's zone and inclusive.

    `due_on` is by when somebody should act, null where nobody has to. `booked_on` is the day it is booked on, if it is.
    """

    status: DriftStatus
    sentence: str
    window_from: date | None = None
    window_until: date | None = None
    due_on: date | None = None
    booked_on: date | None = None


def worst_first(finding: Finding) -> tuple[int, date]:
    """Return what findings and rows are sorted by: the worst status first, then what is due first."""
    return RANK[finding.status], finding.due_on or date.max
