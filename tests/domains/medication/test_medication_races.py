"""People and a carrier at one order, fill or parcel at once, on real commits: nothing is doubled, nobody is stuck."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from clinic import casework
from clinic.gateways.carriers import CarrierWord
from clinic.kernel.actor import Actor, ActorKind
from clinic.medication.actions.fills import cancel_fill, release_fill, request_fill
from clinic.medication.actions.handing import hand_over
from clinic.medication.actions.ledger import enter
from clinic.medication.actions.parcels import StaffWord, dispute_delivery, staff_report, take_events
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.actions.recalls import recall_lot
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.actions.requests import request_refill
from clinic.medication.actions.signing import sign_order
from clinic.medication.actions.supply_locks import lock_fill
from clinic.medication.models import Fill
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ParcelWord
from clinic.medication.rules.units import UnitKind
from clinic.people.models import Patient
from tests.domains.medication.medication_makers import OrderClinic, a_check
from tests.domains.medication.supply_makers import (
    CARRIER,
    LOT,
    a_label,
    a_packed_fill,
    a_parcel,
    a_released_fill,
    an_order,
    supplied,
    told,
)
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.scheduling.crowd import DEADLOCKS, WAITING, kinds, together
from tests.domains.treatment.plan_makers import COORDINATOR, on, take

TOMORROW = NOW + timedelta(days=1)
LATER = TOMORROW + timedelta(hours=1)
LABELS = "select count(*) from shipment"
ON_HAND = "select coalesce(sum(units), 0) from unit_balance"
LEDGER = "select coalesce(sum(units), 0) from unit_entry"
DISPENSED = "select count(*) from unit_entry where kind = 'dispensed'"


def patient_of(row):
    """Return the patient of an order or a parcel as somebody at the own page."""
    return Actor(kind=ActorKind.PATIENT, id=row.patient_id, name="Patient")


class Dispensary:
    """A committed clinic that orders, and what people do in it, each in a transaction of its own."""

    def __init__(self, database):
        self.database, self.doctor = database, None

    def make(self, maker):
        """Return what `maker` makes of a clinic with an order, committed."""
        with self.database.begin(by=COORDINATOR) as session:
            clinic = OrderClinic(session)
            self.doctor = clinic.doctor
            return maker(clinic, an_order(clinic))

    def run(self, verb, *, by=COORDINATOR, now=NOW, **wanted):
        def call():
            with self.database.begin(by=by) as session:
                return verb(session, by=by, now=now, **wanted)

        return call

    @contextmanager
    def meanwhile(self, call, *, by=COORDINATOR):
        """Open a transaction; `call` begins once the block is done and waits for a lock until the commit."""
        results = []
        waiting = Thread(target=lambda: results.extend(together(call)))
        with self.database.begin(by=by) as session:
            yield session, results
            session.flush()
            waiting.start()
            while waiting.is_alive() and not self.count(str(WAITING)):
                pass
        waiting.join()

    def count(self, question):
        with self.database.engine.connect() as connection:
            return connection.scalar(text(question))


@pytest.fixture
def dispensary(database):
    made = Dispensary(database)
    yield made
    assert made.count(str(DEADLOCKS)) == 0
    assert made.count(ON_HAND) == made.count(LEDGER)


def asked(clinic, order):
    """Make a fill that waits for its release, with everything that the gate wants."""
    session = clinic.session
    request_refill(session, patient_id=order.patient_id, by=patient_of(order), now=NOW)
    a_check(session, session.get_one(Patient, order.patient_id), by=clinic.doctor)
    return request_fill(session, order_id=order.id, by=COORDINATOR, now=NOW)


def test_of_eight_who_sign_one_draft_one_does(dispensary):
    def drafted(clinic, _order):
        plan = clinic.treated()
        take(clinic.session, plan, at=on("2026-11-18", 14), kind="follow_up")
        draft = clinic.draft(plan)
        check = a_check(clinic.session, clinic.patient_of(plan), by=clinic.doctor)
        return draft, check

    draft, check = dispensary.make(drafted)
    wanted = {"order_id": draft.id, "version": draft.version, "pdmp_check_id": check.id, "issued_on": NOW.date()}
    sign = dispensary.run(sign_order, by=dispensary.doctor, has_stepped_up=True, **wanted)
    assert kinds(together(*[sign] * 8)) == {"Prescription": 1, "WrongState": 7}
    signed = "select count(*) from prescription_event where to_state = 'signed' and prescription_id = '{}'"
    assert dispensary.count(signed.format(draft.id)) == 1


def test_of_eight_who_ask_for_one_fill_one_does(dispensary):
    order = dispensary.make(lambda _clinic, order: order)
    results = together(*[dispensary.run(request_fill, order_id=order.id)] * 8)
    assert kinds(results) == {"Fill": 1, "WrongState": 7}


def test_of_eight_who_let_one_fill_out_one_does(dispensary):
    fill = dispensary.make(asked)
    release = dispensary.run(release_fill, by=dispensary.doctor, fill_id=fill.id)
    assert kinds(together(*[release] * 8)) == {"Released": 1, "WrongState": 7}
    assert dispensary.count("select count(*) from fill_event where to_state = 'released'") == 1
    assert dispensary.count("select count(*) from refill_decision") == 1


def test_a_release_and_a_cancellation_leave_the_fill_canceled_or_say_who_was_first(dispensary):
    fill = dispensary.make(asked)
    release = dispensary.run(release_fill, by=dispensary.doctor, fill_id=fill.id)
    cancel = dispensary.run(cancel_fill, fill_id=fill.id, reason="Asked twice")
    released, canceled = together(release, cancel)
    assert type(canceled).__name__ == "Fill"
    assert type(released).__name__ in {"Released", "WrongState"}
    assert dispensary.count("select state from fill") == "canceled"


def test_a_fill_that_two_hand_over_leaves_in_one_parcel(dispensary):
    fill = dispensary.make(a_packed_fill)
    hands = [dispensary.run(hand_over, fill_id=fill.id, label=a_label()) for _ in range(6)]
    assert kinds(together(*hands)) == {"HandedOver": 1, "WrongState": 5}
    assert dispensary.count(LABELS) == 1


def test_a_delivery_that_is_told_eight_times_is_entered_once(dispensary):
    parcel = dispensary.make(a_parcel)
    delivered = told(parcel, CarrierWord.DELIVERED, at=TOMORROW, signed_by="A. Invented")
    take_it = dispensary.run(take_events, by=CARRIER, now=TOMORROW, shipment_id=parcel.id, events=(delivered,))
    assert kinds(together(*[take_it] * 8)) == {"Shipment": 8}
    assert (dispensary.count("select count(*) from tracking_event"), dispensary.count(DISPENSED)) == (1, 1)
    assert dispensary.count(ON_HAND) == LOT.units


@pytest.mark.parametrize("said", [ParcelWord.LOST, ParcelWord.RETURNING])
def test_a_carriers_delivery_never_wins_over_what_a_person_said_later(dispensary, said):
    parcel = dispensary.make(a_parcel)
    delivered = told(parcel, CarrierWord.DELIVERED, at=TOMORROW, signed_by="A. Invented")
    webhook = dispensary.run(take_events, by=CARRIER, now=LATER, shipment_id=parcel.id, events=(delivered,))
    word = StaffWord(status=said, reason="The depot says so.")
    report = dispensary.run(staff_report, now=LATER, shipment_id=parcel.id, said=word)
    assert kinds(together(webhook, report, webhook)) == {"Shipment": 3}
    assert dispensary.count("select state from shipment") == said.value
    assert dispensary.count(ON_HAND) == 0


def test_a_patient_who_confirms_twice_and_a_carrier_bring_the_units_once(dispensary):
    parcel = dispensary.make(a_parcel)
    patient = patient_of(parcel)
    found = Found(lot_number=LOT.number, counted=LOT.units, is_seal_intact=True, is_locked_away=True)
    confirm = dispensary.run(confirm_receipt, by=patient, now=LATER, shipment_id=parcel.id, found=found)
    delivered = told(parcel, CarrierWord.DELIVERED, at=TOMORROW, signed_by="A. Invented")
    webhook = dispensary.run(take_events, by=CARRIER, now=LATER, shipment_id=parcel.id, events=(delivered,))
    assert kinds(together(confirm, webhook, confirm, webhook)) == {"Receipt": 2, "Shipment": 2}
    assert (dispensary.count(DISPENSED), dispensary.count(ON_HAND)) == (1, LOT.units)
    assert dispensary.count("select state from shipment") == "confirmed"


def test_a_parcel_that_is_disputed_and_confirmed_at_once_has_one_state_and_a_ledger_that_agrees(dispensary):
    def delivered(clinic, order):
        parcel = a_parcel(clinic, order)
        event = told(parcel, CarrierWord.DELIVERED, at=TOMORROW, signed_by="A. Invented")
        return take_events(clinic.session, shipment_id=parcel.id, events=[event], by=CARRIER, now=TOMORROW)

    parcel = dispensary.make(delivered)
    patient = patient_of(parcel)
    found = Found(lot_number=LOT.number, counted=LOT.units, is_seal_intact=True, is_locked_away=True)
    confirm = dispensary.run(confirm_receipt, by=patient, now=LATER, shipment_id=parcel.id, found=found)
    dispute = dispensary.run(dispute_delivery, by=patient, now=LATER, shipment_id=parcel.id)
    assert kinds(together(confirm, dispute)) == {"Receipt": 1, "SupplyClaim": 1}
    state = dispensary.count("select state from shipment")
    assert (state, dispensary.count(ON_HAND)) in {("disputed", 0), ("confirmed", LOT.units)}
    assert dispensary.count("select count(*) from supply_claim where settled_at is null") == 1


def test_of_ten_who_take_two_of_twelve_units_six_do(dispensary):
    parcel = dispensary.make(supplied)
    lot_id = dispensary.count("select id from lot")
    waste = dispensary.run(
        enter,
        now=LATER,
        patient_id=parcel.patient_id,
        lot_id=lot_id,
        kind=UnitKind.WASTED,
        units=2,
        on=LATER.date(),
    )
    assert kinds(together(*[waste] * 10)) == {"list": 6, "UnitsRefused": 4}
    assert dispensary.count(ON_HAND) == 0


def test_a_recall_and_a_delivery_never_wait_for_each_other_and_the_patient_is_told(dispensary):
    parcel = dispensary.make(a_parcel)
    lot_id = dispensary.count("select id from lot")
    delivered = told(parcel, CarrierWord.DELIVERED, at=TOMORROW, signed_by="A. Invented")
    webhook = dispensary.run(take_events, by=CARRIER, now=LATER, shipment_id=parcel.id, events=(delivered,))
    recall = dispensary.run(recall_lot, now=LATER, lot_id=lot_id, source="The pharmacy's letter")
    results = together(webhook, recall, webhook, recall)
    assert kinds(results) == {"Shipment": 2, "LotRecall": 1, "LotRecalled": 1}
    assert dispensary.count("select count(*) from recall_notice where heard_at is null") == 1


def test_whoever_hands_over_while_the_lot_is_being_recalled_waits_and_keeps_the_parcel(dispensary):
    fill = dispensary.make(a_packed_fill)
    hand = dispensary.run(hand_over, now=LATER, fill_id=fill.id, label=a_label())
    with dispensary.meanwhile(hand) as (session, results):
        lot_id = session.scalar(text("select id from lot"))
        recall_lot(session, lot_id=lot_id, source="The pharmacy's letter", by=COORDINATOR, now=LATER)
    (handed,) = results
    assert (handed.shipment, handed.decision.is_allowed, dispensary.count(LABELS)) == (None, False, 0)


def test_two_fills_that_bring_the_same_new_lot_at_once_share_it(dispensary):
    first, second = dispensary.make(
        lambda clinic, order: [a_released_fill(clinic, each) for each in (order, an_order(clinic))]
    )
    verified = Told(state=FillState.VERIFIED, lots=(replace(LOT, number="NEW 1"),))
    for fill in (first, second):
        dispensary.run(record_pharmacy_step, fill_id=fill.id, told=Told(state=FillState.SENT))()
    verify = dispensary.run(
        record_pharmacy_step, fill_id=second.id, told=replace(verified, lots=(replace(LOT, number="new-1"),))
    )
    with dispensary.meanwhile(verify) as (session, results):
        record_pharmacy_step(session, fill_id=first.id, told=verified, by=COORDINATOR, now=NOW)
    assert kinds(results) == {"Fill": 1}
    assert dispensary.count("select count(*) from lot") == 1


def test_whoever_locks_a_fill_while_its_record_is_merged_holds_the_record_that_lives_on(dispensary):
    fill, survivor = dispensary.make(lambda clinic, order: (a_released_fill(clinic, order), clinic.patient()))
    nobody_else = (
        "select count(*) from (select id from patient where merged_into_id is null for no key update nowait) locked"
    )

    def lock():
        with dispensary.database.begin(by=COORDINATOR) as session:
            lock_fill(session, fill.id)
            with pytest.raises(OperationalError, match="could not obtain lock"):
                dispensary.count(nobody_else)
            return session.get_one(Fill, fill.id).patient_id

    with dispensary.meanwhile(lock) as (session, results):
        records = {each.id: each for each in session.scalars(select(Patient))}
        casework.merge(
            session,
            loser_id=fill.patient_id,
            survivor_id=survivor.id,
            loser_version=records[fill.patient_id].version,
            survivor_version=records[survivor.id].version,
            by=COORDINATOR,
            now=NOW,
        )
    assert results == [survivor.id]
