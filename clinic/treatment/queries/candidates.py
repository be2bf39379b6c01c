"""What a course is planned on: where the plan stands, what remains, and every free time that could serve it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import edge_instant, in_zone
from clinic.scheduling.queries import CourseSlots, course_slots, visit_types
from clinic.scheduling.queries.calendar import PatientFacts, patient_facts
from clinic.scheduling.queries.covering import Cover, CoveredDays, cover_of
from clinic.scheduling.queries.hours import shape_of
from clinic.scheduling.rules.visits import margins
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.protocols import rules_of_plan
from clinic.treatment.queries.rooms import Rooms, covered_months, limits_at, room_at, small_rooms, without_sessions
from clinic.treatment.queries.sessions import Progress, progress
from clinic.treatment.rules.courses import CourseStyle, CourseWish
from clinic.treatment.rules.hours import hours_of
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.planning import (
    Anchor,
    Candidate,
    Kind,
    Limit,
    Outline,
    Problem,
    Relax,
    Standing,
    Style,
    Wishes,
    anchor,
    candidates_of,
    day_of,
    outline_of,
    problem_of,
)
from clinic.treatment.rules.planning.wishes import FreeTime
from clinic.treatment.rules.protocols import Protocol

STYLES: Mapping[CourseStyle, Style] = {
    CourseStyle.SOONEST: Style.SOONEST,
    CourseStyle.EVEN: Style.EVEN,
    CourseStyle.WISHED_HOURS: Style.WISHED,
}
_LATEST = time(23, 59)
_BESIDE_SESSIONS = 2
"""So many visits to the physician fall in one week of a course at the most, apart from its sessions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFacts:
    """A plan with its rules, how far it is, and the patient as known now."""

    plan: TreatmentPlan
    protocol: Protocol
    progress: Progress
    patient: PatientFacts
    now: datetime

    @property
    def phase(self) -> Phase:
        """Return the plan's phase."""
        return Phase(self.plan.phase)

    @property
    def zone(self) -> str:
        """Return the patient's zone, in which days are counted."""
        return self.patient.zone

    @property
    def today(self) -> int:
        """Return the patient's day as an ordinal."""
        return day_of(int(self.now.timestamp()), self.zone)

    def day_of(self, instant: datetime) -> int:
        """Return the patient's day of an instant as an ordinal."""
        return day_of(int(instant.timestamp()), self.zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A course with what remains to be planned and the free times for it; without steps nothing was loaded.

    `uncovered` says why the membership leaves all sessions out, `months` in which of its months few are left.
    """

    course: CourseFacts
    wish: CourseWish
    outline: Outline
    problem: Problem
    slots: CourseSlots | None
    lacking: tuple[str, ...] = ()
    uncovered: str = ""
    months: tuple[CoveredDays, ...] = ()

    def offers(self, code: str, physician_id: UUID, starts_at: datetime) -> bool:
        """Tell whether a time is among the free ones."""
        found = self.slots.found.get(code) if self.slots is not None else None
        wanted = (physician_id, int(starts_at.timestamp()))
        return found is not None and any((time.physician_id, time.starts_at) == wanted for time in found.slots)

    def limits_at(self, code: str, physician_id: UUID, starts_at: datetime) -> list[Limit]:
        """Return the caps of which a visit then takes one of few places."""
        if self.slots is None:
            return []
        rooms = small_rooms(self.slots.caps, code, visits=self.outline.weekly_most + _BESIDE_SESSIONS)
        return limits_at(rooms, physician_id, int(starts_at.timestamp()))

    def name_of(self, physician_id: UUID) -> str:
        """Return the name of a physician who sees patients."""
        return self.slots.physicians[physician_id].name if self.slots is not None else ""


def course_facts(session: Session, plan: TreatmentPlan, *, now: datetime) -> CourseFacts:
    """Return a plan with all that its dates are judged by."""
    return CourseFacts(
        plan=plan,
        protocol=rules_of_plan(session, plan),
        progress=progress(session, plan, now=now),
        patient=patient_facts(session, plan.patient_id),
        now=now,
    )


def standing_of(course: CourseFacts, *, first_day: date | None = None, moving: Collection[UUID] = ()) -> Standing:
    """Return where a course stands; booked sessions stay as they are, apart from those `moving`."""
    done = course.progress
    taken = [_prior(course)] if course.plan.prior_session_on is not None else []
    taken += [anchor_of(course, row.starts_at, row.ends_at) for row in done.taken]
    kept = [row for row in done.planned if row.appointment_id not in moving]
    return Standing(
        today=course.today,
        first_day=first_day.toordinal() if first_day else None,
        taken=tuple(taken),
        in_phase=done.taken_in_phase,
        kept=tuple(anchor_of(course, row.starts_at, row.ends_at) for row in kept),
        reviews=tuple(sorted(course.day_of(at) for at in (*done.reviews_done, *done.reviews_booked))),
        started=course.day_of(course.plan.started_at),
        induction_ended=_induction_ended(course),
    )


def anchor_of(course: CourseFacts, starts_at: datetime, ends_at: datetime) -> Anchor:
    """Return a session as the planner takes it."""
    return anchor(int(starts_at.timestamp()), int(ends_at.timestamp()), zone=course.zone)


def ground_of(
    session: Session,
    course: CourseFacts,
    wish: CourseWish,
    *,
    outline: Outline | None = None,
    moving: Collection[UUID] = (),
    not_before: date | None = None,
    is_asked_for_money: bool = False,
) -> Ground:
    """Load every time that could serve a course; visits `moving` give up theirs.

    `not_before` is the first day to plan for unless the wish names one. With `is_asked_for_money` new sessions are
    those that the membership covers.

    Times that go against what patient, support person or caller wish are among them and marked.
    """
    if outline is None:
        standing = standing_of(course, first_day=wish.first_day or not_before, moving=moving)
        outline = outline_of(course.protocol, course.phase, standing, how_many=wish.how_many or 1)
    cover = cover_of(session, course.patient.id, now=course.now) if is_asked_for_money else None
    uncovered = cover.stopped if cover and any(step.kind is Kind.SESSION for step in outline.steps) else ""
    outline = without_sessions(outline) if uncovered else outline
    codes = sorted({step.visit_type for step in outline.steps})
    offered = {kind.code for kind in visit_types(session)}
    lacking = tuple(code for code in codes if code not in offered)
    nothing = problem_of(outline, {})
    known = Ground(course=course, wish=wish, outline=outline, problem=nothing, slots=None, uncovered=uncovered)
    if not codes or lacking:
        return replace(known, lacking=lacking)
    slots = course_slots(
        session,
        patient_id=course.patient.id,
        visit_type_codes=codes,
        first_day=date.fromordinal(outline.first_day),
        last_day=date.fromordinal(outline.last_day),
        now=course.now,
        beside=moving,
    )
    return _with_times(known, slots, cover)


def _with_times(known: Ground, slots: CourseSlots, cover: Cover | None) -> Ground:
    course, outline, wish = known.course, known.outline, known.wish
    months = cover.months(slots.first_day, slots.last_day) if cover else ()
    few = covered_months(cover, months, visits=len(outline.steps)) if cover else None
    kinds = {step.visit_type: step.kind for step in reversed(outline.steps)}
    problem = problem_of(
        outline,
        {code: _candidates(known, slots, kind=kind, code=code, few=few) for code, kind in kinds.items()},
        style=STYLES[wish.style],
        allow=allowed_by(wish),
        horizon_day=course.today + min(kind.horizon_days for kind in slots.kinds.values()),
        margins={code: margins(shape_of(kind)) for code, kind in slots.kinds.items()},
    )
    return replace(known, problem=problem, slots=slots, months=months)


def allowed_by(wish: CourseWish) -> frozenset[Relax]:
    """Return what somebody granted for this course; the program's own numbers are the physician's to change."""
    granted = {Relax.PATIENT_HOURS: wish.pass_hours, Relax.BEGIN: wish.pass_begin}
    return frozenset(kind for kind, is_granted in granted.items() if is_granted)


def wishes_of(course: CourseFacts, wish: CourseWish, kind: Kind) -> Wishes:
    """Return what a time is seen by; nobody has to be with the patient when the physician only talks."""
    plan = course.plan
    return Wishes(
        zone=course.zone,
        physician_id=wish.physician_id or plan.physician_id,
        is_only_physician=wish.only_physician,
        patient_hours=hours_of(plan.patient_hours, field="patient_hours"),
        are_hours_strict=plan.are_patient_hours_strict,
        support_hours=hours_of(plan.support_hours, field="support_hours") if kind is Kind.SESSION else (),
        usual_minute=_usual_minute(course),
    )


def _candidates(
    known: Ground, slots: CourseSlots, *, kind: Kind, code: str, few: Rooms | None
) -> tuple[Candidate, ...]:
    """Return the times of one kind of visit; a session takes a place in one of the `few` months of a membership."""
    rooms = small_rooms(slots.caps, code, visits=known.outline.weekly_most + _BESIDE_SESSIONS)

    def limits_of(time: FreeTime, _day: int) -> list[Limit]:
        found = limits_at(rooms, time.physician_id, time.starts_at)
        month = room_at(few, time.starts_at) if few and kind is Kind.SESSION else None
        return [*found, month] if month else found

    has_limits = bool(rooms or (few and few.begins))
    wishes = wishes_of(known.course, known.wish, kind)
    return candidates_of(slots.found[code].slots, wishes, limits_of=limits_of if has_limits else None)


def _induction_ended(course: CourseFacts) -> int | None:
    """Return the day of the last session of induction, once another phase has begun."""
    if course.phase is Phase.INDUCTION:
        return None
    taken = [row.starts_at for row in course.progress.taken if row.phase is Phase.INDUCTION]
    return course.day_of(taken[-1]) if taken else None


def _prior(course: CourseFacts) -> Anchor:
    """Return the last session before the plan; the hour is not known, so it counts to the end of its day."""
    day = course.plan.prior_session_on
    assert day is not None
    at = edge_instant(day, _LATEST, course.zone)
    return anchor_of(course, at, at)


def _usual_minute(course: CourseFacts) -> int | None:
    known = [*course.progress.taken, *course.progress.planned]
    if not known:
        return None
    at = in_zone(known[-1].starts_at, course.zone)
    return at.hour * 60 + at.minute
