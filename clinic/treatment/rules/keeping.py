"""Planning a course in which a person has chosen some of the dates already."""

from collections.abc import Sequence
from dataclasses import replace

from clinic.treatment.rules.courses import KeptVisit
from clinic.treatment.rules.planning import Course, NoCourse, Placed, Problem, Step, plan


def plan_keeping(problem: Problem, kept: Sequence[KeptVisit]) -> Course | NoCourse:
    """Return the best course with these dates in their places; every rule is judged as without them.

    A date that is not free, or breaks a rule beside the others, leaves no course.
    """
    chosen = {each.place: each for each in kept}
    steps = tuple(_fixed(step, chosen.get(place)) for place, step in enumerate(problem.steps))
    answer = plan(replace(problem, steps=steps))
    if isinstance(answer, NoCourse) or not kept:
        return answer
    pairs = zip(problem.steps, answer.visits, strict=True)
    return replace(answer, visits=tuple(Placed(step, found.candidate) for step, found in pairs))


def _fixed(step: Step, chosen: KeptVisit | None) -> Step:
    if chosen is None:
        return step
    visit = chosen.visit
    at = int(visit.starts_at.timestamp()) if visit.visit_type == step.visit_type else None
    only = tuple(each for each in step.candidates if (each.starts_at, each.physician_id) == (at, visit.physician_id))
    return replace(step, candidates=only)
