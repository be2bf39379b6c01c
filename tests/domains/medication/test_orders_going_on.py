"""Where signed orders go: what the system outside says, holds, stops, the end of six months, merged records."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic import casework
from clinic.kernel.actor import system
from clinic.kernel.outbox import Outbox
from clinic.medication.actions.order_states import (
    deplete_order,
    expire_orders,
    hold_order,
    record_external_status,
    resume_order,
    stop_order,
)
from clinic.medication.actions.order_watch import watch_orders
from clinic.medication.actions.orders import amend_order
from clinic.medication.errors import NotYourOrder, OrderRefused, UnknownOrder, WrongState
from clinic.medication.queries.orders import ending_orders, events_of, live_order_of, order, orders_of
from clinic.medication.rules.orders import EXTERNAL_STATUSES
from clinic.worklist.actions import close_for
from clinic.worklist.queries import open_keys
from clinic.worklist.rules import WorkKind
from tests.domains.medication.medication_makers import FIELDS, OrderClinic
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, patient_actor
from tests.domains.treatment.plan_makers import BECAUSE, on

WORKER = system("Order watch")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def plan(order_clinic: OrderClinic):
    return order_clinic.treated()


@pytest.fixture
def signed(order_clinic, plan):
    return order_clinic.signed(plan)


def told(session, signed, status: str, *, by=COORDINATOR, **changes):
    return record_external_status(session, order_id=signed.id, status=status, by=by, now=LATER, **changes)


def test_what_the_certified_system_says_is_kept_in_its_own_word_and_followed(session, signed):
    told(session, signed, "eRxSent", reference="DS-77")
    assert (signed.state, signed.external_status, signed.external_reference) == ("transmitted", "eRxSent", "DS-77")
    told(session, signed, "Printed")
    assert (signed.state, signed.external_status, signed.external_reference) == ("transmitted", "Printed", "DS-77")
    told(session, signed, "PharmacyVerified")
    assert signed.state == "active"
    assert [each.to_state for each in events_of(session, signed.id)] == ["draft", "signed", "transmitted", "active"]


@pytest.mark.parametrize("status", EXTERNAL_STATUSES)
def test_every_word_of_that_system_fits_a_new_order(session, signed, status: str):
    assert told(session, signed, status).external_status == status


@pytest.mark.parametrize("status", ["Accepted", "erxsent", ""])
def test_a_word_that_system_does_not_have_changes_nothing(session, signed, status: str):
    with pytest.raises(OrderRefused) as refused:
        told(session, signed, status)
    assert refused.value.field == "external_status"
    assert (signed.state, signed.external_status) == ("signed", None)


def test_a_word_from_before_is_refused_and_one_about_an_order_that_is_over_only_kept(session, order_clinic, signed):
    told(session, signed, "PharmacyVerified")
    with pytest.raises(WrongState, match="is active and cannot become transmitted"):
        told(session, signed, "eRxSent")
    assert signed.external_status == "PharmacyVerified"
    stop_order(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    told(session, signed, "eRxSent")
    assert (signed.state, signed.external_status) == ("stopped", "eRxSent")


def test_an_order_on_hold_stays_so_and_goes_on_from_where_the_news_left_it(session, order_clinic, signed):
    about = {"order_id": signed.id, "by": order_clinic.doctor, "now": LATER}
    hold_order(session, reason=BECAUSE, **about)
    assert (signed.state, signed.held_from) == ("on_hold", "signed")
    told(session, signed, "PharmacyVerified")
    assert (signed.state, signed.held_from) == ("on_hold", "active")
    resume_order(session, reason=BECAUSE, **about)
    assert (signed.state, signed.held_from) == ("active", None)
    with pytest.raises(WrongState, match="not on hold"):
        resume_order(session, reason=BECAUSE, **about)


def test_physicians_hold_and_stop_orders_and_the_clinics_own_jobs_may_hold(session, order_clinic, signed):
    patient = order_clinic.patient_of(order_clinic.plan(patient=order_clinic.patient()))
    for verb in (hold_order, stop_order):
        for actor in (COORDINATOR, order_clinic.admin, patient_actor(patient)):
            with pytest.raises(NotYourOrder):
                verb(session, order_id=signed.id, reason=BECAUSE, by=actor, now=LATER)
    with pytest.raises(NotYourOrder):
        told(session, signed, "eRxSent", by=patient_actor(patient))
    hold_order(session, order_id=signed.id, reason="A lot was recalled.", by=WORKER, now=LATER)
    assert events_of(session, signed.id)[-1].reason == "A lot was recalled."
    assert live_order_of(session, signed.patient_id) is signed


def test_a_stopped_order_makes_room_for_a_new_one_and_never_comes_back(session, order_clinic, plan, signed):
    stop_order(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    for verb in (hold_order, resume_order, stop_order):
        with pytest.raises(WrongState):
            verb(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    second = order_clinic.signed(plan, now=LATER)
    assert live_order_of(session, plan.patient_id) is second
    assert orders_of(session, plan.patient_id) == [second, signed]


def test_a_used_up_order_was_active_stays_used_up_and_makes_room_for_a_new_one(session, order_clinic, plan, signed):
    about = {"order_id": signed.id, "by": WORKER, "now": LATER}
    with pytest.raises(WrongState):
        deplete_order(session, **about)
    told(session, signed, "PharmacyVerified")
    deplete_order(session, **about)
    deplete_order(session, **about)
    assert live_order_of(session, plan.patient_id) is None
    with pytest.raises(WrongState):
        hold_order(session, reason=BECAUSE, **about)
    order_clinic.signed(plan, now=LATER)
    assert order(session, signed.id).state == "depleted"


def test_an_order_ends_on_the_day_after_six_calendar_months_where_the_patient_is(session, order_clinic):
    plan = order_clinic.treated(county_fips="12033", city="Pensacola", postal_code="32501")
    plan.in_person_exam_on = date(2026, 1, 5)
    signed = order_clinic.signed(plan, now=on("2026-12-01"))
    assert ending_orders(session, until=date(2027, 5, 31)) == []
    assert ending_orders(session, until=date(2027, 6, 1)) == [signed]
    last_evening = on("2027-06-02", 0, 30)  # Still June 1 in Pensacola.
    assert expire_orders(session, by=WORKER, now=last_evening) == []
    assert expire_orders(session, by=WORKER, now=last_evening + timedelta(minutes=30)) == [signed.id]
    assert expire_orders(session, by=WORKER, now=on("2027-06-03")) == []
    assert signed.state == "expired"


def test_an_order_that_ran_out_on_hold_is_not_resumed(session, order_clinic, signed):
    hold_order(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    much_later = on("2027-05-24")
    with pytest.raises(WrongState, match="ran out on 05/23/2027"):
        resume_order(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=much_later)
    assert expire_orders(session, by=WORKER, now=much_later) == [signed.id]


def test_every_state_is_told_to_those_who_listen(session, order_clinic, signed):
    amend = {"order_id": signed.id, "pharmacy_id": signed.pharmacy_id, "fields": replace(FIELDS, refills=0)}
    second = amend_order(session, by=order_clinic.doctor, now=LATER, **amend)
    heard = set(session.scalars(select(Outbox.subject_id).where(Outbox.topic == "order.changed")))
    assert heard == {signed.id, second.id}


def test_an_order_that_does_not_exist_is_said_so(session, order_clinic, plan):
    with pytest.raises(UnknownOrder):
        stop_order(session, order_id=plan.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    draft = order_clinic.draft(plan)
    with pytest.raises(WrongState, match="not signed yet"):
        told(session, draft, "eRxSent")
    with pytest.raises(WrongState, match="Cancel the draft"):
        stop_order(session, order_id=draft.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)


def test_the_orders_of_merged_records_are_read_as_one_history(session, order_clinic, plan, signed):
    loser, survivor = order_clinic.patient_of(plan), order_clinic.patient()
    casework.merge(
        session,
        loser_id=loser.id,
        survivor_id=survivor.id,
        loser_version=loser.version,
        survivor_version=survivor.version,
        by=order_clinic.admin,
        now=LATER,
    )
    assert live_order_of(session, survivor.id) is signed
    assert signed.patient_id == loser.id
    stop_order(session, order_id=signed.id, reason=BECAUSE, by=order_clinic.doctor, now=LATER)
    assert orders_of(session, survivor.id) == [signed]


def asked(session) -> list[str]:
    return open_keys(session, WorkKind.ORDER_ENDING)


def test_a_physician_is_asked_about_an_order_before_it_ends_and_after(session, order_clinic, plan, signed):
    watch_orders(session, by=WORKER, now=on("2027-05-01"))
    assert asked(session) == []
    for _ in range(2):
        watch_orders(session, by=WORKER, now=on("2027-05-09"))
    assert asked(session) == [f"order_ending:{signed.id}:soon"]
    assert watch_orders(session, by=WORKER, now=on("2027-05-24")) == [signed.id]
    assert asked(session) == [f"order_ending:{signed.id}:over"]
    plan.in_person_exam_on = date(2026, 12, 1)
    order_clinic.draft(plan, now=on("2027-05-24", 11))
    watch_orders(session, by=WORKER, now=on("2027-05-24", 12))
    assert asked(session) == []


def test_a_used_up_order_is_asked_about_until_a_person_says_enough(session, order_clinic, signed):
    about = {"order_id": signed.id, "by": WORKER, "now": LATER}
    told(session, signed, "PharmacyVerified")
    deplete_order(session, **about)
    watch_orders(session, by=WORKER, now=LATER)
    [key] = asked(session)
    close_for(session, dedupe_key=key, by=order_clinic.doctor, now=LATER, outcome="done")
    watch_orders(session, by=WORKER, now=LATER)
    assert asked(session) == []
