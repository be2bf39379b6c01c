"""The patient's page of deliveries: what comes is confirmed, counted, missed or asked for, in both languages."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.access import actions as access
from clinic.audit.models import AuditEvent
from clinic.gateways.carriers import CarrierWord
from clinic.kernel.actor import Role
from clinic.medication.actions.page_link import page_link
from clinic.medication.actions.parcels import take_events
from clinic.medication.actions.recalls import recall_lot
from clinic.medication.actions.requests import decline_request, request_refill
from clinic.medication.models import RecallNotice, Receipt, RefillRequest, SupplyClaim, UnitCount
from clinic.medication.queries.addresses import words_of
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.leftovers import leftovers_of
from clinic.medication.rules.parcels import ShipmentState
from clinic.people.models import Patient
from clinic.treatment.rules.phases import Phase
from clinic.web.patient.deliveries.wording import STATES
from clinic.worklist import queries as worklist
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import CARRIER, LOT, a_parcel, a_plan_of, an_order, confirm, deliver, told
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import enter
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import english_in

CLINICAL = re.compile(
    r"medic|drug|dose|dosis|prescri|receta|ketamin|farmac|pharmac|troche|tablet|treat|tratam", re.IGNORECASE
)
LATER = NOW + timedelta(days=1)
FOUND = {"lot_number": LOT.number, "counted": "12", "is_seal_intact": "yes", "is_locked_away": "yes"}


@pytest.fixture
def supply(session) -> OrderClinic:
    return OrderClinic(session)


@pytest.fixture
def order(supply):
    return an_order(supply)


@pytest.fixture
def come(app: Flask, supply, order, clock) -> Callable[..., Page]:
    """Open the link of a patient's text a day later with the right birth date."""

    def enter(*, language: str = "en", patient_id=None) -> Page:
        patient = supply.session.get_one(Patient, patient_id or order.patient_id)
        patient.language = language
        link = page_link(supply.session, patient, by=COORDINATOR, now=NOW, ring=RING)
        token = access.render_link(supply.session, link_id=link.id, ring=RING)
        supply.session.commit()
        clock.instant = LATER + timedelta(hours=2)
        return type_birth_date(Browser(app.test_client()).get(f"/v/{token}"), patient.birth_date)

    return enter


@pytest.fixture
def parcel(supply, order):
    return deliver(supply.session, a_parcel(supply, order), at=LATER)


def again(supply, row):
    supply.session.expire_all()
    return supply.session.get_one(type(row), row.id)


def test_a_delivery_is_confirmed_by_number_count_seal_and_lock(supply, parcel, come):
    page = come()
    assert (page.path, page.h1) == ("/my-deliveries", "Your deliveries")
    assert "Check it, lock it away, then confirm it here." in page.text
    done = page.click("Confirm it").form("confirm").submit(**FOUND)
    assert done.toasts == ["✓ Thank you. It is confirmed."]
    assert "You have it" in done.text
    assert again(supply, parcel).state == ShipmentState.CONFIRMED
    seen = select(AuditEvent.action).where(AuditEvent.action == "deliveries.viewed")
    assert supply.session.scalars(seen).all()


@pytest.mark.parametrize(
    ("changes", "box", "sentence"),
    [
        ({"lot_number": "X-1"}, "lot_number", "We do not know this number."),
        ({"lot_number": ""}, "lot_number", "Enter the number from the label."),
        ({"counted": "13"}, "counted", "This is more than there should be."),
        ({"counted": "-1"}, "counted", "Count them"),
        ({"counted": "a dozen"}, "counted", "Count them"),
        ({"is_seal_intact": None}, "is_seal_intact", "Choose yes or no."),
        ({"is_locked_away": None}, "is_locked_away", "Lock it away first"),
    ],
)
def test_what_cannot_be_is_refused_at_its_box_and_changes_nothing(supply, parcel, come, changes, box, sentence):
    page = come().click("Confirm it").form("confirm").submit(**(FOUND | changes))
    assert page.status == 422
    assert sentence in page.errors[box]
    assert again(supply, parcel).state == ShipmentState.DELIVERED
    assert not supply.session.scalars(select(Receipt)).all()


def test_fewer_than_were_packed_is_taken_once_and_opens_a_case(supply, parcel, come):
    form = come().click("Confirm it").form("confirm")
    first = form.submit(**(FOUND | {"counted": "10"}))
    assert "Use nothing of it until we have talked." in first.toasts[0]
    assert "You told us before." in form.submit(**(FOUND | {"counted": "10"})).toasts[0]
    assert [one.units for one in supply.session.scalars(select(SupplyClaim))] == [2]
    assert sum(lot.units for lot in balance_of(supply.session, parcel.patient_id)) == 10


def test_a_delivery_that_did_not_come_is_reported_once(supply, parcel, come):
    form = come().click("It did not come").form("missing")
    for _ in range(2):
        assert form.submit(about="Nobody rang.").toasts == ["✓ Thank you. We look into it and call you."]
    [claim] = supply.session.scalars(select(SupplyClaim))
    assert (claim.kind, claim.words, claim.reported_by) == ("not_delivered", "Nobody rang.", "patient")
    assert again(supply, parcel).state == ShipmentState.DISPUTED


def test_a_count_is_kept_and_does_not_tell_what_should_be_there(supply, parcel, come):
    confirm(supply.session, parcel, now=LATER)
    page = come().click("Tell us how many you have")
    assert "12" not in page.text
    assert page.form("count").submit(counted="13").errors["counted"].startswith("This is more")
    assert page.form("count").submit(counted="11").toasts == ["✓ Saved. Thank you for counting."]
    [count] = supply.session.scalars(select(UnitCount))
    assert (count.counted, count.expected, count.moment) == (11, 12, "asked")


def test_a_report_about_something_at_home_counts_once_even_when_sent_twice(supply, parcel, come):
    confirm(supply.session, parcel, now=LATER)
    form = come().click("Something is missing or broken").form("problem")
    for _ in range(2):
        assert form.submit(kind="damaged", units="2").toasts[0].startswith("✓ Thank you for telling us.")
    assert [(one.kind, one.units) for one in supply.session.scalars(select(SupplyClaim))] == [("damaged", 2)]
    refused = form.submit(kind="lost", units="99")
    assert refused.errors["lot_number"].startswith("We need the number from the label")


def test_the_next_delivery_is_asked_for_explained_and_taken_back(supply, parcel, come):
    confirm(supply.session, parcel, now=LATER)
    page = come().click("Ask for the next delivery")
    patient = supply.session.get_one(Patient, parcel.patient_id)
    assert patient.address_line in page.text
    assert set(page.form("next").submit().errors) == {"is_address_right", "is_adult_available"}
    asked = page.form("next").submit(is_address_right="yes", is_adult_available="yes")
    assert "Your next parcel can leave from" in asked.text
    [request] = supply.session.scalars(select(RefillRequest).where(RefillRequest.state == "open"))
    assert (request.asked_by, request.is_adult_available) == ("patient", True)
    assert asked.form("withdraw").submit().toasts == ["✓ Your request is taken back."]
    assert again(supply, request).state == "withdrawn"


def test_a_lot_that_was_called_back_stands_first_and_is_set_aside(supply, parcel, come):
    confirm(supply.session, parcel, now=LATER)
    [lot] = balance_of(supply.session, parcel.patient_id)
    recall_lot(supply.session, lot_id=lot.lot_id, source="pharmacy", by=supply.doctor, now=LATER)
    page = come()
    assert LOT.number in page.text
    page.form("set-aside").submit()
    [notice] = supply.session.scalars(select(RecallNotice))
    assert notice.heard_from == "patient"


def test_what_a_plan_leaves_is_put_away_once_and_counted_down_to_nothing(supply, order, parcel, come):
    confirm(supply.session, parcel, now=LATER)
    enter(supply.session, a_plan_of(supply.session, order), Phase.AFTERCARE, by=supply.doctor, now=LATER)
    page = come()
    assert "Ask for the next delivery" not in page.links
    page = page.click("See how to put it away")
    assert "Never mail it" in page.text
    assert "12" not in page.text
    form = page.form("put-away")
    done = {"units": "7", "method": "destroyed_at_home", "counted": "5"}
    assert form.submit(**done).errors["witness"] == "Enter the name of the adult who watched."
    assert form.submit(**(done | {"units": "13", "witness": "B. Seen"})).errors["units"].startswith("This is more")
    for _ in range(2):
        assert form.submit(**done, witness="B. Seen").toasts == ["✓ Saved. Thank you."]
    [lot] = balance_of(supply.session, parcel.patient_id)
    assert lot.units == 5
    last = come().click("See how to put it away").form("put-away")
    gone = last.submit(units="5", method="take_back_site", counted="0")
    assert gone.toasts == ["✓ Thank you. Nothing is left; that was the last step."]
    assert "Put away what is left" not in gone.text
    assert leftovers_of(supply.session, parcel.patient_id) is None


def test_an_answer_of_no_is_told(supply, order, come):
    request = request_refill(supply.session, patient_id=order.patient_id, by=supply.doctor, now=NOW)
    no = {"answer": "Too early", "version": request.version, "by": supply.doctor, "now": LATER}
    decline_request(supply.session, request_id=request.id, **no)
    page = come()
    assert "We cannot send it now. Please call us to talk about it." in page.text
    assert "Too early" not in page.text


def test_nobody_reaches_the_delivery_of_somebody_else(supply, parcel, come):
    other = an_order(supply)
    browser = come(patient_id=other.patient_id).browser
    for path in ("confirm", "missing"):
        assert browser.get(f"/my-deliveries/{parcel.id}/{path}").status == 404
    assert browser.get("/my-visits").status == 404


def test_five_wrong_birth_dates_lock_the_link_and_a_new_one_opens_again(app, supply, order, come):
    page = come()
    patient = supply.session.get_one(Patient, order.patient_id)
    link = page_link(supply.session, patient, by=COORDINATOR, now=NOW, ring=RING)
    door = Browser(app.test_client()).get(f"/v/{access.render_link(supply.session, link_id=link.id, ring=RING)}")
    for _ in range(5):
        page = type_birth_date(door, patient.birth_date + timedelta(days=1))
    assert page.status == 410
    titles = [task.about.title for task in worklist.open_items(supply.session, roles=[Role.COORDINATOR])]
    assert "Link to the deliveries locked" in titles
    assert come().h1 == "Your deliveries"
    assert not [
        task
        for task in worklist.open_items(supply.session, roles=[Role.COORDINATOR])
        if task.about.title == "Link to the deliveries locked"
    ]


def test_every_page_speaks_spanish_and_no_clinical_word(supply, order, parcel, come):
    page = come(language="es")
    pages = [page, page.click("Confirmarlo"), page.click("No llegó"), page.click("Díganos cuántas tiene")]
    pages += [page.click("Falta algo o está roto"), page.click("Pedir la próxima entrega"), page.click("Su dirección")]
    pages += [pages[1].form("confirm").submit(counted="x"), pages[2].form("missing").submit()]
    pages.append(pages[5].form("next").submit(is_address_right="no", is_adult_available="no"))
    confirm(supply.session, parcel, now=LATER)
    enter(supply.session, a_plan_of(supply.session, order), Phase.AFTERCARE, by=supply.doctor, now=LATER)
    pages += [left := come(language="es"), away := left.click("Ver cómo desecharlo")]
    pages.append(away.form("put-away").submit(units="99", counted="x"))
    for one in pages:
        assert one.root.get("lang") == "es"
        assert english_in(one) == []
        assert not CLINICAL.search(one.text.replace("Un médico lo revisa", "")), one.text


def test_every_state_of_a_parcel_has_words():
    assert set(STATES) == set(ShipmentState)


def test_a_parcel_on_its_way_says_what_is_known(supply, order, come):
    row = a_parcel(supply, order)
    event = told(row, CarrierWord.DELIVERY_ATTEMPTED, at=LATER)
    take_events(supply.session, shipment_id=row.id, events=[event], by=CARRIER, now=LATER)
    page = come()
    assert "Could not be delivered" in page.text
    assert row.tracking_number in page.text
    assert "It did not come" not in page.links


def test_a_patient_calls_the_address_right_or_gives_the_new_one_in_the_clinics_area(supply, order, come):
    page = come().click("Your address")
    confirmed = page.form("confirm-address").submit()
    assert confirmed.toasts == ["✓ Thank you. The address is confirmed."]
    form = page.form("address")
    there = {"address_line": "4 Bay Lane", "city": "Pensacola", "state": "FL", "postal_code": "32501"}
    refused = form.submit(**there, county_fips="34013")
    assert refused.errors == {"county_fips": "Choose a county in your state."}
    done = form.submit(**there, county_fips="12033")
    assert done.toasts == ["✓ Thank you. We have your new address."]
    patient = again(supply, supply.session.get_one(Patient, order.patient_id))
    assert (patient.city, patient.zone) == ("Pensacola", "America/Chicago")
    assert [word.said_by for word in words_of(supply.session, patient.id)] == ["patient", "patient"]
