"""Proposing a whole course of dates against the real calendar, explained."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.policies import queries as policies
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries import OfferedSlot
from clinic.scheduling.queries.covering import is_asked
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.arrangement import problems_of
from clinic.treatment.queries.candidates import CourseFacts, Ground, course_facts, ground_of
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.proposals import CourseProposal, NoPlan, ProposedVisit, Relaxation, Slack
from clinic.treatment.queries.refusing import no_plan, nothing_left
from clinic.treatment.queries.warning import warnings_of
from clinic.treatment.rules.courses import LATER_WORDS, STYLE_WORDS, CourseStyle, CourseWish, Problem
from clinic.treatment.rules.keeping import plan_keeping
from clinic.treatment.rules.planning import Candidate, Course, Kind, NoCourse, Relax, alternatives, plan, slack
from clinic.treatment.rules.planning import Slack as Leeway
from clinic.treatment.rules.planning.words import counted, day_words

__all__ = [
    "CourseProposal",
    "NoPlan",
    "ProposedVisit",
    "Relaxation",
    "Slack",
    "alternative_courses",
    "course_problems",
    "propose_course",
]
_OTHERS = 3
MOST_COMPARED = 3
LATER = timedelta(days=3)
_STYLES = {style.value: style for style in CourseStyle}


def propose_course(
    session: Session, *, plan_id: UUID, wish: CourseWish, now: datetime, by: Actor | None = None
) -> CourseProposal:
    """Return the best course of the dates that are missing, or why there is none and what would help.

    What is proposed can be booked `by` that person; None is anybody, for whom the membership has to cover it. Raises
    UnknownPlan and WishRefused.
    """
    ground = _ground(session, plan_id, wish, now=now, by=by)
    answer = plan_keeping(ground.problem, wish.kept) if ground.slots is not None else None
    return _proposal(session, ground, answer)


def alternative_courses(
    session: Session, *, plan_id: UUID, wish: CourseWish, now: datetime, by: Actor | None = None
) -> tuple[CourseProposal, ...]:
    """Return up to three courses that differ, the wished one first; none when there is none. Raises as above."""
    ground = _ground(session, plan_id, wish, now=now, by=by)
    if ground.slots is None:
        return ()
    answer = plan(ground.problem, relax=False)
    if isinstance(answer, NoCourse):
        return ()
    found = [_proposal(session, ground, one) for one in (answer, *alternatives(ground.problem, answer))]
    if len(found) < MOST_COMPARED:
        day = date.fromordinal(answer.visits[0].candidate.day) + LATER
        found += _begun_on(session, plan_id, replace(wish, first_day=day), now=now, by=by)
    return tuple(found)


def _begun_on(
    session: Session, plan_id: UUID, wish: CourseWish, *, now: datetime, by: Actor | None
) -> Iterator[CourseProposal]:
    """Yield the best course that begins some days later than another: people like to choose."""
    ground = _ground(session, plan_id, wish, now=now, by=by)
    answer = plan(ground.problem, relax=False) if ground.slots is not None else None
    if isinstance(answer, Course):
        yield replace(_proposal(session, ground, answer), label=LATER_WORDS)


def course_problems(session: Session, plan: TreatmentPlan, *, now: datetime) -> tuple[Problem, ...]:
    """Return which booked visits of a plan no longer fit, in time order; nothing is searched for."""
    return problems_of(session, course_facts(session, plan, now=now))


def _ground(session: Session, plan_id: UUID, wish: CourseWish, *, now: datetime, by: Actor | None) -> Ground:
    facts = course_facts(session, plan_by_id(session, plan_id), now=now)
    begins = date.fromordinal(facts.today + policies.number(session, PolicyKey.COURSE_LEAD_DAYS))
    return ground_of(session, facts, wish, not_before=begins, is_asked_for_money=is_asked(by))


def _proposal(session: Session, ground: Ground, answer: Course | NoCourse | None) -> CourseProposal:
    course = ground.course
    booked = tuple(booked_visits(course))
    refusal = None
    new: tuple[ProposedVisit, ...] = ()
    if answer is None:
        refusal = nothing_left(ground)
    elif isinstance(answer, NoCourse):
        refusal = no_plan(session, ground, answer)
    else:
        new = tuple(_new_visits(ground, answer))
    style = _STYLES[answer.style.value] if isinstance(answer, Course) else ground.wish.style
    return CourseProposal(
        plan_id=course.plan.id,
        plan_version=course.plan.version,
        zone=course.zone,
        label=STYLE_WORDS[style],
        wish=replace(ground.wish, style=style),
        visits=tuple(sorted((*booked, *new), key=lambda visit: visit.starts_at)),
        sentences=tuple(_summary(course, new)),
        refusal=refusal,
        warnings=warnings_of(session, ground, new),
        fingerprint=_fingerprint(course, new),
    )


def booked_visits(course: CourseFacts) -> Iterator[ProposedVisit]:
    """Yield the sessions and reviews that are booked, as parts of a course."""
    planned = [("session", row.number, row.visit) for row in course.progress.planned]
    reviews = [("review", None, row) for row in course.progress.review_visits]
    for kind, number, row in [*planned, *reviews]:
        yield ProposedVisit(
            number=number,
            kind=kind,
            visit_type=row.visit_type_code,
            name=row.visit_name,
            name_es=row.visit_name_es,
            physician_id=row.physician_id,
            physician_name=row.physician_name,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            appointment_id=row.id,
        )


def _new_visits(ground: Ground, found: Course) -> Iterator[ProposedVisit]:
    slots = ground.slots
    assert slots is not None
    late = {each.at for each in found.relaxed if each.kind is Relax.BEGIN}
    for index, ((step, time), leeway) in enumerate(zip(found.visits, slack(ground.problem, found), strict=True)):
        kind = slots.kinds[step.visit_type]
        begins_late = ("Later than within two weeks",) if index in late else ()
        yield ProposedVisit(
            number=step.number if step.kind is Kind.SESSION else None,
            kind=step.kind.value,
            visit_type=step.visit_type,
            name=kind.name,
            name_es=kind.name_es,
            physician_id=time.physician_id,
            physician_name=slots.physicians[time.physician_id].name,
            starts_at=instant(time.starts_at),
            ends_at=instant(time.ends_at),
            slack=_slack(ground, leeway, planned=time),
            breaks=(*_breaks(ground, time), *begins_late),
        )


def _breaks(ground: Ground, time: Candidate) -> Iterator[str]:
    """Yield which wishes a time does not meet."""
    assert ground.slots is not None
    if time.is_other or Relax.PHYSICIAN in time.breaks:
        yield f"With {ground.slots.physicians[time.physician_id].name}, not the usual physician"
    if time.is_outside or Relax.PATIENT_HOURS in time.breaks:
        yield "Outside the wished hours"
    if Relax.SUPPORT_HOURS in time.breaks:
        yield "Outside the support person\u2019s hours"


def _slack(ground: Ground, leeway: Leeway, *, planned: Candidate) -> Slack:
    nearest = sorted(
        (time for time in leeway.candidates if time.starts_at != planned.starts_at),
        key=lambda time: (abs(time.starts_at - planned.starts_at), time.is_other, str(time.physician_id)),
    )
    return Slack(
        first_day=date.fromordinal(leeway.first_day),
        last_day=date.fromordinal(leeway.last_day),
        slots_left=len(leeway.candidates),
        others=tuple(offered(ground, time) for time in _spread(nearest)),
        words=leeway.words,
    )


def _spread(nearest: Sequence[Candidate]) -> list[Candidate]:
    """Return up to three times, each on a day of its own as far as there are days."""
    by_day: dict[int, Candidate] = {}
    by_start: dict[int, Candidate] = {}
    for time in nearest:
        by_day.setdefault(time.day, time)
        by_start.setdefault(time.starts_at, time)
    rest = [time for time in by_start.values() if time not in by_day.values()]
    return sorted([*by_day.values(), *rest][:_OTHERS], key=lambda time: time.starts_at)


def offered(ground: Ground, time: Candidate) -> OfferedSlot:
    """Return a time with the name of its physician."""
    assert ground.slots is not None
    who = ground.slots.physicians[time.physician_id]
    return OfferedSlot(who.id, who.name, who.zone, instant(time.starts_at), instant(time.ends_at))


def instant(epoch: int) -> datetime:
    """Return epoch seconds as an instant in UTC."""
    return datetime.fromtimestamp(epoch, UTC)


def _summary(course: CourseFacts, new: Sequence[ProposedVisit]) -> Iterator[str]:
    if not new:
        return
    first, last = (course.day_of(visit.starts_at) for visit in (new[0], new[-1]))
    count = counted(len(new), "visit")
    yield f"{count} on {day_words(first)}." if first == last else f"{count}, {day_words(first)} to {day_words(last)}."
    outside = sum(bool(visit.breaks) for visit in new)
    if outside:
        yield f"{outside} of them {'does' if outside == 1 else 'do'} not meet every wish."


def _fingerprint(course: CourseFacts, new: Sequence[ProposedVisit]) -> str:
    said = [str(course.plan.version), *(f"{one.visit_type}{one.physician_id}{one.starts_at}" for one in new)]
    return sha256("\n".join(said).encode()).hexdigest()[:32]
