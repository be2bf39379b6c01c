"""From "see if you qualify" to the third touch-up: patient, support person, coordinator, physician; and in Spanish."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from clinic.scheduling.models import Appointment
from tests.browser import journey_days as days
from tests.browser import journey_patient as patient
from tests.browser import journey_staff as staff
from tests.browser.conftest import Live
from tests.browser.journey_hands import Journey

UNITS = 12
"""How many come with the first parcel, of which each session takes one."""


def test_from_the_first_question_to_the_third_touch_up(live: Live, visit_as: Callable[..., Page]):
    journey = Journey(live, visit_as, last="Ferrer", number="+13055550177", beside="+13055550142")
    staff.offer_first_visits(journey)
    patient.sign_up(journey, "Noa")
    visit = patient.confirm_the_booking(journey)
    staff.see_the_booking(journey, visit)
    patient.answer_the_intake(journey)
    journey.until(visit.starts_at - timedelta(minutes=20))
    patient.sign_the_forms(journey, "Noa Ferrer")
    patient.come_to_the_door(journey, visit)
    staff.meet(journey, visit)
    staff.decide(journey)
    staff.order(journey)
    patient.ask_for_a_delivery(journey)
    staff.release(journey)
    staff.ship(journey)
    patient.confirm_the_parcel(journey)
    staff.book_the_course(journey)
    journey.later(minutes=5)
    days.answer_all(journey, remaining=UNITS, phq9=16)
    left = take_the_induction(journey)
    take_the_touch_ups(journey, left)


def take_the_induction(journey: Journey) -> int:
    """Take the first session on the pages and the others by their actions; return how many units are left."""
    first, *others = journey.sessions()
    assert len(others) == 5
    first_session(journey, first)
    left = UNITS - 1
    staff.look_at_the_session(journey, left=left)
    for _ in others:
        days.take(journey, days.next_session(journey), units=left)
        left -= 1
    return left


def first_session(journey: Journey, visit: Appointment) -> None:
    """Go from the texts of the day before to the questions of the day after."""
    staff.put_on_call(journey, visit)
    journey.until(visit.starts_at - timedelta(hours=24))
    expect(journey.thread(journey.number)).to_contain_text("Reply 1 if OK")
    beside = patient.name_the_support_person(journey, visit)
    journey.until(visit.starts_at - timedelta(hours=2))
    expect(journey.thread(journey.number)).to_contain_text("2 hours to go.")
    journey.live.clock.instant = visit.starts_at - days.BEFORE
    patient.get_ready(journey, visit)
    patient.be_there(journey, beside)
    staff.begin(journey, visit)
    patient.watch(journey, beside, visit)
    staff.end(journey, visit)
    journey.until(visit.ends_at + timedelta(hours=4))
    assert journey.link(journey.number, "POST_EVENING")
    days.answer_all(journey, remaining=UNITS - 1)
    days.see(journey, journey.coming()[0])
    journey.until(visit.ends_at + timedelta(days=1, minutes=5))
    patient.check_in(journey, "POST_24H", remaining=UNITS - 1)
    journey.work()


def take_the_touch_ups(journey: Journey, left: int) -> None:
    """Take two touch-ups by their actions and the third one on the pages, at which the physician looks back."""
    staff.go_on_to_maintenance(journey)
    for _ in range(2):
        days.take(journey, days.next_session(journey), units=left)
        left -= 1
        days.plan_next(journey)
    third = days.next_session(journey)
    days.prepare(journey, third, units=left)
    days.get_ready(journey, third.id)
    staff.begin(journey, third)
    days.watch(journey, third)
    staff.end(journey, third)
    journey.until(third.ends_at + timedelta(days=1, minutes=5))
    days.answer_all(journey, remaining=left - 1)
    staff.look_back(journey, left=left - 1)


def test_en_espanol_de_la_primera_pregunta_al_refuerzo(live: Live, visit_as: Callable[..., Page]):
    """Walk the patient's and the support person's pages in Spanish; the staff, whose pages are English, mostly acts."""
    journey = Journey(live, visit_as, last="Quintero", number="+13055550188", beside="+13055550143", language="es")
    staff.offer_first_visits(journey)
    patient.sign_up(journey, "Luz")
    visit = patient.confirm_the_booking(journey)
    staff.see_the_booking(journey, visit)
    patient.answer_the_intake(journey)
    journey.until(visit.starts_at - timedelta(minutes=20))
    patient.sign_the_forms(journey, "Luz Quintero")
    patient.come_to_the_door(journey, visit)
    days.see(journey, visit)
    days.take_over(journey)
    days.supply(journey)
    patient.confirm_the_parcel(journey)
    days.plan_next(journey)
    first = days.next_session(journey)
    staff.put_on_call(journey, first)
    days.answer_all(journey, remaining=UNITS, phq9=16)
    take_in_spanish(journey, first)


def take_in_spanish(journey: Journey, visit: Appointment) -> None:
    """Go from naming the support person to the questions of the day after."""
    journey.until(visit.starts_at - timedelta(hours=24))
    beside = patient.name_the_support_person(journey, visit)
    journey.until(visit.starts_at - timedelta(hours=2))
    expect(journey.thread(journey.number)).to_contain_text("Faltan 2 horas.")
    journey.live.clock.instant = visit.starts_at - days.BEFORE
    patient.get_ready(journey, visit)
    patient.be_there(journey, beside)
    journey.live.clock.instant = visit.starts_at
    days.begin(journey, visit.id)
    patient.watch(journey, beside, visit)
    days.complete(journey, visit.id)
    journey.until(visit.ends_at + timedelta(days=1, minutes=5))
    patient.check_in(journey, "POST_24H", remaining=UNITS - 1)
