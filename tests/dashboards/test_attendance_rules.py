"""How visits are counted: each rule by a table."""

from datetime import date

import pytest

from clinic.dashboards.attendance_rules import (
    BUCKETS,
    FATES,
    Fate,
    Mover,
    Share,
    Step,
    in_buckets,
    median,
    minutes_within,
    mondays,
    standing_moves,
    tally,
)
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState as S

MOVED, UNDONE = Change.MOVED, Change.MOVE_UNDONE


def test_every_state_but_holds_came_to_something():
    assert set(S) - set(FATES) == {S.HELD, S.EXPIRED}


@pytest.mark.parametrize(
    ("counted", "no_shows", "late_cancels"),
    [
        ([], Share(0, 0), Share(0, 0)),
        ([(S.COMPLETED, 1)], Share(0, 1), Share(0, 1)),
        ([(S.NO_SHOW, 1)], Share(1, 1), Share(0, 1)),
        ([(S.NO_SHOW, 2), (S.COMPLETED, 5), (S.IN_PROGRESS, 1)], Share(2, 8), Share(0, 8)),
        # A late cancel is no no-show, and a cancel in time is in neither rate.
        ([(S.LATE_CANCELED, 3), (S.COMPLETED, 1)], Share(0, 1), Share(3, 4)),
        ([(S.CANCELED, 9), (S.NO_SHOW, 1)], Share(1, 1), Share(0, 1)),
        ([(S.BOOKED, 4), (S.CONFIRMED, 2), (S.COMPLETED, 1)], Share(0, 1), Share(0, 1)),
        ([(S.HELD, 4), (S.EXPIRED, 2)], Share(0, 0), Share(0, 0)),
    ],
)
def test_rates_count_what_their_definitions_say(counted, no_shows, late_cancels):
    assert (tally(counted).no_shows, tally(counted).late_cancels) == (no_shows, late_cancels)


def test_a_tally_knows_how_many_visits_there_were():
    found = tally([(S.BOOKED, 1), (S.CONFIRMED, 2), (S.CANCELED, 3), (S.HELD, 9)])
    assert (found[Fate.UNKNOWN], found[Fate.CANCELED], found[Fate.MISSED], found.total) == (3, 3, 0, 6)


@pytest.mark.parametrize(
    ("share", "percent", "is_small"),
    [(Share(0, 0), None, True), (Share(1, 19), pytest.approx(5.263, abs=0.001), True), (Share(5, 20), 25.0, False)],
)
def test_a_share_of_nothing_has_no_percent_and_one_of_few_says_so(share, percent, is_small):
    assert (share.percent, share.is_small) == (percent, is_small)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 23), date(2026, 11, 23), [date(2026, 11, 23)]),
        (date(2026, 11, 22), date(2026, 11, 23), [date(2026, 11, 16), date(2026, 11, 23)]),
        (date(2026, 11, 23), date(2026, 11, 29), [date(2026, 11, 23)]),
        (date(2026, 12, 31), date(2027, 1, 4), [date(2026, 12, 28), date(2027, 1, 4)]),
    ],
)
def test_weeks_run_from_monday_to_sunday(first, last, expected):
    assert mondays(first, last) == expected


def test_buckets_leave_no_day_out_and_count_none_twice():
    assert [sum(bucket.holds(days) for bucket in BUCKETS) for days in range(400)] == [1] * 400


@pytest.mark.parametrize(
    ("days", "counts", "middle"),
    [
        ({}, [0, 0, 0, 0, 0, 0, 0], None),
        ({0: 1}, [1, 0, 0, 0, 0, 0, 0], 0),
        ({-2: 1}, [1, 0, 0, 0, 0, 0, 0], 0),
        ({1: 1, 2: 1, 3: 1, 4: 1, 7: 1, 8: 1, 14: 1, 15: 1, 28: 1, 29: 1, 365: 1}, [0, 1, 2, 2, 2, 2, 2], 8),
        ({1: 1, 30: 1}, [0, 1, 0, 0, 0, 0, 1], 1),
    ],
)
def test_lead_times_fall_into_buckets_and_have_a_middle(days, counts, middle):
    assert (in_buckets(days), median(days)) == (counts, middle)


@pytest.mark.parametrize(
    ("steps", "movers"),
    [
        ([], []),
        ([Step(MOVED)], [Mover.NOT_SAID]),
        ([Step(MOVED, "patient_request")], [Mover.PATIENT]),
        ([Step(MOVED, "clinic_request")], [Mover.CLINIC]),
        ([Step(MOVED, None, is_by_patient=True)], [Mover.PATIENT]),
        ([Step(MOVED), Step(UNDONE)], []),
        ([Step(MOVED, "clinic_request"), Step(MOVED, "patient_request"), Step(UNDONE)], [Mover.CLINIC]),
        ([Step(MOVED), Step(UNDONE), Step(MOVED, "clinic_request")], [Mover.CLINIC]),
        ([Step(UNDONE)], []),
    ],
)
def test_a_move_that_was_taken_back_does_not_count(steps, movers):
    assert standing_moves(steps) == movers


@pytest.mark.parametrize(
    ("ranges", "window", "minutes"),
    [
        ([], (0, 600), 0),
        ([(0, 600)], (0, 600), 10),
        ([(0, 600)], (300, 900), 5),
        ([(0, 600), (1200, 1800)], (300, 1500), 10),
        ([(0, 600)], (600, 900), 0),
    ],
)
def test_only_minutes_within_the_days_count(ranges, window, minutes):
    assert minutes_within(ranges, window) == minutes
