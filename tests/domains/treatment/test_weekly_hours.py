"""Hours of the week as people type them: read, put in order, joined, and asked about by the wall clock."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.treatment.errors import HoursNotRead
from clinic.treatment.rules.hours import Stretch, hours_of, is_within, listing_of

NEW_YORK = "America/New_York"


def read(*rows):
    return hours_of(list(rows), field="patient_hours")


@pytest.mark.parametrize(
    ("rows", "stored"),
    [
        ([], []),
        ([[2, "14:00", "18:00"], [0, "09:00", "12:00"]], [[0, "09:00", "12:00"], [2, "14:00", "18:00"]]),
        ([[0, "09:00", "12:00"], [0, "11:00", "15:00"]], [[0, "09:00", "15:00"]]),
        ([[0, "09:00", "12:00"], [0, "12:00", "15:00"]], [[0, "09:00", "15:00"]]),
        ([[0, "09:00", "12:00"], [0, "12:01", "15:00"]], [[0, "09:00", "12:00"], [0, "12:01", "15:00"]]),
        ([[0, "09:00", "17:00"], [0, "10:00", "11:00"]], [[0, "09:00", "17:00"]]),
        ([[0, "09:00", "12:00"], [1, "11:00", "15:00"]], [[0, "09:00", "12:00"], [1, "11:00", "15:00"]]),
        ([[6, "20:00", "24:00"]], [[6, "20:00", "24:00"]]),
        ([[6, "20:00", "00:00"]], [[6, "20:00", "24:00"]]),
        ([[3, "00:00", "24:00"]], [[3, "00:00", "24:00"]]),
    ],
)
def test_rows_are_put_in_order_and_joined(rows, stored):
    assert listing_of(read(*rows)) == stored
    assert listing_of(read(*stored)) == stored


@pytest.mark.parametrize(
    "row",
    [
        [7, "09:00", "10:00"],
        [-1, "09:00", "10:00"],
        [True, "09:00", "10:00"],
        ["0", "09:00", "10:00"],
        [0, "9:00", "10:00"],
        [0, "09:00", "25:00"],
        [0, "09:60", "10:00"],
        [0, "24:00", "24:00"],
        [0, "09:00", "24:01"],
        [0, "09:00", None],
        [0, "09:00"],
        [0, "09:00", "10:00", "11:00"],
        [0, "17:00", "09:00"],
        [0, "09:00", "09:00"],
        [0, "09:00", "09:14"],
        "0 09:00 10:00",
        None,
    ],
)
def test_a_row_that_nobody_can_mean_is_refused_where_it_was_typed(row):
    with pytest.raises(HoursNotRead) as caught:
        read(row)
    assert caught.value.field == "patient_hours"


def test_hours_that_are_no_rows_or_too_many_are_refused():
    for odd in ("monday", 7, None, {"monday": 1}):
        with pytest.raises(HoursNotRead):
            hours_of(odd, field="support_hours")
    with pytest.raises(HoursNotRead, match=r"at most 42"):
        read(*[[0, "09:00", "10:00"]] * 43)
    assert read(*[[0, "09:00", "10:00"]] * 42) == (Stretch(0, 540, 600),)


def test_turned_hours_say_how_to_write_a_night():
    with pytest.raises(HoursNotRead, match=r"end before they begin. Turn them round; hours past midnight need a row"):
        read([0, "22:00", "06:00"])


MONDAY_TEN = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "hours", "fits"),
    [
        ([], 2, True),
        ([[0, "10:00", "12:00"]], 2, True),
        ([[0, "10:01", "12:00"]], 2, False),
        ([[0, "10:00", "11:59"]], 2, False),
        ([[1, "10:00", "12:00"]], 2, False),
        ([[0, "09:00", "11:00"], [0, "11:30", "13:00"]], 2, False),
        ([[0, "08:00", "24:00"], [1, "00:00", "03:00"]], 16, True),
        ([[0, "08:00", "24:00"], [1, "00:00", "01:00"]], 16, False),
        ([[0, "08:00", "24:00"]], 14, True),
    ],
)
def test_a_visit_lies_in_one_stretch_which_may_go_on_past_midnight(rows, hours, fits):
    ends = MONDAY_TEN + timedelta(hours=hours)
    assert is_within(read(*rows), starts_at=MONDAY_TEN, ends_at=ends, zone=NEW_YORK) is fits


def test_a_night_from_sunday_to_monday_is_one_stretch():
    hours = read([6, "20:00", "24:00"], [0, "00:00", "06:00"])
    sunday_eleven = datetime(2026, 11, 23, 4, tzinfo=UTC)
    monday_two = sunday_eleven + timedelta(hours=3)
    for starts in (sunday_eleven, monday_two):
        assert is_within(hours, starts_at=starts, ends_at=starts + timedelta(hours=2), zone=NEW_YORK)
    assert not is_within(hours, starts_at=monday_two, ends_at=monday_two + timedelta(hours=5), zone=NEW_YORK)


def test_hours_follow_the_wall_clock_over_the_change_of_clocks():
    hours = read([0, "10:00", "12:00"])
    for monday in (datetime(2026, 10, 26, 14, tzinfo=UTC), datetime(2026, 11, 2, 15, tzinfo=UTC)):
        assert is_within(hours, starts_at=monday, ends_at=monday + timedelta(hours=2), zone=NEW_YORK)
        assert not is_within(hours, starts_at=monday, ends_at=monday + timedelta(hours=2), zone="America/Chicago")
