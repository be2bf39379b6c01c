"""Recall by lot, and what the signal rules learn of supply."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.disposals import dispose
from clinic.medication.actions.handing import hand_over
from clinic.medication.actions.ledger import log_session_units
from clinic.medication.actions.parcels import dispute_delivery
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.actions.recalls import hear_recall, recall_lot
from clinic.medication.actions.requests import request_refill
from clinic.medication.errors import LotRecalled, LotUnknown, UnitsRefused
from clinic.medication.models import Lot, UnitEntry
from clinic.medication.queries.at_home import at_home
from clinic.medication.queries.evidence import supplied_by
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.recalls import notices_of, recalls, waiting_notices
from clinic.medication.queries.verdicts import open_reasons_of, verdicts
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.units import LotProblem
from clinic.monitoring.rules.evidence import Supplied
from clinic.worklist.models import WorkItem
from tests.domains.medication.supply_makers import (
    LOT,
    a_label,
    a_packed_fill,
    a_parcel,
    a_plan_of,
    a_released_fill,
    an_order,
    confirm,
    deliver,
    patient_of,
    supplied,
)
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import on, take

LATER = NOW + timedelta(days=2)


@pytest.fixture
def order(order_clinic):
    return an_order(order_clinic)


def recall(session, **changes):
    lot = session.scalars(select(Lot).where(Lot.number == LOT.number)).one()
    wanted = {"lot_id": lot.id, "source": "Letter of the pharmacy, Nov 25", "by": COORDINATOR, "now": LATER}
    return recall_lot(session, **(wanted | changes))


def calls(session):
    wanted = select(WorkItem.patient_id).where(WorkItem.kind == "recall_call", WorkItem.state == "open")
    return set(session.scalars(wanted))


def test_one_recall_finds_units_at_home_parcels_and_fills_and_nobody_else(session, order_clinic, order):
    supplied(order_clinic, order)
    under_way, packed, other = (an_order(order_clinic) for _ in range(3))
    a_parcel(order_clinic, under_way)
    a_packed_fill(order_clinic, packed)
    a_released_fill(order_clinic, other)
    row = recall(session, reason="Too strong")
    concerned = {order.patient_id, under_way.patient_id, packed.patient_id}
    assert {notice.patient_id for notice, _ in notices_of(session, row.id)} == concerned
    assert calls(session) == concerned
    assert [(each.patients, each.waiting) for each in recalls(session)] == [(3, 3)]
    with pytest.raises(LotRecalled, match="already"):
        recall(session)
    with pytest.raises(UnitsRefused):
        recall(session, source=" ")


def test_a_recalled_lot_opens_no_session_and_leaves_no_pharmacy(session, order_clinic, order):
    parcel = supplied(order_clinic, order)
    (held,) = balance_of(session, order.patient_id)
    packed = an_order(order_clinic)
    fill = a_packed_fill(order_clinic, packed)
    visit = take(session, a_plan_of(session, order), at=on("2026-11-25"))
    recall(session)
    home = at_home(session, {order.patient_id: on("2026-11-25").date()})[order.patient_id]
    assert (home.good, home.recalled_lots) == (0, (LOT.number,))
    with pytest.raises(LotRecalled, match="nobody"):
        log_session_units(
            session,
            patient_id=order.patient_id,
            appointment_id=visit.id,
            lot_id=held.lot_id,
            units=2,
            by=COORDINATOR,
            now=LATER,
        )
    assert {each.problem(LATER.date()) for each in balance_of(session, order.patient_id)} == {LotProblem.RECALLED}
    decision = hand_over(session, fill_id=fill.id, label=a_label(), by=COORDINATOR, now=LATER).decision
    assert "lot_recalled" in {each.code for each in open_reasons_of(decision)}
    assert "recall_open" in {each.code for each in verdicts(session, [order.patient_id], now=LATER)[order.patient_id]}
    assert parcel.state == "confirmed"
    dispose(
        session,
        patient_id=order.patient_id,
        lot_id=held.lot_id,
        units=12,
        method="mail_back_envelope",
        by=COORDINATOR,
        now=LATER,
    )
    assert session.scalars(select(UnitEntry.kind).order_by(UnitEntry.id)).all() == ["dispensed", "recall_returned"]


def test_a_recalled_lot_is_not_verified_again(session, order_clinic, order):
    supplied(order_clinic, order)
    recall(session)
    fill = a_released_fill(order_clinic, an_order(order_clinic))
    record_pharmacy_step(session, fill_id=fill.id, told=Told(state=FillState.SENT), by=COORDINATOR, now=LATER)
    with pytest.raises(LotRecalled, match="another lot"):
        record_pharmacy_step(
            session, fill_id=fill.id, told=Told(state=FillState.VERIFIED, lots=[LOT]), by=COORDINATOR, now=LATER
        )


def test_a_notice_waits_until_the_patient_has_heard_and_only_the_own_one_is_heard(session, order_clinic, order):
    supplied(order_clinic, order)
    recall(session)
    (notice,) = waiting_notices(session, order.patient_id)
    stranger = patient_of(session, an_order(order_clinic))
    with pytest.raises(LotUnknown):
        hear_recall(session, notice_id=notice.id, by=stranger, now=LATER)
    heard = hear_recall(session, notice_id=notice.id, by=patient_of(session, order), now=LATER)
    assert (heard.heard_from, heard.units_on_hand, calls(session)) == ("patient", 12, set())
    assert waiting_notices(session, order.patient_id) == []


def test_the_signal_rules_learn_what_was_ordered_asked_counted_lost_and_disputed(session, order_clinic, order):
    patient = patient_of(session, order)
    parcel = a_parcel(order_clinic, order)
    deliver(session, parcel, at=NOW + timedelta(days=1))
    dispute_delivery(session, shipment_id=parcel.id, by=patient, now=LATER)
    confirm(session, parcel, now=LATER, counted=11)
    record_loss(session, patient_id=order.patient_id, kind="stolen", units=1, by=patient, now=LATER)
    record_count(session, patient_id=order.patient_id, counted=8, at=CountAt(), by=patient, now=LATER)
    request_refill(session, patient_id=order.patient_id, by=patient, now=LATER)
    nobody = order_clinic.patient().id
    zones = {order.patient_id: "America/New_York", nobody: "America/Chicago"}
    found = supplied_by(session, list(zones), since=NOW - timedelta(days=400), zones=zones)
    assert found[nobody] == Supplied()
    known = found[order.patient_id]
    assert {(each.counted, each.missing) for each in known.ledger} == {(11, 1), (8, 2)}
    assert [(each.what, each.on) for each in known.loss_claims] == [("stolen", LATER.date())]
    (dispute,) = known.deliveries
    assert dispute.signed_on == (NOW + timedelta(days=1)).date()
    assert [(each.units, each.from_on, each.until_on) for each in known.orders] == [(2, NOW.date(), None)]
    assert [each.is_explained for each in known.pdmp.checks] == [True, True]
    first, second = known.refill_requests
    assert (first.allowed_on - first.on).days == 0
    assert (second.allowed_on - second.on).days == 25
