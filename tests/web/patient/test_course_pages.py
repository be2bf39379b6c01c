"""All dates on the patient's page: courses to choose from, what is booked, what took place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.kernel.actor import Role
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import upcoming_for_patient
from clinic.treatment.actions.offers import offer_courses, withdraw_offer
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.courses import alternative_courses
from clinic.treatment.queries.offers import OfferView, open_offer
from clinic.treatment.rules.courses import CourseWish
from clinic.worklist import queries as worklist
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import CourseClinic, book, on, take
from tests.web.html import Browser, Page, text_of
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import spanish

OTHERS = {"legal_first_name": "Theo", "legal_last_name": "Marin", "phone": "+13055550144"}


@dataclass
class Choosing:
    """A patient at the beginning of a course who was offered dates."""

    session: Session
    maker: CourseClinic
    patient: Patient
    plan: TreatmentPlan
    offer: OfferView
    open: Callable[..., Page]

    def taken(self) -> list[Appointment]:
        """Return the visits that stand."""
        self.session.expire_all()
        return upcoming_for_patient(self.session, patient_id=self.patient.id, now=NOW)


@pytest.fixture
def choosing(app: Flask, session: Session) -> Choosing:
    maker = CourseClinic(session)
    patient = maker.patient()
    plan = maker.plan(patient=patient)
    found = alternative_courses(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    offer_courses(session, plan_id=plan.id, proposals=found, by=COORDINATOR, now=NOW, ring=RING)
    session.commit()
    offer = open_offer(session, plan.id, NOW)
    assert offer is not None
    return Choosing(session, maker, patient, plan, offer, lambda **query: come(app, session, patient, plan, **query))


def come(app: Flask, session: Session, patient: Patient, plan: TreatmentPlan, **query: str) -> Page:
    """Open the link of the text about the dates."""
    link = session.scalars(select(Link).where(Link.resource_id == plan.id)).one()
    token = access.render_link(session, link_id=link.id, ring=RING)
    return type_birth_date(Browser(app.test_client()).get(f"/v/{token}", **query), patient.birth_date)


def tasks(choosing: Choosing) -> list[tuple[str, object]]:
    """Return what waits for a coordinator, and where the button leads."""
    found = worklist.open_items(choosing.session, roles=[Role.COORDINATOR])
    return [(task.about.title, task.subject_id) for task in found]


def test_each_offered_course_is_shown_with_all_its_dates(choosing):
    page = choosing.open()
    assert page.h1 == "Your visits"
    cards = page.select(".course-option")
    assert len(cards) == len(choosing.offer.options) >= 1
    dates = [[text_of(one) for one in card.iter("strong")] for card in cards]
    assert [len(each) for each in dates] == [len(option.visits) for option in choosing.offer.options]


def test_no_word_of_the_page_says_what_the_visits_are_about(choosing):
    words = choosing.open().text.casefold()
    assert [word for word in ("session", "induction", "follow-up", "treatment") if word in words] == []


def test_choosing_books_every_date_of_that_course_and_ends_the_offer(choosing):
    page = choosing.open().form("take-0").submit()
    booked = choosing.taken()
    assert [visit.starts_at for visit in booked] == [visit.starts_at for visit in choosing.offer.options[0].visits]
    assert page.toasts == [f"✓ Done. Your {len(booked)} visits are booked."]
    assert page.select(".course-option") == []
    assert open_offer(choosing.session, choosing.plan.id, NOW) is None


def test_pressing_twice_books_once(choosing):
    form = choosing.open().form("take-0")
    form.submit()
    count = len(choosing.taken())
    again = form.submit()
    assert again.status in {200, 409}
    assert len(choosing.taken()) == count


def test_a_course_of_which_a_time_was_taken_cannot_be_chosen_and_books_nothing(choosing):
    page = choosing.open()
    first = choosing.offer.options[0].visits[0]
    other = choosing.maker.plan(patient=choosing.maker.patient(**OTHERS))
    book(choosing.session, other, at=first.starts_at, now=NOW, ignore_notice=True)
    choosing.session.commit()
    refused = page.form("take-0").submit()
    assert refused.status == 409
    assert refused.title.startswith("Error:")
    assert "nothing was booked" in refused.text
    assert choosing.taken() == []
    assert "just taken" in text_of(refused.select(".course-option")[0])
    assert "take-0" not in refused.forms


def test_an_offer_that_was_withdrawn_is_explained(choosing):
    page = choosing.open()
    withdraw_offer(choosing.session, offer_id=choosing.offer.id, by=COORDINATOR, now=NOW)
    choosing.session.commit()
    refused = page.form("take-0").submit()
    assert refused.status == 409
    assert "This choice is over" in refused.text
    assert choosing.taken() == []


def test_nothing_suits_brings_a_coordinator_to_the_phone(choosing):
    page = choosing.open().form("decline").submit()
    assert "We will call you" in " ".join(page.toasts)
    assert page.select(".course-option") == []
    assert ("Offered dates do not suit", choosing.patient.id) in tasks(choosing)


def test_somebody_elses_offer_is_not_there(app, choosing):
    other = choosing.maker.patient(**OTHERS)
    plan = choosing.maker.plan(patient=other)
    offer = offer_courses(
        choosing.session,
        plan_id=plan.id,
        proposals=alternative_courses(choosing.session, plan_id=plan.id, wish=CourseWish(), now=NOW),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    choosing.session.commit()
    refused = choosing.open().form("take-0").submit(offer=str(offer.id))
    assert refused.status == 404
    assert upcoming_for_patient(choosing.session, patient_id=other.id, now=NOW) == []


def test_booked_dates_lead_to_each_visit_and_past_ones_are_listed(app, session):
    maker = CourseClinic(session)
    plan = maker.plan()
    patient = session.get_one(Patient, plan.patient_id)
    take(session, plan, at=on("2026-11-16"))
    visits = [book(session, plan, at=on("2026-11-25")), book(session, plan, at=on("2026-12-01"))]
    session.commit()
    link = session.scalars(select(Link).where(Link.resource_id == visits[0].id)).one()
    token = access.render_link(session, link_id=link.id, ring=RING)
    browser = Browser(app.test_client())
    type_birth_date(browser.get(f"/v/{token}"), patient.birth_date)
    page = browser.get("/my-visits")
    assert "Wednesday, November 25" in text_of(page.one(".hero"))
    assert [text_of(one) for one in page.select(".links a")] == ["Tue, Dec 1, 10:00 AM ET"]
    assert text_of(page.one(".course-past")).strip() == "Mon, Nov 16, 10:00 AM ET"
    assert browser.get(f"/visit/{visits[1].id}").h1 == "Your visit"


def test_without_dates_the_page_says_what_to_do(app, choosing, clock):
    withdraw_offer(choosing.session, offer_id=choosing.offer.id, by=COORDINATOR, now=NOW)
    choosing.session.commit()
    assert "No visit is booked" in choosing.open().text


def test_five_wrong_birth_dates_open_a_task_that_leads_to_the_dates(app, choosing):
    link = choosing.session.scalars(select(Link).where(Link.resource_id == choosing.plan.id)).one()
    token = access.render_link(choosing.session, link_id=link.id, ring=RING)
    for _ in range(5):
        door = Browser(app.test_client()).get(f"/v/{token}")
        type_birth_date(door, choosing.patient.birth_date + timedelta(days=1))
    assert ("Link to the dates locked", choosing.patient.id) in tasks(choosing)


def test_the_page_speaks_spanish(app, session):
    maker = CourseClinic(session)
    patient = maker.patient(language="es")
    plan = maker.plan(patient=patient)
    found = alternative_courses(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    offer_courses(session, plan_id=plan.id, proposals=found, by=COORDINATOR, now=NOW, ring=RING)
    session.commit()
    page = spanish(come(app, session, patient, plan))
    assert page.h1 == "Sus citas"
    spanish(page.form("take-0").submit())
