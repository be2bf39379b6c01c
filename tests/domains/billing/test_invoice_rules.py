"""Lines of invoices: months, changes in their midst, discounts, balances, and what may go back."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clinic.billing.errors import DiscountRefused, PriceRefused, RefundRefused
from clinic.billing.models import invoices as invoice_tables
from clinic.billing.rules.discounts import Rebate, counts, require_below, require_review, taken_off
from clinic.billing.rules.invoices import (
    Creditable,
    Line,
    LineKind,
    Standing,
    credit_lines,
    month,
    require_captured,
    totals,
    unused_of,
    upgrade,
    with_balance,
)
from clinic.billing.rules.periods import Period
from clinic.billing.rules.prices import applies, require_notice
from clinic.billing.rules.proration import SMALLEST_CHARGE_CENTS
from clinic.kernel.errors import DomainError

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
OLD, NEW, LINE = UUID(int=1), UUID(int=2), UUID(int=3)
PRICES = st.integers(min_value=1, max_value=1_000_00)
DAYS = st.integers(min_value=0, max_value=29)
REBATES = st.none() | st.builds(Rebate, basis_points=st.integers(1, 10_000)) | st.builds(Rebate, amount_cents=PRICES)


def standing(price, rebate=None):
    return Standing(LINE, price, 0 if rebate is None else taken_off(price, rebate), APRIL)


def due(lines):
    return sum(line.amount for line in lines)


def test_kinds_of_lines_are_those_of_the_database():
    assert {f"'{kind}'" for kind in LineKind} == set(invoice_tables.LINE_KINDS.split(", "))


def test_an_upgrade_in_the_middle_of_a_month_asks_for_the_difference_of_what_is_left():
    lines = upgrade(standing(25_000), 35_000, NEW, period=APRIL, day=date(2026, 4, 16), rebate=None)
    assert [(line.kind, line.amount) for line in lines] == [(LineKind.UNUSED, -12_500), (LineKind.MEMBERSHIP, 17_500)]
    assert totals(lines) == (5_000, 0, 0, 5_000)


def test_a_line_says_for_which_days_and_at_which_price_it_is_and_what_it_takes_back():
    half, day = Rebate(basis_points=5_000), date(2026, 4, 16)
    rest = Period(day, APRIL.end_on)
    asked = {"service": APRIL, "price_id": OLD}
    whole = (
        Line(kind=LineKind.MEMBERSHIP, amount=25_000, **asked),
        Line(kind=LineKind.DISCOUNT, amount=-12_500, **asked),
    )
    assert month(25_000, OLD, period=APRIL, rebate=half) == whole
    raised = upgrade(standing(25_000, half), 35_000, NEW, period=APRIL, day=day, rebate=half)
    assert raised == (
        Line(kind=LineKind.UNUSED, amount=-6_250, service=rest, of=LINE),
        Line(kind=LineKind.MEMBERSHIP, amount=17_500, service=rest, price_id=NEW),
        Line(kind=LineKind.DISCOUNT, amount=-8_750, service=rest, price_id=NEW),
    )
    balance = Line(kind=LineKind.BALANCE, amount=-40, service=rest)
    assert with_balance(raised, 40) == (*raised, balance)
    taken_back = raised[:1]
    assert with_balance(taken_back, 0) == (*taken_back, Line(kind=LineKind.BALANCE, amount=6_250, service=rest))


@pytest.mark.parametrize(
    ("price", "balance", "asked"),
    [(50, 0, 50), (49, 0, 0), (100, 50, 50), (100, 51, 0), (100, 100, 0), (100, 900, 0), (100, -16, 116), (50, 1, 0)],
)
def test_a_card_is_asked_for_fifty_cents_or_more_and_the_rest_stays_on_the_balance(price, balance, asked):
    lines = month(price, OLD, period=APRIL, rebate=None)
    assert due(with_balance(lines, balance)) == asked


@given(PRICES, PRICES, DAYS, REBATES)
def test_BIL_M7_an_upgrade_costs_nothing_or_more_where_the_new_price_is_not_lower(old, new, after, rebate):
    assume(new >= old)
    day = APRIL.start_on + timedelta(days=after)
    before = standing(old, rebate)
    lines = upgrade(before, new, NEW, period=APRIL, day=day, rebate=rebate)
    net_old, net_new = before.amount - before.discount, new - (taken_off(new, rebate) if rebate else 0)
    if net_new >= net_old:
        assert due(lines) >= -1
    if rebate is None:
        assert due(lines) >= 0


@given(PRICES, PRICES, DAYS)
def test_BIL_M6_a_change_and_its_reverse_on_one_day_come_to_nothing(old, new, after):
    day = APRIL.start_on + timedelta(days=after)
    there = upgrade(standing(old), new, NEW, period=APRIL, day=day, rebate=None)
    now_stands = Standing(LINE, there[-1].amount, 0, Period(day, APRIL.end_on))
    back = upgrade(now_stands, old, OLD, period=APRIL, day=day, rebate=None)
    assert due(there) + due(back) == 0


@given(PRICES, REBATES)
def test_BIL_M2_a_discount_never_takes_more_than_the_line(price, rebate):
    sums = totals(month(price, OLD, period=APRIL, rebate=rebate))
    assert sums.subtotal - sums.discount == sums.total
    assert 0 <= sums.total <= price


@given(PRICES, st.integers(min_value=-40, max_value=2_000_00))
def test_a_balance_pays_first_and_what_a_card_would_not_take_goes_on_it(price, balance):
    lines = month(price, OLD, period=APRIL, rebate=None)
    sums = totals(with_balance(lines, balance))
    assert sums.total == 0 or sums.total >= SMALLEST_CHARGE_CENTS
    assert sums.total + sums.balance == price
    if balance >= 0 and price >= SMALLEST_CHARGE_CENTS + balance:
        assert sums.balance == balance


def test_a_change_to_less_goes_on_the_balance_and_asks_for_nothing():
    lines = upgrade(standing(50_000), 25_000, NEW, period=APRIL, day=date(2026, 4, 16), rebate=None)
    sums = totals(with_balance(lines, 0))
    assert (sums.total, sums.balance) == (0, -12_500)


def test_a_balance_that_is_owed_is_asked_for_with_the_next_month():
    sums = totals(with_balance(month(25_000, OLD, period=APRIL, rebate=None), -16))
    assert (sums.total, sums.balance) == (25_016, -16)


def test_what_is_unused_is_net_of_the_discount():
    half = Rebate(basis_points=5_000)
    assert unused_of(standing(25_000, half), date(2026, 4, 16)) == 6_250


@pytest.mark.parametrize(("periods", "used", "still"), [(None, 99, True), (3, 2, True), (3, 3, False)])
def test_a_discount_counts_for_as_many_periods_as_it_is_for(periods, used, still):
    assert counts(Rebate(amount_cents=100, periods=periods), periods_used=used) is still


@given(st.lists(st.tuples(PRICES, st.integers(0, 100)), min_size=1, max_size=5), st.integers(1, 400_000))
def test_BIL_L5_no_line_gives_back_more_than_it_has(amounts, wanted):
    lines = [Creditable(UUID(int=n), amount, amount * part // 100) for n, (amount, part) in enumerate(amounts)]
    rest = sum(each.amount - each.credited for each in lines)
    if wanted > rest:
        with pytest.raises(RefundRefused):
            credit_lines(wanted, lines)
        return
    given_back = credit_lines(wanted, lines)
    assert sum(given_back.values()) == wanted
    assert all(each.credited + given_back.get(each.line_id, 0) <= each.amount for each in lines)


def test_refunds_and_discounts_beyond_their_bounds_are_refused_with_the_bound():
    require_captured(100, captured=250, refunded=150)
    with pytest.raises(RefundRefused, match=r"At most \$1\.00"):
        require_captured(101, captured=250, refunded=150)
    with pytest.raises(RefundRefused, match=r"^Enter an amount above nothing\.$"):
        credit_lines(0, [])
    with pytest.raises(RefundRefused, match=r"^At most \$2\.00 of this invoice can go back; \$2\.01 is more\.$"):
        credit_lines(201, [Creditable(LINE, 250, 50)])
    require_below(25_000, 25_000)
    with pytest.raises(DiscountRefused, match=r"\$250\.01 is more"):
        require_below(25_001, 25_000)
    april, october = date(2026, 4, 1), date(2026, 10, 1)
    require_review(october, given_on=april, latest_on=october)
    with pytest.raises(DiscountRefused, match=r"^A hardship rate is looked at again within six months\."):
        require_review(april, given_on=april, latest_on=october)
    with pytest.raises(DiscountRefused, match="six months"):
        require_review(october + timedelta(days=1), given_on=april, latest_on=october)


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("amount", lambda: require_captured(2, captured=1, refunded=0)),
        ("amount", lambda: credit_lines(0, [])),
        ("amount", lambda: credit_lines(2, [Creditable(LINE, 1, 0)])),
        ("amount", lambda: require_below(2, 1)),
        ("review_on", lambda: require_review(APRIL.start_on, given_on=APRIL.start_on, latest_on=APRIL.end_on)),
        ("effective_on", lambda: require_notice(APRIL.start_on, today=APRIL.start_on)),
        ("effective_on", lambda: require_notice(date(2027, 4, 2), today=APRIL.start_on)),
    ],
)
def test_a_refusal_stands_beside_the_field_that_it_is_about(field, refused):
    with pytest.raises(DomainError) as told:
        refused()
    assert told.value.field == field


def test_BIL_S9_a_new_price_reaches_a_renewal_thirty_days_after_the_notice_and_not_before_its_day():
    may = date(2026, 5, 1)
    assert applies(effective_on=may, told_on=date(2026, 4, 1), renews_on=may)
    assert not applies(effective_on=may, told_on=date(2026, 4, 2), renews_on=may)
    assert not applies(effective_on=may, told_on=date(2026, 1, 1), renews_on=date(2026, 4, 30))
    assert not applies(effective_on=may, told_on=None, renews_on=date(2027, 5, 1))
    require_notice(may, today=date(2026, 4, 1))
    with pytest.raises(PriceRefused, match=r"May 2, 2026 or later"):
        require_notice(may, today=date(2026, 4, 2))
    require_notice(date(2027, 4, 1), today=date(2026, 4, 1))
    with pytest.raises(
        PriceRefused, match=r"^A change is announced at most a year ahead\. Choose a day until April 1, 2027\.$"
    ):
        require_notice(date(2027, 4, 2), today=date(2026, 4, 1))
