"""Addresses: confirmed and corrected on the spot, inside the clinic's counties, and never the wrong one on a parcel."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.gateways.carriers import CarrierWord
from clinic.kernel.errors import ChangedMeanwhile
from clinic.medication.actions.address_tasks import keep_address_tasks
from clinic.medication.actions.addresses import correct_address, keep_marks, say_address
from clinic.medication.actions.parcels import take_events
from clinic.medication.actions.requests import request_refill
from clinic.medication.models import AddressMark
from clinic.medication.queries.addresses import confirmed_on, words_of
from clinic.medication.queries.contacts import contact_facts
from clinic.medication.queries.gathering import gate_inputs
from clinic.medication.rules.addresses import is_forwarder, normal_address
from clinic.people.errors import CountyOfAnotherState, NotAPostalCode, UnknownCounty, UnknownState
from clinic.people.models import Patient
from clinic.people.rules.addresses import NewAddress
from clinic.worklist.models import WorkItem
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import CARRIER, WATCHER, a_packed_fill, a_parcel, an_order, patient_of, told
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

PENSACOLA = NewAddress(
    address_line="4 Bay Lane", city="Pensacola", state="FL", postal_code="32501", county_fips="12033"
)
LATER = NOW + timedelta(hours=5)


@pytest.fixture
def order(order_clinic: OrderClinic):
    return an_order(order_clinic)


def where(session, order) -> date | None:
    return gate_inputs(session, [order.patient_id], now=LATER)[order.patient_id].address_confirmed_on


def tasks(session) -> list[str]:
    wanted = select(WorkItem).where(WorkItem.kind == "address_check", WorkItem.state == "open")
    return [each.reason for each in session.scalars(wanted.order_by(WorkItem.dedupe_key))]


def correct(session, order, *, by=COORDINATOR, now=LATER, **changes):
    patient = session.get_one(Patient, order.patient_id)
    wanted = {name: getattr(PENSACOLA, name) for name in PENSACOLA.__dataclass_fields__} | changes
    version = wanted.pop("version", patient.version)
    return correct_address(session, patient_id=patient.id, new=NewAddress(**wanted), version=version, by=by, now=now)


def test_a_coordinator_confirms_what_the_patient_says_and_both_stand_in_the_history(session, order):
    assert where(session, order) is None
    say_address(session, patient_id=order.patient_id, is_right=True, by=COORDINATOR, now=NOW)
    assert where(session, order) == date(2026, 11, 23)
    request_refill(
        session, patient_id=order.patient_id, is_address_right=False, by=patient_of(session, order), now=LATER
    )
    assert where(session, order) is None
    assert [(each.is_right, each.said_by) for each in words_of(session, order.patient_id)] == [
        (False, "patient"),
        (True, "staff"),
    ]
    assert tasks(session) == ["The patient says that the address on record is not right. Ask for the right one."]
    say_address(session, patient_id=order.patient_id, is_right=True, by=COORDINATOR, now=LATER + timedelta(minutes=1))
    assert tasks(session) == []


def test_a_corrected_address_is_confirmed_and_moves_the_zone(session, order):
    correct(session, order)
    patient = session.get_one(Patient, order.patient_id)
    assert (patient.zone, patient.city, patient.updated_by) == ("America/Chicago", "Pensacola", COORDINATOR.name)
    assert where(session, order) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": "GA"}, UnknownState),
        ({"county_fips": "34013"}, CountyOfAnotherState),
        ({"county_fips": "13121"}, UnknownCounty),
        ({"postal_code": "30301"}, NotAPostalCode),
        ({"version": 99}, ChangedMeanwhile),
    ],
)
def test_an_address_that_the_clinic_does_not_serve_is_refused_and_nothing_changes(session, order, changes, refusal):
    with pytest.raises(refusal):
        correct(session, order, **changes)
    assert session.get_one(Patient, order.patient_id).city == "Miami"
    assert words_of(session, order.patient_id) == []


def test_an_address_that_changed_after_it_was_confirmed_is_not_confirmed_any_more(session, order_clinic, order):
    say_address(session, patient_id=order.patient_id, is_right=True, by=COORDINATOR, now=NOW)
    patient = session.get_one(Patient, order.patient_id)
    patient.preferred_name = "Bo"
    patient.touch(by=COORDINATOR, now=LATER)
    keep_marks(session, now=LATER)
    assert confirmed_on(session, [patient.id]) == {patient.id: date(2026, 11, 23)}
    patient.address_line = "13 Palm Way"
    patient.touch(by=COORDINATOR, now=LATER)
    keep_marks(session, now=LATER)
    assert confirmed_on(session, [patient.id]) == {}
    assert keep_marks(session, now=LATER) == 0


def test_a_parcel_on_its_way_to_the_old_address_is_asked_about_until_it_is_over(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    correct(session, order)
    [reason] = tasks(session)
    assert parcel.tracking_number in reason
    assert "Call the carrier" in reason
    scans = [told(parcel, CarrierWord.DELIVERED, at=LATER, signed_by="A. Invented")]
    take_events(session, shipment_id=parcel.id, events=scans, by=CARRIER, now=LATER)
    keep_address_tasks(session, by=WATCHER, now=LATER)
    assert tasks(session) == []


def test_the_pharmacy_is_told_of_an_address_that_its_order_does_not_have(session, order_clinic, order):
    a_packed_fill(order_clinic, order)
    correct(session, order)
    keep_address_tasks(session, by=WATCHER, now=LATER)
    [reason] = tasks(session)
    assert reason.endswith("Tell the pharmacy before it leaves.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 Palm Street, Apt. 4", "12 palm st #4"),
        ("12 N. Palm Avenue Unit 7B", "12 North Palm Ave Apt 7b"),
        ("9 O\u2019Hara Road", "9 OHara Rd."),
    ],
)
def test_two_ways_of_writing_one_address_are_the_same(one, other):
    assert normal_address(one, "33101-1234") == normal_address(other, "33101")
    assert normal_address(one, "33101") != normal_address(one, "33102")
    assert normal_address(one, "33101") != normal_address(f"1{one}", "33101")


@pytest.mark.parametrize(
    ("line", "is_one"),
    [
        ("P.O. Box 12", True),
        ("PO BOX 9", True),
        ("Post Office Box 3", True),
        ("88 Bay Road PMB 12", True),
        ("5 Harbor Freight Forwarding Ave", True),
        ("Apartado 44", True),
        ("General Delivery", True),
        ("12 Boxwood Lane", False),
        ("9 Forward Street", False),
        ("7 Pobox Creek Way", False),
    ],
)
def test_mailboxes_and_forwarders_are_known_by_their_words(line, is_one):
    assert is_forwarder(line) is is_one


def test_every_record_is_marked_once_and_again_after_it_was_saved(session, order_clinic, order):
    keep_marks(session, now=NOW)
    marks = session.scalars(select(AddressMark)).all()
    assert len(marks) == len(session.scalars(select(Patient)).all())
    assert keep_marks(session, now=NOW) == 0


def test_the_rules_hear_of_households_forwarders_and_changes_before_a_parcel(session, order_clinic, order):
    other = order_clinic.patient(address_line="P.O. Box 9", city="Miami", postal_code="33101")
    keep_marks(session, now=NOW)
    zones = {order.patient_id: "America/New_York", other.id: "America/New_York"}
    known = contact_facts(session, zones, since=NOW - timedelta(days=90))
    assert (known[order.patient_id].shared, known[other.id].forwarded_on) == ((), (date(2026, 11, 23),))
    correct(session, order, address_line="PO box 9", city="Miami", postal_code="33101", county_fips="12086", now=NOW)
    a_parcel(order_clinic, order)
    keep_marks(session, now=NOW)
    known = contact_facts(session, zones, since=NOW - timedelta(days=90))
    [one], [two] = known[order.patient_id].shared, known[other.id].shared
    assert (one.id, one.what, one.others, two.others) == (two.id, "address", 1, 1)
    assert known[order.patient_id].sent_on == (date(2026, 11, 23),)
