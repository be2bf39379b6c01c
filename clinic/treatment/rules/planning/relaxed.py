"""What a course asks people to grant, and at what price."""

from collections.abc import Iterator, Sequence

from clinic.treatment.rules.planning.course import Candidate, Course, Kind, Placed, Problem, Relax, Relaxed, Step
from clinic.treatment.rules.planning.weights import price_of

_WISHES = (Relax.PHYSICIAN, Relax.PATIENT_HOURS, Relax.SUPPORT_HOURS)


def course_of(problem: Problem, times: Sequence[Candidate], *, cost: int = 0) -> Course:
    """Return the times, one for each step, as a course."""
    visits = tuple(Placed(step, time) for step, time in zip(problem.steps, times, strict=True))
    return Course(visits=visits, style=problem.style, cost=cost, relaxed=tuple(asked_for(problem, visits)))


def price_of_course(course: Course) -> int:
    """Return the price of everything that a course asks for."""
    return sum(price_of(each.kind, each.amount) for each in course.relaxed)


def could_give_way(problem: Problem, kind: Relax) -> bool:
    """Tell whether there is anything of a kind to be granted."""
    steps = problem.steps
    if kind in _WISHES:
        return any(kind in time.breaks for step in steps for time in step.candidates)
    if kind is Relax.SPAN:
        return problem.span is not None
    if kind is Relax.BEGIN:
        return any(step.kind is Kind.SESSION and step.last_day is not None for step in steps)
    if kind is Relax.EARLY:
        return any(step.spacing.from_days > step.spacing.least_days for step in steps)
    return any(
        step.spacing.most_days is not None or (step.kind is Kind.REVIEW and step.last_day is not None) for step in steps
    )


def asked_for(problem: Problem, visits: Sequence[Placed]) -> Iterator[Relaxed]:
    """Yield everything that somebody would have to grant for these visits."""
    previous = problem.anchors[-1].day if problem.anchors else None
    for index, (step, time) in enumerate(visits):
        yield from (Relaxed(kind, index, 1) for kind in time.breaks)
        yield from _by_date(step, index, time.day)
        if previous is not None and not step.stands_alone:
            yield from _by_gap(step, index, time.day - previous)
        if step.kind is Kind.SESSION:
            previous = time.day
    yield from _by_length(problem, visits)


def _by_date(step: Step, index: int, day: int) -> Iterator[Relaxed]:
    if step.last_day is not None and day > step.last_day:
        yield Relaxed(Relax.BEGIN if step.kind is Kind.SESSION else Relax.LATE, index, day - step.last_day)


def _by_gap(step: Step, index: int, gap: int) -> Iterator[Relaxed]:
    spacing = step.spacing
    if gap < spacing.from_days:
        yield Relaxed(Relax.EARLY, index, spacing.from_days - gap)
    if spacing.most_days is not None and gap > spacing.most_days:
        yield Relaxed(Relax.LATE, index, gap - spacing.most_days)


def _by_length(problem: Problem, visits: Sequence[Placed]) -> Iterator[Relaxed]:
    sessions = [index for index, visit in enumerate(visits) if visit.step.kind is Kind.SESSION]
    if problem.span is None or not sessions:
        return
    first = problem.span.first_day if problem.span.first_day is not None else visits[sessions[0]].candidate.day
    beyond = visits[sessions[-1]].candidate.day - first - problem.span.most_days
    if beyond > 0:
        yield Relaxed(Relax.SPAN, sessions[-1], beyond)
