"""Fills and the gate before them: every reason is kept with the decision, and nothing leaves without one."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from clinic.medication.actions.fills import cancel_fill, release_fill, request_fill
from clinic.medication.actions.gate import decide
from clinic.medication.actions.handing import hand_over
from clinic.medication.actions.order_states import hold_order, stop_order
from clinic.medication.actions.order_watch import watch_orders
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.actions.requests import decline_request, request_refill
from clinic.medication.errors import (
    NotYourOrder,
    OrderRefused,
    ParcelRefused,
    UnitsRefused,
    WrongState,
)
from clinic.medication.models import FillEvent, Lot, Shipment
from clinic.medication.queries.deliveries import Column, delivery_board
from clinic.medication.queries.gathering import gate_inputs
from clinic.medication.queries.verdicts import open_reasons_of, request_of, verdicts
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.gate_inputs import Moment
from clinic.people.models import Patient
from clinic.worklist.models import WorkItem
from tests.domains.medication.medication_makers import FIELDS, a_check
from tests.domains.medication.supply_makers import (
    LOT,
    WATCHER,
    a_label,
    a_packed_fill,
    a_parcel,
    a_released_fill,
    an_order,
    patient_of,
    supplied,
)
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import on

DAY = timedelta(days=1)


@pytest.fixture
def order(order_clinic):
    return an_order(order_clinic)


@pytest.fixture
def fill(session, order):
    return request_fill(session, order_id=order.id, by=COORDINATOR, now=NOW)


def patient_row(session, order):
    return session.get_one(Patient, order.patient_id)


def codes(decision):
    return {each.code.value for each in open_reasons_of(decision)}


def test_a_closed_gate_keeps_every_reason_and_the_fill_and_the_open_one_lets_it_out(session, order_clinic, order, fill):
    later = NOW + 2 * DAY
    fill, decision = release_fill(session, fill_id=fill.id, by=COORDINATOR, now=later)
    assert (fill.state, codes(decision)) == ("blocked", {"pdmp_old", "address_unconfirmed"})
    assert json.loads(decision.inputs)["order"]["id"] == str(order.id)
    assert decision.policy["pdmp_valid_days"] == 1
    request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=later)
    a_check(session, patient_row(session, order), by=order_clinic.doctor, now=later)
    fill, decision = release_fill(session, fill_id=fill.id, by=COORDINATOR, now=later)
    assert (fill.state, fill.decision_id, decision.reasons) == ("released", decision.id, [])
    assert request_of(session, order.patient_id) is None
    states = session.scalars(select(FillEvent.to_state).where(FillEvent.fill_id == fill.id).order_by(FillEvent.at))
    assert set(states) == {"requested", "blocked", "released"}


def test_only_a_physician_sets_a_reason_aside_with_words_and_only_one_that_may_be(session, order_clinic, order):
    supplied(order_clinic, order)
    later = NOW + 3 * DAY
    request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=later)
    fill = request_fill(session, order_id=order.id, by=COORDINATOR, now=later)
    first = release_fill(session, fill_id=fill.id, by=COORDINATOR, now=later).decision
    assert codes(first) == {"pdmp_old", "too_early", "enough_on_hand", "count_missing"}
    aside = {"fill_id": fill.id, "overrides": {"too_early", "enough_on_hand", "count_missing"}, "now": later}
    with pytest.raises(NotYourOrder):
        release_fill(session, by=COORDINATOR, reason="Travels", **aside)
    with pytest.raises(OrderRefused) as refused:
        release_fill(session, by=order_clinic.doctor, **aside)
    assert refused.value.field == "reason"
    with pytest.raises(OrderRefused, match="Nobody can set"):
        release_fill(session, by=order_clinic.doctor, **(aside | {"overrides": {"pdmp_old"}}), reason="Travels")
    a_check(session, patient_row(session, order), by=order_clinic.doctor, now=later)
    fill, decision = release_fill(session, by=order_clinic.doctor, reason="Travels", **aside)
    assert (fill.state, decision.override_reason, len(decision.overridden)) == ("released", "Travels", 3)


def test_the_database_itself_refuses_a_fill_without_an_allowed_decision(session, order, fill):
    closed = decide(session, patient_id=order.patient_id, moment=Moment.RELEASE, fill=fill, by=COORDINATOR, now=NOW)
    assert not closed.is_allowed
    with pytest.raises(IntegrityError, match="ck_fill_decision"), session.begin_nested():
        session.execute(text("update fill set state = 'released' where id = :id"), {"id": fill.id})
    wanted = "update fill set state = 'released', released_on = '2026-11-23', decision_id = :d, is_allowed = true"
    with pytest.raises(IntegrityError, match="fk_fill_decision_verdict"), session.begin_nested():
        session.execute(text(f"{wanted} where id = :id"), {"id": fill.id, "d": closed.id})


def test_no_fill_beyond_the_refills_or_after_the_last_day(session, order_clinic, order):
    with pytest.raises(WrongState, match="could be filled until May 23, 2027"):
        request_fill(session, order_id=order.id, by=COORDINATOR, now=on("2027-05-24"))
    once = an_order(order_clinic, fields=replace(FIELDS, refills=0))
    a_parcel(order_clinic, once)
    with pytest.raises(WrongState, match="depleted"):
        request_fill(session, order_id=once.id, by=COORDINATOR, now=NOW)
    assert once.state == "depleted"


def test_one_fill_at_a_time_and_one_that_was_canceled_gives_its_number_back(session, order, fill):
    with pytest.raises(WrongState, match="under way"):
        request_fill(session, order_id=order.id, by=COORDINATOR, now=NOW)
    with pytest.raises(OrderRefused):
        cancel_fill(session, fill_id=fill.id, reason=" ", by=COORDINATOR, now=NOW)
    cancel_fill(session, fill_id=fill.id, reason="Asked to wait", by=COORDINATOR, now=NOW)
    assert request_fill(session, order_id=order.id, by=COORDINATOR, now=NOW).number == 0


def test_a_packed_fill_cannot_be_canceled_and_the_same_word_of_the_pharmacy_again_is_nothing(
    session, order_clinic, order
):
    fill = a_packed_fill(order_clinic, order)
    version = fill.version
    record_pharmacy_step(session, fill_id=fill.id, told=Told(state=FillState.PACKED), by=COORDINATOR, now=NOW)
    assert fill.version == version
    with pytest.raises(WrongState, match="call the pharmacy"):
        cancel_fill(session, fill_id=fill.id, reason="Late", by=COORDINATOR, now=NOW)


@pytest.mark.parametrize(
    ("lots", "sentence"),
    [
        ((), "without a lot"),
        (({"units": 11},), "11 units and the fill is for 12"),
        (({"units": 6}, {"units": 6}), "each lot number once"),
        (({"number": "--"},), "each lot number once"),
        (({"beyond_use_on": "2027-09-30"},), "keeps 180 days at most"),
        (({"beyond_use_on": "2026-11-01"},), "cannot be"),
    ],
)
def test_lots_that_cannot_be_are_refused_and_the_fill_stays_where_it_is(session, order_clinic, order, lots, sentence):
    fill = a_released_fill(order_clinic, order)
    for state in (FillState.SENT, FillState.ACCEPTED):
        record_pharmacy_step(session, fill_id=fill.id, told=Told(state=state), by=COORDINATOR, now=NOW)
    read = [{k: date.fromisoformat(v) if k.endswith("_on") else v for k, v in each.items()} for each in lots]
    told = Told(state=FillState.VERIFIED, lots=[replace(LOT, **each) for each in read])
    with pytest.raises(UnitsRefused, match=sentence), session.begin_nested():
        record_pharmacy_step(session, fill_id=fill.id, told=told, by=COORDINATOR, now=NOW)
    session.refresh(fill)
    assert fill.state == "accepted"
    assert session.scalars(select(Lot)).all() == []


def test_no_parcel_without_its_own_decision_and_none_with_another_ones_number(session, order_clinic, order):
    fill = a_packed_fill(order_clinic, order)
    hold_order(session, order_id=order.id, reason="A question is open", by=order_clinic.doctor, now=NOW)
    closed = hand_over(session, fill_id=fill.id, label=a_label(), by=COORDINATOR, now=NOW)
    assert (closed.shipment, codes(closed.decision), fill.state) == (None, {"order_not_active"}, "packed")
    other = an_order(order_clinic)
    parcel = a_parcel(order_clinic, other)
    assert parcel.decision_id not in {closed.decision.id, None}
    for label, field in (
        (a_label(tracking_number=f" {parcel.tracking_number[:9]} {parcel.tracking_number[9:]}"), "tracking_number"),
        (a_label(tracking_number="12"), "tracking_number"),
        (a_label(carrier="Invented Post"), "carrier"),
    ):
        with pytest.raises(ParcelRefused) as refused:
            hand_over(session, fill_id=fill.id, label=label, by=COORDINATOR, now=NOW)
        assert refused.value.field == field
    assert session.scalars(select(Shipment.id)).all() == [parcel.id]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (
            "update shipment set decision_id = (select decision_id from fill where id = fill_id)",
            "a decision of its own",
        ),
        (
            "update shipment one set decision_id = (select decision_id from shipment where id <> one.id)",
            "a decision of its own",
        ),
        ("update shipment set handed_over_at = handed_over_at + interval '1 minute'", "a decision of its own"),
        ("update shipment set needs_adult_signature = false", "adult_signature"),
    ],
)
def test_the_database_itself_refuses_a_parcel_without_its_own_decision_or_an_adult(
    session, order_clinic, order, change, refusal
):
    a_parcel(order_clinic, order)
    if "one" in change:
        a_parcel(order_clinic, an_order(order_clinic))
    with pytest.raises(IntegrityError, match=refusal), session.begin_nested():
        session.execute(text(change))


def test_a_request_stands_on_the_list_until_it_is_answered_and_keeps_how_early_it_was(session, order_clinic, order):
    supplied(order_clinic, order)
    asked = request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=NOW + 5 * DAY)
    assert (asked.allowed_on - asked.asked_on).days == 22
    again = request_refill(session, patient_id=order.patient_id, by=COORDINATOR, now=NOW + 6 * DAY)
    assert again.id == asked.id
    task = session.scalars(select(WorkItem).where(WorkItem.kind == "refill_due", WorkItem.state == "open")).one()
    board = delivery_board(session)
    assert [card.patient_id for card in board[Column.TO_ORDER]] == [order.patient_id]
    decline_request(
        session, request_id=asked.id, answer="Later", version=asked.version, by=COORDINATOR, now=NOW + 6 * DAY
    )
    session.refresh(task)
    assert (asked.state, task.state) == ("declined", "done")


def test_one_patients_gate_and_many_patients_gates_are_the_same_and_cost_the_same(session, order_clinic, order):
    others = [an_order(order_clinic).patient_id for _ in range(3)]
    ids = [order.patient_id, *others, order_clinic.patient().id]
    together = verdicts(session, ids, now=NOW)
    assert together == {each: verdicts(session, [each], now=NOW)[each] for each in ids}
    assert gate_inputs(session, ids, now=NOW) == {each: gate_inputs(session, [each], now=NOW)[each] for each in ids}
    asked = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    counts = []
    for size in (1, 5):
        asked.clear()
        assert len(gate_inputs(session, ids[:size], now=NOW)) == size
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_an_order_that_ends_soon_is_on_the_physicians_list_until_it_is_over(session, order_clinic, order):
    def ending():
        wanted = select(WorkItem.owner_role).where(WorkItem.kind == "order_ending", WorkItem.state == "open")
        return session.scalars(wanted).all()

    watch_orders(session, by=WATCHER, now=on("2027-05-01"))
    assert ending() == []
    watch_orders(session, by=WATCHER, now=on("2027-05-10"))
    assert ending() == ["physician"]
    stop_order(session, order_id=order.id, reason="Treatment ends", by=order_clinic.doctor, now=on("2027-05-11"))
    watch_orders(session, by=WATCHER, now=on("2027-05-11"))
    assert ending() == []
