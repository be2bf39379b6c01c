"""Why no course can be proposed, and the ways out, in words for the one who plans."""

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from clinic.scheduling.queries import why_removed
from clinic.treatment.queries.candidates import Ground
from clinic.treatment.queries.proposals import NoPlan, Relaxation
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning import Kind, NoCourse, Relax
from clinic.treatment.rules.planning import Relaxation as WayOut
from clinic.treatment.rules.plans import PHASE_NAMES

_LONGEST_LOOK = timedelta(days=60)
_CLINIC_GRANTS = frozenset({Relax.PHYSICIAN, Relax.PATIENT_HOURS, Relax.BEGIN})
"""What whoever plans may agree with the patient; the rest is changed in the plan, by the physician where clinical."""

_MOVES_ON = "A longer course, or the next phase without the visits that are missing (the physician decides)"


def nothing_left(ground: Ground) -> NoPlan:
    """Return the refusal when there is no date to be planned."""
    if ground.lacking:
        needed = f"The program needs a kind of visit that is not offered: {' and '.join(ground.lacking)}."
        way_out = "An administrator can offer it under Visit types, or the physician changes the program."
        return NoPlan(sentences=(needed, way_out))
    if ground.uncovered:
        return NoPlan(sentences=(ground.uncovered,))
    phase = ground.course.phase
    name = PHASE_NAMES[phase].lower()
    if phase is Phase.EVALUATION:
        return NoPlan(sentences=("Dates are planned once the physician has moved the plan on from evaluation.",))
    if phase in SESSION_PHASES or phase is Phase.AFTERCARE:
        return NoPlan(sentences=(f"Nothing is left to plan: every date of the {name} is taken or booked.",))
    return NoPlan(sentences=("This plan has ended, so no dates are planned. Open a new plan to go on.",))


def no_plan(session: Session, ground: Ground, answer: NoCourse) -> NoPlan:
    """Return why there is no course, with what the calendar has lost on the days that matter, and the ways out."""
    sentences = [*answer.sentences, *_membership_words(ground, answer), *_calendar_words(session, ground, answer)]
    ways = [_relaxation(ground.wish, way) for way in answer.relaxations]
    if answer.index is None and not ways:
        ways = [Relaxation(words=_MOVES_ON, wish=None)]
    if ground.wish.kept:
        sentences.insert(0, "The dates that were chosen cannot all stand.")
        ways.insert(0, Relaxation(words="Plan without the chosen dates", wish=replace(ground.wish, kept=())))
    return NoPlan(sentences=tuple(dict.fromkeys(sentences)), relaxations=tuple(ways))


def _relaxation(wish: CourseWish, way: WayOut) -> Relaxation:
    if not way.kinds <= _CLINIC_GRANTS:
        return Relaxation(words=way.words, wish=None)
    return Relaxation(
        words=way.words,
        wish=replace(
            wish,
            only_physician=wish.only_physician and Relax.PHYSICIAN not in way.kinds,
            pass_hours=wish.pass_hours or Relax.PATIENT_HOURS in way.kinds,
            pass_begin=wish.pass_begin or Relax.BEGIN in way.kinds,
        ),
    )


def _membership_words(ground: Ground, answer: NoCourse) -> tuple[str, ...]:
    """Return that the membership has no room in a month that matters to the visit that cannot be placed."""
    sessions = sum(step.kind is Kind.SESSION for step in ground.problem.steps)
    if answer.index is not None and ground.problem.steps[answer.index].kind is not Kind.SESSION:
        return ()
    first = date.fromordinal(answer.first_day or ground.course.today)
    last = date.fromordinal(answer.last_day) if answer.last_day else date.max
    return tuple(
        days.words for days in ground.months if days.left < sessions and days.first <= last and first < days.end
    )


def _calendar_words(session: Session, ground: Ground, answer: NoCourse) -> tuple[str, ...]:
    """Return why no time is free on the days of the visit that cannot be placed."""
    if answer.index is None or answer.first_day is None:
        return ()
    step, course = ground.problem.steps[answer.index], ground.course
    first = date.fromordinal(max(answer.first_day, course.today))
    last = date.fromordinal(max(answer.last_day or 0, first.toordinal()))
    last = min(last, first + _LONGEST_LOOK)
    if any(first.toordinal() <= time.day <= last.toordinal() for time in step.candidates):
        return ()
    return why_removed(
        session,
        visit_type_code=step.visit_type,
        patient_id=course.patient.id,
        first_day=first,
        last_day=last,
        now=course.now,
    )
