"""Documents by rule: numbers, what may be credited, what stands of a line, months of the books, and words of lines."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.billing.errors import AmountRefused, PeriodRefused, RefundRefused, WrongState
from clinic.billing.rules.documents import (
    CreditKind,
    Given,
    InvoiceState,
    Rest,
    Series,
    may_be_lost,
    number_text,
    require_creditable,
    require_open,
    require_reason,
    standing_now,
)
from clinic.billing.rules.invoices import LineKind, Standing, unused_of
from clinic.billing.rules.line_words import Said, line_words
from clinic.billing.rules.months import AGES, Month, age_of, month_named, month_of
from clinic.billing.rules.periods import Period
from clinic.billing.rules.subscriptions import SubscriptionState

MARCH = Period(date(2027, 3, 1), date(2027, 4, 1))
LINE = Standing(uuid4(), 31_000, 0, MARCH)
"""Ten dollars a day."""


def day(number):
    return MARCH.start_on + timedelta(days=number)


def test_numbers_read_the_same_in_every_list():
    assert number_text(Series.INVOICE, 123) == "INV-000123"
    assert number_text(Series.CREDIT_NOTE, 1_234_567) == "CN-1234567"


@pytest.mark.parametrize(
    ("kind", "state", "said"),
    [
        (CreditKind.CREDIT, InvoiceState.OPEN, "INV-000001 is not paid yet"),
        (CreditKind.REFUND, InvoiceState.VOID, "INV-000001 is void"),
        (CreditKind.OFFSET, InvoiceState.PAID, "INV-000001 is paid"),
        (CreditKind.OFFSET, InvoiceState.UNCOLLECTIBLE, "INV-000001 was written off"),
    ],
)
def test_a_credit_has_its_place_or_is_refused_with_the_reason(kind, state, said):
    with pytest.raises(WrongState, match=said):
        require_creditable(kind, state, number="INV-000001")


def test_no_more_is_let_off_than_is_open_and_nothing_is_left_that_no_card_takes():
    asked = {"open_cents": 25_000, "most": 25_000}
    for fits in (1, 24_950, 25_000):
        require_open(fits, **asked)
    with pytest.raises(RefundRefused, match=r"\$250\.00 of this invoice is open; \$250\.01 is more"):
        require_open(25_001, **asked)
    with pytest.raises(RefundRefused, match=r"\$0\.49 would stay open.*Enter \$250\.00 for all of it, or \$249\.50"):
        require_open(24_951, **asked)
    with pytest.raises(RefundRefused, match=r"no less than \$0\.50\. Enter \$249\.50 or less"):
        require_open(24_951, open_cents=25_000, most=24_990)


def test_only_what_nobody_is_asked_for_any_more_can_be_lost():
    lost = {state.value for state in SubscriptionState if may_be_lost(InvoiceState.OPEN, state)}
    assert lost == {"suspended", "canceled", "expired"}
    assert not may_be_lost(InvoiceState.PAID, SubscriptionState.CANCELED)


def test_a_credit_without_a_reason_or_with_a_whole_story_is_refused():
    for reason in ("", "x" * 201):
        with pytest.raises(AmountRefused, match="reason in 1 to 200 characters"):
            require_reason(reason)
    assert require_reason("x" * 200)


def test_a_hold_moves_the_days_of_a_line_and_none_of_its_money():
    rests = [Rest(day(20), 21), Rest(day(35), 10)]  # Held on day 10 for 10 days, and on day 31 for 4.
    now = standing_now(LINE, [], rests)
    assert now.service == Period(day(14), day(45))
    assert unused_of(now, day(35)) == 10_000
    assert standing_now(LINE, [], [Rest(day(20), 11)]) == LINE


def test_a_credit_lowers_what_stands_from_its_own_day_on():
    now = standing_now(LINE, [Given(day(11), 5_000)], [])
    assert (now.amount, now.discount, now.service) == (15_000, 0, Period(day(11), MARCH.end_on))
    assert unused_of(now, day(21)) == 7_500
    assert standing_now(LINE, [Given(day(21), 15_000)], []).amount == 0
    assert standing_now(LINE, [Given(MARCH.end_on, 5_000)], []) == LINE
    assert standing_now(LINE, [Given(date(2027, 2, 20), 1_000)], []).amount == 30_000


def test_a_credit_before_a_hold_and_one_after_it_count_on_their_own_days():
    rests = [Rest(day(20), 21)]
    now = standing_now(LINE, [Given(day(6), 5_000), Given(day(31), 4_000)], rests)
    # 250 dollars of 25 days less 50, held with 21 of them left (168 dollars), then 80 dollars of 10 days less 40.
    assert (now.amount, now.service) == (4_000, Period(day(31), day(41)))


@given(
    amount=st.integers(1, 10**6),
    notes=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10**5)), max_size=4),
    at=st.integers(0, 31),
)
def test_what_stands_never_grows_by_a_credit_and_never_falls_below_nothing(amount, notes, at):
    line = LINE._replace(amount=amount)
    given_back = [Given(day(on), cents) for on, cents in sorted(notes)]
    now = standing_now(line, given_back, [])
    seen = max(day(at), now.service.start_on)
    assert 0 <= unused_of(now, seen) <= unused_of(line, seen)
    assert unused_of(now, now.service.start_on) >= unused_of(line, now.service.start_on) - sum(
        each.cents for each in given_back
    ) - len(given_back)


def test_a_month_of_the_books_is_read_moved_and_refused():
    assert month_named("2026-11") == Month(2026, 11) == month_of(date(2026, 11, 30))
    assert (Month(2026, 12).first_on, Month(2026, 12).end_on) == (date(2026, 12, 1), date(2027, 1, 1))
    assert Month(2026, 1).moved(-1) == Month(2025, 12)
    for typed in ("", "2026", "2026-13", "2026-00", "26-11", "2026-1x", "2026-\u0661"):
        with pytest.raises(PeriodRefused) as refused:
            month_named(typed)
        assert refused.value.field == "month"


@pytest.mark.parametrize(
    ("late", "place"), [(-400, 0), (0, 0), (1, 1), (7, 1), (8, 2), (21, 2), (22, 3), (30, 3), (31, 4), (4_000, 4)]
)
def test_an_open_invoice_has_one_age(late, place):
    assert age_of(date(2027, 1, 1), date(2027, 1, 1) + timedelta(days=late)) is AGES[place]


def test_a_line_says_in_both_languages_what_it_is_for_and_until_which_day():
    starter = Said("Starter", "Inicial")
    said = line_words(LineKind.MEMBERSHIP, starter, MARCH)
    assert said.words("en") == "Membership Starter, Mar 1, 2027 to Mar 31, 2027"
    assert said.words("es") == "Membresía Inicial, 1 mar 2027 a 31 mar 2027"
    assert line_words(LineKind.UNUSED, starter, MARCH).en.startswith("Unused days of Starter, ")
    assert line_words(LineKind.BALANCE, Said("", ""), MARCH).es == "Compensado con su saldo"
