"""What the planner says: why nothing fits, what could give way, how far a visit can move, what is wrong."""

from dataclasses import replace

import pytest

from clinic.treatment.rules.hours import Stretch
from clinic.treatment.rules.planning import (
    BOOK,
    CANCEL,
    KEEP,
    MOVE,
    Booked,
    Course,
    Kind,
    NoCourse,
    Problem,
    Reflow,
    Relax,
    Row,
    Rule,
    Spacing,
    Span,
    Style,
    Wishes,
    as_anchor,
    judged,
    plan,
    problems_of_rows,
    reflow,
    slack,
    violations,
)
from clinic.treatment.rules.planning.words import ordinal, range_words
from tests.domains.treatment.planning_makers import (
    DOCTOR,
    HOUR,
    NEW_YORK,
    OTHER,
    daily,
    day,
    free,
    offsets_of,
    problem,
    slot,
    taken,
)

SUPPORT_ON_MONDAY = Wishes(zone=NEW_YORK, support_hours=(Stretch(0, 0, 1440),))


def nothing(asked: Problem) -> NoCourse:
    answer = plan(asked)
    assert isinstance(answer, NoCourse)
    return answer


def ways(answer: NoCourse) -> list[str]:
    return [one.words for one in answer.relaxations]


def test_a_hole_in_the_calendar_is_named_with_the_visit_and_the_days():
    answer = nothing(problem(2, daily([0, 12]), spacing=Spacing(least_gap=72 * HOUR, most_days=10)))

    assert (answer.index, answer.first_day, answer.last_day) == (1, day(3), day(22))
    assert answer.sentences[0] == "Visit 2 belongs between Thu Mar 5 and Tue Mar 24."


def test_a_visit_without_any_time_says_so_and_offers_a_later_day():
    steps = problem(2, daily([0, 12]), spacing=Spacing(least_gap=72 * HOUR, most_days=10)).steps
    first = replace(steps[0], candidates=daily([0]), last_day=day(3))

    answer = nothing(Problem(steps=(first, steps[1]), weekly_most=2))

    assert answer.sentences == ("Visit 2 belongs between Thu Mar 5 and Thu Mar 12.", "No time is free then.")
    assert ways(answer) == ["Visit 2 on Sat Mar 14, 2 days later than the plan says (the physician decides)"]
    assert answer.relaxations[0].kinds == {Relax.LATE}


def test_a_support_person_who_has_no_time_is_asked_for_as_few_visits_as_possible():
    times = daily([0, 3], wishes=SUPPORT_ON_MONDAY) + daily([7], 10, wishes=SUPPORT_ON_MONDAY)
    limited = tuple(replace(step, last_day=day(5)) for step in problem(2, times, spacing=Spacing(least_gap=HOUR)).steps)

    answer = nothing(Problem(steps=limited, weekly_most=2))

    assert "1 visit outside the support person's hours (Thu Mar 5)" in ways(answer)


def test_the_words_for_times_that_nobody_wished_for():
    wishes = Wishes(
        zone=NEW_YORK,
        physician_id=DOCTOR,
        is_only_physician=True,
        patient_hours=(Stretch(1, 540, 1020),),
        are_hours_strict=True,
    )
    times = free(slot(0, 10), slot(1, 10, physician=OTHER), slot(1, 12, physician=OTHER), wishes=wishes)

    answer = nothing(problem(1, times))

    assert answer.sentences == (
        "Visit 1 belongs on Mon Mar 2 or later.",
        "3 times are free then: 2 with another physician and 1 outside the patient's hours.",
    )
    assert ways(answer) == [
        "1 visit with another physician (Tue Mar 3)",
        "1 visit outside the patient's hours (Mon Mar 2)",
    ]


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ([10], "1 time is free then: outside the support person's hours."),
        ([10, 11], "2 times are free then: all outside the support person's hours."),
    ],
)
def test_what_all_free_times_have_against_them_is_said_once(hours: list[int], sentence: str):
    assert nothing(problem(1, daily([1], *hours, wishes=SUPPORT_ON_MONDAY))).sentences[-1] == sentence


def test_times_that_fit_by_themselves_but_not_beside_the_others_are_told_apart():
    first, second = problem(2, daily([0], 10), spacing=Spacing(least_gap=72 * HOUR)).steps

    answer = nothing(Problem(steps=(first, replace(second, candidates=daily([3], 9))), weekly_most=2))

    assert answer.sentences == (
        "Visit 2 belongs on Thu Mar 5 or later.",
        "1 time is free then: too close to another visit or on a full day.",
    )


def test_a_visit_that_would_have_to_be_before_it_can_be_says_so():
    first, second = problem(2, daily([5, 8])).steps

    answer = nothing(Problem(steps=(first, replace(second, last_day=day(6))), weekly_most=2))

    assert answer.sentences == (
        "Visit 2 would have to be by Sun Mar 8, but the visits before it leave no day until Tue Mar 10.",
    )


def test_a_course_that_is_too_long_is_for_the_physician_to_decide():
    answer = nothing(problem(6, daily(range(40)), span=Span(least_days=14, most_days=15), weekly_most=2))

    assert answer.index is None
    assert "The course takes 17 instead of 15 days (the physician decides)" in ways(answer)


def test_a_later_beginning_is_offered_before_anything_else():
    first, second = problem(2, daily([6, 10])).steps

    answer = nothing(Problem(steps=(replace(first, last_day=day(4)), second), weekly_most=2))

    assert ways(answer)[0] == "Begin on Sun Mar 8, 2 days later"


def test_nothing_is_asked_for_beyond_two_weeks():
    first, second = problem(2, daily([20, 25])).steps

    assert nothing(Problem(steps=(replace(first, last_day=day(4)), second), weekly_most=2)).relaxations == ()


def test_what_was_granted_is_used_as_little_as_possible():
    late = problem(
        2, daily([0, 12, 13]), spacing=Spacing(most_days=10), allow=frozenset({Relax.LATE}), style=Style.SOONEST
    )
    first = replace(late.steps[0], candidates=daily([0]))

    course = plan(replace(late, steps=(first, late.steps[1])))

    assert isinstance(course, Course)
    assert offsets_of(course) == [0, 12]
    assert [(one.kind, one.at, one.amount) for one in course.relaxed] == [(Relax.LATE, 1, 2)]


def test_days_beyond_the_horizon_are_told_from_days_that_are_full():
    answer = nothing(problem(2, daily([0]), spacing=Spacing(least_days=30, most_days=40), horizon_day=day(20)))

    (sentence,) = answer.sentences
    assert sentence.startswith("Visit 2 belongs between Wed Apr 1 and Sat Apr 11.")
    assert sentence.endswith(" Nothing can be booked after Sun Mar 22 yet. Plan fewer visits now.")


def test_slack_says_between_which_days_a_visit_must_be_and_how_many_times_are_left():
    asked = problem(3, daily([0, 3, 4, 5, 8], 10, 11), weekly_most=3, style=Style.EVEN)
    course = plan(asked)
    assert isinstance(course, Course)
    assert offsets_of(course) == [0, 4, 8]

    # The clocks go forward on March 8, so that from Saturday at 10 to Tuesday at 10 are 71 hours.
    words = [one.words for one in slack(asked, course)]

    assert words == [
        "Visit 1 must be Mar 2, 2 times left.",
        "Visit 2 must be Mar 5-6, 4 times left.",
        "Visit 3 must be Mar 10, 2 times left.",
    ]


@pytest.mark.parametrize(("first", "last", "words"), [(0, 0, "Mar 2"), (0, 9, "Mar 2-11"), (26, 33, "Mar 28-Apr 4")])
def test_days_are_shortened_where_they_share_a_month(first: int, last: int, words: str):
    assert range_words(day(first), day(last)) == words


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number: int, words: str):
    assert ordinal(number) == words


def wrong(offsets: list[int], *, spacing: Spacing | None = None, **rules: object) -> list[tuple[Rule, int, str]]:
    times = daily(offsets)
    asked = problem(len(offsets), times, spacing=spacing or Spacing(), **rules)
    course = Course(visits=tuple(zip(asked.steps, times, strict=True)), style=Style.EVEN)
    found = violations(judged(asked, course), weekly_most=asked.weekly_most, span=asked.span)
    return [(one.rule, one.at, one.sentence) for one in found]


@pytest.mark.parametrize(
    ("offsets", "rules", "expected"),
    [
        (
            [0, 2],
            {"spacing": Spacing(least_gap=72 * HOUR)},
            (Rule.TOO_CLOSE, 1, "Visit 2 on Wed Mar 4 is less than 72 hours after the visit on Mon Mar 2."),
        ),
        (
            [0, 2],
            {"spacing": Spacing(least_days=3)},
            (Rule.TOO_CLOSE, 1, "Visit 2 on Wed Mar 4 is 2 days after the visit on Mon Mar 2; at least 3 are needed."),
        ),
        (
            [0, 2],
            {"spacing": Spacing(from_days=3)},
            (Rule.EARLY, 1, "Visit 2 on Wed Mar 4 is 2 days after the visit on Mon Mar 2; the plan says at least 3."),
        ),
        (
            [0, 12],
            {"spacing": Spacing(most_days=10)},
            (Rule.LATE, 1, "Visit 2 on Sat Mar 14 is 12 days after the visit on Mon Mar 2; the plan says at most 10."),
        ),
        (
            [0, 3, 6],
            {},
            (Rule.WEEK, 2, "Visit 3 on Sun Mar 8 would be the 3rd within seven days; at most 2 may be."),
        ),
        (
            [0, 9],
            {"span": Span(least_days=2, most_days=8)},
            (
                Rule.TOO_LONG,
                1,
                "Visit 2 on Wed Mar 11 is 9 days after the first on Mon Mar 2; the course takes at most 8.",
            ),
        ),
        (
            [0, 9],
            {"span": Span(least_days=10, most_days=18)},
            (
                Rule.TOO_SHORT,
                1,
                "Visit 2 on Wed Mar 11 is 9 days after the first on Mon Mar 2; the course takes at least 10.",
            ),
        ),
    ],
)
def test_a_broken_rule_is_told_in_a_sentence_about_the_later_visit(
    offsets: list[int], rules: dict[str, object], expected: tuple[Rule, int, str]
):
    assert wrong(offsets, **rules) == [expected]


def test_what_took_place_counts_but_is_never_blamed():
    asked = problem(1, daily([2]), anchors=taken(-2, -1, 0))
    visits = [as_anchor(asked, one) for one in asked.anchors]

    assert violations(visits, weekly_most=2) == ()


def test_a_course_that_goes_on_cannot_be_too_short_yet():
    asked = problem(2, daily([0, 4]), span=Span(least_days=14, most_days=28))
    course = Course(visits=tuple(zip(asked.steps, daily([0, 4]), strict=True)), style=Style.EVEN)

    assert violations(judged(asked, course), weekly_most=2, span=asked.span, is_complete=False) == ()


def booked_on(*offsets: int, hour: float = 10) -> list[Booked]:
    return [
        Booked(offset, Kind.SESSION, DOCTOR, time.starts_at, time.ends_at, day(offset))
        for offset, time in ((offset, slot(offset, hour)) for offset in offsets)
    ]


def whole(asked: Problem, present: list[Booked]) -> Reflow:
    answer = reflow(asked, present)
    assert isinstance(answer, Reflow)
    return answer


def told(found: Reflow) -> list[tuple[str, int | None, int | None]]:
    def offset(row: Row) -> int | None:
        return None if row.placed is None else row.placed.candidate.day - day(0)

    return [(row.what, None if row.booked is None else row.booked.key, offset(row)) for row in found.rows]


def test_a_course_that_fits_is_left_alone():
    found = whole(problem(3, daily(range(30))), booked_on(2, 6, 10))

    assert told(found) == [(KEEP, 2, 2), (KEEP, 6, 6), (KEEP, 10, 10)]


def test_a_visit_moved_too_near_to_the_next_moves_only_that_one():
    found = whole(problem(3, daily(range(30)), anchors=taken(0)), booked_on(2, 7, 11))

    assert told(found) == [(MOVE, 2, 3), (KEEP, 7, 7), (KEEP, 11, 11)]
    assert found.rows[0].why == "Visit 1 on Wed Mar 4 is less than 72 hours after the visit on Mon Mar 2."
    assert (found.changes, found.shift) == (1, 24 * 60)


def test_a_missed_visit_is_added_where_it_disturbs_nothing():
    found = whole(problem(4, daily(range(30))), booked_on(2, 6, 10))

    assert [what for what, _, _ in told(found)].count(KEEP) == 3
    assert [what for what, _, _ in told(found)].count(BOOK) == 1


def test_a_visit_too_many_is_canceled_and_no_other_moves():
    found = whole(problem(2, daily(range(30))), booked_on(2, 6, 10))

    assert sorted(what for what, _, _ in told(found)) == [CANCEL, KEEP, KEEP]


def test_a_booked_time_that_no_search_would_offer_is_kept():
    found = whole(problem(2, daily(range(30))), booked_on(2, 6, hour=7))

    assert [what for what, _, _ in told(found)] == [KEEP, KEEP]


def test_a_time_that_cannot_be_kept_moves_as_little_as_possible():
    present = booked_on(2, 6, 10)
    present[1] = present[1]._replace(can_keep=False)

    found = whole(problem(3, daily(range(30), 10, 11, 15)), present)

    assert told(found) == [(KEEP, 2, 2), (MOVE, 6, 6), (KEEP, 10, 10)]
    assert (found.rows[1].why, found.shift) == ("This time cannot be kept.", 60)


def test_a_row_names_the_rows_without_which_it_would_break_a_gap():
    found = whole(problem(2, daily(range(4, 30), 10, 11), anchors=taken(4)), booked_on(5, 6))

    assert [(row.what, row.booked.key, row.needs) for row in found.rows if row.booked] == [
        # Moved alone, the first would be two days after the second.
        (MOVE, 5, (1,)),
        (MOVE, 6, ()),
    ]
    alone = problems_of_rows(problem(2, (), anchors=taken(4)), found.rows, {0})
    together = problems_of_rows(problem(2, (), anchors=taken(4)), found.rows, {0, 1})
    assert len(alone) > len(together)


def test_a_reflow_that_cannot_be_says_why():
    answer = reflow(problem(2, daily([0])), booked_on(1))

    assert isinstance(answer, NoCourse)
    assert answer.sentences != ()
