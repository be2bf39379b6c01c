"""The planner's answers in words: why nothing fits, what would have to give way, where a visit must be."""

from collections.abc import Sequence

from clinic.treatment.rules.planning.course import Course, Kind, Problem, Relax, Relaxed, Step
from clinic.treatment.rules.planning.reaching import Where
from clinic.treatment.rules.planning.words import WISH_WORDS, between_words, counted, day_words, listed, range_words

_NO_ROOM = "too close to another visit or on a full day"
_DECIDES = " (the physician decides)"


def name_of(step: Step) -> str:
    """Return what people call a step: `visit 4`, `the physician visit after visit 1`, `the physician visit`."""
    if step.kind is Kind.SESSION:
        return f"visit {step.number}"
    return f"the physician visit after visit {step.number}" if step.number else "the physician visit"


def slack_words(step: Step, first: int, last: int, *, left: int) -> str:
    """Return where a visit can be: `Visit 4 must be Mar 12-19, 3 times left.`."""
    return f"{_capital(name_of(step))} must be {range_words(first, last)}, {counted(left, 'time')} left."


def why_not(problem: Problem, where: Where) -> tuple[str, ...]:
    """Return why no course fits, most important first."""
    if where.at is None:
        return (_too_long_or_short(problem),)
    step = problem.steps[where.at]
    if where.first_day is None:
        return (f"No time is free for {name_of(step)}.",)
    horizon = problem.horizon_day
    if horizon is not None and where.first_day > horizon:
        return (
            f"{_belongs(step, where)} Nothing can be booked after {day_words(horizon)} yet. Plan fewer visits now.",
        )
    if where.last_day is not None and where.last_day < where.first_day:
        by, until = day_words(where.last_day), day_words(where.first_day)
        return (
            f"{_capital(name_of(step))} would have to be by {by}, but the visits before it leave no day until {until}.",
        )
    return (_belongs(step, where), _what_is_free(problem, step, where))


def relaxed_words(problem: Problem, course: Course) -> str:
    """Return what a course asks for in words: `1 visit outside the support person's hours (Thu Mar 12)`."""
    asked = [each for each in course.relaxed if each.kind not in problem.allow]
    words = [_wish_words(kind, asked, course) for kind in WISH_WORDS if any(each.kind is kind for each in asked)]
    words += [_date_words(each, problem, course) for each in asked if each.kind not in WISH_WORDS]
    return _capital(listed(words)) if words else "Nothing has to give way"


def _wish_words(kind: Relax, asked: Sequence[Relaxed], course: Course) -> str:
    visits = [course.visits[each.at] for each in asked if each.kind is kind]
    days = ", ".join(day_words(visit.candidate.day) for visit in visits)
    return f"{counted(len(visits), 'visit')} {WISH_WORDS[kind]} ({days})"


def _date_words(each: Relaxed, problem: Problem, course: Course) -> str:
    step, time = course.visits[each.at]
    days, name = counted(each.amount, "day"), name_of(step)
    if each.kind is Relax.BEGIN:
        return f"begin on {day_words(time.day)}, {days} later"
    if each.kind is Relax.SPAN and problem.span is not None:
        most = problem.span.most_days
        return f"the course takes {most + each.amount} instead of {counted(most, 'day')}{_DECIDES}"
    earlier_or_later = "earlier" if each.kind is Relax.EARLY else "later"
    return f"{name} on {day_words(time.day)}, {days} {earlier_or_later} than the plan says{_DECIDES}"


def _too_long_or_short(problem: Problem) -> str:
    span = problem.span
    if span is None:
        return "Each visit has a free time, but they do not fit together."
    return (
        f"Each visit has a free time, but together they do not take {span.least_days} to "
        f"{counted(span.most_days, 'day')} from the first to the last."
    )


def _belongs(step: Step, where: Where) -> str:
    assert where.first_day is not None
    name = _capital(name_of(step))
    if where.last_day is None:
        return f"{name} belongs on {day_words(where.first_day)} or later."
    return f"{name} belongs {between_words(where.first_day, where.last_day)}."


def _what_is_free(problem: Problem, step: Step, where: Where) -> str:
    """Return how many times there are on those days, and why none of them will do."""
    assert where.first_day is not None
    last = where.last_day
    free = [time for time in step.candidates if time.day >= where.first_day and (last is None or time.day <= last)]
    if not free:
        return "No time is free then."
    kinds = [kind for kind in WISH_WORDS if kind not in problem.allow]
    lost = [(sum(kind in time.breaks for time in free), WISH_WORDS[kind]) for kind in kinds]
    lost.append((sum(problem.allow.issuperset(time.breaks) for time in free), _NO_ROOM))
    if len(free) == 1:
        return f"1 time is free then: {listed([why for count, why in lost if count])}."
    words = [f"{'all' if count == len(free) else count} {why}" for count, why in lost if count]
    return f"{len(free)} times are free then: {listed(words)}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
