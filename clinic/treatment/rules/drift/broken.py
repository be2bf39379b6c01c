"""Which booked dates no longer fit: the one judgement of the planner, the visit's page, the board and the tasks."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat
from typing import NamedTuple

from clinic.people.rules import STATES
from clinic.treatment.rules.hours import WeeklyHours, is_within
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning import (
    MOST_AT_ONCE,
    Anchor,
    Judged,
    Kind,
    Outline,
    Standing,
    Step,
    day_of,
    day_words,
    outline_of,
    violations,
)
from clinic.treatment.rules.planning.words import counted
from clinic.treatment.rules.protocols import Protocol

_NOTHING_LEFT = Step(number=0, kind=Kind.SESSION, visit_type="")


class Entry(NamedTuple):
    """One date that is booked or about to be, under a key of the caller's."""

    key: Hashable
    starts_at: datetime
    ends_at: datetime


class Trouble(NamedTuple):
    """What is wrong with the entry `key`, the later one where two do not go together; `other` is the earlier one."""

    key: Hashable
    other: Hashable | None
    sentence: str


class Broken(NamedTuple):
    """An entry that no longer fits, with the first thing wrong."""

    key: Hashable
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What dates are judged by; in its `standing` is all that took place or has begun, which is never blamed."""

    protocol: Protocol
    phase: Phase
    zone: str
    support_hours: WeeklyHours
    standing: Standing


def broken_dates(course: Course, entries: Sequence[Entry], *, impossible: Mapping[Hashable, str]) -> tuple[Broken, ...]:
    """Return what no longer fits, in time order; those that are `impossible` cannot take place whatever the rules say.

    Nothing is searched for.
    """
    if course.phase not in SESSION_PHASES:
        return ()
    found = dict(impossible)
    for trouble in troubles(course, entries):
        found.setdefault(trouble.key, trouble.sentence)
    return tuple(Broken(entry.key, found[entry.key]) for entry in _in_order(entries) if entry.key in found)


def troubles(course: Course, entries: Sequence[Entry]) -> tuple[Trouble, ...]:
    """Return everything wrong with these as all of the dates that remain, by the rules of the program."""
    if not entries or course.phase not in SESSION_PHASES:
        return ()
    ordered = _in_order(entries)
    outline = outline_of(course.protocol, course.phase, course.standing, how_many=min(len(ordered), MOST_AT_ONCE))
    steps = [step for step in outline.steps if step.kind is Kind.SESSION]
    return (
        *_alone(course, ordered),
        *_by_rules(course, ordered, steps, outline=outline),
        *_too_many(course, ordered, steps),
    )


def cannot_take_place(starts_at: datetime, *, zone: str, physician: str, is_active: bool, state: str) -> str:
    """Return why a visit cannot take place: its physician has left, or has no license where the patient is now."""
    visit = f"The visit on {day_words(day_of(int(starts_at.timestamp()), zone))}:"
    if not is_active:
        return f"{visit} {physician} does not see patients any more."
    return f"{visit} {physician} has no {STATES[state]} license on that day."


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.starts_at, str(entry.key)))


def _alone(course: Course, entries: Sequence[Entry]) -> Iterator[Trouble]:
    for entry in entries:
        if not is_within(course.support_hours, starts_at=entry.starts_at, ends_at=entry.ends_at, zone=course.zone):
            day = day_words(day_of(int(entry.starts_at.timestamp()), course.zone))
            yield Trouble(entry.key, None, f"The support person cannot be there on {day} at that time.")


def _by_rules(
    course: Course, ordered: Sequence[Entry], steps: Sequence[Step], *, outline: Outline
) -> Iterator[Trouble]:
    # Earlier ones are too long ago to be too close to any that comes.
    before = outline.anchors[-outline.weekly_most :]
    # Whatever is booked beyond the last step is judged like that one.
    following = chain(steps, repeat(steps[-1] if steps else _NOTHING_LEFT))
    visits = [_fixed(one, outline) for one in before]
    visits += [_judged(course, entry, step) for entry, step in zip(ordered, following, strict=False)]
    keys: list[Hashable | None] = [*(None for _ in before), *(entry.key for entry in ordered)]
    is_complete = len(ordered) >= len(steps)
    for one in violations(visits, weekly_most=outline.weekly_most, span=outline.span, is_complete=is_complete):
        yield Trouble(keys[one.at], None if one.other is None else keys[one.other], one.sentence)


def _too_many(course: Course, ordered: Sequence[Entry], steps: Sequence[Step]) -> Iterator[Trouble]:
    """Yield the dates that the program has no place for; touch-ups go on for as long as it takes."""
    if course.phase is Phase.INDUCTION:
        most = counted(course.protocol.induction.sessions, "visit")
        for entry in ordered[len(steps) :]:
            yield Trouble(entry.key, None, f"The program has {most} in this phase; this is one more.")


def _fixed(one: Anchor, outline: Outline) -> Judged:
    begun = outline.span.first_day if outline.span else None
    return Judged(
        kind=Kind.SESSION,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        day=one.day,
        is_fixed=True,
        in_span=begun is not None and one.day >= begun,
    )


def _judged(course: Course, entry: Entry, step: Step) -> Judged:
    # By when a course should begin was agreed on when it was planned; it moves with the day on which one asks.
    starts_at = int(entry.starts_at.timestamp())
    return Judged(
        kind=Kind.SESSION,
        starts_at=starts_at,
        ends_at=int(entry.ends_at.timestamp()),
        day=day_of(starts_at, course.zone),
        number=step.number,
        spacing=step.spacing,
    )
