"""The physician visits beside the sessions: after the first, after the last, now and then, and after the end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile, pairwise

from clinic.treatment.rules.planning.course import ANY_DISTANCE, Kind, Spacing, Step
from clinic.treatment.rules.planning.standing import Standing
from clinic.treatment.rules.protocols import Protocol

_WEEK = 7
SOON = 7
"""A visit that should have been is planned within so many days."""

_WEEKEND = 3
"""On Friday the next day on which people work may be Monday."""

_EARLY = 21
"""A visit that is due by a day is not planned longer before it."""

_ANOTHER_DAY = Spacing(least_days=1)
"""Nothing is decided on the day of a session, and right after it the physician's own time is not over."""

_FAR = 1 << 20


def after_first(protocol: Protocol, standing: Standing) -> Step | None:
    """Return the visit after session 1 if it is missing: due after that session, or soon if that is past.

    One that is booked for later, as the visit after the last session may be, is another one.
    """
    part, first = protocol.reviews, standing.first_of_phase
    spacing = Spacing(least_days=part.after_first_from_days, most_days=part.after_first_until_days)
    step = Step(number=1, kind=Kind.REVIEW, visit_type=part.visit_type, spacing=spacing, first_day=standing.opens)
    if first is None:
        return step
    until = first + part.after_first_until_days
    if standing.is_reviewed_since(first + part.after_first_from_days, until=soon_enough(until, today=standing.today)):
        return None
    if until < standing.opens and standing.count > 1:
        return _as_soon_as_possible(step, standing)
    if not standing.kept:
        return still_possible(step, standing)
    # Where sessions stay, a weekend in the few days of this visit is no reason to plan nothing at all.
    last = max(until, standing.opens + _WEEKEND) if standing.in_phase else until
    step = replace(step, first_day=max(standing.opens, first + part.after_first_from_days), last_day=last)
    return _among_booked(step, standing)


def soon_enough(due: int, *, today: int) -> int:
    """Return the last day on which a visit that is booked is the one due by a day, or soon where that is past."""
    return max(due, today + SOON)


def after_last(protocol: Protocol, standing: Standing, *, number: int) -> Step:
    """Return the visit after the last session of an induction."""
    part = protocol.reviews
    spacing = Spacing(least_days=1, most_days=part.after_induction_days)
    return Step(number=number, kind=Kind.REVIEW, visit_type=part.visit_type, spacing=spacing, first_day=standing.opens)


def still_possible(step: Step, standing: Standing) -> Step:
    """Return a step that follows the last session, due soon if its days are past already."""
    most = step.spacing.most_days
    if standing.last is None or most is None or standing.last + most >= standing.today:
        return step
    leeway = standing.begin_within if step.kind is Kind.SESSION else SOON
    until = standing.today + leeway - standing.last
    return replace(step, spacing=replace(step.spacing, most_days=until))


def with_reviews(protocol: Protocol, standing: Standing, sessions: Sequence[Step]) -> tuple[Step, ...]:
    """Return the sessions with the physician visit that falls due among them, or before a next one could be."""
    if not standing.is_reviewed_since(standing.induction_ended):
        missing = after_last(protocol, standing, number=0)
        return _as_soon_as_possible(missing, standing), *sessions
    base = max(standing.reviews, default=standing.started)
    since = sum(base is None or one.day > base for one in standing.anchors)
    due = _FAR if base is None else base + protocol.reviews.every_days
    # The last session that the count allows already needs the visit before it.
    by_count = max(0, protocol.reviews.every_sessions - 1 - since)
    expected = tuple(_expected_days(standing, sessions))
    by_day = next((index for index, day in enumerate(expected) if day > due), _FAR)
    at = min(by_count, by_day)
    if at > len(sessions) or (at == len(sessions) and at < by_day):
        return tuple(sessions)
    review = _between(protocol, standing)
    if due < standing.opens:
        review = _as_soon_as_possible(review, standing)
    elif by_day <= by_count:
        review = replace(review, first_day=max(standing.opens, due - _EARLY), last_day=due)
        review = review if at else _among_booked(review, standing)
    else:
        review = replace(review, first_day=max(standing.opens, expected[at] - _EARLY))
    return (*sessions[:at], review, *sessions[at:])


def restart_limit(protocol: Protocol, standing: Standing, *, own_gap: int = 0) -> int | None:
    """Return the last day on which the course may go on although the physician has not seen the patient again.

    None when nothing took place yet, or the physician saw the patient (or will) after so long a pause. `own_gap` is
    the longest gap that the program itself asks for: the taper's is no pause.
    """
    if standing.last is None:
        return None
    limit = standing.last + max(protocol.restart_after_days, own_gap)
    return None if any(review > limit for review in standing.reviews) else limit


def after_pause(
    protocol: Protocol, standing: Standing, sessions: Sequence[Step], *, own_gap: int = 0
) -> tuple[Step, ...] | None:
    """Return the sessions with the physician visit before them that a long pause asks for, None if there was none.

    Once the pause is too long the visit stands alone: no session is booked before it took place.
    """
    limit = restart_limit(protocol, standing, own_gap=own_gap)
    if limit is None or standing.opens <= limit or not sessions:
        return None
    review = _between(protocol, standing)
    if standing.today > limit:
        return (_as_soon_as_possible(review, standing),)
    # That visit stands for any other that should have come before the course goes on.
    going_on = dropwhile(lambda step: step.kind is Kind.REVIEW, sessions)
    return _as_soon_as_possible(review, standing), *going_on


def checks(protocol: Protocol, standing: Standing) -> Iterator[Step]:
    """Yield the checks after the end that are still to come; one left out until the next is not asked for again."""
    part, base = protocol.aftercare, standing.today if standing.last is None else standing.last
    due = [base + weeks * _WEEK for weeks in part.after_weeks]
    for day, following in pairwise([*due, _FAR]):
        if standing.today >= following or any(day <= review < following for review in standing.reviews):
            continue
        last = day + part.leeway_days
        yield Step(
            number=0,
            kind=Kind.REVIEW,
            visit_type=part.visit_type,
            first_day=max(day, standing.opens),
            last_day=last if last >= standing.today else standing.today + SOON,
        )


def _between(protocol: Protocol, standing: Standing) -> Step:
    visit_type = protocol.reviews.visit_type
    return Step(number=0, kind=Kind.REVIEW, visit_type=visit_type, spacing=_ANOTHER_DAY, first_day=standing.opens)


def _as_soon_as_possible(step: Step, standing: Standing) -> Step:
    soon = replace(step, spacing=_ANOTHER_DAY, first_day=standing.opens, last_day=standing.opens + SOON)
    return _among_booked(soon, standing)


def _among_booked(step: Step, standing: Standing) -> Step:
    """Return a step that is due before the last session that is booked as one that need not wait for it."""
    if standing.last is None or step.last_day is None or step.last_day > standing.last:
        return step
    return replace(step, spacing=ANY_DISTANCE, stands_alone=True)


def _expected_days(standing: Standing, sessions: Sequence[Step]) -> Iterator[int]:
    """Yield the day on which each session is best, and that of one more like the last."""
    day = standing.last
    for step in (*sessions, *sessions[-1:]):
        day = standing.opens if day is None else max(standing.opens, day + (step.spacing.target_days or 0))
        yield day
