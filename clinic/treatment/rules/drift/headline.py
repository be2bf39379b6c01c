"""The next step of a plan in the few words of every patient's header."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.findings import drift_of
from clinic.treatment.rules.drift.statuses import DriftStatus, Finding
from clinic.treatment.rules.drift.words import day_words, visit_words
from clinic.treatment.rules.phases import Phase

_S = DriftStatus
_DECIDES = "The physician decides what comes next"
_FIXED_WORDS: Mapping[DriftStatus, str] = MappingProxyType(
    {
        _S.PHYSICIAN_GONE: "Choose another physician",
        _S.COURSE_BROKEN: "Dates no longer fit",
        _S.RESTART_NEEDS_VISIT: "Physician visit due",
        _S.REVIEW_DUE: "Physician visit due",
        _S.OUTCOME_MISSING: "Enter the outcome of the last visit",
    }
)
_TO_BOOK = frozenset({_S.OVERDUE, _S.IN_WINDOW, _S.UPCOMING_UNBOOKED})
_LATE = frozenset({_S.PHYSICIAN_GONE, _S.COURSE_BROKEN, _S.RESTART_NEEDS_VISIT, _S.OVERDUE, _S.OUTCOME_MISSING})


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, in plain words, and whether it should have been done."""

    words: str
    is_overdue: bool


def next_step(facts: PlanFacts) -> NextStep:
    """Return the header's words: what is worst comes first, else the next visit."""
    found = drift_of(facts)
    late = found.status in _LATE or (found.due_on is not None and found.due_on < facts.today)
    return NextStep(_words(facts, found), late)


def _words(facts: PlanFacts, found: Finding) -> str:
    if found.status in _FIXED_WORDS:
        return _FIXED_WORDS[found.status]
    if found.status is _S.AFTERCARE_DUE:
        return _check(facts, found)
    if found.status in _TO_BOOK:
        return _to_book(facts, found)
    return _calm(facts, found)


def _check(facts: PlanFacts, found: Finding) -> str:
    if found.booked_on is not None:
        return f"Next check {day_words(facts, found.booked_on)}, later than planned"
    return f"Book the next check by {_by(facts, found)}"


def _to_book(facts: PlanFacts, found: Finding) -> str:
    if found.status is _S.OVERDUE and found.booked_on is not None:
        return f"Next visit {visit_words(facts, facts.planned[0])}, later than planned"
    if found.status is _S.OVERDUE:
        return f"Next visit was due by {_by(facts, found)}"
    if found.booked_on is not None:
        return f"{_next_visit(facts)}; book more dates by {_by(facts, found)}"
    return f"Book the next dates by {_by(facts, found)}"


def _calm(facts: PlanFacts, found: Finding) -> str:
    if facts.phase is Phase.ENDED:
        return "The plan has ended"
    if facts.planned or facts.reviews_booked:
        return _next_visit(facts)
    if found.window_from is not None:
        return f"Next visit from {day_words(facts, found.window_from)}"
    return "Book the consultation" if found.due_on else _DECIDES


def _next_visit(facts: PlanFacts) -> str:
    return f"Next visit {visit_words(facts, min((*facts.planned, *facts.reviews_booked)))}"


def _by(facts: PlanFacts, found: Finding) -> str:
    due: date = found.due_on or facts.today
    return day_words(facts, due)
