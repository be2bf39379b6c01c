"""One fill from the order to the session: every unit is accounted for and leads back to order and program check."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.gateways.carriers import CarrierWord
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, correct_after_count, record_count, zero_count
from clinic.medication.actions.disposals import dispose
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.leftovers import close_otherwise
from clinic.medication.actions.merging import hand_over_supply
from clinic.medication.actions.parcels import dispute_delivery, take_events
from clinic.medication.actions.settling_claims import settle_claim
from clinic.medication.errors import ClaimRefused, LotExpired, LotUnknown, NotYourOrder, UnitsRefused
from clinic.medication.models import UnitEntry
from clinic.medication.queries.ledger import balance_of, counts_of, entries_of, trace, untraceable
from clinic.medication.queries.leftovers import leftovers_of
from clinic.medication.queries.parcels import claims_of
from clinic.people.actions import merge_records
from clinic.people.models import Patient
from clinic.treatment.errors import ReasonTooShort
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.medication.supply_makers import (
    LOT,
    a_parcel,
    a_plan_of,
    an_order,
    confirm,
    deliver,
    patient_of,
    supplied,
    told,
)
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import enter, on, take

LATER = NOW + timedelta(days=2)


@pytest.fixture
def order(order_clinic):
    return an_order(order_clinic)


@pytest.fixture
def at_home(order_clinic, order):
    """A confirmed parcel of twelve units."""
    return supplied(order_clinic, order)


def units(session, patient_id):
    return sum(each.units for each in balance_of(session, patient_id))


def lot_id(session, patient_id):
    return balance_of(session, patient_id)[0].lot_id


def test_units_come_with_the_delivery_and_lead_back_to_order_and_program_check(session, order, at_home):
    (entry,) = entries_of(session, order.patient_id)
    assert (entry.kind, entry.units, entry.left, entry.lot_number) == ("dispensed", 12, 12, LOT.number)
    way = trace(session, entry.id)
    assert (way.shipment.id, way.order.id, way.pdmp_check.id) == (at_home.id, order.id, order.pdmp_check_id)
    assert way.fill.decision_id is not None
    assert untraceable(session) == []
    assert at_home.state == "confirmed"


def test_units_taken_at_a_session_name_it_and_nothing_leaves_that_is_not_there(session, order_clinic, order, at_home):
    visit = take(session, a_plan_of(session, order), at=on("2026-11-27"))
    wanted = {"patient_id": order.patient_id, "appointment_id": visit.id, "by": COORDINATOR, "now": on("2026-11-27")}
    (entry,) = log_session_units(session, lot_id=lot_id(session, order.patient_id), units=2, **wanted)
    assert (entry.units, entry.appointment_id) == (-2, visit.id)
    with pytest.raises(UnitsRefused, match="there are 10 units"):
        log_session_units(session, lot_id=lot_id(session, order.patient_id), units=11, **wanted)
    with pytest.raises(UnitsRefused, match="whole number"):
        log_session_units(session, lot_id=lot_id(session, order.patient_id), units=0, **wanted)
    assert units(session, order.patient_id) == 10


def test_a_lot_past_its_date_opens_no_session(session, order, at_home):
    visit = take(session, a_plan_of(session, order), at=on("2027-05-03"))
    with pytest.raises(LotExpired, match="Apr 30, 2027"):
        log_session_units(
            session,
            patient_id=order.patient_id,
            appointment_id=visit.id,
            lot_id=lot_id(session, order.patient_id),
            units=2,
            by=COORDINATOR,
            now=on("2027-05-03"),
        )
    assert units(session, order.patient_id) == 12


def test_a_count_says_what_was_expected_and_a_physician_corrects_the_ledger_after_it(
    session, order_clinic, order, at_home
):
    visit = take(session, a_plan_of(session, order), at=on("2026-11-25"))
    asked = {"patient_id": order.patient_id, "by": patient_of(session, order), "at": CountAt()}
    log_session_units(
        session,
        patient_id=order.patient_id,
        appointment_id=visit.id,
        lot_id=lot_id(session, order.patient_id),
        units=2,
        by=COORDINATOR,
        now=LATER,
    )
    short = record_count(session, counted=9, now=LATER, **asked)
    assert (short.before, short.dispensed, short.taken, short.wasted, short.expected) == (0, 12, 2, 0, 10)
    assert units(session, order.patient_id) == 10
    with pytest.raises(NotYourOrder):
        correct_after_count(session, count_id=short.id, reason="Fell down", by=COORDINATOR, now=LATER)
    assert correct_after_count(session, count_id=short.id, reason="Fell down", by=order_clinic.doctor, now=LATER) == -1
    again = record_count(session, counted=9, now=LATER + timedelta(hours=1), **asked)
    assert (again.before, again.dispensed, again.taken, again.wasted, again.expected) == (9, 0, 0, 0, 9)
    with pytest.raises(UnitsRefused, match="agrees with it"):
        correct_after_count(session, count_id=again.id, reason="Twice", by=order_clinic.doctor, now=LATER)


@pytest.mark.parametrize("counted", [13, -1, "2.5", ""])
def test_a_count_that_cannot_be_is_refused_and_nothing_is_kept(session, order, at_home, counted):
    with pytest.raises(UnitsRefused) as refused:
        record_count(
            session,
            patient_id=order.patient_id,
            counted=counted,
            at=CountAt(),
            by=patient_of(session, order),
            now=LATER,
        )
    assert refused.value.field == "counted"
    assert counts_of(session, order.patient_id) == []


def test_lost_units_leave_the_ledger_and_wait_for_a_physician_and_can_be_found_again(
    session, order_clinic, order, at_home
):
    wanted = {"patient_id": order.patient_id, "by": patient_of(session, order), "now": LATER}
    claim = record_loss(session, kind="lost", units=3, words="In the move.", **wanted)
    assert (units(session, order.patient_id), claim.reported_by) == (9, "patient")
    with pytest.raises(ClaimRefused, match="lot number"):
        record_loss(session, kind="stolen", units=10, **wanted)
    with pytest.raises(LotUnknown, match="never had"):
        record_loss(session, kind="found", units=1, lot_number="Z-1", **wanted)
    record_loss(session, kind="found", units=1, lot_number="l 2026 07", **wanted)
    assert units(session, order.patient_id) == 10
    with pytest.raises(NotYourOrder):
        settle_claim(session, claim_id=claim.id, settlement="Fine", version=claim.version, by=COORDINATOR, now=LATER)
    settle_claim(
        session, claim_id=claim.id, settlement="Fine", version=claim.version, by=order_clinic.doctor, now=LATER
    )
    assert claim.settled_at == LATER


def test_a_plan_closes_with_a_zero_count_only_once_the_ledger_is_empty(session, order, at_home):
    wanted = {"plan_id": order.plan_id, "counted": 0, "by": COORDINATOR, "now": LATER}
    with pytest.raises(UnitsRefused, match="the ledger has 12"):
        zero_count(session, **wanted)
    gone = {
        "patient_id": order.patient_id,
        "lot_id": lot_id(session, order.patient_id),
        "by": COORDINATOR,
        "now": LATER,
    }
    with pytest.raises(UnitsRefused, match="the adult who saw it"):
        dispose(session, units=5, method="destroyed_at_home", **gone)
    dispose(session, units=5, method="destroyed_at_home", witness="B. Invented", **gone)
    dispose(session, units=7, method="take_back_site", **gone)
    count = zero_count(session, **wanted)
    assert (count.moment, count.plan_id, count.wasted) == ("closing", order.plan_id, 12)


def test_a_disputed_parcel_leaves_the_ledger_and_comes_back_when_it_is_found(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + timedelta(days=1))
    assert units(session, order.patient_id) == 12
    patient = patient_of(session, order)
    claim = dispute_delivery(session, shipment_id=parcel.id, by=patient, now=NOW + timedelta(days=2))
    assert (parcel.state, units(session, order.patient_id), claim.units) == ("disputed", 0, 12)
    confirm(session, parcel, now=NOW + timedelta(days=3))
    assert (parcel.state, units(session, order.patient_id)) == ("confirmed", 12)
    kinds = session.scalars(select(UnitEntry.kind).order_by(UnitEntry.id)).all()
    assert kinds == ["dispensed", "lost", "found"]


def test_a_parcel_with_too_few_units_is_a_case_and_counts_once_it_is_settled(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + timedelta(days=1))
    confirm(session, parcel, now=LATER, counted=10)
    assert (parcel.state, units(session, order.patient_id)) == ("delivered", 10)
    (claim,) = claims_of(session, order.patient_id)
    assert (claim.kind, claim.units) == ("wrong_content", 2)
    settle_claim(
        session,
        claim_id=claim.id,
        settlement="The pharmacy agrees.",
        version=claim.version,
        by=order_clinic.doctor,
        now=LATER,
    )
    assert (parcel.state, units(session, order.patient_id)) == ("confirmed", 10)


def test_units_of_a_parcel_that_goes_back_leave_the_ledger(session, order_clinic, order):
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + timedelta(days=1))
    back = told(parcel, CarrierWord.RETURNING, at=NOW + timedelta(days=1, hours=3))
    take_events(session, shipment_id=parcel.id, events=[back], by=COORDINATOR, now=LATER)
    assert (parcel.state, units(session, order.patient_id)) == ("returning", 0)


def test_two_records_of_one_person_become_one_ledger(session, order_clinic, order, at_home):
    survivor = order_clinic.patient()
    hand_over_supply(session, from_id=order.patient_id, to_id=survivor.id, by=COORDINATOR, now=LATER)
    loser = session.get_one(Patient, order.patient_id)
    merge_records(session, loser=loser, survivor=survivor, by=COORDINATOR, now=LATER)
    assert [each.units for each in balance_of(session, survivor.id)] == [12]
    assert [each.left for each in entries_of(session, survivor.id)] == [12]
    short = record_count(session, patient_id=survivor.id, counted=11, at=CountAt(), by=COORDINATOR, now=LATER)
    assert (short.before, short.dispensed, short.expected) == (0, 12, 12)
    record_loss(session, patient_id=survivor.id, kind="lost", units=1, by=COORDINATOR, now=LATER)
    assert units(session, survivor.id) == 11


def test_a_physician_closes_a_plans_supply_without_a_zero_count_until_more_comes(session, order_clinic, order, at_home):
    plan = session.get_one(TreatmentPlan, order.plan_id)
    enter(session, plan, Phase.AFTERCARE, by=order_clinic.doctor, now=LATER)
    asked = {"patient_id": order.patient_id, "now": LATER}
    assert leftovers_of(session, order.patient_id).units == 12
    with pytest.raises(NotYourOrder):
        close_otherwise(session, **asked, reason="Lost in a fire.", by=COORDINATOR)
    with pytest.raises(ReasonTooShort):
        close_otherwise(session, **asked, reason=" ", by=order_clinic.doctor)
    close_otherwise(session, **asked, reason="Lost in a fire.", by=order_clinic.doctor)
    assert leftovers_of(session, order.patient_id) is None
    assert units(session, order.patient_id) == 12
    with pytest.raises(UnitsRefused):
        close_otherwise(session, **asked, reason="Lost in a fire.", by=order_clinic.doctor)
