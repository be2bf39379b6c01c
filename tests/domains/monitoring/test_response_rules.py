"""Response, remission and getting worse: at every edge, from the right baseline."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.monitoring.rules.response import course_of, remitted, responded

START = date(2026, 6, 1)


@dataclass(frozen=True)
class Told:
    value: Decimal
    on: date


def told(*values: int, first: date = START) -> list[Told]:
    """Return one score a week."""
    return [Told(Decimal(value), first + timedelta(weeks=week)) for week, value in enumerate(values)]


@pytest.mark.parametrize(
    ("baseline", "follow_up", "is_response", "is_remission"),
    [
        (20, 10, True, False),
        (20, 11, False, False),
        (21, 10, True, False),
        (21, 11, False, False),
        (20, 5, True, False),
        (20, 4, True, True),
        (10, 4, True, True),
        (9, 4, True, False),
        (10, 5, True, False),
        (1, 0, True, False),
        (1, 1, False, False),
        (0, 0, False, False),
        (10, 20, False, False),
    ],
)
def test_half_is_a_response_and_under_five_after_ten_or_more_a_remission(
    baseline, follow_up, is_response, is_remission
):
    assert responded(Decimal(baseline), Decimal(follow_up)) is is_response
    assert remitted(Decimal(baseline), Decimal(follow_up)) is is_remission


@pytest.mark.parametrize(
    ("values", "worse_than_start", "worse_than_last", "better"),
    [
        ((12, 17), True, True, False),
        ((12, 16), False, False, False),
        ((20, 4, 9), False, True, True),
        ((20, 4, 8), False, False, True),
        ((12, 15, 17), True, False, False),
        ((12, 7), False, False, True),
        ((12, 8), False, False, False),
    ],
)
def test_five_points_are_a_change_and_four_are_not(values, worse_than_start, worse_than_last, better):
    course = course_of(told(*values), started_on=START)
    assert (course.is_worse_than_start, course.is_worse_than_last) == (worse_than_start, worse_than_last)
    assert course.is_worse is (worse_than_start or worse_than_last)
    assert course.is_better is better


def test_the_baseline_is_the_newest_score_before_the_first_session():
    course = course_of(told(14, 21, 9), started_on=START + timedelta(weeks=1))
    assert (course.baseline.value, course.is_before_treatment) == (21, True)
    assert (course.since_start, course.since_last) == (-12, -12)


@pytest.mark.parametrize("started_on", [None, START - timedelta(days=1)])
def test_without_a_score_before_treatment_the_first_on_record_is_the_baseline_and_is_not_called_otherwise(started_on):
    course = course_of(told(14, 9), started_on=started_on)
    assert (course.baseline.value, course.is_before_treatment) == (14, False)


def test_one_score_alone_is_compared_with_nothing():
    course = course_of(told(14), started_on=START)
    assert not course.has_follow_up
    assert course.since_start is course.since_last is None
    assert not any((course.is_response, course.is_remission, course.is_worse, course.is_better))


def test_scores_that_all_lie_before_the_first_session_tell_of_no_response():
    course = course_of(told(20, 8), started_on=START + timedelta(days=30))
    assert (course.baseline.value, course.is_response, course.since_last) == (8, False, -12)


def test_no_score_is_no_course():
    assert course_of([], started_on=START) is None
