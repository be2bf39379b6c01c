"""Which question of ours a reply answers, from what was asked of a phone and what it answered before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from clinic.messaging.rules.replies import Meaning

AT_ONCE = timedelta(minutes=1)
"""Two replies within this time are meant as one, or the second corrects the first (policy)."""

STILL_MEANT = timedelta(hours=24)
"""So long after its time a question is still what a reply means, where nothing newer was asked (policy)."""


class Asks(StrEnum):
    """What a text with a 1 and a 2 asks about."""

    VISIT = "visit"
    SUPPORT_PERSON = "support_person"
    OFFERED_TIME = "offered_time"


class Choice(StrEnum):
    """The digit that a reply stands for."""

    ONE = "1"
    TWO = "2"


_CHOICES: Mapping[tuple[Asks, Meaning], Choice] = MappingProxyType(
    {
        (Asks.VISIT, Meaning.CONFIRM): Choice.ONE,
        (Asks.VISIT, Meaning.OKAY): Choice.ONE,
        (Asks.VISIT, Meaning.MOVE): Choice.TWO,
        (Asks.VISIT, Meaning.RESCHEDULE): Choice.TWO,
        (Asks.SUPPORT_PERSON, Meaning.CONFIRM): Choice.ONE,
        (Asks.SUPPORT_PERSON, Meaning.MOVE): Choice.TWO,
        (Asks.SUPPORT_PERSON, Meaning.NO): Choice.TWO,
        (Asks.OFFERED_TIME, Meaning.CONFIRM): Choice.ONE,
        (Asks.OFFERED_TIME, Meaning.MOVE): Choice.TWO,
        (Asks.OFFERED_TIME, Meaning.NO): Choice.TWO,
    }
)
"""Words that answer a question. An "ok" to the question who will be there says nothing, so a person reads it."""

ANSWERS = frozenset(meaning for _, meaning in _CHOICES)
"""Meanings that may answer a question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A text with a 1 and a 2 that may have reached a phone: whom it asked, when, and until when it waits."""

    id: UUID
    asks: Asks
    patient_id: UUID | None
    asked_at: datetime
    closes_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """The reply that the phone sent before this one."""

    meaning: Meaning
    answers_id: UUID | None
    received_at: datetime


class Match(StrEnum):
    """How a reply stands to what was asked; `NONE` = nothing was asked that it could answer."""

    ANSWER = "answer"
    AGAIN = "again"
    UNCLEAR = "unclear"
    NONE = "none"


def choice_of(asks: Asks, meaning: Meaning) -> Choice | None:
    """Return the digit that these words stand for where this was asked, or None when they answer something else."""
    return _CHOICES.get((asks, meaning))


def match(
    meaning: Meaning, asked: Sequence[Question], *, before: Earlier | None, now: datetime, is_late: bool
) -> tuple[Match, Question | None]:
    """Return which question a reply answers: the newest open one that its words fit, one patient's only.

    A second reply within a minute belongs to the same question as the first. Where nothing is open the newest question
    is meant that was answered or closed lately, by more than an "ok". `is_late`: the text was fetched afterwards, so
    that nobody knows what the phone had been asked when it was written.
    """
    fitting = sorted((one for one in asked if choice_of(one.asks, meaning)), key=lambda one: one.asked_at, reverse=True)
    same = _just_answered(fitting, before, now)
    waiting = _waiting(fitting, now)
    is_correction = same is not None and before is not None and _differ(same.asks, before.meaning, meaning)
    if meaning is Meaning.OKAY and not waiting and (same is None or is_correction):
        # It is said to what we answered, and takes nothing back.
        return (Match.UNCLEAR if _waiting(asked, now) else Match.NONE), None
    if same is not None:
        return (Match.UNCLEAR, None) if waiting and is_correction else (Match.AGAIN, same)
    if not _fits_newest(meaning, _waiting(asked, now)):
        return Match.UNCLEAR, None
    if waiting:
        is_sure = _of_one_patient(waiting) and not (is_late and len(waiting) > 1)
        return (Match.ANSWER, waiting[0]) if is_sure else (Match.UNCLEAR, None)
    return _lately(fitting, now)


def _differ(asks: Asks, first: Meaning, second: Meaning) -> bool:
    return choice_of(asks, first) != choice_of(asks, second)


def _waiting(asked: Sequence[Question], now: datetime) -> list[Question]:
    return [one for one in asked if one.answered_at is None and one.closes_at > now]


def _fits_newest(meaning: Meaning, waiting: Sequence[Question]) -> bool:
    """Tell whether words may answer what was asked last; who names another time names the visit."""
    if meaning is Meaning.RESCHEDULE and any(choice_of(one.asks, meaning) for one in waiting):
        return True
    newest = max(waiting, key=lambda one: one.asked_at, default=None)
    return newest is None or choice_of(newest.asks, meaning) is not None


def _just_answered(asked: Sequence[Question], before: Earlier | None, now: datetime) -> Question | None:
    if before is None or now - before.received_at > AT_ONCE:
        return None
    return next((one for one in asked if one.id == before.answers_id), None)


def _of_one_patient(asked: Sequence[Question]) -> bool:
    return len({one.patient_id for one in asked}) == 1


def _lately(asked: Sequence[Question], now: datetime) -> tuple[Match, Question | None]:
    """Return the newest question that was answered already, or whose time is over since a short while."""
    meant = [one for one in asked if one.closes_at > now] or [
        one for one in asked if now - one.closes_at <= STILL_MEANT
    ]
    if not meant:
        return Match.NONE, None
    newest = meant[0]
    if not _of_one_patient(meant):
        return Match.UNCLEAR, None
    return (Match.AGAIN if newest.answered_at else Match.ANSWER), newest
