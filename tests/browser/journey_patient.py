"""What the patient and the support person of a journey do on their own pages, in either language."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from clinic.medication.models import Fill
from clinic.medication.queries.lots import packed_lots
from clinic.scheduling.models import Appointment
from tests.browser.journey_hands import BORN, Journey, answer, enter, go, pick, send, tick, type_in
from tests.domains.intake.intake_makers import GOOD
from tests.domains.session_day.day_makers import GOOD as CALM

HARMLESS = {key: value for part in GOOD.values() for key, value in part.items()} | {"adult": "yes", "state": "FL"}
USUAL = {"tolerability": 8, "mood": 7, "quality": 7, "hours": 7, "taken": 1, "wasted": 0, "nausea": 1}
"""What most people tell after a session."""

HOME = {"address_line": "12 Palm Way", "city": "Miami", "postal_code": "33130"}
CHECKS = (15, 30, 45, 60, 75, 90, 105, 121)
PRESSURES = {45: 130, 121: 122}
"""Minutes after the start at which a support person looks, and the upper numbers of the two readings."""


def sign_up(journey: Journey, first: str) -> None:
    """Answer the public questions, leave name and number, and take a time of Dr. Okafor's tomorrow."""
    page = journey.window("own")
    page.goto(f"/qualify?lang={journey.language}")
    journey.sound(page)
    send(page, "begin")
    while page.locator("form[name=answers]").count():
        answer(page, HARMLESS)
        if page.locator("select[name=county_fips]").count():
            page.locator("select[name=county_fips]").select_option(label="Miami-Dade")
        send(page, "answers")
    journey.sound(page)
    send(page, "contact")
    type_in(page, {"legal_first_name": first, "legal_last_name": journey.last, "phone": journey.number[2:], **HOME})
    type_in(page, {f"birth_date_{part}": value for part, value in BORN.items()})
    journey.sound(page)
    tick(page, "contact")
    tomorrow = page.locator("details.offer").nth(1)
    tomorrow.locator("summary").click()
    journey.sound(page)
    go(tomorrow.locator("button", has_text="Okafor"))
    journey.says(page, "Thank you", "Gracias")


def confirm_the_booking(journey: Journey) -> Appointment:
    """Read the text about the visit and confirm it by the link."""
    journey.later(minutes=5)
    page = journey.window("own")
    enter(page, journey.link(journey.number, "BOOK_CONFIRM"))
    journey.says(page, "Your visit", "Su cita")
    journey.sound(page)
    send(page, "confirm")
    (visit,) = journey.read(Appointment, Appointment.patient_id == journey.patient.id)
    assert visit.state == "confirmed"
    return visit


def answer_the_intake(journey: Journey) -> None:
    """Finish what the public questions began, and send it."""
    page = journey.window("own")
    enter(page, journey.link(journey.number, "INTAKE_LINK"))
    journey.sound(page)
    left = page.locator("ul.parts li").filter(has=page.locator(".chip")).locator("a")
    for address in [one.get_attribute("href") or "" for one in left.all()]:
        page.goto(address)
        answer(page, HARMLESS)
        journey.sound(page)
        go(page.locator("main form.form button[type=submit]"))
    send(page, "send")
    expect(page.locator("form[name=send]")).to_have_count(0)


def sign_the_forms(journey: Journey, name: str) -> None:
    """Sign everything that the text asks for."""
    page = journey.window("own")
    enter(page, journey.link(journey.number, "SIGN_NEEDED"))
    journey.sound(page)
    while page.locator("#to-sign").count():
        go(page.locator("section:has(#to-sign) a"))
        page.locator("input[name=typed_name]").fill(name)
        journey.sound(page)
        tick(page, "sign")


def come_to_the_door(journey: Journey, visit: Appointment) -> None:
    """Say where one is, which opens the door to the video."""
    journey.until(visit.starts_at - timedelta(minutes=8))
    page = journey.window("own")
    enter(page, journey.link(journey.number, "BOOK_CONFIRM"))
    journey.sound(page)
    send(page, "where-home")
    expect(page.locator("main a.button.is-primary[href^='https://']")).to_be_visible()


def ask_for_a_delivery(journey: Journey) -> None:
    page = journey.sign_in()
    page.goto("/my-deliveries/next")
    pick(page, {"is_address_right": "yes", "is_adult_available": "yes"})
    journey.sound(page)
    send(page, "next")


def confirm_the_parcel(journey: Journey) -> None:
    """Count what came, and lock it away."""
    (fill_row,) = journey.read(Fill, Fill.patient_id == journey.patient.id)
    with journey.live.town.begin(by=journey.live.town.dana) as session:
        ((lot, units),) = packed_lots(session, fill_row.id)
    page = journey.window("own")
    enter(page, journey.link(journey.number, "SHIP_DELIVERED"))
    journey.sound(page)
    go(page.locator("main a[href$='/confirm']"))
    type_in(page, {"lot_number": lot.number, "counted": str(units)})
    pick(page, {"is_seal_intact": "yes"})
    journey.sound(page)
    tick(page, "confirm")


def name_the_support_person(journey: Journey, visit: Appointment) -> Page:
    """Name who will be there, who says yes by the link of the text; return that person's telephone."""
    page = journey.window("own")
    enter(page, journey.link(journey.number, "VISIT_TOMORROW"))
    page.goto(f"/visit/{visit.id}/support")
    type_in(page, {"name": "Rosa Marin", "phone": journey.beside[2:]})
    pick(page, {"relation": "family", "language": journey.language})
    journey.sound(page)
    tick(page, "support")
    journey.later(minutes=5)
    beside = journey.window("beside")
    enter(beside, journey.link(journey.beside, "SITTER_INVITE"))
    look(journey, beside)
    send(beside, "yes")
    journey.says(beside, "Thank you for being there", "Gracias por acompañar")
    return beside


def look(journey: Journey, page: Page) -> None:
    """Look the support person's page over, whose address is the same from the first yes to the end."""
    journey.looked.discard("/support")
    journey.sound(page)


def get_ready(journey: Journey, visit: Appointment) -> None:
    """Sign in, follow the visit's own link to the list, answer and measure by its waits, and send it."""
    page = journey.sign_in()
    journey.sound(page)
    enter(page, journey.link(journey.number, "HYDRATE_2H"))
    go(page.locator("main a.button[href='/checklist']"))
    journey.says(page, "Your checklist", "Su lista")
    journey.sound(page)
    for topic in ("you", "body", "food", "taken", "around"):
        page.goto(f"/checklist/{topic}")
        answer(page, CALM)
        send(page, "answers")
    send(page, "sit")
    journey.sound(page)
    for minutes, upper, lower in ((5, 128, 82), (1, 126, 80)):
        journey.live.clock.advance(minutes=minutes)
        page.goto("/checklist/readings")
        measure(page, "reading", upper, lower)
    journey.says(page, "Check and send", "Revisar y enviar")
    journey.sound(page)
    send(page, "send")
    journey.says(page, "Thank you. Your checklist is complete.", "Gracias. Su lista está completa.")
    journey.sound(page)
    page.goto(f"/visit/{visit.id}/where")
    journey.sound(page)
    send(page, "where-home")


def measure(page: Page, form: str, upper: int, lower: int) -> None:
    """Type a reading where the page asks for one, or where it may be entered early."""
    if not page.locator(f"form[name={form}]").is_visible():
        page.locator("details.more summary").click()
    for name, value in (("systolic", upper), ("diastolic", lower), ("pulse", 70)):
        page.locator(f"form[name={form}] input[name={name}]").fill(str(value))
    send(page, form)


def be_there(journey: Journey, beside: Page) -> None:
    enter(beside, journey.link(journey.beside, "SITTER_INVITE"))
    look(journey, beside)
    tick(beside, "here")
    journey.says(beside, "You are ready", "Todo listo")


def watch(journey: Journey, beside: Page, visit: Appointment) -> None:
    """Look and measure as the page asks for it, until it says that the support person may stop."""
    enter(beside, journey.link(journey.beside, "SITTER_INVITE"))
    look(journey, beside)
    for minutes in CHECKS:
        journey.live.clock.instant = visit.starts_at + timedelta(minutes=minutes)
        send(beside, "well")
        if minutes in PRESSURES:
            measure(beside, "pressure", PRESSURES[minutes], 80)
    look(journey, beside)
    tick(beside, "steady")
    journey.says(beside, "You may stop watching", "Ya puede dejar de vigilar")


def check_in(journey: Journey, key: str, **told: int) -> None:
    """Answer a check-in on one page, by the link of its text."""
    page = journey.window("own")
    enter(page, journey.link(journey.number, key))
    journey.sound(page)
    go(page.locator("form[name=begin] button[value=all]"))
    while page.locator("form[name=answers]").count():
        answer(page, USUAL | told)
        journey.sound(page)
        go(page.locator("form[name=answers] button[name=go]").last)
        if page.locator("input[name=leaves_out]").count():  # An answer led to another question, further up.
            go(page.locator("main .stack a.button"))
    journey.sound(page)
    send(page, "send")
    journey.says(page, "Thank you, this is done", "Gracias, ya terminó")
    journey.sound(page)
