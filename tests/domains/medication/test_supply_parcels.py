"""Parcels: carriers' words in any order, patients' own words, silence, and what becomes of each on the board."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.gateways.carriers import CarrierWord
from clinic.medication.actions.parcel_watch import watch_parcels
from clinic.medication.actions.parcels import (
    StaffWord,
    dispute_delivery,
    staff_report,
    take_events,
    tell_pharmacy_of_parcel,
)
from clinic.medication.errors import LotUnknown, NotYourOrder, ParcelRefused, UnitsRefused, WrongState
from clinic.medication.models import Receipt, TrackingEvent, UnitEntry
from clinic.medication.queries.deliveries import Column, delivery_board
from clinic.medication.queries.fills import fill
from clinic.medication.rules.parcels import ParcelWord
from clinic.worklist.models import WorkItem
from tests.domains.medication.supply_makers import (
    CARRIER,
    WATCHER,
    a_parcel,
    an_order,
    confirm,
    deliver,
    patient_of,
    told,
)
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def order(order_clinic):
    return an_order(order_clinic)


@pytest.fixture
def parcel(order_clinic, order):
    return a_parcel(order_clinic, order)


@pytest.fixture
def hear(session, parcel):
    def take(*events, now=NOW + 2 * DAY):
        return take_events(session, shipment_id=parcel.id, events=events, by=CARRIER, now=now)

    return take


def tasks(session):
    rows = session.execute(select(WorkItem.kind, WorkItem.dedupe_key).where(WorkItem.state == "open")).all()
    return sorted((kind, key.rsplit(":", 1)[-1]) for kind, key in rows if "parcel" in kind or "delivery" in kind)


def places(session):
    return {column for column, cards in delivery_board(session).items() if cards}


def test_words_out_of_order_and_doubled_come_to_the_same_and_are_kept_once(session, parcel, hear):
    scan = told(parcel, CarrierWord.IN_TRANSIT, at=NOW + 5 * HOUR)
    door = told(parcel, CarrierWord.DELIVERED, at=NOW + DAY, signed_by="A. Invented")
    hear(door, door)
    hear(scan, door, scan)
    assert (parcel.state, parcel.delivered_at, parcel.signed_by) == ("delivered", NOW + DAY, "A. Invented")
    assert len(session.scalars(select(TrackingEvent)).all()) == 2
    assert len(session.scalars(select(UnitEntry)).all()) == 1
    assert places(session) == {Column.UNCONFIRMED}
    assert tasks(session) == [("parcel_unconfirmed", "unconfirmed")]


def test_a_report_about_another_number_is_refused_whole(session, parcel, hear):
    fine = told(parcel, CarrierWord.IN_TRANSIT, at=NOW + HOUR)
    stray = told(parcel, CarrierWord.DELIVERED, at=NOW + DAY, tracking_number="1Z9999999999999999")
    with pytest.raises(ParcelRefused, match="another parcel"):
        hear(fine, stray)
    assert (parcel.state, session.scalars(select(TrackingEvent)).all()) == ("label_created", [])


def test_a_delivery_before_it_left_is_left_out_and_somebody_looks(session, parcel, hear):
    hear(told(parcel, CarrierWord.DELIVERED, at=NOW - HOUR, signed_by="A. Invented"))
    assert (parcel.state, tasks(session)) == ("label_created", [("parcel_exception", "impossible")])
    assert session.scalars(select(UnitEntry)).all() == []


def test_an_unknown_word_changes_nothing_and_somebody_looks(session, parcel, hear):
    hear(told(parcel, CarrierWord.UNKNOWN, at=NOW + HOUR, word="teleported"))
    assert (parcel.state, tasks(session)) == ("label_created", [("parcel_exception", "unknown")])
    assert session.scalars(select(TrackingEvent.word)).all() == ["teleported"]


def test_without_a_signature_it_is_not_confirmed_until_somebody_has_seen_one(session, order_clinic, parcel):
    deliver(session, parcel, at=NOW + DAY, signed_by=None)
    confirm(session, parcel, now=NOW + 2 * DAY)
    assert (parcel.state, tasks(session)) == ("delivered_unsigned", [("parcel_exception", "delivered_unsigned")])
    seen = StaffWord(status=ParcelWord.DELIVERED, reason="Seen on the carrier's page.", has_signature=True)
    with pytest.raises(NotYourOrder):
        staff_report(session, shipment_id=parcel.id, said=seen, by=patient_of(session, parcel), now=NOW + 3 * DAY)
    staff_report(session, shipment_id=parcel.id, said=seen, by=COORDINATOR, now=NOW + 3 * DAY)
    assert (parcel.state, tasks(session)) == ("confirmed", [])
    assert (fill(session, parcel.fill_id).state, places(session)) == ("closed", set())


def test_confirming_twice_is_confirming_once(session, parcel):
    deliver(session, parcel, at=NOW + DAY)
    first = confirm(session, parcel, now=NOW + 2 * DAY)
    assert confirm(session, parcel, now=NOW + 3 * DAY, counted=3).id == first.id
    assert len(session.scalars(select(Receipt)).all()) == 1


@pytest.mark.parametrize(
    ("said", "error", "field"),
    [
        ({"lot_number": "Q-17"}, LotUnknown, "lot_number"),
        ({"counted": 13}, UnitsRefused, "counted"),
        ({"counted": "ten"}, UnitsRefused, "counted"),
        ({"is_locked_away": False}, UnitsRefused, "is_locked_away"),
    ],
)
def test_what_a_patient_cannot_have_found_is_refused_and_nothing_is_kept(session, parcel, said, error, field):
    deliver(session, parcel, at=NOW + DAY)
    with pytest.raises(error) as refused:
        confirm(session, parcel, now=NOW + 2 * DAY, **said)
    assert refused.value.field == field
    assert (parcel.state, session.scalars(select(Receipt)).all()) == ("delivered", [])
    assert session.scalars(select(UnitEntry.units)).all() == [12]


def test_only_a_delivered_parcel_is_disputed_and_the_case_names_the_pharmacys_hour(session, parcel, order):
    patient = patient_of(session, order)
    with pytest.raises(WrongState, match="not delivered this parcel yet"):
        dispute_delivery(session, shipment_id=parcel.id, by=patient, now=NOW + HOUR)
    deliver(session, parcel, at=NOW + DAY)
    dispute_delivery(session, shipment_id=parcel.id, by=patient, now=NOW + 2 * DAY)
    assert places(session) == {Column.EXCEPTIONS}
    assert [kind for kind, _ in tasks(session)] == ["delivery_disputed"]
    assert tell_pharmacy_of_parcel(session, shipment_id=parcel.id, by=COORDINATOR, now=NOW + 2 * DAY).pharmacy_told_at


def test_silence_becomes_a_task_and_then_a_loss_that_closes_the_fill(session, parcel, hear):
    assert watch_parcels(session, by=WATCHER, now=NOW + 47 * HOUR) == 0
    watch_parcels(session, by=WATCHER, now=NOW + 49 * HOUR)
    watch_parcels(session, by=WATCHER, now=NOW + 50 * HOUR)
    assert tasks(session) == [("parcel_exception", "no_first_scan")]
    hear(told(parcel, CarrierWord.IN_TRANSIT, at=NOW + 50 * HOUR), now=NOW + 51 * HOUR)
    assert tasks(session) == []
    watch_parcels(session, by=WATCHER, now=NOW + 10 * DAY + HOUR)
    assert (parcel.state, fill(session, parcel.fill_id).state) == ("lost", "closed")
    assert ("parcel_exception", "lost") in tasks(session)
    assert session.scalars(select(UnitEntry)).all() == []
    assert watch_parcels(session, by=WATCHER, now=NOW + 12 * DAY) == 0


def test_a_door_without_an_adult_is_a_task_until_the_next_word(session, parcel, hear):
    hear(told(parcel, CarrierWord.DELIVERY_ATTEMPTED, at=NOW + DAY))
    assert (tasks(session), places(session)) == ([("parcel_exception", "delivery_attempted")], {Column.EXCEPTIONS})
    hear(told(parcel, CarrierWord.OUT_FOR_DELIVERY, at=NOW + DAY + HOUR))
    assert (tasks(session), places(session)) == ([], {Column.IN_TRANSIT})
