"""What coordinator, physician and administrator of a journey do on their pages, in English as they are."""

from datetime import timedelta

from playwright.sync_api import expect

from clinic.medication.models import Fill
from clinic.readiness.models import ReadinessCheck
from clinic.scheduling.models import Appointment
from tests.browser.journey_hands import Journey, fill, follow, go, press, send
from tests.browser.test_medication_story import FORM, LABEL, check_program, code_of_okafor
from tests.domains.scheduling.calendar_makers import at


def offer_first_visits(journey: Journey) -> None:
    """Let patients book first visits themselves."""
    morgan = journey.staff("morgan", "/admin/visit-types/initial")
    morgan.get_by_label("Patients may book it themselves").check()
    press(morgan, "Save")


def see_the_booking(journey: Journey, visit: Appointment) -> None:
    """Find the confirmed visit at the desk, and ask for signatures."""
    desk = journey.staff("dana", f"/visits/{visit.id}")
    expect(desk.get_by_role("region", name="What to do")).to_contain_text("Confirmed on the patient’s page")
    journey.sound(desk)
    desk.goto(f"/patients/{journey.patient.id}/forms")
    press(desk, "Ask for signatures")
    journey.sound(desk)


def meet(journey: Journey, visit: Appointment) -> None:
    """Write down that the visit began, and that it took place."""
    press(journey.staff("dana", f"/visits/{visit.id}"), "Mark arrived")
    journey.until(visit.starts_at + timedelta(minutes=59))
    press(journey.staff("dana", f"/visits/{visit.id}"), "Mark completed")


def decide(journey: Journey) -> None:
    """Accept the intake, begin the induction, and note the examination on which visits of next year stand."""
    patient_id = journey.patient.id
    doctor = journey.staff("okafor", f"/my-patients/{patient_id}/intake")
    journey.sound(doctor)
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
    journey.sound(doctor)


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
    journey.sound(doctor)


def release(journey: Journey) -> None:
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
    journey.sound(desk)
    desk.get_by_label("Carrier", exact=True).select_option(label="UPS")
    desk.get_by_label("Tracking number").fill("1Z0000000000000501")
    desk.get_by_label("Expected on").fill("2026-11-27")
    press(desk, "Hand over")
    journey.until(at(27, 10))
    desk = journey.staff("dana", "/deliveries")
    go(desk.get_by_role("main").get_by_role("link", name=journey.last))
    desk.get_by_label("It was delivered").check()
    desk.get_by_label("An adult signed for it").check()
    desk.get_by_label("How do you know?").fill("Called the carrier: signed for at the door.")
    send(desk, "report")
    journey.sound(desk)
    journey.work()


def book_the_course(journey: Journey) -> None:
    """Write down when the patient can, and book what the planner proposes."""
    address = f"/patients/{journey.patient.id}/course"
    desk = journey.staff("dana", f"{address}/wishes")
    desk.locator("select[name=patient_day_1]").select_option("every")
    desk.locator("input[name=patient_from_1]").fill("12:00")
    desk.get_by_label("Only at these times").check()
    journey.sound(desk)
    send(desk, "wishes")
    desk.goto(f"{address}?first_day=2026-12-01")
    journey.sound(desk)
    send(desk, "book-course")
    expect(desk.locator(".toasts")).to_contain_text("booked. One text tells of all dates;")


def put_on_call(journey: Journey, visit: Appointment) -> None:
    """Fill the rota: a first session waits for somebody on call."""
    morgan = journey.staff("morgan", "/admin/on-call")
    morgan.get_by_label("Who", exact=True).select_option(label="Amara Okafor")
    morgan.get_by_label("First in line").check()
    for name, value in (("starts", "08:00"), ("ends", "20:00")):
        morgan.locator(f"input[name={name}_on]").fill(f"{visit.starts_at:%Y-%m-%d}")
        morgan.locator(f"input[name={name}_at]").fill(value)
    press(morgan, "Add shift")


def begin(journey: Journey, visit: Appointment) -> None:
    """Begin the session at the desk, which keeps the go that the database asks for."""
    journey.live.clock.instant = visit.starts_at
    desk = journey.staff("dana", f"/visits/{visit.id}")
    journey.sound(desk)
    press(desk, "Begin the session")
    kept = journey.read(ReadinessCheck, ReadinessCheck.appointment_id == visit.id, ReadinessCheck.moment == "start")
    assert [one.verdict for one in kept] == ["go"]
    expect(desk.get_by_role("region", name="What to do")).to_contain_text("In progress")


def end(journey: Journey, visit: Appointment) -> None:
    """See on the board that the watch ended, and write down that the session took place."""
    desk = journey.staff("dana", "/sessions")
    expect(desk.get_by_role("row", name=journey.last)).to_contain_text("Ended")
    journey.sound(desk)
    journey.until(visit.ends_at + timedelta(minutes=2))
    press(journey.staff("dana", f"/visits/{visit.id}"), "Mark completed")


def look_at_the_session(journey: Journey, *, left: int) -> None:
    """Find what the patient told in the chart and in the ledger."""
    doctor = journey.staff("okafor", f"/my-patients/{journey.patient.id}/chart")
    expect(doctor.get_by_role("main")).to_contain_text("Induction · 1 of 6 taken")
    expect(doctor.get_by_role("main")).to_contain_text("Units taken")
    journey.sound(doctor)
    doctor.goto(f"/my-patients/{journey.patient.id}/medication")
    expect(doctor.get_by_role("main")).to_contain_text(f"{left} units at home by the ledger")
    expect(doctor.get_by_role("table", name="Units by session")).to_contain_text("Agrees")
    journey.sound(doctor)


def go_on_to_maintenance(journey: Journey) -> None:
    """Change the phase, and let the desk book the first touch-up."""
    doctor = journey.staff("okafor", f"/physician/patients/{journey.patient.id}/plan")
    follow(doctor, "Change phase")
    doctor.get_by_label("Maintenance").check()
    press(doctor, "Change phase")
    journey.sound(doctor)
    desk = journey.staff("dana", f"/patients/{journey.patient.id}/course")
    send(desk, "book-course")
    expect(desk.locator(".toasts")).to_contain_text("booked")


def look_back(journey: Journey, *, left: int) -> None:
    """Let the physician look at the outcome: sessions in the plan, scores, units, the place in the panel."""
    patient_id = journey.patient.id
    doctor = journey.staff("okafor", f"/my-patients/{patient_id}/chart")
    expect(doctor.get_by_role("main")).to_contain_text("PHQ-9 16 → 4")
    expect(doctor.get_by_role("main")).to_contain_text("Remission")
    expect(doctor.get_by_role("main")).to_contain_text("9 taken")
    doctor.goto(f"/my-patients/{patient_id}/medication")
    expect(doctor.get_by_role("main")).to_contain_text(f"{left} units at home by the ledger")
    doctor.goto(f"/physician/patients/{patient_id}/plan")
    expect(doctor.get_by_role("table", name="Visits of the course").get_by_text("Taken")).to_have_count(9)
    doctor.goto("/panel")
    expect(doctor.get_by_role("main")).to_contain_text(journey.last)
    journey.sound(doctor)
