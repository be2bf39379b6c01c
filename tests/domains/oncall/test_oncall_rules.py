"""Rules of shifts, gaps, steps and who is told."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.kernel.ids import new_id
from clinic.oncall.errors import ShiftRefused
from clinic.oncall.rules import (
    STEPS,
    WAITS,
    Channel,
    Group,
    OnCallNow,
    Person,
    Span,
    checked_span,
    notices_of,
    turn_of,
    uncovered,
)
from clinic.policies.rules import POLICIES

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
MINUTES = {key: POLICIES[key].default for key in WAITS}


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def span(start: float, end: float) -> Span:
    return Span(at(start), at(end))


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (2, 2, "ends_on"),
        (3, 2, "ends_on"),
        (-3, 0, "ends_on"),
        (1, 338, "ends_on"),
        (367 * 24, 367 * 24 + 1, "starts_on"),
    ],
)
def test_a_shift_that_makes_no_sense_is_refused_at_its_field(start: float, end: float, field: str):
    with pytest.raises(ShiftRefused) as refusal:
        checked_span(at(start), at(end), now=NOW)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("start", "end", "counts_from"), [(0, 1, 0), (-2, 1, 0), (1, 2, 1), (0, 336, 0), (365 * 24, 365 * 24 + 1, 365 * 24)]
)
def test_a_shift_that_has_begun_counts_from_now(start: float, end: float, counts_from: float):
    assert checked_span(at(start), at(end), now=NOW) == span(counts_from, end)


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([], [(0, 10)]),
        ([(0, 10)], []),
        ([(-5, 20)], []),
        ([(0, 4), (4, 10)], []),
        ([(2, 4)], [(0, 2), (4, 10)]),
        ([(6, 8), (2, 4)], [(0, 2), (4, 6), (8, 10)]),
        ([(0, 9), (2, 4)], [(9, 10)]),
        ([(12, 14)], [(0, 10)]),
        ([(-4, -2), (9, 14)], [(0, 9)]),
    ],
)
def test_gaps_are_what_no_shift_covers(shifts: list[tuple[float, float]], gaps: list[tuple[float, float]]):
    found = uncovered([span(*one) for one in shifts], since=at(0), until=at(10))
    assert found == [span(*one) for one in gaps]


@pytest.mark.parametrize(
    ("number", "late_minutes", "taken", "next_in"),
    [
        (0, 0, 0, 5),
        (0, 4, 0, 5),
        (0, 5, 1, 5),
        (0, 10, 2, 10),
        (0, 19, 2, 10),
        (0, 20, 3, 10),
        (0, 600, 3, 10),
        (1, 0, 1, 5),
        (2, 0, 2, 10),
        (3, 0, 3, 10),
        (3, 600, 3, 10),
        (9, 45, 9, 10),
    ],
)
def test_an_outage_is_caught_up_with_one_step(number: int, late_minutes: int, taken: int, next_in: int):
    turn = turn_of(number, due_at=NOW - timedelta(minutes=late_minutes), now=NOW, minutes=MINUTES)
    assert turn.number == taken
    assert turn.next_at == NOW + timedelta(minutes=next_in)
    assert turn.tells >= STEPS[min(taken, 3)].tells


def test_steps_that_passed_unseen_are_told_with_the_present_one():
    turn = turn_of(0, due_at=NOW - timedelta(minutes=12), now=NOW, minutes=MINUTES)
    groups = {group for group, _ in turn.tells}
    assert groups == {Group.FIRST, Group.BACKUP}


def person(name: str, *, can_text: bool = True) -> Person:
    phone_id = new_id() if can_text else None
    return Person(staff_id=new_id(), name=name, email=f"{name}@example.org", phone_id=phone_id, can_text=can_text)


def named(tells: frozenset[tuple[Group, Channel]], now: OnCallNow, *admins: Person) -> list[tuple[str, str]]:
    return [(one.name, way.value) for one, way in notices_of(tells, now=now, admins=admins)]


ANA, BO, ADA, MUTE = person("ana"), person("bo"), person("ada"), person("mute", can_text=False)


@pytest.mark.parametrize(
    ("step", "now", "told"),
    [
        (0, OnCallNow(first=ANA, backup=BO), [("ana", "sms")]),
        (1, OnCallNow(first=ANA, backup=BO), [("ana", "sms"), ("ana", "email")]),
        (2, OnCallNow(first=ANA, backup=BO), [("bo", "sms"), ("bo", "email")]),
        (
            3,
            OnCallNow(first=ANA, backup=BO),
            [("ada", "email"), ("ana", "sms"), ("ana", "email"), ("bo", "sms"), ("bo", "email")],
        ),
        (0, OnCallNow(backup=BO), [("bo", "sms")]),
        (2, OnCallNow(backup=BO), [("ada", "email")]),
        (2, OnCallNow(first=ANA), [("ada", "email")]),
        (0, OnCallNow(), [("ada", "email")]),
        (0, OnCallNow(first=MUTE, backup=BO), [("mute", "sms"), ("mute", "email")]),
        (3, OnCallNow(first=ADA), [("ada", "sms"), ("ada", "email")]),
    ],
)
def test_a_step_tells_these_people(step: int, now: OnCallNow, told: list[tuple[str, str]]):
    assert named(STEPS[step].tells, now, ADA) == told
