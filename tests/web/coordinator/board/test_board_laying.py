"""Minutes, lanes and gaps of a column, and what waits too long."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.rules.states import AppointmentState as S
from clinic.web.coordinator.board.ages import age_of
from clinic.web.coordinator.board.laying import Lane, Span, classes, drawn, gaps, lanes, outside, within
from tests.domains.scheduling.calendar_makers import NOW

SPANS = st.lists(st.tuples(st.integers(0, 600), st.integers(5, 200)).map(lambda one: Span(one[0], one[0] + one[1])))


@pytest.mark.parametrize(
    ("span", "names"),
    [
        (Span(0, 15), "h0 m0 x0 y15"),
        (Span(195, 225), "h3 m15 x0 y30"),
        (Span(61, 152), "h1 m0 x1 y30"),
        (Span(30, 30), "h0 m30 x0 y5"),
    ],
)
def test_a_position_is_named_in_hours_and_five_minutes(span, names):
    assert classes(span) == names


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([Span(0, 30), Span(30, 60)], [Lane(0, 1), Lane(0, 1)]),
        ([Span(0, 60), Span(30, 90)], [Lane(0, 2), Lane(1, 2)]),
        ([Span(0, 120), Span(0, 30), Span(30, 60), Span(200, 230)], [Lane(1, 2), Lane(0, 2), Lane(0, 2), Lane(0, 1)]),
        ([Span(0, 30), Span(0, 30), Span(0, 30)], [Lane(0, 3), Lane(1, 3), Lane(2, 3)]),
    ],
)
def test_what_overlaps_lies_side_by_side(spans, expected):
    assert lanes(spans) == expected


@given(SPANS)
def test_two_in_one_lane_never_overlap_and_neighbors_agree_on_the_width(spans):
    found = list(zip(spans, lanes(spans), strict=True))
    for at, (one, lane) in enumerate(found):
        assert lane.number < lane.of
        for other, its_lane in found[at + 1 :]:
            if one.begin < other.end and other.begin < one.end:
                assert lane.number != its_lane.number
                assert lane.of == its_lane.of


@given(SPANS)
def test_inside_and_outside_make_the_whole(spans):
    whole = Span(60, 540)
    parts = sorted([*within(spans, whole), *outside(spans, whole)])
    assert sum(part.minutes for part in parts) == whole.minutes
    assert all(one.end == other.begin for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("busy", "not_before", "expected"),
    [
        ([], 0, [Span(60, 240)]),
        ([Span(60, 90), Span(120, 150)], 0, [Span(90, 120), Span(150, 240)]),
        ([Span(75, 230)], 0, []),
        ([], 101, [Span(105, 240)]),
        ([], 230, []),
    ],
)
def test_gaps_start_at_a_quarter_that_has_not_passed_and_can_be_hit(busy, not_before, expected):
    assert gaps([Span(60, 240)], busy, not_before=not_before) == expected


def test_a_short_visit_is_drawn_long_enough_to_hit():
    assert drawn(Span(10, 20)) == Span(10, 35)
    assert drawn(Span(10, 70)) == Span(10, 70)


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("state", "starts_in", "asked_ago", "words", "is_late"),
    [
        (S.BOOKED, 3 * HOUR, 3 * HOUR, "no answer for", False),
        (S.BOOKED, 3 * HOUR, HOUR, None, None),
        (S.BOOKED, 30 * HOUR, 90 * HOUR, None, None),
        (S.CONFIRMED, 3 * HOUR, 9 * HOUR, None, None),
        (S.CONFIRMED, -HOUR / 4, 9 * HOUR, "not here for", True),
        (S.BOOKED, -HOUR / 20, 9 * HOUR, None, None),
        (S.IN_PROGRESS, -HOUR, 9 * HOUR, "over by", True),
        (S.IN_PROGRESS, -HOUR / 4, 9 * HOUR, None, None),
        (S.COMPLETED, -9 * HOUR, 9 * HOUR, None, None),
        (S.HELD, HOUR, 9 * HOUR, None, None),
    ],
)
def test_only_what_lasts_too_long_shows_its_age(state, starts_in, asked_ago, words, is_late):
    starts_at = NOW + starts_in
    age = age_of(state, starts_at=starts_at, ends_at=starts_at + HOUR / 2, asked=NOW - asked_ago, now=NOW)
    assert (age and age.words, age and age.is_late) == (words, is_late)
