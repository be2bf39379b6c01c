"""Planning around dates that a person chose: they stand where they are, and every rule is judged all the same."""

from datetime import UTC, datetime

import pytest

from clinic.treatment.rules.courses import ChosenVisit, KeptVisit
from clinic.treatment.rules.keeping import plan_keeping
from clinic.treatment.rules.planning import NoCourse, plan, slack
from tests.domains.treatment.planning_makers import DOCTOR, OTHER, daily, offsets_of, problem, slot

FREE = problem(3, daily(range(21), 10, 14))


def chosen(
    place: int, offset: int, *, hour: float = 10, physician=DOCTOR, kind: str = "induction_session"
) -> KeptVisit:
    starts_at = datetime.fromtimestamp(slot(offset, hour).starts_at, UTC)
    return KeptVisit(place, ChosenVisit(kind, physician, starts_at))


def test_nothing_chosen_is_the_course_that_it_would_be_anyway():
    assert plan_keeping(FREE, ()) == plan(FREE)


def test_a_chosen_date_stands_and_the_others_are_planned_around_it():
    assert offsets_of(plan_keeping(FREE, [chosen(1, 7)]))[1] == 7
    assert offsets_of(plan_keeping(FREE, [chosen(place, 5 * place) for place in range(3)])) == [0, 5, 10]


def test_the_slack_of_a_chosen_date_is_that_of_any_other():
    answer = plan_keeping(FREE, [chosen(1, 7)])
    assert len(slack(FREE, answer)[1].candidates) > 1


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param([chosen(0, 4), chosen(1, 5)], id="less than 72 hours apart"),
        pytest.param([chosen(1, 40)], id="not free that day"),
        pytest.param([chosen(1, 7, hour=11)], id="not free at that hour"),
        pytest.param([chosen(1, 7, physician=OTHER)], id="not free with that physician"),
        pytest.param([chosen(1, 7, kind="follow_up")], id="another kind of visit"),
    ],
)
def test_a_date_that_cannot_stand_leaves_no_course(kept: list[KeptVisit]):
    assert isinstance(plan_keeping(FREE, kept), NoCourse)
