"""What follows from supply: the rules see it, answers about units reach the ledger, parcels are told of."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from clinic.gateways.carriers import CarrierWord
from clinic.kernel.outbox import Outbox
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.leftovers import put_away
from clinic.medication.actions.parcels import take_events
from clinic.medication.actions.recalls import hear_recall, recall_lot
from clinic.medication.actions.requests import decline_request, request_refill
from clinic.medication.models import RecallNotice, UnitEntry
from clinic.medication.queries.ledger import balance_of, counts_of, units_on_hand
from clinic.medication.queries.leftovers import leftovers_of
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.monitoring.actions.answering import submit
from clinic.people.models import Patient
from clinic.reactions import GUARDS, standing_orders
from clinic.treatment.rules.phases import Phase
from clinic.vigilance.gathering import gather
from clinic.worklist.models import WorkItem
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import (
    CARRIER,
    a_parcel,
    a_plan_of,
    an_order,
    confirm,
    deliver,
    supplied,
    told,
)
from tests.domains.monitoring.check_in_makers import SWEEP, survey
from tests.domains.scheduling.calendar_makers import NOW, RING
from tests.domains.treatment.plan_makers import enter, take

DAY = timedelta(days=1)
SESSION_AT = NOW + 2 * DAY
LATER = NOW + 3 * DAY
MIAMI = ZoneInfo("America/New_York")


@pytest.fixture
def clinic(session):
    return OrderClinic(session)


@pytest.fixture
def order(clinic):
    return an_order(clinic)


def react(session, *topics, now) -> None:
    """Run the standing orders of the facts that wait, those of these topics only where some are named."""
    session.flush()
    waiting = select(Outbox).where(Outbox.state == "pending").order_by(Outbox.created_at, Outbox.id)
    for row in session.scalars(waiting):
        if not topics or row.topic in topics:
            standing_orders(RING)[row.topic](session, subject_id=row.subject_id, now=now, by=SWEEP)
            row.state, row.settled_at = "done", now
    session.flush()


def answer(session, order, visit, **given):
    """Let the patient answer about units after a visit, and run what follows."""
    asked = survey(session, session.get_one(Patient, order.patient_id), "unit_count", now=LATER)
    asked.part("unit_count").appointment_id = visit.id
    asked.save("unit_count", given, now=LATER)
    submit(session, check_in_id=asked.id, leaves_out=True, by=asked.by, now=LATER)
    react(session, "check_in.answered", now=LATER)
    react(session, "check_in.answered", now=LATER)


def kinds(session, order):
    session.flush()
    wanted = select(UnitEntry.kind).where(UnitEntry.patient_id == order.patient_id).order_by(UnitEntry.id)
    return list(session.scalars(wanted))


def planned(text: Message) -> Planned:
    """Return a text as its guard sees it."""
    return Planned(
        message_id=text.id,
        template_key=text.template_key,
        subject_kind=text.subject_kind,
        subject_id=text.subject_id,
        subject_version=text.subject_version,
        due_at=text.due_at,
        expires_at=text.expires_at,
    )


def texts(session):
    return session.scalars(
        select(Message).where(Message.template_key.startswith("SHIP_")).order_by(Message.created_at, Message.due_at)
    ).all()


def verdicts(session, rows, *, now):
    """Return what the guards say of texts that would leave now."""
    return [type(GUARDS[text.subject_kind](session, planned(text), now)) for text in rows]


def left_tasks(session):
    wanted = select(WorkItem).where(WorkItem.kind == "supply_left", WorkItem.state == "open")
    return session.scalars(wanted).all()


def test_of_a_patient_with_an_order_the_rules_get_everything_and_of_another_nothing(session, clinic, order):
    other = clinic.treated().patient_id
    supplied(clinic, order)
    found = gather(session, [order.patient_id, other], now=LATER)
    known, none = found[order.patient_id].supplied, found[other].supplied
    assert len(known.refill_requests) == 1
    assert [each.units for each in known.orders] == [order.units_per_session]
    assert known.pdmp.checks
    assert known.pdmp.due_on is None
    assert known.contact_changes is not None
    assert {getattr(none, name) for name in ("refill_requests", "ledger", "orders", "pdmp", "contact_changes")} == {
        None
    }


def test_what_was_taken_and_what_is_left_reaches_the_ledger_once(session, clinic, order):
    supplied(clinic, order)
    visit = take(session, a_plan_of(session, order), at=SESSION_AT)
    answer(session, order, visit, taken="2", remaining="10", wasted="0")
    assert kinds(session, order) == ["dispensed", "taken"]
    assert units_on_hand(session, [order.patient_id]) == {order.patient_id: 10}
    [count] = counts_of(session, order.patient_id)
    assert (count.counted, count.expected, count.taken, count.moment) == (10, 10, 2, "session")
    sessions = gather(session, [order.patient_id], now=LATER)[order.patient_id].sessions
    assert [each.units for each in sessions if each.appointment_id == visit.id] == [2]


def test_an_answer_that_cannot_be_true_changes_nothing_and_a_physician_looks(session, clinic, order):
    supplied(clinic, order)
    visit = take(session, a_plan_of(session, order), at=SESSION_AT)
    answer(session, order, visit, taken="40", remaining="50", wasted="0")
    assert kinds(session, order) == ["dispensed"]
    assert counts_of(session, order.patient_id) == []
    tasks = session.scalars(select(WorkItem.owner_role).where(WorkItem.kind == "count_refused")).all()
    assert tasks == ["physician"]


def test_a_parcel_is_told_of_when_it_leaves_when_nobody_signs_and_when_it_is_there(session, clinic, order):
    parcel = a_parcel(clinic, order)
    parcel.expected_on = (NOW + DAY).date()
    react(session, "shipment.changed", now=NOW)
    react(session, "shipment.changed", now=NOW)
    assert [text.template_key for text in texts(session)] == ["SHIP_SENT"]
    tried = told(parcel, CarrierWord.DELIVERY_ATTEMPTED, at=NOW + DAY)
    take_events(session, shipment_id=parcel.id, events=[tried], by=CARRIER, now=NOW + DAY)
    react(session, "shipment.changed", now=NOW + DAY)
    deliver(session, parcel, at=NOW + 2 * DAY)
    react(session, "shipment.changed", now=NOW + 2 * DAY)
    rows = texts(session)
    assert [text.template_key for text in rows] == ["SHIP_SENT", "SHIP_ATTEMPT", "SHIP_DELIVERED", "SHIP_CONFIRM"]
    assert len({text.link_id for text in rows}) == 1
    assert verdicts(session, rows, now=NOW + 2 * DAY) == [Drop, Drop, Send, Send]
    assert f"{rows[-1].due_at.astimezone(MIAMI):%d %H:%M}" == f"{(NOW + 3 * DAY).astimezone(MIAMI):%d} 10:00"
    confirm(session, parcel, now=NOW + 2 * DAY)
    assert verdicts(session, rows, now=NOW + 3 * DAY) == [Drop, Drop, Drop, Drop]


def test_a_recall_is_told_of_once_by_day_and_not_to_who_has_heard_of_it(session, clinic, order):
    supplied(clinic, order)
    react(session, now=LATER)
    [lot] = balance_of(session, order.patient_id)
    night = LATER.astimezone(MIAMI).replace(hour=23)
    recall_lot(session, lot_id=lot.lot_id, source="The pharmacy's letter", by=clinic.doctor, now=night)
    [notice] = session.scalars(select(RecallNotice))
    for _ in range(2):
        standing_orders(RING)["recall.noticed"](session, subject_id=notice.id, now=night, by=SWEEP)
    [text] = [each for each in texts(session) if each.template_key == "SHIP_RECALL"]
    assert f"{text.due_at.astimezone(MIAMI) - night}" == "9:00:00"
    assert verdicts(session, [text], now=text.due_at) == [Send]
    hear_recall(session, notice_id=notice.id, by=clinic.doctor, now=text.due_at)
    assert verdicts(session, [text], now=text.due_at) == [Drop]


def test_who_asks_without_a_count_is_reminded_and_who_is_declined_hears_of_it(session, clinic, order):
    supplied(clinic, order)
    request = request_refill(session, patient_id=order.patient_id, by=clinic.doctor, now=LATER)
    react(session, now=LATER)
    [count] = [each for each in texts(session) if each.template_key == "SHIP_COUNT"]
    assert verdicts(session, [count], now=LATER) == [Send]
    record_count(session, patient_id=order.patient_id, counted=12, at=CountAt(), by=clinic.doctor, now=LATER)
    assert verdicts(session, [count], now=LATER) == [Drop]
    decline_request(
        session, request_id=request.id, answer="Not now", version=request.version, by=clinic.doctor, now=LATER
    )
    react(session, now=LATER)
    [answer] = [each for each in texts(session) if each.template_key == "SHIP_ANSWER"]
    assert verdicts(session, [answer], now=LATER) == [Send]
    request_refill(session, patient_id=order.patient_id, by=clinic.doctor, now=LATER)
    assert verdicts(session, [answer], now=LATER) == [Drop]


def test_what_a_plan_leaves_at_home_is_a_task_and_a_text_until_a_zero_count(session, clinic, order):
    supplied(clinic, order)
    react(session, now=LATER)
    plan = enter(session, a_plan_of(session, order), Phase.AFTERCARE, by=clinic.doctor, now=LATER)
    for _ in range(2):
        standing_orders(RING)["plan.phase_changed"](session, subject_id=plan.id, now=LATER, by=SWEEP)
    [task] = left_tasks(session)
    assert (task.owner_role, task.reason.partition(".")[0]) == ("physician", "12 units are not accounted for")
    [text] = [each for each in texts(session) if each.template_key == "SHIP_LEFT"]
    [lot] = balance_of(session, order.patient_id)
    gone = {"patient_id": order.patient_id, "lot_id": lot.lot_id, "method": "take_back_site", "witness": ""}
    put_away(session, **gone, units=7, counted=5, by=clinic.doctor, now=LATER)
    react(session, now=LATER)
    assert (len(left_tasks(session)), verdicts(session, [text], now=LATER)) == (1, [Send])
    closing = put_away(session, **gone, units=5, counted=0, by=clinic.doctor, now=LATER)
    react(session, now=LATER)
    assert (closing.moment, closing.plan_id) == ("closing", plan.id)
    assert (left_tasks(session), verdicts(session, [text], now=LATER)) == ([], [Drop])
    assert leftovers_of(session, order.patient_id) is None
