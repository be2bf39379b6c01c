"""From "see if you qualify" to the yes of a support person: a patient, a support person, a coordinator, a physician."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from clinic.medication.models import Fill
from clinic.medication.queries.lots import packed_lots
from clinic.scheduling.models import Appointment
from tests.browser.conftest import Live
from tests.browser.journey_hands import HARMLESS, Journey, answer, enter, fill, follow, go, press, send, sound, tick
from tests.browser.test_medication_story import FORM, LABEL, check_program, code_of_okafor
from tests.domains.scheduling.calendar_makers import at

NUMBER, BESIDE = "+13055550177", "+13055550142"
CONTACT = {
    "First name": "Noa", "Last name": "Ferrer", "Month": "3", "Day": "12", "Year": "1985",
    "Mobile number": "305 555 0177", "Street and number": "12 Palm Way", "City": "Miami", "ZIP code": "33130",
}  # fmt: skip


@pytest.fixture
def journey(live: Live, visit_as: Callable[..., Page]) -> Journey:
    return Journey(live, visit_as, last="Ferrer", number=NUMBER)


def test_from_the_first_question_to_the_support_persons_yes(journey: Journey):
    sign_up(journey)
    visit = see_the_booking(journey)
    answer_the_intake(journey)
    sign_the_forms(journey, visit)
    meet(journey, visit)
    decide(journey)
    order(journey)
    ask_and_release(journey)
    ship(journey)
    confirm_the_parcel(journey)
    book_the_course(journey)
    name_the_support_person(journey, journey.sessions()[0])


def sign_up(journey: Journey) -> None:
    """Let the clinic offer first visits on the web, and somebody answer the public questions and take one."""
    morgan = journey.staff("morgan", "/admin/visit-types/initial")
    morgan.get_by_label("Patients may book it themselves").check()
    press(morgan, "Save")
    page = journey.phone()
    page.goto("/qualify?lang=en")
    press(page, "Begin")
    while page.get_by_role("button", name="Continue").count():
        answer(page, HARMLESS)
        if page.get_by_label("County").count():
            page.get_by_label("County").select_option(label="Miami-Dade")
        press(page, "Continue")
    expect(page.get_by_role("main")).to_contain_text("nothing stands against a first talk with a physician")
    press(page, "Leave my name and choose a time")
    fill(page, CONTACT)
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "Continue")
    tomorrow = page.locator("details.offer").nth(1)
    tomorrow.locator("summary").click()
    sound(page)
    go(tomorrow.locator("button", has_text="Okafor"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def see_the_booking(journey: Journey) -> Appointment:
    """Read the text about the visit, confirm it by the link, and find it at the desk."""
    journey.later(minutes=5)
    page = journey.phone()
    enter(page, journey.link(NUMBER, "Video visit set"))
    sound(page)
    press(page, "Confirm this time")
    (visit,) = journey.read(Appointment, Appointment.patient_id == journey.patient.id)
    desk = journey.staff("dana", f"/visits/{visit.id}")
    expect(desk.get_by_role("region", name="What to do")).to_contain_text("Confirmed on the patient’s page")
    sound(desk)
    return visit


def answer_the_intake(journey: Journey) -> None:
    """Finish what the public questions began, and send it."""
    page = journey.phone()
    enter(page, journey.link(NUMBER, "intake"))
    sound(page)
    left = page.locator("ul.parts li").filter(has=page.locator(".chip")).locator("a")
    for part in left.all_inner_texts():
        follow(page, part)
        answer(page, HARMLESS)
        press(page, "Save")
    press(page, "Send it to the physician")
    expect(page.get_by_role("main")).to_contain_text("With the physician.")


def sign_the_forms(journey: Journey, visit: Appointment) -> None:
    """Let the desk ask for signatures; the text waits for the next day where enough was sent on this one."""
    desk = journey.staff("dana", f"/patients/{journey.patient.id}/forms")
    press(desk, "Ask for signatures")
    sound(desk)
    journey.until(visit.starts_at - timedelta(minutes=20))
    page = journey.phone()
    enter(page, journey.link(NUMBER, "signature"))
    sound(page)
    while page.locator("#to-sign").count():
        go(page.locator("section:has(#to-sign) a"))
        page.get_by_label("Your full name").fill("Noa Ferrer")
        sound(page)
        tick(page, "sign")
    expect(page.get_by_role("main")).to_contain_text("Everything is signed")


def meet(journey: Journey, visit: Appointment) -> None:
    """Say where the patient is, which opens the door to the video; the desk writes down that the visit took place."""
    journey.until(visit.starts_at - timedelta(minutes=8))
    page = journey.phone()
    enter(page, journey.link(NUMBER, "Video visit set"))
    press(page, "I am at home, in Miami, FL")
    expect(page.get_by_role("link", name="Join the video visit")).to_be_visible()
    sound(page)
    press(journey.staff("dana", f"/visits/{visit.id}"), "Mark arrived")
    journey.until(visit.starts_at + timedelta(minutes=59))
    press(journey.staff("dana", f"/visits/{visit.id}"), "Mark completed")


def decide(journey: Journey) -> None:
    """Accept the intake, begin the induction, and note the examination on which visits of next year stand."""
    patient_id = journey.patient.id
    doctor = journey.staff("okafor", f"/my-patients/{patient_id}/intake")
    sound(doctor)
    follow(doctor, "Decide")
    doctor.get_by_role("radio", name="Accept").check()
    doctor.get_by_label("Why").fill("Two trials without effect; the readings are calm.")
    press(doctor, "Decide")
    doctor.goto(f"/physician/patients/{patient_id}/plan")
    press(doctor, "Start the plan")
    follow(doctor, "Change phase")
    doctor.get_by_label("Induction").check()
    press(doctor, "Change phase")
    doctor.goto(f"/physician/patients/{patient_id}/plan/details")
    doctor.get_by_label("Examined in person on").fill("2026-11-20")
    doctor.get_by_label("Why").fill("The letter of the examination is here.")
    press(doctor, "Save")
    sound(doctor)


def order(journey: Journey) -> None:
    """Look into the program, write an order, sign it with a fresh second factor, and note that the pharmacy has it."""
    doctor = journey.staff("okafor", f"/my-patients/{journey.patient.id}/medication")
    check_program(doctor)
    follow(doctor, "Write an order")
    fill(doctor, FORM | {"Units in a session": "1"})
    for label, value in (("Form", "Troche"), ("Route", "Sublingual"), ("Refills", "2")):
        doctor.get_by_label(label, exact=True).select_option(label=value)
    doctor.get_by_label("Pharmacy", exact=True).select_option(index=1)
    press(doctor, "Keep the draft")
    journey.live.clock.advance(minutes=6)
    follow(doctor, "Sign")
    doctor.get_by_label("Six-digit code").fill(code_of_okafor(journey.live))
    press(doctor, "Continue")
    press(doctor, "Sign")
    doctor.get_by_label("Status there").select_option("PharmacyVerified")
    doctor.get_by_label("Number there").fill("RX-777")
    press(doctor, "Keep this")
    sound(doctor)


def ask_and_release(journey: Journey) -> None:
    """Ask for the first delivery on the own page, and let the physician release it."""
    page = journey.sign_in()
    page.goto("/my-deliveries/next")
    page.locator("input[name=is_address_right][value=yes]").check()
    page.locator("input[name=is_adult_available][value=yes]").check()
    sound(page)
    send(page, "next")
    doctor = journey.staff("okafor", f"/my-patients/{journey.patient.id}/medication/release")
    expect(doctor.get_by_role("main")).to_contain_text("Nothing speaks against it")
    press(doctor, "Release the shipment")


def ship(journey: Journey) -> None:
    """Tell the pharmacy's steps, hand the parcel over, and take the carrier's word by telephone."""
    (fill_row,) = journey.read(Fill, Fill.patient_id == journey.patient.id)
    desk = journey.staff("dana", f"/deliveries/fills/{fill_row.id}")
    for word in ("It was sent to the pharmacy", "The pharmacy has checked it and names the lots", "It is packed"):
        desk.get_by_role("radio", name=word).check()
        if "lots" in word:
            for label, value in LABEL.items():
                desk.get_by_label(label).first.fill(value)
        press(desk, "Write it down")
    sound(desk)
    desk.get_by_label("Carrier", exact=True).select_option(label="UPS")
    desk.get_by_label("Tracking number").fill("1Z0000000000000501")
    desk.get_by_label("Expected on").fill("2026-11-27")
    press(desk, "Hand over")
    journey.until(at(27, 10))
    desk = journey.staff("dana", "/deliveries")
    go(desk.get_by_role("main").get_by_role("link", name="Ferrer, Noa"))
    desk.get_by_label("It was delivered").check()
    desk.get_by_label("An adult signed for it").check()
    desk.get_by_label("How do you know?").fill("Called the carrier: signed for at the door.")
    send(desk, "report")
    sound(desk)


def confirm_the_parcel(journey: Journey) -> None:
    (fill_row,) = journey.read(Fill, Fill.patient_id == journey.patient.id)
    with journey.live.town.begin(by=journey.live.town.dana) as session:
        ((lot, units),) = packed_lots(session, fill_row.id)
    page = journey.sign_in()
    page.goto("/my-deliveries")
    sound(page)
    follow(page, "Confirm it")
    page.get_by_label("Number on the label").fill(lot.number)
    page.get_by_label("How many are there in all?").fill(str(units))
    page.locator("input[name=is_seal_intact][value=yes]").check()
    tick(page, "confirm")
    sound(page)


def book_the_course(journey: Journey) -> None:
    desk = journey.staff("dana", f"/patients/{journey.patient.id}/course?first_day=2026-12-01")
    sound(desk)
    send(desk, "book-course")
    expect(desk.get_by_role("status")).to_contain_text("booked. One text tells of all dates;")
    assert len(journey.sessions()) == 6


def name_the_support_person(journey: Journey, visit: Appointment) -> None:
    """Name who will be there, who says yes by the link of the text."""
    journey.until(visit.starts_at - timedelta(hours=22))
    page = journey.sign_in()
    sound(page)
    page.goto(f"/visit/{visit.id}/support")
    for name, value in (("name", "Rosa Marin"), ("phone", "305 555 0142")):
        page.locator(f"input[name={name}]").fill(value)
    for name, value in (("relation", "family"), ("language", "en")):
        page.locator(f"input[name={name}][value={value}]").check()
    sound(page)
    tick(page, "support")
    journey.later(minutes=5)
    beside, address = journey.phone(), journey.link(BESIDE)
    enter(beside, address)
    sound(beside)
    send(beside, "yes")
    expect(beside.get_by_role("heading", level=1)).to_have_text("Thank you for being there")
