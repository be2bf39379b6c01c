"""The picker of weekly hours: what is typed becomes rows by weekday, and back."""

import pytest

from clinic.web.coordinator.courses.hour_boxes import (
    Days,
    HourBoxes,
    HoursNotWhole,
    boxes_of,
    grouped,
    hours_words,
    rows_shown,
    typed_hours,
)

MORNINGS = [[day, "09:00", "12:00"] for day in range(5)]


def typed(**boxes: str) -> list[list[object]]:
    return typed_hours(HourBoxes.model_validate(boxes), "patient")


def test_monday_to_friday_is_five_rows():
    boxes = {"patient_day_1": "mon-fri", "patient_from_1": "09:00", "patient_until_1": "12:00"}
    assert typed(**boxes) == MORNINGS


@pytest.mark.parametrize(
    ("boxes", "hours"),
    [
        ({}, []),
        ({"patient_day_3": "sat"}, [[5, "00:00", "24:00"]]),
        ({"patient_day_1": "sun", "patient_from_1": "10:30"}, [[6, "10:30", "24:00"]]),
        ({"patient_day_1": "tue", "patient_until_1": "17:00"}, [[1, "00:00", "17:00"]]),
        ({"support_day_1": "tue"}, []),
    ],
)
def test_an_empty_box_is_the_end_of_the_day_and_no_row_is_any_time(boxes, hours):
    assert typed(**boxes) == hours


@pytest.mark.parametrize(
    ("boxes", "field"),
    [
        ({"patient_from_2": "09:00"}, "patient_day_2"),
        ({"patient_day_1": "mon", "patient_from_1": "12:00", "patient_until_1": "09:00"}, "patient_until_1"),
        ({"patient_day_1": "mon", "patient_from_1": "12:00", "patient_until_1": "12:00"}, "patient_until_1"),
    ],
)
def test_half_a_row_and_an_end_before_the_beginning_are_refused_at_their_box(boxes, field):
    with pytest.raises(HoursNotWhole) as refusal:
        typed(**boxes)
    assert refusal.value.field == field


def test_stored_hours_come_back_into_the_boxes_they_came_from():
    hours = [*MORNINGS, [5, "10:00", "24:00"]]
    boxes = boxes_of(hours, "patient")
    assert boxes == {
        "patient_day_1": "mon-fri",
        "patient_from_1": "09:00",
        "patient_until_1": "12:00",
        "patient_day_2": "sat",
        "patient_from_2": "10:00",
    }
    assert typed(**boxes) == hours


def test_equal_days_are_joined_and_others_stand_alone():
    hours = [[day, "08:00", "20:00"] for day in (0, 1, 2, 3, 4, 6)]
    assert [days for days, _, _ in grouped(hours)] == [Days.WEEKDAYS, Days.SUNDAY]
    assert [days for days, _, _ in grouped([[day, "08:00", "20:00"] for day in range(7)])] == [Days.EVERY_DAY]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([], ["Any time"]),
        (MORNINGS, ["Monday to Friday, 9:00 AM to 12:00 PM"]),
        ([[5, "00:00", "24:00"]], ["Saturday, any time"]),
        ([[5, "10:15", "24:00"]], ["Saturday, from 10:15 AM"]),
        ([[6, "00:00", "17:00"]], ["Sunday, until 5:00 PM"]),
    ],
)
def test_hours_are_said_in_words(hours, words):
    assert hours_words(hours) == words


def test_two_empty_rows_follow_the_filled_ones():
    assert rows_shown({}, "patient") == (1, 2)
    assert rows_shown({"patient_day_3": "mon", "support_day_9": "mon"}, "patient") == (1, 2, 3, 4, 5)
    assert rows_shown({"patient_from_10": "09:00"}, "patient")[-1] == 12
