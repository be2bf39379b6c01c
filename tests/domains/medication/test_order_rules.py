"""Orders: what may be typed, six calendar months, states and their moves, and what is signed."""

from calendar import monthrange
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.medication.errors import OrderRefused, WrongState
from clinic.medication.models import prescriptions
from clinic.medication.rules.orders import (
    LIVE,
    NEXT,
    OVER,
    OrderForm,
    OrderState,
    Route,
    checked_order,
    days_supply_expected,
    days_supply_warning,
    require_move,
    six_months_after,
    state_of_external,
)
from clinic.medication.rules.signed_content import OrderContent, content_hash, hash_of, require_complete
from tests.domains.medication.rule_makers import CONTENT, TYPED


def typed(**changes):
    return {**TYPED, **changes}


def without(field):
    return {name: value for name, value in TYPED.items() if name != field}


def test_what_a_physician_typed_becomes_numbers_and_nothing_else_is_added():
    fields = checked_order(typed(drug="  Substance   A "))
    assert (fields.drug, fields.form, fields.route) == ("Substance A", OrderForm.TROCHE, Route.SUBLINGUAL)
    assert (fields.strength_value, fields.strength_unit) == (Decimal("12.5"), "of something")
    assert (fields.quantity, fields.units_per_session, fields.days_supply, fields.refills) == (6, 2, 21, 1)
    assert fields.directions == "As the plan says.\nAn adult stays."


def test_only_refills_have_a_number_when_nobody_writes_one_and_it_is_none():
    assert checked_order(without("refills")).refills == 0
    for field in set(TYPED) - {"refills"}:
        with pytest.raises(OrderRefused) as refused:
            checked_order(without(field))
        assert refused.value.field == field


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("quantity", "6.5", "whole number from 1 to 999, not “6.5”"),
        ("quantity", "0", "whole number"),
        ("quantity", "-6", "whole number"),
        ("quantity", "1e3", "whole number"),
        ("quantity", "６", "whole number"),
        ("quantity", "1", "1 unit is not enough for one session of 2"),
        ("units_per_session", "1/2", "whole number"),
        ("days_supply", "185", "from 1 to 184"),
        ("refills", "6", "0 to 5 refills, not “6” (21 CFR 1306.22(a))"),
        ("refills", "-1", "0 to 5 refills"),
        ("refills", "0.5", "0 to 5 refills"),
        ("route", "intramuscular", "“intramuscular” is no route of this clinic, and nobody can allow another"),
        ("route", "nasal", "sublingual, oral"),
        ("form", "spray", "troche, lozenge"),
        ("strength_value", "0", "above 0"),
        ("strength_value", "-5", "above 0"),
        ("strength_value", "NaN", "above 0"),
        ("strength_value", "1.2345", "at most 3 decimal places"),
        ("strength_value", "1,5", "above 0"),
        ("drug", " ", "21 CFR 1306.05"),
        ("directions", "x" * 1001, "at most 1000 characters"),
    ],
)
def test_what_cannot_stand_in_an_order_is_refused_at_its_field(field, value, says):
    with pytest.raises(OrderRefused) as refused:
        checked_order(typed(**{field: value}))
    assert refused.value.field == field
    assert says in refused.value.message


@pytest.mark.parametrize(
    ("issued_on", "last_day"),
    [
        (date(2026, 11, 22), date(2027, 5, 22)),
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 30), date(2028, 2, 29)),
        (date(2026, 3, 31), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2028, 2, 29), date(2028, 8, 29)),
    ],
)
def test_an_order_lasts_six_calendar_months_and_a_short_month_ends_it_earlier(issued_on, last_day):
    assert six_months_after(issued_on) == last_day


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_six_months_are_never_more_and_at_most_three_days_less(day):
    last = six_months_after(day)
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == 6
    assert last.day == min(day.day, monthrange(last.year, last.month)[1])


@pytest.mark.parametrize(
    ("quantity", "per_session", "gap", "days"), [(6, 2, 7, 21), (7, 2, 7, 28), (1, 1, 30, 30), (5, 6, 7, 7)]
)
def test_days_of_supply_count_sessions_that_were_begun(quantity, per_session, gap, days):
    assert days_supply_expected(quantity, per_session, gap) == days


@pytest.mark.parametrize(("days", "is_odd"), [("21", False), ("25", False), ("26", True), ("17", False), ("16", True)])
def test_days_that_are_a_fifth_off_are_told_and_not_refused(days, is_odd):
    warning = days_supply_warning(checked_order(typed(days_supply=days)), gap_days=7)
    assert (warning is not None) == is_odd
    assert warning is None or f"last 21 days, and {days} are written" in warning


def test_the_states_are_those_of_the_database_and_each_is_live_over_or_a_draft():
    assert {f"'{state}'" for state in OrderState} == set(prescriptions.STATES.split(", "))
    assert {f"'{state}'" for state in LIVE} == set(prescriptions.LIVE.split(", "))
    assert set(OrderState) == LIVE | OVER | {OrderState.DRAFT} == set(NEXT)
    assert not LIVE & OVER


def test_moves_that_are_not_in_the_table_are_refused_in_words():
    require_move(OrderState.ACTIVE, OrderState.ON_HOLD)
    with pytest.raises(WrongState, match=r"This order is stopped and cannot become active\. Write a new order\."):
        require_move(OrderState.STOPPED, OrderState.ACTIVE)
    with pytest.raises(WrongState, match="Open the order again"):
        require_move(OrderState.DRAFT, OrderState.ACTIVE)
    assert all(state in NEXT[OrderState.ON_HOLD] for state in LIVE - {OrderState.ON_HOLD})
    assert all(OrderState.STOPPED in NEXT[state] for state in LIVE)
    assert all(OrderState.DRAFT not in after for after in NEXT.values())


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("eRxSent", "transmitted"),
        ("EpcsError", "transmission_error"),
        ("PharmacyVerified", "active"),
        ("Printed", None),
    ],
)
def test_words_of_the_certified_system_are_known_by_its_own_names(word, state):
    assert state_of_external(word) == state


def test_an_unknown_word_of_the_certified_system_is_refused_with_the_known_ones():
    with pytest.raises(OrderRefused, match=r"“Sent” is no status .* eRxSent") as refused:
        state_of_external("Sent")
    assert refused.value.field == "external_status"


def test_what_is_signed_reads_back_whole_and_its_hash_depends_on_the_content_alone():
    canonical = CONTENT.canonical()
    assert OrderContent.read(canonical) == CONTENT
    assert content_hash(CONTENT) == hash_of(canonical)
    assert content_hash(replace(CONTENT, strength_value=Decimal("12.500"))) == content_hash(CONTENT)
    assert "Peña" in canonical


@given(st.decimals(min_value="0.001", max_value=999999, places=3))
def test_a_strength_is_written_one_way_whatever_its_zeros(value):
    content = replace(CONTENT, strength_value=value)
    assert content_hash(replace(CONTENT, strength_value=value.normalize())) == content_hash(content)
    assert "E" not in content.canonical().partition('"strength_value":')[2].partition(",")[0]


OTHER = {"order_id": CONTENT.plan_id, "plan_id": CONTENT.order_id, "cds_number": "D1"}


@pytest.mark.parametrize("field", list(OrderContent.__dataclass_fields__))
def test_any_other_word_or_number_gives_another_hash(field):
    value = getattr(CONTENT, field)
    other = OTHER.get(field) or (value.replace(year=1999, day=1) if isinstance(value, date) else value * 2 or 5)
    assert content_hash(replace(CONTENT, **{field: other})) != content_hash(CONTENT)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"patient_address": " "}, "patient_address"),
        ({"dea_number": ""}, "dea_number"),
        ({"prescriber_address": ""}, "prescriber_address"),
        ({"patient_state": "NJ"}, "cds_number"),
        ({"directions": "", "dea_number": ""}, "directions"),
    ],
)
def test_an_order_that_lacks_what_the_law_wants_said_is_not_signed(changes, field):
    with pytest.raises(OrderRefused, match=r"\(21 CFR 1306\.05\)") as refused:
        require_complete(replace(CONTENT, **changes))
    assert refused.value.field == field


def test_all_that_lacks_is_named_and_no_refills_is_a_number():
    require_complete(CONTENT)
    require_complete(replace(CONTENT, patient_state="NJ", cds_number="D1"))
    with pytest.raises(OrderRefused, match="lacks directions, dea number"):
        require_complete(replace(CONTENT, directions="", dea_number=""))
