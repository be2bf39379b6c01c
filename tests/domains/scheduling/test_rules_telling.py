"""What a patient was last told, decided from history and texts alone."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from clinic.scheduling.rules.telling import (
    Confirmation,
    LeftText,
    News,
    Place,
    Step,
    Told,
    confirmation_at,
    last_told,
    news_due,
    news_of,
)

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
OKAFOR, HERRERA = UUID(int=1), UUID(int=2)
A, B, C = (Place(OKAFOR, NOON + timedelta(days=days)) for days in (1, 2, 3))


def minute(count):
    return NOON + timedelta(minutes=count)


def step(at, change, sequence, place, **changes):
    known = {
        "from_place": None,
        "from_state": "booked",
        "is_by_patient": False,
        "who": None,
        "name": "",
        "reason": None,
    }
    return Step(at=minute(at), change=change, sequence=sequence, place=place, **(known | changes))


BOOKED = step(0, "booked", 0, A, from_state=None)
TO_B = step(10, "moved", 1, B)
FIRST = LeftText(minute(1), 0)


@pytest.mark.parametrize(
    ("history", "texts", "told"),
    [
        ([BOOKED], [], None),
        ([BOOKED], [FIRST], A),
        ([BOOKED, TO_B], [FIRST], A),
        ([BOOKED, TO_B], [FIRST, LeftText(minute(13), 1)], B),
        ([BOOKED, TO_B, step(14, "moved", 2, A)], [FIRST, LeftText(minute(13), 1)], B),
        ([BOOKED, TO_B, step(14, "moved", 2, A)], [FIRST, LeftText(minute(13), 1), LeftText(minute(18), 2)], A),
        ([BOOKED, step(10, "moved", 1, B, is_by_patient=True)], [FIRST], B),
        ([BOOKED, TO_B, step(10, "not_texted", 1, B)], [FIRST], B),
        ([BOOKED, TO_B, step(11, "confirmed", 1, B, reason="page")], [FIRST], B),
        ([BOOKED, TO_B, step(11, "arrived", 1, B)], [FIRST], A),
        ([step(0, "booked", 0, A, is_by_patient=True)], [], A),
        ([BOOKED, step(1, "canceled", 0, A, is_by_patient=True)], [], None),
    ],
)
def test_the_last_that_reached_the_patient_counts(history, texts, told):
    found = last_told(history, texts)
    assert (found.place if found else None) == told


def test_a_lost_text_leaves_nobody_sure():
    assert last_told([BOOKED, TO_B], [FIRST, LeftText(minute(13), 1, is_sure=False)]) == Told(1, None)


def test_of_two_at_the_same_instant_the_later_place_counts():
    assert last_told([BOOKED, TO_B], [FIRST, LeftText(minute(1), 1)]) == Told(1, B)


@pytest.mark.parametrize(
    ("place", "told", "news"),
    [
        (A, Told(0, A), News.NONE),
        (B, Told(0, A), News.CHANGED),
        (Place(HERRERA, A.starts_at), Told(0, A), News.CHANGED),
        (A, Told(1, None), News.CHANGED),
        (A, None, News.FIRST),
        (B, None, News.CHANGED),
    ],
)
def test_news_is_what_differs_from_what_was_told(place, told, news):
    assert news_of(place, told=told, first=A) is news


def test_a_yes_comes_back_with_the_place_that_it_was_said_to():
    yes = step(5, "confirmed", 0, A, reason="sms")
    away = step(10, "moved", 1, B, from_state="confirmed")
    assert confirmation_at([BOOKED, yes, away], 0) == Confirmation(minute(5), "sms")
    assert confirmation_at([BOOKED, yes], 0) is None
    assert confirmation_at([BOOKED, TO_B], 0) is None


@pytest.mark.parametrize(
    ("told", "starts", "waits"),
    [
        (60, 600, True),
        (600, 60, True),
        (29, 600, False),
        (600, 29, False),
        (30, 30, True),
        (None, 31, True),
        (-5, 90, False),
    ],
)
def test_news_waits_unless_one_of_the_two_starts_is_near(told, starts, waits):
    wait = timedelta(minutes=3)
    due = news_due(NOON, wait=wait, told_start=None if told is None else minute(told), starts_at=minute(starts))
    assert due == (NOON + wait if waits else NOON)
