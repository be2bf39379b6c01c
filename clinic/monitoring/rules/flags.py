"""Flags in words: levels, domains, classes of evidence and decisions; when one is due, and what a decision needs."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.kernel.localtime import edge_instant, in_zone
from clinic.kernel.text import clean_note
from clinic.monitoring.errors import DecisionRefused
from clinic.monitoring.rules.signals import Level

REVIEW_DAYS = 3
"""Business days until a review is due."""

LONGEST_LOOK = timedelta(days=365)
"""A decision holds for at most so long."""

LONGEST_NOTE = 1000
_SHORTEST_NOTE = 5
_EVENING, _LATE_HOURS = time(18), timedelta(hours=2)
_A_DAY = timedelta(days=1)
_SATURDAY = 5


class FlagState(StrEnum):
    """Where a flag stands."""

    OPEN = "open"
    SETTLED = "settled"
    LAPSED = "lapsed"


class Decision(StrEnum):
    """What a physician decided about a flag."""

    EXPLAINED = "explained"
    WATCH = "watch"
    CHANGE_PLAN = "change_plan"
    REFER = "refer"
    TAPER = "taper"


class Lapse(StrEnum):
    """Why a settled flag did not come back on its day."""

    NOT_TRUE = "not_true"
    OTHER_FACTS = "other_facts"
    RULE_OFF = "rule_off"


DECISIONS: Mapping[Decision, str] = MappingProxyType(
    {
        Decision.EXPLAINED: "Explained",
        Decision.WATCH: "Watch",
        Decision.CHANGE_PLAN: "Change plan",
        Decision.REFER: "Refer",
        Decision.TAPER: "Taper",
    }
)

LEVELS: Mapping[int, str] = MappingProxyType(
    {Level.INFO: "Info", Level.WATCH: "Watch", Level.REVIEW: "Review", Level.HOLD: "Hold", Level.URGENT: "Urgent"}
)

EVIDENCE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "S": "Strong evidence",
        "M": "Moderate evidence",
        "M-": "Moderate evidence, weak when alone",
        "X": "Experts\u2019 opinion",
        "P": "The clinic\u2019s policy",
    }
)
"""How well a rule is founded, in words."""

LAPSES: Mapping[Lapse, str] = MappingProxyType(
    {
        Lapse.NOT_TRUE: "Looked at again: the rule no longer sees the sign",
        Lapse.OTHER_FACTS: "Looked at again: what the rule sees now has a flag of its own",
        Lapse.RULE_OFF: "Looked at again: the rule is switched off",
    }
)


def flag_due_at(
    level: int, *, is_safety: bool, now: datetime, zone: str, closed: Collection[date] = ()
) -> datetime | None:
    """Return by when a physician decides: urgent now, a hold or safety the same day, a review in 3 business days."""
    if level < Level.REVIEW:
        return None
    if level == Level.URGENT:
        return now
    today = in_zone(now, zone).date()
    if level == Level.HOLD or is_safety:
        return max(edge_instant(today, _EVENING, zone), now + _LATE_HOURS)
    return edge_instant(business_day_after(today, REVIEW_DAYS, closed=closed), _EVENING, zone)


def business_day_after(day: date, count: int, *, closed: Collection[date] = ()) -> date:
    """Return the day so many working days later; Saturdays, Sundays and closed days do not count."""
    while count:
        day += _A_DAY
        count -= day.weekday() < _SATURDAY and day not in closed
    return day


def facts_of_key(facts_key: str) -> str:
    """Return the part of a facts key that names the facts, without the level that they reached."""
    return facts_key.rpartition(":")[0] or facts_key


def checked_note(note: str | None) -> str:
    """Return what a physician wrote about a decision, or raise DecisionRefused."""
    words = clean_note(note or "", field="note")
    if len(words) < _SHORTEST_NOTE:
        raise DecisionRefused("Say in a sentence what you found or did.", field="note")
    if len(words) > LONGEST_NOTE:
        raise DecisionRefused(f"Use at most {LONGEST_NOTE:,} characters.", field="note")
    return words


def checked_look(look_again_on: date, *, today: date) -> date:
    """Return the day until which a decision holds, or raise DecisionRefused."""
    if look_again_on <= today:
        raise DecisionRefused("Choose a day after today.", field="look_again_on")
    if look_again_on > today + LONGEST_LOOK:
        raise DecisionRefused("Choose a day within a year.", field="look_again_on")
    return look_again_on


def first_of(instant: datetime | None) -> datetime:
    """Return an instant that sorts; what has none comes last."""
    return instant or datetime.max.replace(tzinfo=UTC)
