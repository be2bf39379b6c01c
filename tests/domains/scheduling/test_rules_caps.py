"""Which days a cap fills, and which visits are too many."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from clinic.scheduling.rules.caps import Cap, CapPer, Counted, beyond, cap_words, full_stretches
from clinic.scheduling.rules.visits import Blocked

NEW_YORK = "America/New_York"
MONDAY = date(2026, 11, 23)
SINCE = date(2026, 1, 1)
A_DAY = timedelta(days=1)


def utc(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp())


def day_of(shift: int) -> date:
    return MONDAY + shift * A_DAY


def full_days(cap: Cap, counts: dict[int, int], *, days: int = 14) -> list[int]:
    """Return on which days after Monday one visit more is too many."""
    window = utc(MONDAY, 5), utc(MONDAY, 5) + days * 86_400 - 1
    found = full_stretches([(cap, {day_of(shift): n for shift, n in counts.items()})], zone=NEW_YORK, window=window)
    assert all(one.end - one.begin == 86_400 for one in found)
    return [(one.begin - utc(MONDAY, 5)) // 86_400 for one in found]


@pytest.mark.parametrize(
    ("most", "counts", "expected"),
    [
        (2, {}, []),
        (2, {0: 1, 1: 2, 2: 3}, [1, 2]),
        (0, {}, list(range(14))),
    ],
)
def test_a_daily_cap_fills_days_that_have_so_many(most: int, counts: dict[int, int], expected: list[int]) -> None:
    assert full_days(Cap(CapPer.DAY, most, SINCE, None), counts) == expected


def test_a_weekly_cap_fills_monday_to_sunday() -> None:
    cap = Cap(CapPer.WEEK, 3, SINCE, None)
    assert full_days(cap, {0: 1, 3: 1, 6: 1}) == [0, 1, 2, 3, 4, 5, 6]
    assert full_days(cap, {-1: 3, 7: 2}) == []
    assert full_days(cap, {13: 3}) == [7, 8, 9, 10, 11, 12, 13]


def test_a_cap_fills_and_counts_only_days_on_which_it_holds() -> None:
    cap = Cap(CapPer.WEEK, 2, day_of(2), day_of(4))
    assert full_days(cap, {0: 1, 2: 1, 6: 1}) == []
    assert full_days(cap, {2: 1, 4: 1}) == [2, 3, 4]


def test_full_days_are_days_of_the_physicians_clock_with_the_words_of_the_cap() -> None:
    sunday = date(2026, 11, 1)  # it has 25 hours
    cap = Cap(CapPer.DAY, 0, sunday, sunday, "at most 0 visits a day")
    found = full_stretches([(cap, {})], zone=NEW_YORK, window=(utc(sunday, 10), utc(sunday, 12)))
    assert found == (Blocked(utc(sunday, 4), utc(sunday + A_DAY, 5), "at most 0 visits a day"),)


def visit(number: int, day: int, *, booked: int | None = None, is_fixed: bool = False) -> Counted:
    booked_at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number if booked is None else booked)
    return Counted(UUID(int=number), day_of(day), is_fixed, (booked_at, UUID(int=number)))


def too_many(cap: Cap, *visits: Counted) -> set[int]:
    return {one.int for one in beyond(cap, visits)}


def test_those_who_booked_first_keep_their_places() -> None:
    cap = Cap(CapPer.DAY, 2, SINCE, None)
    assert too_many(cap, visit(1, 0, booked=9), visit(2, 0), visit(3, 0), visit(4, 1)) == {1}
    assert too_many(cap._replace(most=0), visit(1, 0), visit(2, 1)) == {1, 2}
    assert too_many(cap._replace(most=3), visit(1, 0), visit(2, 0), visit(3, 0)) == set()


def test_what_cannot_move_keeps_its_place() -> None:
    cap = Cap(CapPer.WEEK, 2, SINCE, None)
    assert too_many(cap, visit(1, 1), visit(2, 2), visit(3, 0, is_fixed=True)) == {2}
    assert too_many(cap, *(visit(n, 0, is_fixed=True) for n in range(3)), visit(9, 6)) == {9}


def test_visits_on_days_on_which_a_cap_does_not_hold_take_no_place() -> None:
    cap = Cap(CapPer.WEEK, 1, day_of(2), day_of(9))
    assert too_many(cap, visit(1, 0), visit(2, 2), visit(3, 10)) == set()
    assert too_many(cap, visit(1, 0), visit(2, 2), visit(3, 6), visit(4, 7)) == {3}


@pytest.mark.parametrize(
    ("most", "per", "kind", "words"),
    [
        (6, "day", None, "at most 6 visits a day"),
        (1, "week", "Follow-up", "at most 1 visit a week (Follow-up)"),
        (0, "day", None, "at most 0 visits a day"),
    ],
)
def test_a_cap_in_words(most: int, per: str, kind: str | None, words: str) -> None:
    assert cap_words(most, per, kind) == words
