"""Courses of treatment at the demo clinic: somebody in every phase, played by the actions that pages call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import Journey
from clinic.cli.demo.stage import Act
from clinic.kernel.actor import Actor
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import UPCOMING, CancelReason
from clinic.treatment import actions as treatment
from clinic.treatment import queries as plans
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.offers import offer_courses
from clinic.treatment.actions.tapers import start_taper
from clinic.treatment.queries.courses import alternative_courses, propose_course
from clinic.treatment.rules.courses import CourseStyle, CourseWish
from clinic.treatment.rules.phases import Phase

_ELSEWHERE = "The course so far was with another clinic; its records were read."
_COMPLETED = "The first course is completed and was talked through."
_LONGER_GAPS = "Wishes to come less often, step by step."
_RELAPSE_PLAN = "If the low mood is back for two weeks, or work is missed because of it: call, and we meet within days."
_DECIDED_AGAINST = "Decided to stay with the present care."
_INDICATIONS = ("Depression", "Anxiety", "PTSD", "Chronic pain")
_MORNINGS = [[day, "09:00", "13:00"] for day in range(5)]
_AFTERNOONS_AND_WEEKEND = [*([day, "12:00", "20:00"] for day in range(5)), [5, "08:00", "20:00"], [6, "08:00", "20:00"]]
_SUPPORT = (("Jordan Ellis", "+13055550171"), ("Robin Castillo", "+12015550172"), ("Sam Novak", "+18505550173"))

_SUPPLIED = timedelta(days=4)
"""No session is planned before the first parcel can be there."""

_P = Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How far a patient has come: the first visit so many days ago, what came before it, phases entered since.

    `begins` is the day of the planned dates counted from today, None plans none; `misses` is the number of the visit
    that the patient does not come to, and calls off the next two; with `chooses` the dates are offered and not booked;
    `tapers` are the gaps in days of a taper that the physician starts.
    """

    seen: int
    phases: tuple[tuple[Phase, str], ...] = ()
    prior_sessions: int = 0
    prior_ago: int = 0
    begins: int | None = None
    misses: int | None = None
    chooses: bool = False
    tapers: tuple[int, ...] = ()
    hours: Sequence[Sequence[Any]] = ()
    support_hours: Sequence[Sequence[Any]] = ()


_BEGUN = ((_P.INDUCTION, ""),)
_KEPT = ((_P.INDUCTION, _ELSEWHERE), (_P.MAINTENANCE, _ELSEWHERE))
_AFTER = ((_P.INDUCTION, _ELSEWHERE), (_P.AFTERCARE, _LONGER_GAPS))

PARTS: Mapping[int, Part] = MappingProxyType(
    {
        2: Part(seen=20, phases=_KEPT, prior_sessions=6, prior_ago=41),
        7: Part(seen=22, phases=_KEPT, prior_sessions=9, prior_ago=35),
        9: Part(seen=18, phases=_KEPT, prior_sessions=7, prior_ago=38),
        11: Part(seen=24, phases=_KEPT, prior_sessions=12, prior_ago=33),
        13: Part(seen=21, phases=_KEPT, prior_sessions=8, prior_ago=36),
        19: Part(seen=16, phases=_AFTER, prior_sessions=10, prior_ago=26),
        27: Part(seen=28, phases=_BEGUN, begins=-26, hours=_MORNINGS),
        28: Part(seen=27, phases=_BEGUN, begins=-13, support_hours=_AFTERNOONS_AND_WEEKEND),
        29: Part(seen=14, phases=_BEGUN, begins=-9, misses=2),
        30: Part(seen=9, phases=_BEGUN, begins=3, hours=_MORNINGS),
        31: Part(seen=17, phases=_KEPT, prior_sessions=6, prior_ago=74),
        32: Part(seen=15, phases=_KEPT, prior_sessions=8, prior_ago=44),
        33: Part(seen=0, phases=_KEPT, prior_sessions=6, prior_ago=118),
        34: Part(seen=13, phases=_KEPT, prior_sessions=11, prior_ago=25, begins=5, tapers=(30, 45, 60, 90)),
        35: Part(seen=11, phases=((_P.ENDED, _DECIDED_AGAINST),)),
        36: Part(seen=8, phases=_BEGUN, begins=3, chooses=True, support_hours=_AFTERNOONS_AND_WEEKEND),
        37: Part(seen=7, phases=()),
        38: Part(seen=10, phases=_KEPT, prior_sessions=6, prior_ago=30, begins=6),
        50: Part(seen=0),
        52: Part(seen=0),
    }
)
"""Who has a plan, by the place in the list."""

IN_EVALUATION = frozenset({50, 52})
"""Those whose plan a coordinator opened before the first visit."""

RETURNING = 33
"""Somebody who came long ago and whose plan a physician takes up without having seen the patient again."""


@dataclass
class Course:
    """One patient's plan, from its first step on."""

    desk: Desk
    journey: Journey
    part: Part
    today: date
    plan_id: UUID | None = None
    after_beginning: Act | None = None

    def open_by_desk(self) -> None:
        """Let a coordinator open the plan of somebody whose first visit is ahead."""
        self._open(by=self.desk.anybody(), physician_id=next(iter(self.desk.team.physicians)))

    def begin(self) -> None:
        """Let the physician open the plan after the first visit, and go on."""
        indication = self.journey.chance.choice(_INDICATIONS)
        self._open(by=self._physician(), physician_id=self._physician_id(), indication=indication)
        self.go_on()

    def take_up(self) -> None:
        """Let a coordinator open the plan of somebody who comes back, and the physician take it up unseen."""
        self.journey.physician_id = next(iter(self.desk.team.physicians))
        self.open_by_desk()
        self.go_on()

    def go_on(self) -> None:
        """Go on with a plan that was just opened or taken up."""
        at, now = self.desk.stage.at, self.desk.now
        for number, (phase, reason) in enumerate(self.part.phases, start=1):
            at(now + timedelta(minutes=number), partial(self._enter, phase, reason))
        if self.part.tapers:
            at(now + timedelta(minutes=15), self._start_taper)
        at(now + timedelta(minutes=20), self._note_wishes)
        if self.after_beginning:
            at(now + timedelta(minutes=40), self.after_beginning)
        if self.part.chooses:
            at(self.desk.in_hours(self.desk.stage.until - timedelta(hours=3)), self._offer)
        elif self.part.begins is not None:
            at(now + timedelta(minutes=30), self._plan_dates)

    def _open(self, *, by: Actor, physician_id: UUID, indication: str | None = None) -> None:
        ago = timedelta(days=self.part.prior_ago)
        with self.desk.stage.runtime.begin(by=by) as session:
            plan = treatment.open_plan(
                session,
                patient_id=self.journey.patient_id,
                physician_id=physician_id,
                indication=indication,
                prior_sessions=self.part.prior_sessions,
                prior_session_on=self.today - ago if ago else None,
                by=by,
                now=self.desk.now,
            )
            self.plan_id = plan.id

    def _enter(self, phase: Phase, reason: str) -> None:
        by = self._physician()
        with self.desk.stage.runtime.begin(by=by) as session:
            plan = plans.plan(session, self._plan())
            treatment.enter_phase(
                session, plan_id=plan.id, phase=phase, reason=reason, version=plan.version, by=by, now=self.desk.now
            )

    def _start_taper(self) -> None:
        """Let the physician end the plan step by step."""
        by = self._physician()
        with self.desk.stage.runtime.begin(by=by) as session:
            start_taper(
                session,
                plan_id=self._plan(),
                gaps_days=self.part.tapers,
                reason=_LONGER_GAPS,
                relapse_plan=_RELAPSE_PLAN,
                version=plans.plan(session, self._plan()).version,
                by=by,
                now=self.desk.now,
            )

    def _note_wishes(self) -> None:
        """Let a coordinator write down when the patient can come and who will be there."""
        if Phase.ENDED in dict(self.part.phases):
            return
        by = self.desk.anybody()
        name, phone = self.journey.chance.choice(_SUPPORT)
        with self.desk.stage.runtime.begin(by=by) as session:
            plan = plans.plan(session, self._plan())
            treatment.set_preferences(
                session,
                plan_id=plan.id,
                patient_hours=self.part.hours,
                are_patient_hours_strict=False,
                support_name=name,
                support_phone=phone,
                support_hours=self.part.support_hours,
                place=None,
                version=plan.version,
                by=by,
                now=self.desk.now,
            )

    def _plan_dates(self) -> None:
        """Book all dates of the course at once."""
        by, now = self.desk.anybody(), self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            found = propose_course(session, plan_id=self._plan(), wish=self._wish(), now=now)
            if found.refusal is not None:
                return
            booked = commit_course(
                session,
                plan_id=found.plan_id,
                visits=found.chosen(),
                version=found.plan_version,
                by=by,
                now=now,
                ring=self.desk.stage.runtime.link_ring,
            )
        self._expect(booked)

    def _offer(self) -> None:
        by, now = self.desk.anybody(), self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            found = alternative_courses(session, plan_id=self._plan(), wish=self._wish(), now=now)
            if found:
                ring = self.desk.stage.runtime.link_ring
                offer_courses(session, plan_id=self._plan(), proposals=found, by=by, now=now, ring=ring)

    def _wish(self) -> CourseWish:
        assert self.part.begins is not None
        first_day = self.today + timedelta(days=self.part.begins)
        soonest = self.desk.day(self.desk.now) + (_SUPPLIED if first_day < self.today else timedelta())
        return CourseWish(first_day=max(first_day, soonest), style=CourseStyle.EVEN)

    def _expect(self, booked: Sequence[Appointment]) -> None:
        """Plan who comes to what, and what follows the last visit of a first course."""
        sessions = [visit for visit in booked if visit.visit_type_code.endswith("session")]
        missed = sessions[self.part.misses - 1 : self.part.misses + 2] if self.part.misses else []
        for visit in booked:
            self.desk.stage.at(visit.starts_at - timedelta(hours=30), partial(self._follow, visit))
            if visit in missed:
                continue
            self.desk.stage.at(visit.starts_at + timedelta(minutes=2), partial(self._come, visit))
        if missed:
            self.desk.stage.at(missed[0].starts_at + timedelta(minutes=21), partial(self._fall_out, *missed))
        if self.part.phases == _BEGUN:
            after = booked[-1].ends_at + timedelta(hours=1)
            self.desk.stage.at(after, partial(self._enter, Phase.MAINTENANCE, _COMPLETED))

    def _follow(self, visit: Appointment) -> None:
        self.journey.owner.visit_id = visit.id

    def _fall_out(self, missed: Appointment, *following: Appointment) -> None:
        """Let a patient miss a visit and call off the next two, so that the later dates no longer fit.

        Sessions are at least three days apart: without three of them the gap is longer than any plan allows.
        """
        self.desk.miss(missed.id)
        for visit in following:
            self.desk.cancel(visit.id, CancelReason.PATIENT_CONFLICT)

    def _come(self, visit: Appointment) -> None:
        if self.desk.look_up(visit.id).state in UPCOMING:
            self.desk.receive(visit)
            self.desk.stage.at(visit.ends_at + timedelta(minutes=3), partial(self.desk.complete, visit))

    def _plan(self) -> UUID:
        assert self.plan_id is not None
        return self.plan_id

    def _physician_id(self) -> UUID:
        assert self.journey.physician_id is not None
        return self.journey.physician_id

    def _physician(self) -> Actor:
        return self.desk.team.physicians[self._physician_id()]


def first_day(place: int, today: date) -> date | None:
    """Return the day of the first visit of somebody who has a plan, if that is past."""
    part = PARTS.get(place)
    return today - timedelta(days=part.seen) if part and part.seen else None
