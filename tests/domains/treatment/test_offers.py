"""Offers of dates: the patient takes one course whole; nothing is held, and what went meanwhile is said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.access.models import Link
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.scheduling.models import Appointment
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.offers import OPEN_FOR, expire_offers, offer_courses, take_offer, withdraw_offer
from clinic.treatment.errors import CourseRefused, OfferClosed, OfferRefused, PlanningNotAllowed, UnknownOffer
from clinic.treatment.queries.courses import alternative_courses
from clinic.treatment.queries.offers import open_offer
from clinic.treatment.rules.courses import LATER_WORDS, STYLE_WORDS, ChosenVisit, CourseStyle, CourseWish
from clinic.treatment.rules.phases import Phase
from clinic.treatment.sending import plan_guard
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, patient_actor
from tests.domains.treatment.plan_makers import enter, on


@pytest.fixture
def ana(course_clinic):
    return course_clinic.patient()


@pytest.fixture
def plan(course_clinic, ana):
    return course_clinic.plan(patient=ana)


@pytest.fixture
def proposals(session, plan):
    return alternative_courses(session, plan_id=plan.id, wish=CourseWish(), now=NOW)


@pytest.fixture
def make(session, plan, proposals):
    def run(options=None, **changes):
        wanted = {"proposals": options or proposals, "by": COORDINATOR, "now": NOW, "ring": RING} | changes
        return offer_courses(session, plan_id=plan.id, **wanted)

    return run


@pytest.fixture
def take(session, ana):
    def run(offer, option=0, **changes):
        wanted = {"by": patient_actor(ana), "now": NOW, "ring": RING} | changes
        return take_offer(session, offer_id=offer.id, option=option, **wanted)

    return run


def waiting(session):
    return sorted(session.scalars(select(Message.template_key).where(Message.state == "pending")))


def verdict(session, text, now=NOW):
    planned = Planned(
        message_id=text.id,
        template_key=text.template_key,
        subject_kind="plan",
        subject_id=text.subject_id,
        subject_version=text.subject_version,
        due_at=text.due_at,
        expires_at=text.expires_at,
    )
    return plan_guard(session, planned, now)


def the_text(session, key):
    return session.scalars(select(Message).where(Message.template_key == key).order_by(Message.created_at)).all()[-1]


def test_an_offer_holds_nothing_and_is_told_by_one_text_with_a_link(session, plan, proposals, make):
    offer = make()
    assert (offer.state, len(offer.options)) == ("open", len(proposals))
    last_call = max(one.new[0].starts_at for one in proposals) - timedelta(hours=2)
    assert offer.expires_at == min(last_call, NOW + OPEN_FOR)
    assert session.scalar(select(func.count()).select_from(Appointment)) == 0
    assert waiting(session) == ["COURSE_OFFER"]
    link = session.get(Link, the_text(session, "COURSE_OFFER").link_id)
    assert (link.purpose, link.resource_kind, link.resource_id) == ("course", "plan", plan.id)
    assert link.expires_at > offer.expires_at


def test_no_two_choices_are_called_the_same(proposals, make):
    assert len(proposals) == 3
    of_one_style = [replace(one, label=STYLE_WORDS[CourseStyle.EVEN]) for one in proposals]
    in_order = sorted(of_one_style, key=lambda one: one.new[0].starts_at)
    labels = [option["label"] for option in make(in_order).options]
    assert labels == [STYLE_WORDS[CourseStyle.EVEN], LATER_WORDS, "Choice 3"]
    backwards = [option["label"] for option in make(in_order[::-1]).options]
    assert backwards == [STYLE_WORDS[CourseStyle.EVEN], "Choice 2", "Choice 3"]


def test_the_patient_sees_what_is_still_free(session, course_clinic, plan, proposals, make):
    make()
    view = open_offer(session, plan.id, NOW)
    assert [option.label for option in view.options] == [one.label for one in proposals]
    assert view.free == view.options
    only_first = set(proposals[0].chosen()) - {visit for other in proposals[1:] for visit in other.chosen()}
    taken = min(only_first, key=lambda visit: visit.starts_at)
    course_clinic.clinic.visit(course_clinic.patient(), course_clinic.okafor, taken.starts_at)
    view = open_offer(session, plan.id, NOW)
    assert not view.options[0].is_free
    assert [visit.starts_at for visit in view.options[0].visits if not visit.is_free][:1] == [taken.starts_at]


def test_the_course_that_the_patient_takes_is_booked_whole_with_one_text(session, plan, proposals, make, take):
    offer = make()
    made = take(offer, 1)
    assert [visit.starts_at for visit in made] == [visit.starts_at for visit in proposals[1].chosen()]
    assert (offer.state, offer.chosen) == ("taken", 1)
    assert [key for key in waiting(session) if key.startswith("COURSE")] == ["COURSE_BOOKED"]
    assert open_offer(session, plan.id, NOW) is None


def test_a_course_of_which_a_date_is_gone_is_refused_whole_and_the_offer_stays_open(
    session, course_clinic, plan, proposals, make, take
):
    offer = make()
    taken = proposals[0].chosen()[2]
    course_clinic.clinic.visit(course_clinic.patient(), course_clinic.okafor, taken.starts_at)
    with pytest.raises(CourseRefused) as refusal:
        take(offer, 0)
    assert [problem.index for problem in refusal.value.problems] == [2]
    session.refresh(offer)
    assert (offer.state, offer.chosen) == ("open", None)
    assert session.scalar(select(func.count()).select_from(Appointment)) == 1


def test_an_offer_can_be_taken_once_and_only_by_its_patient(session, course_clinic, make, take):
    offer = make()
    with pytest.raises(UnknownOffer):
        take(offer, by=patient_actor(course_clinic.patient()))
    with pytest.raises(OfferRefused):
        take(offer, 7)
    take(offer)
    with pytest.raises(OfferClosed):
        take(offer)
    with pytest.raises(UnknownOffer):
        take_offer(session, offer_id=new_id(), option=0, by=COORDINATOR, now=NOW, ring=RING)


def test_an_offer_that_ran_out_or_was_withdrawn_cannot_be_taken(session, plan, make, take):
    offer = make()
    with pytest.raises(OfferClosed):
        take(offer, now=offer.expires_at)
    assert open_offer(session, plan.id, offer.expires_at) is None
    assert withdraw_offer(session, offer_id=offer.id, by=COORDINATOR, now=NOW).state == "withdrawn"
    assert withdraw_offer(session, offer_id=offer.id, by=COORDINATOR, now=NOW).state == "withdrawn"
    with pytest.raises(OfferClosed):
        take(offer)


def test_offers_that_ran_out_are_closed_by_the_worker_once(session, make):
    offer = make()
    assert expire_offers(session, now=NOW, by=COORDINATOR) == 0
    assert expire_offers(session, now=offer.expires_at, by=COORDINATOR) == 1
    assert expire_offers(session, now=offer.expires_at, by=COORDINATOR) == 0
    assert offer.state == "expired"


def test_the_open_offer_is_withdrawn_when_somebody_books_the_course_otherwise(session, plan, proposals, make):
    offer = make()
    visits = proposals[0].chosen()[:2]
    commit_course(session, plan_id=plan.id, visits=visits, version=plan.version, by=COORDINATOR, now=NOW, ring=RING)
    assert offer.state == "withdrawn"
    assert verdict(session, the_text(session, "COURSE_OFFER")) == Drop("offer_over")


def test_a_new_offer_takes_the_place_of_the_open_one_whose_text_is_dropped(session, plan, proposals, make):
    first = make()
    first_text = the_text(session, "COURSE_OFFER")
    second = make(proposals[:1], now=NOW + timedelta(minutes=5))
    assert (first.state, second.state) == ("withdrawn", "open")
    session.refresh(first_text)
    assert (first_text.state, first_text.reason) == ("canceled", "offer_over")
    assert verdict(session, the_text(session, "COURSE_OFFER")) == Send()


def test_an_offer_ends_when_its_first_date_can_no_longer_be_booked(session, plan, make):
    soon = [[ChosenVisit("induction_session", plan.physician_id, on("2026-11-24", 10))]]
    offer = make(soon)
    assert offer.expires_at == on("2026-11-24", 8)
    assert offer.options[0]["label"] == "Choice 1"
    with pytest.raises(OfferRefused):
        make(soon, now=on("2026-11-24", 7, 30))


def test_an_offer_of_nothing_or_of_too_much_is_refused(session, proposals, make):
    with pytest.raises(OfferRefused):
        make([proposals[0]] * 4)
    with pytest.raises(OfferRefused):
        make([()])
    with pytest.raises(OfferRefused):
        make([[ChosenVisit("no_such", new_id(), on("2026-12-01"))]])


def test_patients_and_strangers_do_not_make_offers(ana, make):
    with pytest.raises(PlanningNotAllowed):
        make(by=patient_actor(ana))


def test_texts_of_a_plan_that_ended_or_dates_that_changed_are_dropped(session, course_clinic, plan, proposals):
    visits = proposals[0].chosen()
    made = commit_course(
        session, plan_id=plan.id, visits=visits, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )
    text = the_text(session, "COURSE_BOOKED")
    assert verdict(session, text) == Send()
    made[0].state = "canceled"
    session.flush()
    assert verdict(session, text) == Drop("dates_changed")
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor, cancel_visits=True)
    assert verdict(session, text) == Drop("plan_over")
    text.subject_id = new_id()
    assert verdict(session, text) == Drop("plan_over")
