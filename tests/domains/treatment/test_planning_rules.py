"""Gaps, weeks and lengths of a planned course, on the days on which the clocks change and on all others."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.scheduling.rules.slots import Slot
from clinic.treatment.rules.planning import (
    Candidate,
    Course,
    Kind,
    Limit,
    NoCourse,
    Problem,
    Spacing,
    Span,
    Step,
    Style,
    Wishes,
    candidates_of,
    judged,
    plan,
    slack,
    violations,
)
from tests.domains.treatment.planning_cases import at, searches
from tests.domains.treatment.planning_makers import (
    CHICAGO,
    DOCTOR,
    HOUR,
    MARCH_2,
    NEW_YORK,
    OTHER,
    daily,
    day,
    free,
    offsets_of,
    problem,
    sessions,
    slot,
    taken,
)


def two_visits(first: int, second: int, zone: str) -> Problem:
    """Return a course that can only be at two given instants, three full days apart."""
    steps = tuple(
        Step(
            number=number,
            kind=Kind.SESSION,
            visit_type="",
            spacing=Spacing(least_gap=72 * HOUR),
            candidates=candidates_of([Slot(DOCTOR, start, start + HOUR)], Wishes(zone=zone)),
        )
        for number, start in enumerate((first, second), start=1)
    )
    return Problem(steps=steps, weekly_most=7)


@pytest.mark.parametrize("zone", [NEW_YORK, CHICAGO])
@pytest.mark.parametrize(
    ("first_day", "earliest"),
    [
        # The night to March 8 has 23 hours, the night to November 1 has 25.
        (date(2026, 3, 5), 11 * 60),
        (date(2026, 10, 30), 9 * 60),
        (date(2026, 6, 5), 10 * 60),
    ],
)
def test_seventy_two_hours_are_elapsed_hours_when_the_clocks_change(zone: str, first_day: date, earliest: int):
    third_day = first_day + timedelta(days=3)
    first = at(first_day, 10 * 60, zone)

    assert isinstance(plan(two_visits(first, at(third_day, earliest, zone), zone)), Course)
    assert isinstance(plan(two_visits(first, at(third_day, earliest - 15, zone), zone)), NoCourse)


@searches(150)
@given(
    zone=st.sampled_from([NEW_YORK, CHICAGO]),
    first_day=st.sampled_from([date(2026, 3, 3), date(2026, 10, 27)]),
    offset=st.integers(0, 8),
    minutes=st.tuples(st.integers(0, 95), st.integers(0, 95)),
)
def test_a_gap_holds_exactly_when_so_many_seconds_have_passed(
    zone: str, first_day: date, offset: int, minutes: tuple[int, int]
):
    begin = first_day + timedelta(days=offset)
    first, second = at(begin, 15 * minutes[0], zone), at(begin + timedelta(days=3), 15 * minutes[1], zone)

    answer = plan(two_visits(first, second, zone), relax=False)

    assert isinstance(answer, Course) == (second - first >= 72 * HOUR)


@pytest.mark.parametrize(
    ("weekly_most", "expected"),
    [
        (1, [0, 7, 14, 21]),
        (2, [0, 3, 7, 10]),
        (3, [0, 3, 6, 9]),
    ],
)
def test_no_seven_days_in_a_row_hold_more_than_the_weekly_most(weekly_most: int, expected: list[int]):
    course = plan(problem(4, daily(range(30), 10, 11), weekly_most=weekly_most, style=Style.SOONEST))

    assert offsets_of(course) == expected


@pytest.mark.parametrize(
    ("weekly_most", "expected"),
    [(2, [0, 1, 7, 8, 14]), (3, [0, 1, 2, 7, 8])],
)
def test_visits_on_days_in_a_row_still_keep_to_the_week(weekly_most: int, expected: list[int]):
    every_day = Spacing(least_gap=24 * HOUR)

    course = plan(problem(5, daily(range(30)), weekly_most=weekly_most, style=Style.SOONEST, spacing=every_day))

    assert offsets_of(course) == expected


def test_what_took_place_counts_for_the_gap_and_for_the_week():
    course = plan(problem(2, daily(range(30), 10, 11), anchors=taken(-4, -1), style=Style.SOONEST))

    assert offsets_of(course) == [3, 6]


def test_the_gap_is_counted_from_the_actual_time_of_the_last_visit():
    evening = taken(-3, hour=18)

    assert offsets_of(plan(problem(1, daily(range(3), 10), anchors=evening, style=Style.SOONEST))) == [1]
    assert offsets_of(plan(problem(1, daily(range(3), 10, 18), anchors=evening, style=Style.SOONEST))) == [0]


def test_an_earlier_cheaper_time_does_not_hide_a_later_one_that_the_gap_needs():
    wishes = Wishes(zone=NEW_YORK, physician_id=DOCTOR)
    times = free(slot(0, 15), slot(3, 14.75), slot(3, 16, physician=OTHER), wishes=wishes)

    course = plan(problem(2, times))

    assert isinstance(course, Course)
    assert course.visits[1].candidate.physician_id == OTHER


@pytest.mark.parametrize(("most", "fits"), [(16, False), (17, True)])
def test_six_visits_need_seventeen_days_with_two_a_week(most: int, fits: bool):
    answer = plan(problem(6, daily(range(40)), span=Span(least_days=14, most_days=most)), relax=False)

    assert isinstance(answer, Course) == fits


def test_the_length_is_counted_from_the_first_actual_visit():
    rest = problem(2, daily(range(30)), anchors=taken(-5), span=Span(least_days=14, most_days=15, first_day=day(-5)))

    days = offsets_of(plan(rest))

    assert days[-1] in {9, 10}


def test_a_course_is_never_shorter_than_its_least_length():
    course = plan(problem(2, daily(range(30)), span=Span(least_days=9, most_days=20), style=Style.SOONEST))

    assert offsets_of(course) == [0, 9]


def test_two_visits_of_a_course_never_take_the_last_place_of_a_week_twice():
    def limited(room: int) -> Problem:
        times = [one._replace(limits=(Limit("week", room),)) if one.day < day(7) else one for one in daily(range(20))]
        return problem(2, tuple(times), style=Style.SOONEST)

    assert offsets_of(plan(limited(2))) == [0, 3]
    assert offsets_of(plan(limited(1))) == [3, 7]
    assert offsets_of(plan(limited(0))) == [7, 10]


def with_review(first: tuple[Candidate, ...], review: tuple[Candidate, ...], second: tuple[Candidate, ...]) -> Problem:
    """Return a course of two visits with the physician between them."""
    spacing = Spacing(least_gap=48 * HOUR)
    steps = (
        Step(number=1, kind=Kind.SESSION, visit_type="", candidates=first),
        Step(number=1, kind=Kind.REVIEW, visit_type="", spacing=Spacing(most_days=2), candidates=review),
        Step(number=2, kind=Kind.SESSION, visit_type="", spacing=spacing, candidates=second),
    )
    return Problem(steps=steps, weekly_most=2)


def test_a_dearer_first_visit_is_found_behind_the_same_review():
    wishes = Wishes(zone=NEW_YORK, physician_id=DOCTOR)
    first = free(slot(0, 9, physician=OTHER), slot(0, 15), wishes=wishes)

    course = plan(with_review(first, free(slot(1, 10, minutes=30)), free(slot(2, 9))))

    assert isinstance(course, Course)
    assert course.visits[0].candidate.physician_id == OTHER


def test_a_dearer_review_is_found_that_leaves_time_for_the_next_visit():
    wishes = Wishes(zone=NEW_YORK, physician_id=DOCTOR)
    review = free(slot(2, 9, physician=OTHER, minutes=30), slot(2, 14, minutes=30), wishes=wishes)

    course = plan(with_review(free(slot(0, 9)), review, free(slot(2, 10))))

    assert isinstance(course, Course)
    assert course.visits[1].candidate.physician_id == OTHER


def test_a_review_is_over_before_the_next_visit_and_begins_after_the_one_before():
    sessions = free(slot(0, 9)), free(slot(2, 10))

    assert isinstance(plan(with_review(sessions[0], free(slot(2, 9.5, minutes=30)), sessions[1])), Course)
    assert isinstance(plan(with_review(sessions[0], free(slot(2, 9.75, minutes=30)), sessions[1])), NoCourse)
    assert isinstance(plan(with_review(sessions[0], free(slot(0, 11.5, minutes=30)), sessions[1])), Course)
    assert isinstance(plan(with_review(sessions[0], free(slot(0, 11.25, minutes=30)), sessions[1])), NoCourse)


def test_a_time_that_takes_the_last_place_may_be_the_only_one_from_which_the_next_is_reached():
    early, late, last = free(slot(14, 10), slot(14, 15), slot(17, 10))
    early = early._replace(limits=(Limit("cap", 1),))
    cheap = free(slot(10, 10))[0]._replace(limits=(Limit("cap", 1),))
    dear = free(slot(10, 11))[0]._replace(is_other=True)

    course = plan(problem(3, (cheap, dear, early, late, last)))

    assert isinstance(course, Course)
    assert [one.candidate for one in course.visits] == [dear, early, last]


def test_a_physician_visit_takes_a_place_of_the_same_cap():
    limit = (Limit("day", 1),)
    review = Step(
        number=1,
        kind=Kind.REVIEW,
        visit_type="follow_up",
        spacing=Spacing(least_days=1, most_days=2),
        candidates=free(slot(1, 12, minutes=30)),
    )
    review_on_full_day = tuple(one._replace(limits=limit) for one in review.candidates)
    first = problem(1, daily([0])).steps

    def on(limits: tuple[Limit, ...]) -> object:
        visit = Step(
            number=2,
            kind=Kind.SESSION,
            visit_type="induction_session",
            candidates=tuple(one._replace(limits=limits) for one in daily([1], 15)),
        )
        steps = (*first, Step(number=1, kind=Kind.REVIEW, visit_type="", candidates=review_on_full_day), visit)
        return plan(Problem(steps=steps, weekly_most=3), relax=False)

    assert isinstance(on(()), Course)
    assert isinstance(on(limit), NoCourse)


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        # The preferred physician is there on some days only, wished hours are on the others.
        (Style.SOONEST, [0, 3]),
        (Style.EVEN, [1, 5]),
        (Style.WISHED, [1, 8]),
    ],
)
def test_a_style_decides_what_a_course_is_chosen_by(style: Style, expected: list[int]):
    def time(offset: int, *, other: bool, outside: bool) -> object:
        return free(slot(offset, 10))[0]._replace(is_other=other, is_outside=outside)

    times = (
        time(0, other=True, outside=False),
        time(1, other=False, outside=False),
        time(3, other=True, outside=False),
        time(5, other=False, outside=True),
        time(8, other=False, outside=False),
    )

    course = plan(problem(2, times, style=style))

    assert offsets_of(course) == expected


def test_a_course_without_visits_is_an_empty_course():
    assert plan(Problem(steps=(), weekly_most=2)) == Course(visits=(), style=Style.WISHED)


def test_a_visit_keeps_to_the_rules_whatever_the_local_day_is_called():
    late = free(slot(0, 23.5), slot(3, 23.5))

    course = plan(problem(2, late))

    assert offsets_of(course) == [0, 3]
    assert [one.candidate.starts_at for one in course.visits] == [
        at(MARCH_2, 23 * 60 + 30, NEW_YORK),
        at(MARCH_2 + timedelta(days=3), 23 * 60 + 30, NEW_YORK),
    ]


def slack_of(asked: Problem, index: int) -> list[tuple[int, int]]:
    """Return the day and hour of every time that one visit of the best course may have."""
    course = plan(asked)
    assert isinstance(course, Course)
    times = slack(asked, course)[index].candidates
    return [(one.day - day(0), (one.starts_at - times[0].starts_at) // 60) for one in times]


def test_the_slack_of_a_visit_reaches_to_the_very_minute():
    just_in_time = problem(2, free(slot(10, 9), slot(10, 10), slot(10, 10.25), slot(13, 10)))
    reviews = free(slot(2, 9, minutes=30), slot(2, 9.5, minutes=30), slot(2, 9.75, minutes=30))

    assert slack_of(just_in_time, 0) == [(10, 0), (10, 60)]
    assert slack_of(with_review(free(slot(0, 9)), reviews, free(slot(2, 10))), 1) == [(2, 0), (2, 30)]


def test_the_slack_of_a_visit_keeps_to_the_least_length_and_to_the_week_before():
    short = problem(2, daily([9, 10, 13]), span=Span(least_days=3, most_days=9))
    week = problem(1, daily([13, 14, 15]), anchors=taken(8, 9), weekly_most=2)

    assert [offset for offset, _ in slack_of(short, 0)] == [9, 10]
    assert [offset for offset, _ in slack_of(week, 0)] == [15]


def test_visits_may_follow_each_other_without_a_break():
    first, second = problem(2, free(slot(0, 9), slot(0, 11.5)), spacing=Spacing()).steps
    course = Course(
        visits=((first, first.candidates[0]), (second, first.candidates[1])),
        style=Style.EVEN,
    )

    assert violations(judged(Problem(steps=(first, second), weekly_most=2), course), weekly_most=2) == ()


def test_visits_of_one_course_leave_the_physicians_own_time_around_each_other():
    talk = Step(number=1, kind=Kind.REVIEW, visit_type="follow_up", candidates=daily([0], 9), tail=300)
    session = replace(sessions(1, daily([0], 11.5, 12))[0], lead=900)

    def found(**margins: int) -> Course | NoCourse:
        return plan(Problem(steps=(replace(talk, **margins), session), weekly_most=2))

    starts = {one.candidate.starts_at for one in found().visits}
    assert starts == {slot(0, 9).starts_at, slot(0, 12).starts_at}
    close = found(tail=-900)
    assert {one.candidate.starts_at for one in close.visits} == {slot(0, 9).starts_at, slot(0, 11.5).starts_at}
    assert [time.starts_at for time in slack(Problem(steps=(talk, session), weekly_most=2), found())[1].candidates] == [
        slot(0, 12).starts_at
    ]
