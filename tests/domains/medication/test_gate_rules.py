"""The gate: each reason at its edge and its moments, every reason at once, and what a further problem may not do."""

import json
from dataclasses import replace
from datetime import date
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.medication.rules.gate import MOMENTS, Moment, reasons_to_wait
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.reasons import ReasonCode, split
from tests.domains.medication.rule_makers import (
    A_DAY,
    AT,
    CLEAR,
    LOT,
    POLICY,
    TODAY,
    with_count,
    with_lots,
    with_order,
    with_pdmp,
    with_prescriber,
)

WORSE = {
    "patient_inactive": lambda clear: replace(clear, is_active=False),
    "plan_over": lambda clear: replace(clear, phase="aftercare"),
    "holds_open": lambda clear: replace(clear, holds=1),
    "order_not_active": lambda clear: with_order(clear, state=OrderState.ON_HOLD),
    "order_expired": lambda clear: with_order(clear, expires_on=TODAY - A_DAY),
    "order_used_up": lambda clear: with_order(clear, fills_done=3),
    "prescriber_no_license": lambda clear: with_prescriber(clear, has_license=False),
    "prescriber_no_dea": lambda clear: with_prescriber(clear, has_dea=False),
    "prescriber_no_cds": lambda clear: with_prescriber(clear, has_cds=False),
    "no_legal_basis": lambda clear: replace(clear, is_covered=False),
    "pdmp_old": lambda clear: with_pdmp(clear, checked_at=AT - 2 * A_DAY),
    "pdmp_other_state": lambda clear: with_pdmp(clear, state="FL"),
    "pdmp_unexplained": lambda clear: with_pdmp(clear, result="unexplained"),
    "visit_overdue": lambda clear: replace(clear, last_visit_on=TODAY - 91 * A_DAY),
    "check_ins_overdue": lambda clear: replace(clear, overdue_check_ins=("weekly",)),
    "consents_missing": lambda clear: replace(clear, missing_consents=("agreement",)),
    "too_early": lambda clear: replace(clear, last_supplied_on=TODAY - 18 * A_DAY),
    "enough_on_hand": lambda clear: replace(clear, expected_on_hand=3),
    "too_many_units": lambda clear: replace(clear, fill_units=11),
    "count_old": lambda clear: with_count(clear, on=TODAY - 8 * A_DAY),
    "count_differs": lambda clear: with_count(clear, missing=1),
    "parcel_under_way": lambda clear: replace(clear, parcels_under_way=1),
    "dispute_open": lambda clear: replace(clear, open_disputes=1),
    "recall_open": lambda clear: replace(clear, recalled_on_hand=1),
    "pharmacy_no_license": lambda clear: replace(clear, has_pharmacy_license=False),
    "address_not_served": lambda clear: replace(clear, is_address_served=False),
    "address_old": lambda clear: replace(clear, address_confirmed_on=TODAY - 15 * A_DAY),
    "no_adult": lambda clear: replace(clear, is_adult_available=False),
    "not_paid": lambda clear: replace(clear, is_paid=False),
    "plan_used_up": lambda clear: replace(clear, shipments_left=0),
    "lot_recalled": lambda clear: with_lots(clear, is_recalled=True),
    "lot_beyond_use": lambda clear: with_lots(clear, beyond_use_on=date(2026, 12, 2)),
}
"""One step past each limit; any of them can be taken together."""

INSTEAD = {
    "no_plan": replace(CLEAR, phase=None),
    "plan_not_begun": replace(CLEAR, phase="evaluation"),
    "no_order": replace(CLEAR, order=None),
    "pdmp_missing": replace(CLEAR, pdmp=None),
    "pdmp_outage": with_pdmp(with_order(days_supply=4), result="unavailable"),
    "count_missing": replace(CLEAR, last_count=None),
    "address_unconfirmed": replace(CLEAR, address_confirmed_on=None),
    "lots_unknown": replace(CLEAR, lots=()),
}
"""What is not there at all, instead of there and wrong."""

ALONE = {**{code: worsen(CLEAR) for code, worsen in WORSE.items()}, **INSTEAD}
HARMLESS = {
    "nothing was ever sent": replace(CLEAR, last_supplied_on=None, last_days_supply=None, last_count=None),
    "nobody asked yet": replace(
        CLEAR, missing_consents=None, is_paid=None, is_address_served=None, is_adult_available=None
    ),
    "an outage and three days": with_pdmp(with_order(days_supply=3), result="unavailable"),
    "other prescriptions explained": with_pdmp(result="explained"),
    "Florida asks for no registration of its own": with_pdmp(
        with_prescriber(replace(CLEAR, state="FL"), has_cds=False), state="FL"
    ),
    "the last day of the order": with_order(expires_on=TODAY),
    "the taper": replace(CLEAR, phase="taper"),
    "no session planned, and a lot that keeps two days": replace(
        CLEAR, next_session_on=None, lots=(replace(LOT, beyond_use_on=TODAY + 2 * A_DAY),)
    ),
}


def codes(inputs, moment):
    return [reason.code for reason in reasons_to_wait(inputs, POLICY, moment)]


@pytest.mark.parametrize("moment", Moment)
def test_nothing_speaks_against_a_patient_who_stands_on_every_limit(moment):
    assert codes(CLEAR, moment) == []


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_problem_is_no_reason_at_any_moment(name):
    assert [codes(HARMLESS[name], moment) for moment in Moment] == [[], [], []]


@pytest.mark.parametrize("code", ReasonCode)
def test_each_reason_alone_counts_at_its_moments_and_no_other(code):
    assert {moment for moment in Moment if codes(ALONE[code], moment) == [code]} == MOMENTS[code]
    assert all(codes(ALONE[code], moment) == [] for moment in set(Moment) - MOMENTS[code])


@pytest.mark.parametrize("moment", Moment)
def test_all_reasons_are_told_at_once_in_the_order_of_the_list(moment):
    everything = reduce(lambda inputs, worsen: worsen(inputs), WORSE.values(), CLEAR)
    assert codes(everything, moment) == [code for code in ReasonCode if code in WORSE and moment in MOMENTS[code]]


@given(st.sets(st.sampled_from(sorted(WORSE))), st.sets(st.sampled_from(sorted(WORSE))), st.sampled_from(Moment))
def test_a_further_problem_never_takes_a_reason_away_and_the_same_facts_say_the_same(few, more, moment):
    fewer = reduce(lambda inputs, code: WORSE[code](inputs), sorted(few), CLEAR)
    worse = reduce(lambda inputs, code: WORSE[code](inputs), sorted(more), fewer)
    assert set(codes(fewer, moment)) <= set(codes(worse, moment))
    assert set(codes(fewer, moment)) == {code for code in few if moment in MOMENTS[code]}
    assert reasons_to_wait(worse, POLICY, moment) == reasons_to_wait(worse, POLICY, moment)


@pytest.mark.parametrize(
    ("state", "release", "ship"),
    [
        (OrderState.ACTIVE, [], []),
        (OrderState.DEPLETED, ["order_not_active"], []),
        (OrderState.EXPIRED, ["order_not_active"], []),
        (OrderState.STOPPED, ["order_not_active"], ["order_not_active"]),
        (OrderState.REPLACED, ["order_not_active"], ["order_not_active"]),
        (OrderState.SIGNED, ["order_not_active"], ["order_not_active"]),
    ],
)
def test_what_was_released_in_time_still_leaves_unless_the_order_was_taken_back(state, release, ship):
    inputs = with_order(state=state)
    assert (codes(inputs, Moment.RELEASE), codes(inputs, Moment.SHIP)) == (release, ship)


def test_an_order_whose_prescriber_or_pharmacy_is_not_known_is_not_filled():
    unknown = replace(CLEAR, prescriber=None, has_pharmacy_license=None)
    assert codes(unknown, Moment.RELEASE) == [
        "prescriber_no_license",
        "prescriber_no_dea",
        "prescriber_no_cds",
        "pharmacy_no_license",
    ]
    assert codes(replace(unknown, order=None), Moment.RELEASE) == ["no_order"]


def test_a_physician_sets_aside_what_may_be_and_nothing_else():
    inputs = replace(CLEAR, holds=1, expected_on_hand=7)
    reasons = reasons_to_wait(inputs, POLICY, Moment.RELEASE)
    left, aside = split(reasons, {"holds_open", "enough_on_hand", "no_adult"})
    assert [each.code for each in aside] == ["enough_on_hand"]
    assert [each.code for each in left] == ["holds_open", "too_many_units"]


def test_inputs_policy_and_reasons_can_be_kept_as_json_beside_a_decision():
    kept = json.loads(json.dumps(CLEAR.as_json()))
    assert kept["order"]["expires_on"] == "2027-04-01"
    assert kept["pdmp"]["checked_at"] == "2026-11-22T15:00:00+00:00"
    assert kept["lots"] == [{"number": "B7", "beyond_use_on": "2027-03-01", "is_recalled": False}]
    assert json.loads(json.dumps(POLICY.as_json()))["visit_days"] == 90
    [reason] = reasons_to_wait(with_count(missing=-2), POLICY, Moment.SWEEP)
    stored = json.loads(json.dumps(reason.as_json()))
    assert stored == {
        "code": "count_differs",
        "values": {"counted_on": "2026-11-16", "units": "2", "direction": "more"},
        "override": "physician",
    }
    assert type(reason).read(stored) == reason


def test_the_first_day_for_more_is_two_days_before_the_last_supply_is_used():
    assert CLEAR.allowed_on(POLICY) == TODAY
    assert replace(CLEAR, last_days_supply=None).allowed_on(POLICY) is None
