"""The gates as a table: for each a case in which it alone decides; and fixing one never closes another."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.readiness.rules.codes import GATES, GateCode, Owner, Severity
from clinic.readiness.rules.facts import DayCheck, Facts, Moment, Support
from clinic.readiness.rules.gates import Reason, asked_at, blocking, unmet
from clinic.readiness.rules.wording import for_coordinator, for_patient, for_physician, wording
from tests.domains.readiness.ready import LIMITS, READY

_C = GateCode
ALONE = {
    _C.PATIENT_INACTIVE: {"is_active": False},
    _C.NO_PROGRAM: {"phase": "aftercare"},
    _C.PROGRAM_PAUSED: {"is_paused": True},
    _C.CLINICAL_HOLD: {"has_hold": True},
    _C.CHECKLIST_STOPPED: {"checklist": DayCheck.STOPPED, "checklist_reasons": ("pressure_high",)},
    _C.CHECKLIST_HELD: {"checklist": DayCheck.HOLD, "checklist_reasons": ("pressure_raised",)},
    _C.CHECKLIST_OPEN: {"checklist": DayCheck.OPEN, "checklist_reasons": ("finished_late",)},
    _C.LOCATION_UNSTATED: {"is_location_stated": False},
    _C.NO_LICENSE: {"has_license": False, "location_state": "NJ"},
    _C.NO_LEGAL_BASIS: {"is_covered": False},
    _C.GAP_BELOW_FLOOR: {"floor_hours_since": 47},
    _C.GAP_SHORT: {"hours_since": 71},
    _C.ORDER_INACTIVE: {"order": "on_hold"},
    _C.UNITS_SHORT: {"units_good": 1},
    _C.RECEIPT_OPEN: {"units_unconfirmed": 3},
    _C.LOT_RECALLED: {"units_recalled": 2, "recalled_lots": ("A1",)},
    _C.LOT_OUT_OF_DATE: {"units_out_of_date": 2},
    _C.CONSENTS_MISSING: {"missing_consents": ("telehealth",)},
    _C.SUPPORT_UNNAMED: {"support": Support.NONE, "is_attested_today": True},
    _C.SUPPORT_UNCONFIRMED: {"support": Support.NAMED},
    _C.SUPPORT_UNATTESTED: {"is_attested_today": False},
    _C.FOLLOW_UPS_OPEN: {"follow_ups_open": 1},
    _C.VISIT_OVERDUE: {"last_visit_on": date(2026, 8, 26)},
    _C.FIRST_UNATTENDED: {"is_first": True, "is_clinician_there": False},
    _C.MEMBERSHIP_CLOSED: {"is_membership_open": False},
}
"""For each gate what makes it the only one that is not met."""

PASSES = {
    _C.NO_PROGRAM: {"phase": "taper"},
    _C.GAP_BELOW_FLOOR: {"floor_hours_since": 48},
    _C.GAP_SHORT: {"hours_since": 72},
    _C.ORDER_INACTIVE: {"order": "depleted"},
    _C.UNITS_SHORT: {"units_good": 2},
    _C.RECEIPT_OPEN: {"units_unconfirmed": 2},
    _C.SUPPORT_UNCONFIRMED: {"support": Support.CONFIRMED},
    _C.VISIT_OVERDUE: {"last_visit_on": date(2026, 8, 27)},
    _C.FIRST_UNATTENDED: {"is_first": True},
}
"""The last value at which a gate is still met."""


def codes(facts, moment):
    return [each.code for each in unmet(facts, LIMITS, moment)]


@pytest.mark.parametrize("moment", Moment)
def test_nothing_speaks_against_a_session_with_every_gate_met(moment):
    assert unmet(READY, LIMITS, moment) == ()


@pytest.mark.parametrize("code", GateCode)
def test_each_gate_can_decide_alone_at_exactly_the_moments_at_which_it_is_asked(code):
    facts = replace(READY, **ALONE[code])
    for moment in Moment:
        asked = [each for each in codes(facts, moment) if each not in {_C.SUPPORT_UNNAMED, _C.SUPPORT_UNCONFIRMED}]
        if code in {_C.SUPPORT_UNNAMED, _C.SUPPORT_UNCONFIRMED}:
            asked = [each for each in codes(facts, moment) if each is code]
        assert asked == ([code] if moment in GATES[code].weight else [])


@pytest.mark.parametrize("code", PASSES)
def test_each_limit_is_met_at_its_edge(code):
    for moment in Moment:
        assert code not in codes(replace(READY, **PASSES[code]), moment)


def test_a_maintenance_gap_counts_in_the_patients_days():
    spaced = replace(READY, least_gap_hours=0, least_gap_days=21, days_since=21, hours_since=21 * 24 - 3)
    assert codes(spaced, Moment.START) == []
    assert codes(replace(spaced, days_since=20), Moment.START) == [_C.GAP_SHORT]


def test_money_keeps_an_offer_back_and_never_a_start():
    unpaid = replace(READY, is_membership_open=False)
    weights = {moment: [each.severity for each in unmet(unpaid, LIMITS, moment)] for moment in Moment}
    assert weights == {
        Moment.OFFER: [Severity.BLOCK],
        Moment.T72: [Severity.ADVISE],
        Moment.T24: [Severity.ADVISE],
        Moment.START: [Severity.ADVISE],
    }
    assert blocking(unmet(unpaid, LIMITS, Moment.START)) == ()


def test_a_physician_sets_aside_what_may_be_and_nothing_else():
    early = replace(READY, hours_since=40, floor_hours_since=40)
    found = unmet(early, LIMITS, Moment.START)
    assert [each.code for each in found] == [_C.GAP_BELOW_FLOOR, _C.GAP_SHORT]
    assert [each.code for each in blocking(found, {"gap_below_floor", "gap_short"})] == [_C.GAP_BELOW_FLOOR]


BAD = st.fixed_dictionaries(
    {},
    optional={
        "is_active": st.booleans(),
        "phase": st.sampled_from([None, "evaluation", "induction", "maintenance", "ended"]),
        "is_paused": st.booleans(),
        "has_hold": st.booleans(),
        "order": st.sampled_from([None, "active", "depleted", "on_hold", "stopped"]),
        "units_needed": st.integers(1, 6),
        "units_good": st.integers(0, 9),
        "units_unconfirmed": st.integers(0, 9),
        "units_recalled": st.integers(0, 3),
        "units_out_of_date": st.integers(0, 3),
        "is_membership_open": st.booleans(),
        "missing_consents": st.sampled_from([(), ("telehealth",)]),
        "is_location_stated": st.sampled_from([None, True, False]),
        "has_license": st.booleans(),
        "is_covered": st.booleans(),
        "hours_since": st.none() | st.integers(0, 200),
        "days_since": st.none() | st.integers(0, 40),
        "least_gap_hours": st.sampled_from([0, 72]),
        "least_gap_days": st.sampled_from([0, 21]),
        "floor_hours_since": st.none() | st.integers(0, 200),
        "support": st.sampled_from(list(Support)),
        "is_attested_today": st.booleans(),
        "follow_ups_open": st.integers(0, 2),
        "last_visit_on": st.none() | st.dates(date(2026, 1, 1), date(2026, 11, 25)),
        "checklist": st.sampled_from(list(DayCheck)),
        "is_first": st.booleans(),
        "is_clinician_there": st.booleans(),
    },
)

MET_BY = {
    _C.GAP_SHORT: {"hours_since": None, "days_since": None},
    _C.RECEIPT_OPEN: {"units_unconfirmed": 0},
    _C.UNITS_SHORT: {"units_good": 30},
    _C.NO_LICENSE: {"has_license": True},
    _C.FIRST_UNATTENDED: {"is_clinician_there": True},
    _C.SUPPORT_UNNAMED: {"support": Support.CONFIRMED},
    _C.CHECKLIST_STOPPED: {"checklist": DayCheck.PASSED, "checklist_reasons": ()},
}
"""What meets a gate, where that is not simply its field of a session that is ready."""


def met(facts: Facts, code: GateCode) -> Facts:
    """Return the facts with one gate met and everything else as it was."""
    return replace(facts, **MET_BY.get(code, {name: getattr(READY, name) for name in ALONE[code]}))


@settings(max_examples=150, deadline=None)
@given(changes=BAD, moment=st.sampled_from(list(Moment)))
def test_meeting_a_gate_never_closes_another_and_the_same_facts_always_say_the_same(changes, moment):
    facts = replace(READY, **changes)
    before = set(codes(facts, moment))
    assert set(codes(facts, moment)) == before
    for code in before:
        after = set(codes(met(facts, code), moment))
        assert code not in after
        assert after < before


CLINICAL = ("pressure", "mmhg", " unit", " lot ", "recalled", "sign at", "ketamine", "dose")


@pytest.mark.parametrize("code", GateCode)
def test_every_reason_has_three_wordings_and_coordinators_read_nothing_clinical(code):
    facts = replace(READY, **ALONE[code])
    moment = next(each for each in reversed(Moment) if each in GATES[code].weight)
    (reason,) = [each for each in unmet(facts, LIMITS, moment) if each.code is code]
    assert Reason.read(reason.as_json()) == reason
    said = [
        for_physician(reason),
        for_coordinator(reason),
        *(for_patient(reason, language=each) for each in ("en", "es")),
    ]
    assert len(set(said)) == 4
    assert all(each.endswith((".", "?")) and "{" not in each for each in said)
    assert wording(code).source
    assert not [word for word in CLINICAL if word in for_coordinator(reason).casefold()]


def test_every_clinical_gate_is_the_physicians():
    assert {code for code, gate in GATES.items() if gate.is_clinical} == {
        _C.CLINICAL_HOLD,
        _C.CHECKLIST_STOPPED,
        _C.CHECKLIST_HELD,
    }
    assert all(gate.owner is Owner.PHYSICIAN for gate in GATES.values() if gate.is_clinical)
    assert asked_at(Moment.START)[-1] is _C.MEMBERSHIP_CLOSED


def test_every_fact_is_looked_at_by_a_gate_or_says_whose_session_it_is():
    looked_at = {name for changes in (*ALONE.values(), *MET_BY.values()) for name in changes}
    others = {
        "appointment_id",
        "patient_id",
        "at",
        "starts_at",
        "on",
        "units_needed",
        "least_gap_hours",
        "least_gap_days",
    }
    assert {each.name for each in fields(Facts)} == looked_at | others


def test_what_is_set_aside_is_one_case_and_not_the_next():
    def recalled(*lots):
        (found,) = unmet(replace(READY, units_recalled=2, recalled_lots=lots), LIMITS, Moment.START)
        return found

    aside = recalled("A1").names
    assert aside == ("lot_recalled:A1",)
    assert blocking([recalled("A1")], aside) == ()
    assert blocking([recalled("A1", "B2")], aside)
    assert blocking([recalled("B2")], aside)
    (held,) = unmet(replace(READY, checklist=DayCheck.HOLD, checklist_reasons=("food",)), LIMITS, Moment.START)
    assert blocking([replace(held, values={"reasons": "food, pulse"})], held.names)
    assert blocking([held], held.names) == ()
