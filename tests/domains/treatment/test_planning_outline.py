"""Which visits remain to be planned, by phase and by what took place."""

from dataclasses import replace

import pytest

from clinic.treatment.errors import WishRefused
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.planning import (
    Course,
    Kind,
    Outline,
    Relax,
    Spacing,
    Span,
    Standing,
    judged,
    outline_of,
    plan,
    problem_of,
    slack,
    violations,
)
from tests.domains.treatment.planning_makers import HOUR, PROTOCOL, daily, day, free, offsets_of, slot, taken

SESSION, REVIEW = Kind.SESSION, Kind.REVIEW


def outline(phase: Phase, *, today: int = 0, how_many: int = 1, **standing: object) -> Outline:
    return outline_of(PROTOCOL, phase, Standing(today=day(today), **standing), how_many=how_many)


def kinds(found: Outline) -> list[tuple[Kind, int]]:
    return [(step.kind, step.number) for step in found.steps]


def test_an_induction_is_six_visits_with_the_physician_after_the_first_and_after_the_last():
    found = outline(Phase.INDUCTION)

    assert kinds(found) == [
        (SESSION, 1),
        (REVIEW, 1),
        (SESSION, 2),
        (SESSION, 3),
        (SESSION, 4),
        (SESSION, 5),
        (SESSION, 6),
        (REVIEW, 6),
    ]
    assert found.span == Span(least_days=14, most_days=28)
    assert found.weekly_most == 2
    assert [step.visit_type for step in found.steps[:2]] == ["induction_session", "follow_up"]
    assert found.steps[1].spacing == Spacing(least_days=1, most_days=2)
    assert found.steps[-1].spacing == Spacing(least_days=1, most_days=7)
    assert found.steps[2].spacing == Spacing(least_gap=72 * HOUR, most_days=10, target_days=4)


def test_the_first_visit_begins_within_two_weeks_of_the_first_day_wished_and_never_before():
    first = outline(Phase.INDUCTION, first_day=day(5)).steps[0]

    assert (first.first_day, first.last_day) == (day(5), day(19))
    assert first.spacing == Spacing(least_gap=72 * HOUR)


def test_a_first_day_that_is_past_is_today():
    assert outline(Phase.INDUCTION, today=3, first_day=day(-5)).first_day == day(3)


def test_what_took_place_is_not_planned_again_and_the_length_is_counted_from_its_first():
    found = outline(Phase.INDUCTION, taken=taken(-7, -3), in_phase=2, reviews=(day(-6),))

    assert kinds(found) == [(SESSION, 3), (SESSION, 4), (SESSION, 5), (SESSION, 6), (REVIEW, 6)]
    assert found.anchors == taken(-7, -3)
    assert found.span == Span(least_days=14, most_days=28, first_day=day(-7))
    assert found.steps[0].last_day is None


def test_booked_visits_that_stay_count_as_taken():
    found = outline(Phase.INDUCTION, taken=taken(-7), kept=taken(2, 6), in_phase=1, reviews=(day(-6),))

    assert kinds(found)[0] == (SESSION, 4)
    assert found.anchors == taken(-7, 2, 6)
    assert found.span is not None
    assert found.span.first_day == day(-7)


def test_sessions_of_an_earlier_phase_keep_their_distance_but_are_not_counted():
    found = outline(Phase.INDUCTION, taken=taken(-40, -1), in_phase=0)

    assert kinds(found)[0] == (SESSION, 1)
    assert found.span == Span(least_days=14, most_days=28)
    assert found.anchors == taken(-40, -1)


@pytest.mark.parametrize(("reviews", "is_missing"), [((), True), ((-2,), True), ((-1,), False), ((1,), False)])
def test_the_visit_after_the_first_session_is_planned_while_it_is_missing(reviews: tuple[int, ...], is_missing: bool):
    done = tuple(day(offset) for offset in reviews)

    found = outline(Phase.INDUCTION, taken=taken(-2), in_phase=1, reviews=done)

    assert (kinds(found)[0] == (REVIEW, 1)) == is_missing


def test_a_visit_after_the_first_session_that_is_overdue_comes_as_soon_as_possible():
    found = outline(Phase.INDUCTION, taken=taken(-5), in_phase=1)

    assert found.steps[0].kind is REVIEW
    assert found.steps[0].spacing == Spacing(least_days=1, most_days=12)


def test_a_gap_that_is_already_too_long_is_planned_soon_and_no_longer():
    found = outline(Phase.INDUCTION, taken=taken(-30, -20), in_phase=2, reviews=(day(-29),))

    assert found.steps[0].spacing.most_days == 20 + 14
    assert found.steps[1].spacing.most_days == 10


def test_a_later_first_day_that_is_wished_does_not_stretch_a_gap():
    found = outline(Phase.INDUCTION, first_day=day(20), taken=taken(-2), in_phase=1, reviews=(day(-1),))

    assert found.steps[0].spacing.most_days == 10


def test_a_complete_induction_needs_only_the_physician():
    six = taken(-20, -16, -12, -8, -4, -1)

    assert kinds(outline(Phase.INDUCTION, taken=six, in_phase=6, reviews=(day(-19),))) == [(REVIEW, 6)]
    assert outline(Phase.INDUCTION, taken=six, in_phase=6, reviews=(day(-19), day(0))).steps == ()
    assert outline(Phase.INDUCTION, taken=six, in_phase=6).span is None


def test_a_touch_up_is_four_to_eight_weeks_after_the_last_and_never_within_three():
    found = outline(Phase.MAINTENANCE, taken=taken(-10), reviews=(day(-5),))

    assert kinds(found) == [(SESSION, 1)]
    assert found.span is None
    assert found.steps[0].spacing == Spacing(least_days=21, from_days=28, most_days=60, target_days=35)


def test_an_overdue_touch_up_is_planned_within_two_weeks():
    found = outline(Phase.MAINTENANCE, taken=taken(-80), reviews=(day(-5),))

    assert found.steps[0].spacing.most_days == 80 + 14


@pytest.mark.parametrize("how_many", [0, 5])
def test_one_to_four_touch_ups_are_planned_at_once(how_many: int):
    with pytest.raises(WishRefused) as refused:
        outline(Phase.MAINTENANCE, how_many=how_many)

    assert refused.value.field == "how_many"


@pytest.mark.parametrize(
    ("reviewed", "expected"),
    [
        # The next touch-up is best on day 15, the one after it on day 50.
        (-80, [(REVIEW, 0), (SESSION, 2)]),
        (-60, [(SESSION, 2), (REVIEW, 0)]),
        (-30, [(SESSION, 2)]),
    ],
)
def test_the_physician_is_seen_within_ninety_days_where_it_delays_no_touch_up(
    reviewed: int, expected: list[tuple[Kind, int]]
):
    found = outline(Phase.MAINTENANCE, taken=taken(-20), in_phase=1, reviews=(day(reviewed),))

    assert kinds(found) == expected
    for step in found.steps:
        if step.kind is REVIEW:
            assert (step.first_day, step.last_day) == (max(day(0), day(reviewed + 69)), day(reviewed + 90))


@pytest.mark.parametrize(
    ("phase", "standing"),
    [
        (Phase.INDUCTION, {}),
        (Phase.INDUCTION, {"taken": taken(-9, -5), "in_phase": 2}),
        (Phase.MAINTENANCE, {"taken": taken(-3), "reviews": (day(-20),), "induction_ended": day(-3)}),
        (Phase.MAINTENANCE, {"taken": taken(-20), "in_phase": 1, "reviews": (day(-60),)}),
        (Phase.MAINTENANCE, {"taken": taken(-20), "in_phase": 1, "reviews": (day(-100),)}),
        (Phase.MAINTENANCE, {"taken": taken(-89), "first_day": day(5), "in_phase": 1, "reviews": (day(-30),)}),
    ],
)
def test_no_physician_visit_is_on_the_day_of_the_session_before_it(phase: Phase, standing: dict[str, object]):
    reviews = [step for step in outline(phase, how_many=2, **standing).steps if step.kind is REVIEW]

    assert reviews
    assert all(step.spacing.least_days == 1 for step in reviews)


def test_the_physician_is_seen_before_the_last_visit_that_the_count_allows():
    every_third = replace(PROTOCOL, reviews=replace(PROTOCOL.reviews, every_sessions=3, every_days=400))
    standing = Standing(today=day(0), taken=taken(-100, -72, -44, -16), in_phase=4, reviews=(day(-30),))

    found = outline_of(every_third, Phase.MAINTENANCE, standing, how_many=3)

    # One visit since, so the second may come first; the third needs the physician before it.
    assert kinds(found) == [(SESSION, 5), (REVIEW, 0), (SESSION, 6), (SESSION, 7)]
    # It is expected on day 54, five weeks after the one on day 19.
    assert (found.steps[1].first_day, found.steps[1].last_day) == (day(54 - 21), None)


def test_a_physician_visit_that_is_overdue_comes_first_and_soon():
    found = outline(Phase.MAINTENANCE, taken=taken(-20), in_phase=1, reviews=(day(-100),))

    assert kinds(found)[0] == (REVIEW, 0)
    assert (found.steps[0].first_day, found.steps[0].last_day) == (day(0), day(7))


def test_the_visit_after_induction_is_made_up_for_in_maintenance():
    missing = outline(Phase.MAINTENANCE, taken=taken(-3), reviews=(day(-20),), induction_ended=day(-3))
    done = outline(Phase.MAINTENANCE, taken=taken(-3), reviews=(day(-1),), induction_ended=day(-3))

    assert kinds(missing) == [(REVIEW, 0), (SESSION, 1)]
    assert kinds(done) == [(SESSION, 1)]


def test_a_taper_goes_on_with_the_next_gaps_and_is_never_early():
    found = outline(Phase.TAPER, taken=taken(-60, -10), in_phase=1, reviews=(day(-5),), how_many=4)
    sessions = [step for step in found.steps if step.kind is SESSION]

    assert [step.number for step in sessions] == [2, 3, 4]
    assert [(step.spacing.least_days, step.spacing.most_days) for step in sessions] == [(45, 52), (60, 67), (90, 97)]
    assert [step.spacing.target_days for step in sessions] == [45, 60, 90]


def test_a_taper_that_is_over_has_nothing_left():
    assert outline(Phase.TAPER, taken=taken(-9, -8, -7, -6), in_phase=4, reviews=(day(-5),)).steps == ()


def test_aftercare_is_a_check_after_two_four_and_twelve_weeks():
    found = outline(Phase.AFTERCARE, taken=taken(-3))

    assert kinds(found) == [(REVIEW, 0)] * 3
    assert [(step.first_day, step.last_day) for step in found.steps] == [
        (day(11), day(18)),
        (day(25), day(32)),
        (day(81), day(88)),
    ]


def test_a_check_that_was_done_or_left_out_until_the_next_is_not_planned():
    late = outline(Phase.AFTERCARE, taken=taken(-24))

    assert [step.first_day for step in late.steps] == [day(0), day(4), day(60)]
    assert len(outline(Phase.AFTERCARE, taken=taken(-30)).steps) == 2
    assert len(outline(Phase.AFTERCARE, taken=taken(-30), reviews=(day(-1),)).steps) == 1


@pytest.mark.parametrize("phase", [Phase.EVALUATION, Phase.ENDED])
def test_a_phase_without_visits_has_nothing_to_plan(phase: Phase):
    assert outline(phase).steps == ()


def test_the_days_worth_loading_hold_every_plan_and_what_somebody_may_grant():
    found = outline(Phase.INDUCTION)

    assert found.first_day == day(0)
    # Begun after 14 days, 28 days long, 7 more to the physician, and 14 that may be granted.
    assert found.last_day == day(14 + 28 + 7 + 14)


def test_a_whole_induction_is_planned_from_its_outline():
    found = outline(Phase.INDUCTION)
    reviews = free(*(slot(offset, 12, minutes=30) for offset in range(60)))

    course = plan(problem_of(found, {"induction_session": daily(range(60)), "follow_up": reviews}))

    assert isinstance(course, Course)
    assert offsets_of(course) == [0, 1, 4, 8, 12, 16, 20, 21]


def test_a_missed_visit_after_the_first_session_comes_before_the_sessions_that_are_booked():
    after_last = day(20)
    found = outline(
        Phase.INDUCTION, taken=taken(-3), kept=taken(2, 6, 9, 13, 17), in_phase=1, reviews=(day(-9), after_last)
    )

    assert kinds(found) == [(REVIEW, 1)]
    assert (found.steps[0].first_day, found.steps[0].last_day) == (day(0), day(7))
    problem = problem_of(found, {"follow_up": daily(range(20))})
    answer = plan(problem)
    assert offsets_of(answer) == [0]
    assert violations(judged(problem, answer), weekly_most=2) == ()
    assert [time.day for time in slack(problem, answer)[0].candidates] == [day(one) for one in (0, 1, 3, 4, 5, 7)]


@pytest.mark.parametrize(("booked", "is_missing"), [(7, False), (8, True)])
def test_a_visit_booked_soon_is_the_missed_one_and_a_later_one_is_not(booked: int, is_missing: bool):
    found = outline(Phase.INDUCTION, taken=taken(-3), kept=taken(2, 6, 9, 13, 17), in_phase=1, reviews=(day(booked),))

    assert ((REVIEW, 1) in kinds(found)) == is_missing


def test_a_routine_visit_due_before_a_session_that_is_booked_does_not_wait_for_it():
    found = outline(Phase.TAPER, taken=taken(-20), kept=taken(12), reviews=(day(-80),), started=day(-200))
    review = next(step for step in found.steps if step.kind is REVIEW)

    assert (found.steps[0], review.stands_alone, review.last_day) == (review, True, day(10))
    problem = problem_of(found, {"follow_up": daily(range(60)), "touch_up_session": daily(range(90), 14)})
    answer = plan(problem)
    assert offsets_of(answer)[0] <= 10
    assert violations(judged(problem, answer), weekly_most=2) == ()


@pytest.mark.parametrize(("free_on", "is_planned"), [(10, True), (11, False)])
def test_no_session_is_planned_for_a_day_on_which_the_physician_would_have_to_be_first(free_on: int, is_planned: bool):
    found = outline(Phase.MAINTENANCE, taken=taken(-80), reviews=(day(-20),), started=day(-200))
    problem = problem_of(found, {"touch_up_session": daily([free_on])}, allow=frozenset(Relax))

    assert isinstance(plan(problem), Course) == is_planned


@pytest.mark.parametrize(("booked_on", "is_planned"), [(43, True), (44, False)])
def test_a_session_that_is_booked_after_too_long_a_pause_carries_the_course_no_further(
    booked_on: int, is_planned: bool
):
    kept = taken(booked_on)
    found = outline(Phase.MAINTENANCE, taken=taken(-47), kept=kept, reviews=(day(-20),), started=day(-200))
    free = {"touch_up_session": daily([booked_on + 35]), "follow_up": daily(range(booked_on + 60))}
    problem = problem_of(found, free, allow=frozenset(Relax))

    assert isinstance(plan(problem), Course) == is_planned


def test_a_long_gap_of_a_taper_counts_from_the_last_session_that_took_place():
    found = outline(Phase.TAPER, taken=taken(-20), in_phase=2, kept=taken(40), reviews=(day(-20),), started=day(-200))
    session = next(step for step in found.steps if step.kind is SESSION)

    assert (session.spacing.most_days, session.closed_after) == (97, day(40 + 90))


def test_a_weekend_does_not_keep_the_visit_after_the_first_session_from_the_next_free_day():
    found = outline(Phase.INDUCTION, taken=taken(-1), kept=taken(9, 13, 17, 21, 25), in_phase=1)
    problem = problem_of(found, {"follow_up": daily([3, 4, 26])})

    assert offsets_of(plan(problem)) == [3, 26]
