"""A new link to a patient's dates, and tasks about offers that leave by themselves."""

import pytest
from sqlalchemy import select

from clinic.access.models import Link
from clinic.messaging.models import Message
from clinic.treatment.actions.closing import declined_key
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.declining import decline_offer
from clinic.treatment.actions.linking import send_new_course_link
from clinic.treatment.actions.offers import offer_courses, take_offer
from clinic.treatment.errors import NothingChosen, OfferClosed
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, patient_actor
from tests.domains.treatment.plan_makers import enter, take

BY_DESK = {"by": COORDINATOR, "now": NOW}


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


def offered(session, plan):
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    return offer_courses(session, plan_id=plan.id, proposals=[found], **BY_DESK, ring=RING)


def texts(session, plan):
    found = (
        select(Message.template_key, Message.state).where(Message.subject_id == plan.id).order_by(Message.created_at)
    )
    return [tuple(row) for row in session.execute(found)]


def states(session, key):
    session.expire_all()
    return list(session.scalars(select(WorkItem.state).where(WorkItem.dedupe_key == key)))


def test_a_new_link_replaces_the_old_one_and_says_what_there_is_to_choose(session, plan):
    offered(session, plan)
    link = session.scalars(select(Link).where(Link.resource_id == plan.id)).one()
    before = bytes(link.token_hash)
    send_new_course_link(session, plan_id=plan.id, **BY_DESK, ring=RING)
    session.refresh(link)
    assert bytes(link.token_hash) != before
    assert sorted(texts(session, plan)) == [("COURSE_OFFER", "canceled"), ("COURSE_OFFER", "pending")]


def test_with_booked_dates_the_text_names_the_next_one_and_what_waited_is_called_back(session, plan):
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    commit_course(session, plan_id=plan.id, visits=found.chosen(), version=plan.version, **BY_DESK, ring=RING)
    send_new_course_link(session, plan_id=plan.id, **BY_DESK, ring=RING)
    assert sorted(texts(session, plan)) == [("COURSE_BOOKED", "canceled"), ("COURSE_BOOKED", "pending")]


def test_without_any_date_there_is_no_link(session, plan):
    with pytest.raises(NothingChosen, match="Book or offer dates"):
        send_new_course_link(session, plan_id=plan.id, **BY_DESK, ring=RING)
    assert texts(session, plan) == []


def test_declining_what_was_taken_is_refused_and_brings_nobody_to_the_phone(session, course_clinic):
    ana = course_clinic.patient()
    plan = course_clinic.plan(patient=ana)
    offer = offered(session, plan)
    take_offer(session, offer_id=offer.id, option=0, by=patient_actor(ana), now=NOW, ring=RING)
    with pytest.raises(OfferClosed):
        decline_offer(session, offer_id=offer.id, by=patient_actor(ana), now=NOW)
    assert states(session, declined_key(plan.id)) == []


@pytest.mark.parametrize("what", ["booked", "offered"])
def test_the_task_about_dates_that_do_not_suit_leaves_when_others_are_arranged(session, course_clinic, what):
    ana = course_clinic.patient()
    plan = course_clinic.plan(patient=ana)
    decline_offer(session, offer_id=offered(session, plan).id, by=patient_actor(ana), now=NOW)
    assert states(session, declined_key(plan.id)) == ["open"]
    if what == "offered":
        offered(session, plan)
    else:
        found = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
        commit_course(session, plan_id=plan.id, visits=found.chosen(), version=plan.version, **BY_DESK, ring=RING)
    assert states(session, declined_key(plan.id)) == ["done"]


def test_a_plan_that_was_taken_up_again_sends_no_word_of_what_was_called_off(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=NOW.replace(day=2))
    assert enter(session, plan, Phase.ENDED, by=course_clinic.doctor, cancel_visits=True).phase == "ended"
    assert texts(session, plan) == []
