"""The planner against trying everything: the same courses exist, and none is cheaper than the one that it finds."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from clinic.treatment.rules.planning import Course, Problem, Relax, Rule, alternatives, judged, plan, slack, violations
from tests.domains.treatment import planning_oracle as oracle
from tests.domains.treatment.planning_cases import problems, searches

NO_WISH_SET_ASIDE = {Rule.OVERLAP, Rule.TOO_CLOSE, Rule.WEEK, Rule.TOO_SHORT, Rule.CAP}


def chosen(course: Course) -> oracle.Times:
    return tuple(visit.candidate for visit in course.visits)


@searches(400)
@given(problems())
def test_there_is_a_plan_exactly_when_some_choice_of_times_keeps_every_rule_and_none_is_better(problem: Problem):
    least = oracle.least_cost(problem)

    answer = plan(problem, relax=False)

    assert isinstance(answer, Course) == (least is not None)
    if isinstance(answer, Course) and least is not None:
        assert oracle.cost(problem, chosen(answer)) == least
        assert answer.cost == oracle.as_number(least)


@searches(150)
@given(problems())
def test_the_rules_read_without_a_search_find_nothing_wrong_with_a_plan(problem: Problem):
    answer = plan(problem, relax=False)

    if isinstance(answer, Course):
        found = violations(judged(problem, answer), weekly_most=problem.weekly_most, span=problem.span)
        assert [one for one in found if one.rule in NO_WISH_SET_ASIDE or not answer.relaxed] == []


@searches(200)
@given(problems(most_times=6), st.data())
def test_the_rules_read_without_a_search_blame_exactly_the_courses_that_break_one(
    problem: Problem, data: st.DataObject
):
    courses = list(oracle.every_course(problem))
    if not courses:
        return
    times = data.draw(st.sampled_from(courses))
    course = Course(visits=tuple(zip(problem.steps, times, strict=True)), style=problem.style)

    found = violations(judged(problem, course), weekly_most=problem.weekly_most, span=problem.span)

    assert bool(found) == (oracle.asked(problem, times) != [])


@searches(100)
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_in_which_times_are_found_changes_nothing(problem: Problem, chance: random.Random):
    def shuffled(problem: Problem) -> Problem:
        steps = [
            replace(step, candidates=tuple(chance.sample(step.candidates, len(step.candidates))))
            for step in problem.steps
        ]
        return replace(problem, steps=tuple(steps))

    first, second = plan(problem), plan(shuffled(problem))

    assert type(first) is type(second)
    if isinstance(first, Course) and isinstance(second, Course):
        assert chosen(first) == chosen(second)
    else:
        assert (first.sentences, [one.words for one in first.relaxations]) == (
            second.sentences,
            [one.words for one in second.relaxations],
        )


@searches(150)
@given(problems(most_times=7))
def test_the_slack_of_a_visit_is_every_time_it_can_have_with_the_others_where_they_are(problem: Problem):
    answer = plan(problem, relax=False)
    if not isinstance(answer, Course):
        return

    found = slack(problem, answer)

    times = chosen(answer)
    granted = oracle.price(oracle.asked(problem, times) or [])
    for at, one in enumerate(found):
        expected = set()
        for time in problem.steps[at].candidates:
            other = (*times[:at], time, *times[at + 1 :])
            is_in_order = other in set(oracle.every_course(problem))
            if is_in_order and oracle.cost(problem, other) is not None and oracle.cost(problem, other)[0] <= granted:
                expected.add(time)
        assert set(one.candidates) == expected
        assert (one.first_day, one.last_day) == (min(t.day for t in expected), max(t.day for t in expected))


@searches(100)
@given(problems())
def test_the_cheapest_way_out_is_offered_first_and_is_the_cheapest_there_is(problem: Problem):
    problem = replace(problem, allow=frozenset())
    answer = plan(problem)
    if isinstance(answer, Course):
        return

    prices = [one.price for one in answer.relaxations]

    least = oracle.least_cost(replace(problem, allow=frozenset(Relax)))
    assert prices == sorted(prices)
    assert (prices[0] if prices else None) == (least[0] if least else None)
    for one in answer.relaxations:
        again = plan(replace(problem, allow=one.kinds), relax=False)
        assert isinstance(again, Course)
        assert oracle.price(oracle.asked(problem, chosen(again)) or []) == one.price


@searches(60)
@given(problems())
def test_alternatives_are_on_other_dates_and_the_best_by_their_own_style(problem: Problem):
    answer = plan(problem, relax=False)
    if not isinstance(answer, Course):
        return

    others = alternatives(problem, answer)

    courses = [chosen(answer), *(chosen(other) for other in others)]
    assert len(others) <= 2
    assert len(set(courses)) == len(courses)
    for other in others:
        styled = replace(problem, style=other.style)
        assert oracle.cost(styled, chosen(other)) == oracle.least_cost(styled)
