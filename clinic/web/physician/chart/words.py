"""Words of a chart: numbers with their sign, what a change means by the rules, and which baseline it is told from."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from clinic.dashboards.timeline_rules import BLADDER, CRAVING, GAD7, PAIN, PHQ9, SDS, ScoreKey, Timeline
from clinic.monitoring.rules.response import ELEVATED, NORMAL, Course, Measured
from clinic.monitoring.rules.signals import Level
from clinic.web.frame.display import day_text

MINUS = "\u2212"
NAMES: Mapping[ScoreKey, str] = MappingProxyType(
    {
        PHQ9: "PHQ-9",
        GAD7: "GAD-7",
        SDS: "Dependence (SDS)",
        CRAVING: "Craving",
        BLADDER: "Bladder (LURN SI-10)",
        PAIN: "Pain (PEG)",
    }
)
_WITH_A_NORMAL = frozenset({NAMES[PHQ9], NAMES[GAD7]})
"""Scores under whose limit of normal there is nothing that could respond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the rules say of one score: a word with its glyph and tone, and the sentence with the numbers behind it."""

    word: str
    glyph: str
    tone: str
    sentence: str


def level_word(level: int) -> str:
    """Return the level of a flag in a word: `Review`."""
    return Level(level).name.capitalize()


def plain(value: Decimal) -> str:
    """Return a number without needless zeros: `7`, `3.5`."""
    return f"{value.normalize():f}"


def signed(change: Decimal) -> str:
    """Return a change with its sign: the minus is as wide as the plus."""
    if change == 0:
        return "\u00b10"
    return f"{MINUS if change < 0 else '+'}{plain(abs(change))}"


def days_ago(days: int) -> str:
    """Return `today`, `yesterday`, `24 days ago`."""
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def told(timeline: Timeline) -> list[Verdict]:
    """Return what the rules say of the scores that can improve, those on record."""
    courses = [(NAMES[key], timeline.course(key)) for key in (PHQ9, GAD7, PAIN)]
    return [one for name, course in courses if course is not None for one in verdicts(name, course)]


def verdicts(name: str, course: Course) -> list[Verdict]:
    """Return what the rules say of a score, the change since the start first."""
    if not course.has_follow_up:
        return [Verdict(word="Start only", glyph="\u25cb", tone="info", sentence=_only(name, course))]
    found = [_since_start(name, course)]
    if course.is_worse_than_last and course.previous is not None:
        rise, since = plain(course.since_last or Decimal(0)), day_text(course.previous.on)
        sentence = f"{name} is up {rise} points since {since} ({_move(course.previous, course.last)})."
        found.append(Verdict(word="Worse than last time", glyph="\u2191", tone="bad", sentence=sentence))
    return found


def _since_start(name: str, course: Course) -> Verdict:
    said = f"{name} {_move(course.baseline, course.last)}: {_percent(course)} since {_origin(course)}."
    if course.is_remission:
        rest = f" Under {NORMAL} after {ELEVATED} or more."
        return Verdict(word="Remission", glyph="\u2713", tone="good", sentence=said + rest)
    if course.is_worse_than_start:
        return Verdict(word="Worse than at the start", glyph="\u2191\u2191", tone="bad", sentence=said)
    if course.is_response:
        low = " The start was under 10, where half is little." if course.baseline.value < ELEVATED else ""
        rest = f" At least half, not under {NORMAL}." if course.last.value >= NORMAL else " At least half."
        return Verdict(word="Response", glyph="\u2713", tone="info" if low else "good", sentence=said + rest + low)
    if name in _WITH_A_NORMAL and max(course.baseline.value, course.last.value) < NORMAL:
        return Verdict(word="Low since the start", glyph="\u25cb", tone="info", sentence=said)
    if course.is_better:
        return Verdict(word="Better, no response yet", glyph="\u2193", tone="info", sentence=said)
    return Verdict(word="No response", glyph="\u2192", tone="warn", sentence=said)


def _only(name: str, course: Course) -> str:
    return f"{name} {plain(course.baseline.value)} on {day_text(course.baseline.on)}. Nothing to compare it with yet."


def _move(one: Measured, other: Measured) -> str:
    return f"{plain(one.value)} \u2192 {plain(other.value)}"


def _percent(course: Course) -> str:
    change = course.since_start or Decimal(0)
    if course.baseline.value == 0 or change == 0:
        return f"{signed(change)} points"
    percent = abs(change) * 100 / course.baseline.value
    return f"{signed(change)} points ({percent:.0f} % {'lower' if change < 0 else 'higher'})"


def _origin(course: Course) -> str:
    told = "the last score before the first session" if course.is_before_treatment else "the first score on record"
    return f"{day_text(course.baseline.on)}, {told}"


def changes(course: Course | None) -> list[str]:
    """Return the change since the start and since the last time, shortly."""
    if course is None or course.since_start is None:
        return []
    found = [f"{signed(course.since_start)} since start ({plain(course.baseline.value)})"]
    if course.since_last is not None and course.previous is not course.baseline:
        found.append(f"{signed(course.since_last)} since last")
    return found


def missing(timeline: Timeline, key: ScoreKey) -> str | None:
    """Return the sentence about a score that is missing for too long."""
    days = timeline.days_without(key)
    return f"No score for {days} days" if days is not None and timeline.is_missing(key) else None
