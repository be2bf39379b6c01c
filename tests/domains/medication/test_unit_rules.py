"""Units, lots and fills: signs of entries, what a count should be, last good days, and the way of a fill."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.medication.errors import LotExpired, LotRecalled, UnitsRefused, WrongState
from clinic.medication.models import fills as fill_tables
from clinic.medication.models import units as unit_tables
from clinic.medication.rules.fhir_codes import INTENT, MEDICATION_DISPENSE, MEDICATION_REQUEST, SUPPLY_DELIVERY, VALID
from clinic.medication.rules.fills import NEXT, OVER, UNDER_WAY, FillState, may_cancel, require_move
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.units import (
    CountFacts,
    LotProblem,
    UnitKind,
    beyond_use_problem,
    expected,
    missing,
    require_usable,
    usable,
    whole_units,
)
from tests.domains.medication.rule_makers import A_DAY, LOT

F = FillState


def test_kinds_and_signs_of_entries_are_those_of_the_database():
    assert {f"'{kind}'" for kind in UnitKind} == set(unit_tables.KINDS.split(", "))
    assert {f"'{kind}'" for kind in UnitKind if kind.sign > 0} == set(unit_tables.COMING.split(", "))


@pytest.mark.parametrize(("counted", "lacks"), [(5, 0), (4, 1), (0, 5), (6, -1)])
def test_a_count_lacks_what_nobody_accounts_for(counted, lacks):
    facts = CountFacts(before=2, dispensed=6, taken=2, wasted=1, counted=counted)
    assert (expected(facts), missing(facts)) == (5, lacks)


@pytest.mark.parametrize(
    ("is_recalled", "days_after", "problem"),
    [
        (False, -1, None),
        (False, 0, None),
        (False, 1, LotProblem.BEYOND_USE),
        (True, -1, LotProblem.RECALLED),
        (True, 1, LotProblem.RECALLED),
    ],
)
def test_a_lot_is_good_through_its_last_day_and_never_after_a_recall(is_recalled, days_after, problem):
    lot = replace(LOT, is_recalled=is_recalled)
    assert usable(lot, lot.beyond_use_on + days_after * A_DAY) is problem


def test_an_unusable_lot_is_refused_with_its_number_day_and_way_out():
    require_usable(LOT, LOT.beyond_use_on)
    with pytest.raises(LotExpired, match=r"Lot B7 was good until Mar 1, 2027 .* nobody can allow a later day"):
        require_usable(LOT, LOT.beyond_use_on + A_DAY)
    with pytest.raises(LotRecalled, match="Lot B7 was recalled, and nobody may use it"):
        require_usable(replace(LOT, is_recalled=True), LOT.beyond_use_on)


@pytest.mark.parametrize(
    ("beyond_use_on", "says"),
    [
        (date(2026, 6, 30), None),
        (date(2026, 1, 2), None),
        (date(2026, 7, 1), "keeps 180 days at most (USP <795>), until Jun 30, 2026, and this says Jul 1, 2026"),
        (date(2026, 1, 1), "cannot be Jan 1, 2026"),
    ],
)
def test_a_label_that_promises_too_much_is_told(beyond_use_on, says):
    problem = beyond_use_problem(compounded_on=date(2026, 1, 1), beyond_use_on=beyond_use_on)
    assert (problem is None) if says is None else says in problem


@pytest.mark.parametrize("typed", ["", "1.5", "-1", "two", "10000", "１", True])
def test_units_that_are_no_whole_number_are_refused_at_their_field(typed):
    with pytest.raises(UnitsRefused, match="whole number from 0 to 9999") as refused:
        whole_units(typed, field="counted")
    assert refused.value.field == "counted"


def test_units_that_are_a_whole_number_are_taken_and_a_least_one_is_kept():
    assert [whole_units(typed, field="units") for typed in ("0", " 12 ", 9999)] == [0, 12, 9999]
    with pytest.raises(UnitsRefused, match="from 1 to"):
        whole_units(0, field="units", least=1)


def test_the_states_of_fills_are_those_of_the_database():
    assert {f"'{state}'" for state in FillState} == set(fill_tables.STATES.split(", "))
    assert {f"'{state}'" for state in OVER} == set(fill_tables.OVER.split(", "))
    assert set(NEXT) == OVER | UNDER_WAY


def test_a_fill_is_canceled_only_before_it_is_packed():
    assert {state for state in FillState if may_cancel(state)} == UNDER_WAY - {F.PACKED, F.HANDED_TO_CARRIER}
    with pytest.raises(WrongState, match=r"packed and cannot become canceled\. .* call the pharmacy"):
        require_move(F.PACKED, F.CANCELED)


def test_nothing_is_packed_before_its_lots_are_known_nor_sent_before_it_is_released():
    assert {state for state, after in NEXT.items() if F.PACKED in after} == {F.VERIFIED}
    assert {state for state, after in NEXT.items() if F.SENT in after} == {F.RELEASED}
    assert {state for state, after in NEXT.items() if F.RELEASED in after} == {F.REQUESTED, F.BLOCKED}
    with pytest.raises(WrongState, match="Record first which lots the pharmacy verified"):
        require_move(F.COMPOUNDING, F.PACKED)
    with pytest.raises(WrongState, match="Ask for a new fill"):
        require_move(F.REJECTED, F.ACCEPTED)
    require_move(F.SENT, F.VERIFIED)


@pytest.mark.parametrize(
    ("codes", "states", "element"),
    [
        (MEDICATION_REQUEST, OrderState, "MedicationRequest.status"),
        (MEDICATION_DISPENSE, FillState, "MedicationDispense.status"),
        (SUPPLY_DELIVERY, ShipmentState, "SupplyDelivery.status"),
    ],
)
def test_every_state_has_a_code_that_fhir_knows(codes, states, element):
    assert set(codes) == set(states)
    assert set(codes.values()) <= VALID[element]
    assert INTENT in VALID["MedicationRequest.intent"]
