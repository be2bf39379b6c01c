"""Which visits remain to be planned, by the protocol, the phase and what took place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from clinic.scheduling.rules.visits import Range
from clinic.treatment.errors import WishRefused
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.planning.course import Anchor, Candidate, Kind, Problem, Relax, Spacing, Span, Step, Style
from clinic.treatment.rules.planning.reviews import (
    after_first,
    after_last,
    after_pause,
    checks,
    restart_limit,
    still_possible,
    with_reviews,
)
from clinic.treatment.rules.planning.stages import MOST_GRANTED
from clinic.treatment.rules.planning.standing import Standing
from clinic.treatment.rules.protocols import Protocol

_HOUR = 3600
MOST_AT_ONCE = 4
"""So many touch-ups are planned at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The visits to be planned, without times; from `first_day` through `last_day` candidates are worth loading."""

    steps: tuple[Step, ...]
    weekly_most: int
    anchors: tuple[Anchor, ...]
    first_day: int
    last_day: int
    span: Span | None = None


def outline_of(protocol: Protocol, phase: Phase, standing: Standing, *, how_many: int = 1) -> Outline:
    """Return what remains of a phase: all of an induction, `how_many` further touch-ups, the checks afterwards.

    Raises WishRefused at `how_many` unless it is 1 to 4.
    """
    if not 1 <= how_many <= MOST_AT_ONCE:
        raise WishRefused(f"Plan 1 to {MOST_AT_ONCE} visits at once.", field="how_many")
    steps = _steps(protocol, phase, standing, how_many=how_many)
    steps = _before_pause(steps, limit=_closed_after(protocol, phase, standing))
    has_sessions = any(step.kind is Kind.SESSION for step in steps)
    span = _span(protocol, standing) if phase is Phase.INDUCTION and has_sessions else None
    return Outline(
        steps=steps,
        weekly_most=protocol.weekly_most,
        anchors=standing.anchors,
        first_day=standing.opens,
        last_day=_last_day(steps, standing, span) + MOST_GRANTED,
        span=span,
    )


def problem_of(
    outline: Outline,
    candidates: Mapping[str, tuple[Candidate, ...]],
    *,
    style: Style = Style.WISHED,
    allow: frozenset[Relax] = frozenset(),
    horizon_day: int | None = None,
    margins: Mapping[str, Range] = MappingProxyType({}),
) -> Problem:
    """Return the outline with the candidates and the margins of each visit type, ready to be planned."""
    return Problem(
        steps=tuple(
            _with_times(step, outline, candidates.get(step.visit_type, ()), margin=margins.get(step.visit_type, (0, 0)))
            for step in outline.steps
        ),
        weekly_most=outline.weekly_most,
        span=outline.span,
        anchors=outline.anchors,
        style=style,
        allow=allow,
        horizon_day=horizon_day,
    )


def _with_times(step: Step, outline: Outline, times: tuple[Candidate, ...], *, margin: Range) -> Step:
    if step.stands_alone:
        # Nothing is decided on the day of a session, and right after it the physician's own time is not over.
        days = {anchor.day for anchor in outline.anchors}
        times = tuple(time for time in times if time.day not in days)
    return replace(step, candidates=times, lead=margin[0], tail=margin[1])


def _steps(protocol: Protocol, phase: Phase, standing: Standing, *, how_many: int) -> tuple[Step, ...]:
    if phase is Phase.INDUCTION:
        steps = _induction(protocol, standing)
        return after_pause(protocol, standing, steps) or steps
    if phase is Phase.MAINTENANCE:
        steps = _touch_ups(protocol, standing, how_many)
        return after_pause(protocol, standing, steps) or with_reviews(protocol, standing, steps)
    if phase is Phase.TAPER:
        steps = _taper(protocol, standing, how_many)
        own_gap = longest_own_gap(protocol, phase, standing)
        return after_pause(protocol, standing, steps, own_gap=own_gap) or with_reviews(protocol, standing, steps)
    return tuple(checks(protocol, standing)) if phase is Phase.AFTERCARE else ()


def _closed_after(protocol: Protocol, phase: Phase, standing: Standing) -> int | None:
    """Return the last day of the next session without a new visit to the physician, as booking counts it.

    What a taper asks for after a session that is only booked yet does not lengthen it, and a session that is booked
    beyond it neither. None where a pause that is too long is planned for already.
    """
    own_gap = longest_own_gap(protocol, phase, replace(standing, kept=()))
    reached = replace(standing, kept=())
    for anchor in standing.kept:
        limit = restart_limit(protocol, reached, own_gap=own_gap)
        if limit is not None and anchor.day > limit:
            return limit
        reached = replace(reached, kept=(*reached.kept, anchor))
    limit = restart_limit(protocol, standing, own_gap=own_gap)
    return None if limit is None or standing.opens > limit else limit


def _before_pause(steps: tuple[Step, ...], *, limit: int | None) -> tuple[Step, ...]:
    first = next((index for index, step in enumerate(steps) if step.kind is Kind.SESSION), None)
    if limit is None or first is None:
        return steps
    return (*steps[:first], replace(steps[first], closed_after=limit), *steps[first + 1 :])


def longest_own_gap(protocol: Protocol, phase: Phase, standing: Standing) -> int:
    """Return the days until the next visit at most where the program itself lengthens its gaps, else 0."""
    if phase is not Phase.TAPER:
        return 0
    gaps = protocol.taper.gaps_days[standing.count : standing.count + 1]
    return gaps[0] + protocol.taper.leeway_days if gaps else 0


def _induction(protocol: Protocol, standing: Standing) -> tuple[Step, ...]:
    part, done = protocol.induction, standing.count
    gap = part.least_gap_hours * _HOUR
    first = Spacing(least_gap=gap)
    further = Spacing(least_gap=gap, most_days=part.most_gap_days, target_days=part.target_gap_days)
    numbers = range(done + 1, part.sessions + 1)
    spacings = [first if number == 1 else further for number in numbers]
    steps = list(_sessions(part.visit_type, spacings, standing))
    ahead = bool(steps)
    review = after_first(protocol, standing)
    if review is not None and part.sessions > 1 and (ahead or standing.kept):
        steps.insert(0 if done else 1, review)
    if ahead or not standing.is_reviewed_since(standing.last):
        last = after_last(protocol, standing, number=part.sessions)
        steps.append(last if ahead else still_possible(last, standing))
    return tuple(steps)


def _touch_ups(protocol: Protocol, standing: Standing, how_many: int) -> tuple[Step, ...]:
    part = protocol.maintenance
    spacing = Spacing(
        least_days=part.least_gap_days,
        from_days=part.from_days,
        most_days=part.until_days,
        target_days=part.target_days,
    )
    return _sessions(part.visit_type, [spacing] * how_many, standing)


def _taper(protocol: Protocol, standing: Standing, how_many: int) -> tuple[Step, ...]:
    part = protocol.taper
    gaps = part.gaps_days[standing.count : standing.count + how_many]
    spacings = [Spacing(least_days=gap, most_days=gap + part.leeway_days, target_days=gap) for gap in gaps]
    return _sessions(part.visit_type, spacings, standing)


def _sessions(visit_type: str, spacings: list[Spacing], standing: Standing) -> tuple[Step, ...]:
    steps: list[Step] = []
    for number, spacing in enumerate(spacings, start=standing.count + 1):
        step = Step(number=number, kind=Kind.SESSION, visit_type=visit_type, spacing=spacing, first_day=standing.opens)
        if not steps:
            has_no_end = standing.last is None or spacing.most_days is None
            until = standing.opens + standing.begin_within if has_no_end else None
            step = replace(still_possible(step, standing), last_day=until)
        steps.append(step)
    return tuple(steps)


def _span(protocol: Protocol, standing: Standing) -> Span:
    part = protocol.induction
    return Span(least_days=part.least_days, most_days=part.most_days, first_day=standing.first_of_phase)


def _last_day(steps: tuple[Step, ...], standing: Standing, span: Span | None) -> int:
    """Return the last day on which anything may be without somebody granting more."""
    last, session = standing.opens, standing.last
    end_of_span = None if span is None else (span.first_day or standing.opens + standing.begin_within) + span.most_days
    for step in steps:
        until = step.last_day or standing.opens
        if session is not None and step.spacing.most_days is not None:
            until = session + step.spacing.most_days
        if step.kind is Kind.SESSION:
            session = until = until if end_of_span is None else min(until, end_of_span)
        last = max(last, until)
    return last
