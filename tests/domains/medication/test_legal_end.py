"""The end of the rule that orders by telemedicine stand on: its last day in each zone, the block after, and whom."""

from datetime import UTC, date, datetime

import pytest

from clinic.medication.errors import OrderRefused
from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.queries.legal_ends import orders_past_end
from clinic.medication.rules.gate import Moment, reasons_to_wait
from clinic.medication.rules.reasons import ReasonCode, said_to_physician, wording
from clinic.treatment.actions.legal import add_legal_basis
from clinic.treatment.queries.legal import cover_of
from clinic.treatment.rules.legal import NewBasis, cover_words
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import an_order
from tests.domains.scheduling.calendar_makers import NOW

EXTENSION = "\u201cTelemedicine flexibility, fourth temporary extension\u201d (90 FR 61301)"
NEWARK = {"state": "NJ", "city": "Newark", "postal_code": "07102", "county_fips": "34013"}
PENSACOLA = {"city": "Pensacola", "postal_code": "32501", "county_fips": "12033"}
LAST = datetime(2027, 1, 1, 4, 59, tzinfo=UTC)
HALF_PAST = datetime(2027, 1, 1, 5, 30, tzinfo=UTC)
"""Half past midnight of January 1 in New Jersey and Miami, half past eleven of December 31 in Pensacola."""
FIFTH = NewBasis(
    name="Fifth extension",
    level="federal",
    state=None,
    schedule="III",
    valid_from=date(2027, 1, 1),
    valid_until=None,
    needs_in_person_exam=False,
    source="An invented register",
)


@pytest.mark.parametrize(
    ("where", "at", "is_signed"),
    [
        ({}, LAST, True),
        ({}, HALF_PAST, False),
        (NEWARK, LAST, True),
        (NEWARK, HALF_PAST, False),
        (PENSACOLA, HALF_PAST, True),
    ],
)
def test_an_order_is_signed_until_the_patients_own_last_day_and_never_after(order_clinic, where, at, is_signed):
    plan = order_clinic.treated(**where)
    if is_signed:
        assert order_clinic.signed(plan, now=at).issued_on == date(2026, 12, 31)
        return
    with pytest.raises(OrderRefused) as refused:
        order_clinic.signed(plan, now=at)
    assert refused.value.field == "issued_on"
    assert f"{EXTENSION} ended on Dec 31, 2026 and nothing follows." in str(refused.value)
    assert "Nobody can set this aside: a physician writes an in-person exam into the plan" in str(refused.value)


def said(session, order, *, now) -> list[str]:
    inputs = gate_inputs(session, [order.patient_id], now=now)[order.patient_id]
    found = reasons_to_wait(inputs, gate_policy(session), Moment.RELEASE)
    return [said_to_physician(each) for each in found if each.code == "no_legal_basis"]


def test_nothing_is_released_after_the_end_until_another_rule_covers_it(session, order_clinic: OrderClinic):
    order = an_order(order_clinic)
    assert said(session, order, now=LAST) == []
    [words] = said(session, order, now=HALF_PAST)
    assert f"{EXTENSION} ended on Dec 31, 2026." in words
    assert words.endswith("or a physician or an administrator writes a new rule down.")
    assert wording(ReasonCode.NO_LEGAL_BASIS).override is None
    add_legal_basis(session, new=FIFTH, reason="Published", by=order_clinic.doctor, now=NOW)
    assert said(session, order, now=HALF_PAST) == []
    assert orders_past_end(session, now=NOW) == []


def test_orders_that_go_past_the_end_are_listed_with_the_days_that_are_left(session, order_clinic: OrderClinic):
    order = an_order(order_clinic)
    [listed] = orders_past_end(session, now=NOW)
    assert (listed.order_id, listed.fills_left, listed.expires_on) == (order.id, 3, date(2027, 5, 23))
    assert (listed.cover.until, listed.cover.days_left) == (date(2026, 12, 31), 39)
    assert cover_words(listed.cover).startswith(
        f"Covered by {EXTENSION} until Dec 31, 2026, 39 days left. From Jan 1, 2027 no order is signed"
    )
    assert cover_of(session, order_clinic.patient_of(order_clinic.treated()), now=LAST).days_left == 1
    [over] = orders_past_end(session, now=HALF_PAST)
    assert (over.cover.is_covered, over.cover.days_left) == (False, 0)
