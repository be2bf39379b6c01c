"""Closures as stretches of each physician's calendar, and the public holidays they may be taken from."""

from datetime import UTC, date, datetime, time

import pytest

from clinic.scheduling.rules.closures import Closure, stretches
from clinic.scheduling.rules.public_holidays import holidays_between
from clinic.scheduling.rules.visits import Blocked

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
THANKSGIVING = date(2026, 11, 26)
HOLIDAY = Closure("Thanksgiving Day", None, THANKSGIVING, THANKSGIVING)


def utc(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


def closed(
    *closures: Closure, zone: str = NEW_YORK, state: str = "FL", day: date = THANKSGIVING
) -> tuple[Blocked, ...]:
    return stretches(closures, zone=zone, state=state, window=(utc(day, 5), utc(day, 5) + 86_400))


def test_a_whole_day_is_the_day_of_the_physicians_clock() -> None:
    friday = date(2026, 11, 27)
    assert closed(HOLIDAY) == (Blocked(utc(THANKSGIVING, 5), utc(friday, 5), "Thanksgiving Day"),)
    assert closed(HOLIDAY, zone=CHICAGO) == (Blocked(utc(THANKSGIVING, 6), utc(friday, 6), "Thanksgiving Day"),)


@pytest.mark.parametrize(("state", "is_closed"), [(None, True), ("FL", True), ("NJ", False)])
def test_a_closure_for_one_state_closes_for_patients_who_are_there(state: str | None, *, is_closed: bool) -> None:
    assert bool(closed(HOLIDAY._replace(state=state))) is is_closed


def test_times_close_the_same_hours_of_each_day() -> None:
    week = Closure("Training", None, date(2026, 11, 2), date(2026, 12, 2), time(12), time(13, 30))
    around = [date(2026, 11, day) for day in (25, 26, 27, 28)]
    assert closed(week) == tuple(Blocked(utc(day, 17), utc(day, 18, 30), "Training") for day in around)


def test_hours_that_the_clocks_jump_over_close_what_is_left_of_them() -> None:
    sunday = date(2026, 3, 8)
    assert closed(Closure("Works", None, sunday, sunday, time(1), time(2, 30)), day=sunday) == (
        Blocked(utc(sunday, 6), utc(sunday, 7), "Works"),
    )


@pytest.mark.parametrize(
    ("last_day", "is_closed"), [(date(2026, 11, 24), False), (date(2026, 11, 25), True), (date(2026, 12, 24), True)]
)
def test_a_closure_counts_on_the_days_around_those_asked(last_day: date, *, is_closed: bool) -> None:
    assert bool(closed(Closure("Break", None, date(2026, 11, 1), last_day))) is is_closed


def test_holidays_of_both_states_are_one_and_those_of_one_state_are_its_own() -> None:
    found = {one.name: one for one in holidays_between(date(2026, 11, 1), date(2026, 12, 31))}
    assert found["Thanksgiving Day"].states == ("FL", "NJ")
    assert found["Thanksgiving Day"].key == "2026-11-26/US-FL+NJ"
    assert found["Election Day"].states == ("NJ",)
    assert found["Friday After Thanksgiving"].states == ("FL",)
    assert "New Year's Day" not in found


def test_a_day_kept_under_two_names_is_two_holidays_with_their_own_keys() -> None:
    found = holidays_between(date(2027, 2, 15), date(2027, 2, 15))
    assert [(one.name, one.key) for one in found] == [
        ("Presidents Day", "2027-02-15/US-NJ"),
        ("Susan B. Anthony Day", "2027-02-15/US-FL"),
    ]


@pytest.mark.parametrize("year", range(2026, 2037))
def test_every_key_names_one_holiday_of_its_year(year: int) -> None:
    found = holidays_between(date(year, 1, 1), date(year, 12, 31))
    assert len({one.key for one in found}) == len(found) >= 14
    assert {one.day.year for one in found} == {year}
    assert [one.day for one in found] == sorted(one.day for one in found)
