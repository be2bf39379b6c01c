"""Whatever happens to a course, what a re-flow proposes can be accepted, keeps every gap and moves nothing else."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from clinic.kernel.errors import DomainError
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.errors import ReflowRefused
from clinic.treatment.queries.courses import course_problems, propose_course
from clinic.treatment.queries.reflow import propose_reflow
from clinic.treatment.rules.courses import CourseStyle, CourseWish
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING

ROUNDS = 4
ALL_ANEW = "what a refusal needs that names nothing"


class Town:
    """A clinic with two physicians, some of whose time is taken, and one patient with a booked course."""

    def __init__(self, course_clinic, seed):
        self.session = course_clinic.session
        self.chance = chance = Random(seed)  # noqa: S311 - a town made up alike in every run
        self.physicians = [course_clinic.okafor.id, course_clinic.physician("Dr. Bea Lindqvist")[0].id]
        self.others = [course_clinic.patient() for _ in range(3)]
        self.plan = course_clinic.plan()
        self.now = NOW
        for _ in range(12):
            self.try_to(self.take_a_time)
        wish = CourseWish(style=chance.choice(list(CourseStyle)))
        proposal = propose_course(self.session, plan_id=self.plan.id, wish=wish, now=NOW)
        self.commit(proposal.chosen())

    def commit(self, visits):
        known = {"version": self.plan.version, "by": COORDINATOR, "now": self.now, "ring": RING}
        return commit_course(self.session, plan_id=self.plan.id, visits=visits, **known)

    def try_to(self, what):
        try:
            with self.session.begin_nested():
                what()
        except DomainError:
            pass

    def at(self):
        return NOW.replace(hour=14) + timedelta(
            days=self.chance.randrange(1, 28), minutes=15 * self.chance.randrange(32)
        )

    def take_a_time(self):
        scheduling.book_now(
            self.session,
            visit_type_code="follow_up",
            patient_id=self.chance.choice(self.others).id,
            physician_id=self.chance.choice(self.physicians),
            starts_at=self.at(),
            by=COORDINATOR,
            now=self.now,
            ring=RING,
        )

    def sessions(self):
        wanted = select(Appointment).where(
            Appointment.patient_id == self.plan.patient_id,
            Appointment.visit_type_code == "induction_session",
            Appointment.state == "booked",
            Appointment.starts_at > self.now,
        )
        return list(self.session.scalars(wanted.order_by(Appointment.starts_at)))

    def disturb(self, times):
        what = [self.move_one, self.move_one, self.move_one, self.cancel_one, self.take_a_time, self.time_passes]
        for _ in range(times):
            self.try_to(self.chance.choice(what))
        self.session.flush()

    def move_one(self):
        visit = self.chance.choice(self.sessions())
        starts_at = visit.starts_at + timedelta(
            days=self.chance.choice([-2, -1, 1, 2, 3, 8]), hours=self.chance.randrange(4)
        )
        where = {"physician_id": self.chance.choice(self.physicians), "starts_at": starts_at}
        scheduling.move(self.session, appointment_id=visit.id, by=COORDINATOR, now=self.now, ring=RING, **where)

    def cancel_one(self):
        visit = self.chance.choice(self.sessions())
        reason = CancelReason.PATIENT_REQUEST
        scheduling.cancel(self.session, appointment_id=visit.id, reason=reason, by=COORDINATOR, now=self.now)

    def time_passes(self):
        """Let the next session take place, or not."""
        visit = self.sessions()[0]
        self.now = visit.ends_at + timedelta(minutes=5)
        if self.chance.random() < 0.6:
            arrive(self.session, appointment_id=visit.id, by=COORDINATOR, now=visit.starts_at)
            scheduling.complete(self.session, appointment_id=visit.id, by=COORDINATOR, now=self.now)
        else:
            scheduling.mark_no_show(self.session, appointment_id=visit.id, by=COORDINATOR, now=self.now)

    def times(self):
        rows = self.session.execute(select(Appointment.id, Appointment.starts_at, Appointment.state))
        return {visit_id: (starts_at, state) for visit_id, starts_at, state in rows}


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_reflow_never_breaks_a_gap_and_moves_only_what_it_names(course_clinic, seed):
    town = Town(course_clinic, seed)
    for _ in range(3):
        town.disturb(3)
        proposal = propose_reflow(town.session, plan_id=town.plan.id, now=town.now)
        before = town.times()
        if proposal.refusal or not proposal.changes:
            continue
        named = {row.appointment_id: row for row in proposal.changes if row.appointment_id}
        accept(town, proposal, [row.key for row in proposal.changes])
        assert course_problems(town.session, town.plan, now=town.now) == ()
        after = town.times()
        assert {visit_id for visit_id in before if before[visit_id] != after[visit_id]} == set(named)
        assert {visit_id: after[visit_id][0] for visit_id, row in named.items() if row.what == "move"} == {
            visit_id: row.to_starts_at for visit_id, row in named.items() if row.what == "move"
        }


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_any_part_of_a_reflow_either_leaves_no_new_problem_or_is_refused_with_what_it_needs(course_clinic, seed):
    town = Town(course_clinic, 1000 + seed)
    town.disturb(5)
    proposal = propose_reflow(town.session, plan_id=town.plan.id, now=town.now)
    known = {one.appointment_id for one in course_problems(town.session, town.plan, now=town.now)}
    for _ in range(3):
        part = [row.key for row in proposal.changes if town.chance.random() < 0.5]
        if not part:
            continue
        savepoint = town.session.begin_nested()
        needs = refused(town, proposal, part)
        assert not needs & {*part, ALL_ANEW}
        if not needs:
            left = {one.appointment_id for one in course_problems(town.session, town.plan, now=town.now)}
            assert left <= known
        savepoint.rollback()


def refused(town, proposal, keys):
    """Accept these, or return which others they need."""
    try:
        accept(town, proposal, keys)
    except ReflowRefused as refusal:
        return set(refusal.needs) or {ALL_ANEW}
    return set()


def accept(town, proposal, keys):
    wanted = {"rows": keys, "fingerprint": proposal.fingerprint, "by": COORDINATOR, "now": town.now, "ring": RING}
    return accept_reflow(town.session, plan_id=town.plan.id, **wanted)
