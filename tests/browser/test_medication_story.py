"""Medication as each role lives it: signed and released, packed and sent, confirmed at home, recalled and settled."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from clinic.access.models import StaffAccount
from clinic.access.rules.totp import code_at, counter_at, new_seed
from clinic.medication.actions.order_states import record_external_status
from clinic.medication.actions.requests import request_refill
from clinic.medication.queries.orders import live_order_of
from clinic.treatment import actions as treatment
from clinic.treatment.rules.phases import Phase
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.measures import sideways
from tests.browser.town_medication import deliveries_link, release_fill_of, sign_order_of
from tests.domains.medication.medication_makers import FIELDS
from tests.domains.medication.supply_makers import LOT, patient_of

PHONE = {"size": (390, 780), "scheme": "dark", "has_touch": True, "is_mobile": True}
CLINICAL = (FIELDS.drug, FIELDS.indication, FIELDS.directions, str(FIELDS.strength_value))
LABEL = {
    "Lot 1, number": "L-2026/08",
    "Units of it": "12",
    "Made on": "2026-11-16",
    "To be used until": "2027-04-30",
}
FORM = {
    "What is ordered": FIELDS.drug,
    "Strength of one unit": str(FIELDS.strength_value),
    "Its measure": FIELDS.strength_unit,
    "Units in a fill": "12",
    "Units in a session": "2",
    "Days that a fill lasts": "28",
    "Directions": FIELDS.directions,
    "Indication": FIELDS.indication,
}


def sound(page: Page) -> None:
    assert violations(page) == []
    assert sideways(page) == 0


@pytest.fixture
def okafor(live: Live, visit_as: Callable[..., Page]) -> Page:
    return visit_as(live, staff="okafor")


@pytest.fixture
def gilbert(live: Live) -> UUID:
    """Somebody who is treated and was seen by a physician today, of whom nothing was ordered."""
    town, by = live.town, live.town.actors["okafor"]
    patient, physician = town.patients["gilbert"].id, town.physicians["okafor"].id
    with town.begin(by=by) as session:
        plan = treatment.open_plan(session, patient_id=patient, physician_id=physician, by=by, now=town.now)
        treatment.enter_phase(
            session, plan_id=plan.id, phase=Phase.INDUCTION, reason=None, version=plan.version, by=by, now=town.now
        )
    return patient


def asked(live: Live) -> None:
    """Let the pharmacy take the order, and the patient ask for the first shipment."""
    town, patient = live.town, live.town.patients["gilbert"]
    with town.begin(by=town.dana) as session:
        order, said = live_order_of(session, patient.id), {"now": live.clock()}
        record_external_status(
            session, order_id=order.id, status="PharmacyVerified", reference="RX-556", by=town.dana, **said
        )
        request_refill(session, patient_id=patient.id, is_adult_available=True, by=patient_of(session, order), **said)


def check_program(page: Page) -> None:
    page.get_by_role("link", name="Record a PDMP check").first.click()
    page.get_by_label("At", exact=True).fill("09:55")
    page.get_by_role("radio", name="Nothing else").check()
    page.get_by_label("Number of the query").fill("Q-556")
    page.get_by_label("Other prescribers").fill("0")
    page.get_by_label("Other pharmacies").fill("0")
    page.get_by_role("button", name="Keep the check").click()
    expect(page.locator("#checks")).to_contain_text("No. Q-556")


def code_of_okafor(live: Live) -> str:
    """Give the physician an app for codes and return what it shows now."""
    seed = new_seed()
    with live.town.begin(by=live.town.dana) as session:
        account = session.get_one(StaffAccount, live.town.staff["okafor"])
        account.totp_seed, account.totp_confirmed_at = seed, live.clock()
    return code_at(seed, counter_at(live.clock()))


def write_order(page: Page) -> None:
    page.get_by_role("link", name="Write an order").first.click()
    for label, value in FORM.items():
        page.get_by_label(label, exact=True).fill(value)
    for label, value in (("Form", "Troche"), ("Route", "Sublingual"), ("Refills", "2")):
        page.get_by_label(label, exact=True).select_option(label=value)
    page.get_by_label("Pharmacy", exact=True).select_option(index=1)
    page.get_by_role("button", name="Keep the draft").click()


def test_a_physician_checks_writes_signs_with_a_fresh_code_and_releases(okafor: Page, gilbert: UUID, live: Live):
    okafor.goto(f"/my-patients/{gilbert}/medication")
    check_program(okafor)
    write_order(okafor)
    live.clock.advance(minutes=6)
    okafor.get_by_role("link", name="Sign", exact=True).click()
    okafor.get_by_label("Six-digit code").fill(code_of_okafor(live))
    okafor.get_by_role("button", name="Continue").click()
    expect(okafor.get_by_role("heading", level=1)).to_have_text("Sign this order?")
    sound(okafor)
    okafor.get_by_role("button", name="Sign", exact=True).click()
    expect(okafor.locator("main")).to_contain_text("What was signed, unchanged")
    expect(okafor.get_by_role("link", name="Change")).to_have_count(0)

    asked(live)
    okafor.goto("/refills")
    row = okafor.get_by_role("row").filter(has_text="Ransome")
    expect(row).to_contain_text("Nothing speaks against it")
    row.get_by_role("link").click()
    okafor.get_by_role("button", name="Release the shipment").click()
    expect(okafor.get_by_role("status")).to_contain_text("First fill is released to the pharmacy.")
    expect(okafor.locator("#next")).to_contain_text("Released")
    sound(okafor)


def test_the_desk_tells_the_pharmacys_steps_and_hands_the_parcel_over(
    live: Live, gilbert: UUID, visit_as: Callable[..., Page]
):
    with live.town.begin(by=live.town.actors["okafor"]) as session:
        order = sign_order_of(live.town, session, "gilbert", now=live.clock())
        fill_id = release_fill_of(live.town, session, order, now=live.clock()).id
    dana = visit_as(live, staff="dana")
    dana.goto("/deliveries")
    expect(dana.locator("#to-order")).to_contain_text("Ransome, Gilbert")
    dana.goto(f"/deliveries/fills/{fill_id}")
    for word in ("It was sent to the pharmacy", "The pharmacy has checked it and names the lots", "It is packed"):
        dana.get_by_role("radio", name=word).check()
        if "lots" in word:
            for label, value in LABEL.items():
                dana.get_by_label(label).first.fill(value)
        dana.get_by_role("button", name="Write it down").click()
    sound(dana)
    dana.get_by_label("Carrier", exact=True).select_option(label="UPS")
    dana.get_by_label("Tracking number").fill("1Z 0000 0000 0000 0556")
    dana.get_by_label("Expected on").fill("2026-11-25")
    dana.get_by_role("button", name="Hand over").click()
    expect(dana.get_by_role("heading", level=1)).to_have_text("Parcel")
    sound(dana)

    live.clock.advance(minutes=12)
    dana.goto("/deliveries")
    expect(dana.locator("#in-transit")).to_contain_text("Ransome, Gilbert")
    expect(dana.locator("#in-transit")).to_contain_text("12 min")
    expect(dana.locator("#unconfirmed")).to_contain_text("Iriarte, Paloma")
    for word in CLINICAL:
        assert word not in dana.locator("main").inner_text()
    sound(dana)


def test_a_patient_confirms_what_is_not_as_packed_and_every_role_sees_what_it_may(
    live: Live, okafor: Page, visit_as: Callable[..., Page]
):
    phone = visit_as(live, **PHONE)
    phone.goto(f"/v/{deliveries_link(live.town)}?lang=en")
    for label, value in (("Month", "12"), ("Day", "2"), ("Year", "1993")):
        phone.get_by_label(label, exact=True).fill(value)
    phone.get_by_role("button", name="Continue").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your deliveries")
    sound(phone)
    phone.get_by_role("link", name="Confirm it").tap()
    phone.get_by_label("Number on the label").fill(LOT.number)
    phone.get_by_label("How many are there in all?").fill("10")
    phone.get_by_role("radio", name="Yes").check()
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Confirm it").tap()
    expect(phone.get_by_role("status")).to_contain_text("Use nothing of it until we have talked.")
    phone.get_by_role("link", name="Tell us how many you have").tap()
    phone.get_by_label("How many are there in all?").fill("8")
    phone.get_by_role("button", name="Save").tap()
    phone.get_by_role("link", name="Something is missing or broken").tap()
    phone.get_by_role("radio", name="I cannot find it").check()
    phone.get_by_label("How many is it about?").fill("1")
    phone.get_by_role("button", name="Send").tap()
    phone.get_by_role("link", name="Ask for the next delivery").tap()
    for group in ("Is this address right?", "Can an adult be there to sign?"):
        phone.get_by_role("group", name=group).get_by_role("radio", name="Yes").check()
    phone.get_by_role("button", name="Ask for it").tap()
    expect(phone.get_by_role("status")).to_contain_text("we have your request")
    sound(phone)

    dana = visit_as(live, staff="dana")
    dana.goto("/today")
    expect(dana.locator(".work-item", has_text="A parcel needs a call")).to_contain_text("Iriarte, Paloma")
    dana.goto(f"/lots/{live.town.others['lot_id']}")
    dana.get_by_label("On whose word?").fill("The pharmacy's letter of today")
    dana.get_by_role("button", name="Recall the lot").click()
    expect(dana.get_by_role("row").filter(has_text="Iriarte, Paloma")).to_be_visible()
    sound(dana)

    okafor.goto("/refills")
    row = okafor.get_by_role("row").filter(has_text="Iriarte")
    okafor.set_viewport_size({"width": 320, "height": 640})
    sound(okafor)
    row.get_by_role("link").click()
    for sentence in ("The last look into the monitoring program was", "No visit with a physician", "Open reports"):
        expect(okafor.locator("main")).to_contain_text(sentence)
    sound(okafor)
    expect(okafor.get_by_role("button", name="Release the shipment")).to_have_count(0)
    okafor.locator("#reports").get_by_role("link", name="Parcel had something else in it").click()
    okafor.get_by_label("What was found out").fill("Two were left out at the pharmacy, which says so in writing.")
    okafor.get_by_role("button", name="Settle the report").click()
    expect(okafor.locator("#reports li").filter(has_text="something else")).to_contain_text("Settled")
