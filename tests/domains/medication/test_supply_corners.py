"""Supply where two things meet: merged records, recalls under way, second words, care that ends."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic import casework
from clinic.gateways.carriers import CarrierWord
from clinic.kernel.errors import ChangedMeanwhile
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, correct_after_count, record_count
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.parcel_watch import watch_parcels
from clinic.medication.actions.parcels import dispute_delivery, take_events
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.actions.recalls import recall_lot
from clinic.medication.actions.requests import request_refill
from clinic.medication.actions.session_units import take_unit_count
from clinic.medication.actions.settling_claims import settle_claim
from clinic.medication.errors import UnitsRefused, WrongState
from clinic.medication.models import Lot, Receipt, SupplyClaim
from clinic.medication.queries.fills import fill
from clinic.medication.queries.ledger import balance_of, entries_of
from clinic.medication.queries.recalls import waiting_notices
from clinic.medication.rules.fills import FillState
from clinic.monitoring.actions.answering import submit
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.treatment.actions import end_plan_of_patient
from clinic.worklist.actions import close_item
from clinic.worklist.models import WorkItem
from tests.domains.medication.medication_makers import FIELDS, a_check
from tests.domains.medication.supply_makers import (
    CARRIER,
    LOT,
    WATCHER,
    a_packed_fill,
    a_parcel,
    a_plan_of,
    a_released_fill,
    an_order,
    confirm,
    deliver,
    patient_of,
    supplied,
    told,
)
from tests.domains.monitoring.check_in_makers import survey
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import on, take

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 2 * DAY
TWO_LOTS = tuple(
    LotUnits(number=number, compounded_on=date(2026, 11, 16), beyond_use_on=date(2027, 4, 30), units=6)
    for number in ("A-1", "B-2")
)


@pytest.fixture
def order(order_clinic):
    return an_order(order_clinic)


def units(session, patient_id):
    return sum(each.units for each in balance_of(session, patient_id))


def lots(session):
    return {lot.number: lot.id for lot in session.scalars(select(Lot))}


def tasks(session):
    return {
        (each.kind, each.dedupe_key.rsplit(":", 1)[-1]): each
        for each in session.scalars(select(WorkItem).where(WorkItem.state == "open"))
        if each.kind in {"parcel_exception", "recall_call", "order_ending"}
    }


def recall(session, number=LOT.number, now=LATER):
    return recall_lot(session, lot_id=lots(session)[number], source="The pharmacy's letter", by=COORDINATOR, now=now)


def merge(session, loser_id, survivor_id):
    records = {name: session.get_one(Patient, each) for name, each in (("loser", loser_id), ("survivor", survivor_id))}
    wanted = {f"{name}_id": each.id for name, each in records.items()}
    wanted |= {f"{name}_version": each.version for name, each in records.items()}
    return casework.merge(session, by=COORDINATOR, now=NOW, **wanted)


def test_an_order_of_a_merged_record_is_filled_for_the_one_that_lives_on(session, order_clinic, order):
    survivor = order_clinic.patient()
    old = order.patient_id
    merge(session, old, survivor.id)
    request_refill(session, patient_id=survivor.id, by=COORDINATOR, now=NOW)
    a_check(session, survivor, by=order_clinic.doctor, now=NOW)
    asked = request_fill(session, order_id=order.id, by=COORDINATOR, now=NOW)
    released = release_fill(session, fill_id=asked.id, by=order_clinic.doctor, now=NOW)
    assert (released.fill.state, released.fill.patient_id) == ("released", survivor.id)
    with pytest.raises(ChangedMeanwhile, match="merged"):
        record_count(session, patient_id=old, counted=0, at=CountAt(), by=COORDINATOR, now=NOW)


def test_two_records_that_both_have_an_order_are_not_merged(session, order_clinic, order):
    other = an_order(order_clinic)
    end_plan_of_patient(session, patient_id=other.patient_id, reason="Moved away", by=order_clinic.doctor, now=NOW)
    with pytest.raises(WrongState, match="order that still counts"):
        merge(session, other.patient_id, order.patient_id)


def test_what_is_packed_and_never_leaves_is_kept_by_the_pharmacy_and_makes_room(session, order_clinic):
    order = an_order(order_clinic)
    packed = a_packed_fill(order_clinic, order)
    recall(session)
    kept = {"fill_id": packed.id, "by": COORDINATOR, "now": LATER}
    with pytest.raises(UnitsRefused, match="what the pharmacy said"):
        record_pharmacy_step(session, told=Told(state=FillState.VOIDED), **kept)
    record_pharmacy_step(session, told=Told(state=FillState.VOIDED, reason="Recalled lot."), **kept)
    assert a_released_fill(order_clinic, order, now=LATER).number == 1


def test_the_last_fill_uses_the_order_up_also_when_it_never_leaves_and_a_carriers_one_is_not_voided_here(
    session, order_clinic
):
    order, other = (an_order(order_clinic, fields=replace(FIELDS, refills=0)) for _ in range(2))
    step = {"told": Told(state=FillState.VOIDED, reason="It broke."), "by": COORDINATOR, "now": LATER}
    record_pharmacy_step(session, fill_id=a_packed_fill(order_clinic, order).id, **step)
    assert order.state == "depleted"
    with pytest.raises(WrongState, match="The carrier has this fill"):
        record_pharmacy_step(session, fill_id=a_parcel(order_clinic, other).fill_id, **step)


def test_a_patient_who_has_a_parcel_before_the_carrier_says_so_does_not_lose_it_by_silence(
    session, order_clinic, order
):
    parcel = a_parcel(order_clinic, order)
    take_events(
        session,
        shipment_id=parcel.id,
        events=[told(parcel, CarrierWord.IN_TRANSIT, at=NOW + HOUR)],
        by=CARRIER,
        now=NOW + HOUR,
    )
    confirm(session, parcel, now=LATER)
    assert (parcel.state, units(session, order.patient_id)) == ("delivered_unsigned", 12)
    watch_parcels(session, by=WATCHER, now=NOW + 12 * DAY)
    assert (parcel.state, units(session, order.patient_id)) == ("delivered_unsigned", 12)
    late = told(parcel, CarrierWord.DELIVERED, at=NOW + DAY, signed_by="A. Invented")
    take_events(session, shipment_id=parcel.id, events=[late], by=CARRIER, now=NOW + 12 * DAY)
    assert (parcel.state, units(session, order.patient_id)) == ("confirmed", 12)


def test_the_same_wrong_count_again_is_one_case_and_the_right_one_brings_the_ledger_back(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + DAY)
    confirm(session, parcel, now=LATER, counted=10)
    confirm(session, parcel, now=LATER + HOUR, counted=10)
    assert len(session.scalars(select(SupplyClaim)).all()) == len(session.scalars(select(Receipt)).all()) == 1
    confirm(session, parcel, now=LATER + 2 * HOUR)
    assert units(session, order.patient_id) == 12


def test_an_empty_box_is_a_case_and_leaves_nothing_in_the_ledger(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order, lots=TWO_LOTS)
    deliver(session, parcel, at=NOW + DAY)
    visit = take(session, a_plan_of(session, order), at=on("2026-11-25"))
    log_session_units(
        session,
        patient_id=order.patient_id,
        appointment_id=visit.id,
        lot_id=lots(session)["B-2"],
        units=2,
        by=COORDINATOR,
        now=LATER,
    )
    assert not confirm(session, parcel, now=LATER, lot_number="a1", counted=0).is_match
    assert units(session, order.patient_id) == 0


def test_a_parcel_that_did_not_come_is_one_case_however_often_it_is_said_and_ends_when_it_is_settled(
    session, order_clinic, order
):
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + DAY)
    said = {"shipment_id": parcel.id, "by": patient_of(session, order)}
    claim = dispute_delivery(session, now=LATER, **said)
    assert dispute_delivery(session, now=LATER + HOUR, **said).id == claim.id
    settle_claim(
        session, claim_id=claim.id, settlement="Stolen.", version=claim.version, by=order_clinic.doctor, now=LATER
    )
    assert (parcel.state, fill(session, parcel.fill_id).state) == ("disputed", "closed")


def test_no_more_turns_up_than_was_gone(session, order_clinic, order):
    supplied(order_clinic, order)
    wanted = {"patient_id": order.patient_id, "lot_number": LOT.number, "by": patient_of(session, order), "now": LATER}
    record_loss(session, kind="lost", units=3, **wanted)
    with pytest.raises(UnitsRefused, match="3 units were reported as gone, and this is about 4"):
        record_loss(session, kind="found", units=4, **wanted)
    record_loss(session, kind="found", units=3, **wanted)
    assert units(session, order.patient_id) == 12


def test_a_physician_follows_the_newest_count_only_and_brings_back_what_had_left_by_its_lot(
    session, order_clinic, order
):
    parcel = a_parcel(order_clinic, order, lots=TWO_LOTS)
    deliver(session, parcel, at=NOW + DAY)
    visit = take(session, a_plan_of(session, order), at=on("2026-11-25"))
    for number in ("A-1", "B-2"):
        log_session_units(
            session,
            patient_id=order.patient_id,
            appointment_id=visit.id,
            lot_id=lots(session)[number],
            units=4,
            by=COORDINATOR,
            now=LATER,
        )
    counted = {"patient_id": order.patient_id, "at": CountAt(), "by": patient_of(session, order)}
    old = record_count(session, counted=10, now=LATER, **counted)
    new = record_count(session, counted=9, now=LATER + HOUR, **counted)
    follow = {"reason": "Counted twice", "by": order_clinic.doctor, "now": LATER + 2 * HOUR}
    with pytest.raises(UnitsRefused, match="moved on"):
        correct_after_count(session, count_id=old.id, **follow)
    assert correct_after_count(session, count_id=new.id, **follow) == 5
    assert [each.units for each in balance_of(session, order.patient_id)] == [6, 3]


def test_what_a_person_took_off_the_list_does_not_come_back_without_news(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    odd = told(parcel, CarrierWord.UNKNOWN, at=NOW + HOUR, word="teleported")
    broken = told(parcel, CarrierWord.EXCEPTION, at=NOW + 2 * HOUR)
    early = told(parcel, CarrierWord.DELIVERED, at=NOW - DAY)
    poll = {"shipment_id": parcel.id, "events": [early, odd, broken], "by": CARRIER}
    take_events(session, now=NOW + 3 * HOUR, **poll)
    watch_parcels(session, by=WATCHER, now=NOW + 4 * DAY)
    version = parcel.version
    found = tasks(session)
    assert {why for _, why in found} == {"impossible", "unknown", "exception", "no_scan"}
    for task in found.values():
        close_item(session, item_id=task.id, version=task.version, by=COORDINATOR, now=NOW + 4 * DAY)
    take_events(session, now=NOW + 5 * DAY, **poll)
    watch_parcels(session, by=WATCHER, now=NOW + 5 * DAY)
    assert (tasks(session), parcel.version) == ({}, version)


def test_who_gets_units_of_a_recalled_lot_only_later_is_told_of_it_too(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    watch_parcels(session, by=WATCHER, now=NOW + 11 * DAY)
    assert parcel.state == "lost"
    recall(session, now=NOW + 12 * DAY)
    assert waiting_notices(session, order.patient_id) == []
    deliver(session, parcel, at=NOW + 13 * DAY)
    (notice,) = waiting_notices(session, order.patient_id)
    assert notice.units_on_hand == 12
    assert {kind for kind, _ in tasks(session)} >= {"recall_call"}


def test_units_taken_on_the_last_good_day_are_entered_the_day_after(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order, lots=(replace(LOT, beyond_use_on=date(2026, 11, 25)),))
    deliver(session, parcel, at=NOW + DAY)
    visit, later = take(session, a_plan_of(session, order), at=on("2026-11-25")), on("2026-11-26")
    asked = survey(session, session.get_one(Patient, order.patient_id), "unit_count", now=later)
    asked.part("unit_count").appointment_id = visit.id
    asked.save("unit_count", {"taken": "2", "remaining": "10", "wasted": "0"}, now=later)
    submit(session, check_in_id=asked.id, leaves_out=True, by=asked.by, now=later)
    take_unit_count(session, check_in_id=asked.id, by=WATCHER, now=later)
    newest = entries_of(session, order.patient_id)[0]
    assert (newest.kind, newest.on) == ("taken", date(2026, 11, 25))


def test_care_that_ends_takes_back_what_is_with_us_and_keeps_what_is_out_there_on_the_list(
    session, order_clinic, order
):
    waiting = an_order(order_clinic)
    held = a_released_fill(order_clinic, waiting)
    parcel = a_parcel(order_clinic, order)
    recall(session)
    for row in (order, waiting):
        patient = session.get_one(Patient, row.patient_id)
        casework.set_status(
            session,
            patient_id=patient.id,
            status=PatientStatus.DISCHARGED,
            reason="Moved away",
            version=patient.version,
            by=COORDINATOR,
            now=LATER,
        )
    assert (order.state, waiting.state, held.state) == ("stopped", "stopped", "canceled")
    found = tasks(session)
    assert ("parcel_exception", "care_ended") in found
    assert [each.patient_id for (kind, _), each in found.items() if kind == "recall_call"] == [order.patient_id]
    assert parcel.state == "label_created"
