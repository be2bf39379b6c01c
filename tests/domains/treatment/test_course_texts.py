"""The one text about a course: it waits for the morning, names what is true then, and leads to all dates."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.access.models import Link
from clinic.messaging.models import Message
from clinic.reactions import GUARDS, keep_course
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.queries.reflow import propose_reflow
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.sending import plan_guard
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.domains.treatment.plan_makers import on

EVENING, MORNING = on("2026-11-23", 21), on("2026-11-24", 8)


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


@pytest.fixture
def made(session, plan):
    """A course that was booked in the evening."""
    visits = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=EVENING).chosen()
    known = {"version": plan.version, "by": COORDINATOR, "now": EVENING, "ring": RING}
    return commit_course(session, plan_id=plan.id, visits=visits, **known)


def waiting(session, plan):
    wanted = select(Message).where(Message.subject_id == plan.id, Message.state == "pending")
    return session.scalars(wanted).all()


def react(session, visit, now):
    keep_course(session, subject_id=visit.id, now=now, by=COORDINATOR)


def test_it_waits_for_the_morning_and_its_link_opens_until_after_the_last_date(session, plan, made):
    (text,) = waiting(session, plan)
    assert (text.template_key, text.due_at, text.expires_at) == ("COURSE_BOOKED", MORNING, made[0].starts_at)
    link = session.get(Link, text.link_id)
    assert made[-1].ends_at < link.expires_at < made[-1].ends_at + timedelta(days=1)
    assert GUARDS["plan"] is plan_guard


def test_when_the_first_date_moves_before_it_leaves_it_names_the_new_one(session, plan, made):
    where = {"physician_id": plan.physician_id, "starts_at": made[0].starts_at + timedelta(hours=2)}
    known = {"by": COORDINATOR, "now": EVENING, "ring": RING}
    scheduling.move(session, appointment_id=made[0].id, **where, **known)
    react(session, made[0], EVENING + timedelta(minutes=1))
    (text,) = waiting(session, plan)
    assert (text.template_key, text.due_at) == ("COURSE_BOOKED", MORNING)
    assert text.expires_at == where["starts_at"]
    react(session, made[0], EVENING + timedelta(minutes=2))
    assert [each.id for each in waiting(session, plan)] == [text.id]


def test_when_another_date_moves_the_text_stays_as_it_is(session, plan, made):
    (text,) = waiting(session, plan)
    reason = CancelReason.CLINIC_REQUEST
    scheduling.cancel(session, appointment_id=made[-1].id, reason=reason, by=COORDINATOR, now=EVENING)
    react(session, made[-1], EVENING + timedelta(minutes=1))
    assert [each.id for each in waiting(session, plan)] == [text.id]


def test_when_nothing_is_left_to_tell_of_no_text_leaves(session, plan, made):
    for visit in made:
        reason = CancelReason.CLINIC_REQUEST
        scheduling.cancel(session, appointment_id=visit.id, reason=reason, by=COORDINATOR, now=EVENING)
    react(session, made[0], EVENING + timedelta(minutes=1))
    assert waiting(session, plan) == []


def test_changes_after_the_course_was_told_are_told_as_changes(session, plan, made):
    (text,) = waiting(session, plan)
    text.state = "delivered"
    noon = on("2026-11-24", 12)
    second = [visit for visit in made if visit.visit_type_code == "induction_session"][1]
    where = {"physician_id": plan.physician_id, "starts_at": second.starts_at + timedelta(days=2)}
    scheduling.move(session, appointment_id=second.id, by=COORDINATOR, now=noon, ring=RING, **where)
    proposal = propose_reflow(session, plan_id=plan.id, now=noon)
    known = {"fingerprint": proposal.fingerprint, "by": COORDINATOR, "now": noon, "ring": RING}
    accept_reflow(session, plan_id=plan.id, rows=[row.key for row in proposal.changes], **known)
    (changed,) = waiting(session, plan)
    assert (changed.template_key, changed.due_at) == ("COURSE_CHANGED", noon + timedelta(seconds=180))
