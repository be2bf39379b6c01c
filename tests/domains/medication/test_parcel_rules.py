"""Parcels: any order of words gives one state, rest is left only by newer explicit words, silence has its limits."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.gateways.carriers import CarrierWord
from clinic.medication.errors import ParcelRefused
from clinic.medication.models import shipments
from clinic.medication.rules.parcel_timers import Overdue, ParcelFacts, ParcelPolicy, overdue
from clinic.medication.rules.parcels import (
    STAFF_WORDS,
    Folded,
    ParcelWord,
    ShipmentState,
    Tracked,
    folded,
    require_possible,
)

LEFT = datetime(2026, 11, 20, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
W, S = ParcelWord, ShipmentState


def said(hours, word, *, signed=False, staff=False):
    return Tracked(at=LEFT + hours * HOUR, status=word, key=f"{hours}-{word}", has_signature=signed, is_staff=staff)


def fold(*events, confirmed=None):
    at = None if confirmed is None else LEFT + confirmed * HOUR
    return folded(events, handed_over_at=LEFT, confirmed_at=at)


WAY = (said(1, W.LABEL_CREATED), said(5, W.IN_TRANSIT), said(40, W.OUT_FOR_DELIVERY))
SIGNED = (*WAY, said(44, W.DELIVERED, signed=True))
UNSIGNED = (*WAY, said(44, W.DELIVERED))


@pytest.mark.parametrize(
    ("events", "confirmed", "state", "since"),
    [
        ((), None, S.LABEL_CREATED, 0),
        (WAY, None, S.OUT_FOR_DELIVERY, 40),
        ((*WAY, said(6, W.IN_TRANSIT)), None, S.OUT_FOR_DELIVERY, 40),
        ((*WAY, said(41, W.DELIVERY_ATTEMPTED), said(50, W.PICKUP_READY)), None, S.PICKUP_READY, 50),
        ((*WAY, said(41, W.EXCEPTION), said(60, W.IN_TRANSIT)), None, S.IN_TRANSIT, 60),
        ((*WAY, said(60, W.LABEL_CREATED)), None, S.OUT_FOR_DELIVERY, 40),
        (SIGNED, None, S.DELIVERED, 44),
        (UNSIGNED, None, S.DELIVERED_UNSIGNED, 44),
        (SIGNED, 50, S.CONFIRMED, 50),
        (UNSIGNED, 50, S.DELIVERED_UNSIGNED, 44),
        (WAY, 50, S.OUT_FOR_DELIVERY, 40),
        ((*SIGNED, said(45, W.IN_TRANSIT), said(46, W.EXCEPTION)), None, S.DELIVERED, 44),
        ((*SIGNED, said(46, W.RETURNING)), None, S.RETURNING, 46),
        ((*SIGNED, said(43, W.RETURNING)), None, S.RETURNING, 43),
        ((*SIGNED, said(60, W.RETURNING)), 50, S.CONFIRMED, 50),
        ((*SIGNED, said(60, W.DISPUTED, staff=True)), None, S.DISPUTED, 60),
        ((*SIGNED, said(60, W.DISPUTED, staff=True)), 50, S.DISPUTED, 60),
        ((*SIGNED, said(60, W.DISPUTED, staff=True), said(61, W.DELIVERED, staff=True)), 62, S.CONFIRMED, 62),
        ((*SIGNED, said(60, W.DISPUTED, staff=True), said(61, W.DELIVERED, signed=True)), None, S.DISPUTED, 60),
        ((*WAY, said(60, W.RETURNING), said(70, W.DELIVERED, signed=True)), None, S.RETURNING, 60),
        (
            (*WAY, said(60, W.RETURNING), said(90, W.RETURNED_TO_PHARMACY, staff=True)),
            None,
            S.RETURNED_TO_PHARMACY,
            90,
        ),
        ((*WAY, said(240, W.LOST, staff=True), said(250, W.IN_TRANSIT)), None, S.LOST, 240),
        ((*WAY, said(240, W.LOST, staff=True), said(260, W.DELIVERED, signed=True)), None, S.DELIVERED, 260),
        ((said(2, W.CANCELED), said(5, W.IN_TRANSIT)), None, S.IN_TRANSIT, 5),
    ],
)
def test_where_a_parcel_stands_after_what_was_said(events, confirmed, state, since):
    found = fold(*events, confirmed=confirmed)
    assert (found.state, found.since) == (state, LEFT + since * HOUR)


def test_the_carriers_words_for_people_only_and_unknown_ones_change_nothing_but_ask_for_a_look():
    assert not fold(*SIGNED).has_unknown
    for word in (W.UNKNOWN, *STAFF_WORDS):
        found = fold(*SIGNED, said(60, word))
        assert (found.state, found.has_unknown) == (S.DELIVERED, True)


def test_a_signature_that_comes_later_makes_a_delivery_whole_and_keeps_its_time():
    found = fold(*UNSIGNED, said(48, W.DELIVERED, signed=True))
    assert (found.state, found.since, found.delivered_at) == (S.DELIVERED, LEFT + 44 * HOUR, LEFT + 44 * HOUR)


def test_a_dispute_still_learns_of_the_carriers_signature():
    found = fold(*UNSIGNED, said(60, W.DISPUTED, staff=True), said(61, W.DELIVERED, signed=True))
    assert (found.state, found.has_signature) == (S.DISPUTED, True)


def test_a_label_an_unknown_word_and_people_are_no_scan():
    assert fold(said(1, W.LABEL_CREATED), said(2, W.UNKNOWN), said(3, W.IN_TRANSIT, staff=True)).scanned_at is None
    assert fold(*WAY, said(60, W.IN_TRANSIT, staff=True)).scanned_at == LEFT + 40 * HOUR


EVENTS = st.builds(
    Tracked,
    at=st.integers(0, 12).map(lambda hours: LEFT + hours * HOUR),
    status=st.sampled_from(ParcelWord),
    key=st.sampled_from("abc"),
    has_signature=st.booleans(),
    is_staff=st.booleans(),
)


@given(st.lists(EVENTS, max_size=8), st.none() | st.integers(0, 14), st.data())
def test_any_order_and_any_number_of_repeats_give_the_same(events, confirmed, data):
    again = data.draw(
        st.permutations([*events, *data.draw(st.lists(st.sampled_from(events)) if events else st.just([]))])
    )
    assert fold(*again, confirmed=confirmed) == fold(*events, confirmed=confirmed)


@given(st.lists(EVENTS, max_size=8), EVENTS)
def test_a_later_told_older_word_never_moves_what_newer_explicit_words_decided(events, older):
    newest = Tracked(at=LEFT + 20 * HOUR, status=W.LOST, key="z", is_staff=True)
    assert fold(*events, newest, older).state is S.LOST


@given(st.lists(EVENTS, max_size=8), st.none() | st.integers(0, 14))
def test_confirmed_always_has_a_delivery_a_signature_and_the_patients_word(events, confirmed):
    found: Folded = fold(*events, confirmed=confirmed)
    if found.state is S.CONFIRMED:
        assert found.has_signature
        assert found.delivered_at is not None
        assert confirmed is not None


def test_the_words_are_those_of_the_database_and_the_carriers_are_among_them():
    assert {f"'{word}'" for word in ParcelWord} == set(shipments.WORDS.split(", "))
    assert {f"'{word}'" for word in STAFF_WORDS} == set(shipments.STAFF_WORDS.split(", "))
    assert {f"'{state}'" for state in ShipmentState} == set(shipments.STATES.split(", "))
    assert {word.value for word in CarrierWord} == {word.value for word in set(ParcelWord) - STAFF_WORDS}


def test_delivered_before_it_left_and_what_is_still_to_come_are_refused():
    require_possible(said(0, W.DELIVERED), handed_over_at=LEFT, now=LEFT)
    require_possible(said(-5, W.LABEL_CREATED), handed_over_at=LEFT, now=LEFT)
    with pytest.raises(ParcelRefused, match="left the pharmacy at 2026-11-20 15:00 UTC") as refused:
        require_possible(said(-1, W.DELIVERED), handed_over_at=LEFT, now=LEFT)
    assert refused.value.field == "tracking_number"
    with pytest.raises(ParcelRefused, match="“in transit” at 2026-11-20 17:00 UTC, which has not come yet"):
        require_possible(said(2, W.IN_TRANSIT), handed_over_at=LEFT, now=LEFT)


@pytest.mark.parametrize(
    ("state", "since", "scanned", "hours", "what"),
    [
        (S.LABEL_CREATED, 0, None, 48, None),
        (S.LABEL_CREATED, 0, None, 48.1, Overdue.NO_FIRST_SCAN),
        (S.IN_TRANSIT, 5, 5, 77, None),
        (S.IN_TRANSIT, 5, 5, 77.1, Overdue.NO_SCAN),
        (S.EXCEPTION, 5, 5, 78, Overdue.NO_SCAN),
        (S.PICKUP_READY, 50, 50, 50 + 72, None),
        (S.PICKUP_READY, 50, 50, 50.1 + 72, Overdue.PICKUP_WAITS),
        (S.IN_TRANSIT, 5, 239, 240, None),
        (S.IN_TRANSIT, 5, 239, 240.1, Overdue.LOST),
        (S.PICKUP_READY, 50, 50, 241, Overdue.LOST),
        (S.RETURNING, 100, 239, 241, None),
        (S.RETURNING, 100, 100, 241, Overdue.NO_SCAN),
        (S.DELIVERED, 44, 44, 2400, None),
        (S.CONFIRMED, 44, 44, 2400, None),
        (S.LOST, 240, 5, 2400, None),
    ],
)
def test_a_parcel_is_asked_after_only_past_its_limit_and_for_the_gravest_reason(state, since, scanned, hours, what):
    facts = ParcelFacts(
        state=state,
        state_since=LEFT + since * HOUR,
        handed_over_at=LEFT,
        scanned_at=None if scanned is None else LEFT + scanned * HOUR,
    )
    assert overdue(facts, ParcelPolicy(), now=LEFT + hours * HOUR) == what
