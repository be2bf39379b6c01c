"""Re-flow against trying everything: as few visits change as can be, by as little, and no row breaks a gap alone."""

from dataclasses import replace

from hypothesis import given

from clinic.treatment.rules.planning import (
    BOOK,
    CANCEL,
    KEEP,
    MOVE,
    Booked,
    Candidate,
    Kind,
    NoCourse,
    Problem,
    Reflow,
    problems_of_rows,
    reflow,
)
from tests.domains.treatment import planning_oracle as oracle
from tests.domains.treatment.planning_cases import Maker, makers, searches

Case = tuple[Problem, list[Booked]]


def case(maker: Maker) -> Case:
    """Make up a problem with up to four visits booked, some at free times, some where nobody would offer one."""
    problem, chance = maker.problem(most_sessions=3, most_times=9), maker.chance
    present, taken = [], set()
    for kind in [Kind.SESSION] * chance.randint(0, 3) + [Kind.REVIEW] * chance.randint(0, 1):
        free = next((step.candidates for step in problem.steps if step.kind is kind), ())
        time = (
            chance.choice(free) if free and chance.random() < 0.7 else maker.time(150 if kind is Kind.SESSION else 30)
        )
        if time[:2] not in taken:
            taken.add(time[:2])
            present.append(booked(len(present), kind, time, can_keep=chance.random() < 0.85))
    return problem, present


def booked(key: int, kind: Kind, time: Candidate, *, can_keep: bool) -> Booked:
    return Booked(key, kind, time.physician_id, time.starts_at, time.ends_at, time.day, can_keep, time.limits)


def as_oracle_sees_it(problem: Problem, present: list[Booked]) -> Problem:
    steps = []
    for step in problem.steps:
        own = [one for one in present if one.kind is step.kind]
        kept = [Candidate(*one[2:6], limits=one.limits) for one in own if one.can_keep]
        free = [time for time in step.candidates if time[:2] not in {one[2:4] for one in own}]
        steps.append(replace(step, candidates=tuple(sorted([*free, *kept], key=lambda time: time.starts_at))))
    return replace(problem, steps=tuple(steps))


@searches(300)
@given(makers())
def test_no_course_disturbs_less_and_none_that_disturbs_as_little_is_better(maker: Maker):
    problem, present = case(maker)
    seen = as_oracle_sees_it(problem, present)
    ranked = []
    for times in oracle.every_course(seen):
        levels = oracle.cost(seen, times)
        if levels is not None:
            ranked.append((levels[0], *oracle.disruption(seen, present, times), levels[1:]))

    answer = reflow(problem, present)

    assert isinstance(answer, NoCourse) == (not ranked)
    if isinstance(answer, Reflow):
        times = tuple(visit.candidate for visit in answer.course.visits)
        levels = oracle.cost(seen, times)
        assert levels is not None
        assert (levels[0], answer.changes, answer.shift, levels[1:]) == min(ranked)


@searches(200)
@given(makers())
def test_every_visit_booked_and_every_visit_planned_is_in_one_row(maker: Maker):
    problem, present = case(maker)

    answer = reflow(problem, present)

    if isinstance(answer, Reflow):
        rows = answer.rows
        assert sorted(row.booked.key for row in rows if row.booked) == [one.key for one in present]
        assert tuple(row.placed for row in rows if row.placed) == answer.course.visits
        for row in rows:
            assert (row.booked is not None) == (row.what in {KEEP, MOVE, CANCEL})
            assert (row.placed is not None) == (row.what in {KEEP, MOVE, BOOK})
            assert (row.why == "") == (row.what == KEEP)
        assert [row.starts_at for row in rows] == sorted(row.starts_at for row in rows)


@searches(200)
@given(makers())
def test_a_row_accepted_with_the_rows_that_it_needs_breaks_nothing_that_was_whole(maker: Maker):
    problem, present = case(maker)

    answer = reflow(problem, present)

    if isinstance(answer, Reflow) and not answer.course.relaxed:
        before = {(one.rule, one.sentence) for one in problems_of_rows(problem, answer.rows, ())}
        for at, row in enumerate(answer.rows):
            if row.what != KEEP:
                accepted = {at, *row.needs}
                after = {(one.rule, one.sentence) for one in problems_of_rows(problem, answer.rows, accepted)}
                assert after <= before or len(after) < len(before)
