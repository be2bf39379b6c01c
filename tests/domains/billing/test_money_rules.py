"""Cents: read, shared out, and entered in the journal without losing one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.billing.errors import AmountRefused
from clinic.billing.models import journal as journal_tables
from clinic.billing.rules import journal
from clinic.billing.rules.journal import Account
from clinic.billing.rules.money import MOST_CENTS, allocate, cents_of, shown

CENTS = st.integers(min_value=0, max_value=MOST_CENTS)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("250", 25_000), ("$250.5", 25_050), ("1,250.05", 125_005), (" 0.01 ", 1), ("1000000", MOST_CENTS)],
)
def test_dollars_are_read_as_people_write_them(typed, cents):
    assert cents_of(typed, field="amount") == cents


@pytest.mark.parametrize(
    "typed", ["", "250.005", "-3", "1e5", "2,50", "12.34.5", "1000000.01", "9" * 400, "\u0662\u0665", "250 000", "nan"]
)
def test_what_is_no_whole_number_of_cents_is_refused_at_its_field(typed):
    with pytest.raises(AmountRefused) as refused:
        cents_of(typed, field="amount")
    assert refused.value.field == "amount"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("2,50", "Write an amount in dollars, such as 250 or 250.50."),
        (" 250.005 ", "250.005 has a fraction of a cent. Write at most two digits after the point."),
        ("999999999", "Write an amount from $1.00 to $1,000,000.00."),
        ("9" * 400, "Write an amount of at most $1,000,000.00."),
        ("0.99", "Write an amount from $1.00 to $1,000,000.00."),
    ],
)
def test_a_refusal_says_what_to_write_instead(typed, sentence):
    with pytest.raises(AmountRefused) as refused:
        cents_of(typed, field="amount", least=100)
    assert str(refused.value) == sentence


def test_what_goes_back_is_shown_with_a_minus_sign():
    assert [shown(cents) for cents in (-125_050, -1, 0, 1)] == ["\u2212$1,250.50", "\u2212$0.01", "$0.00", "$0.01"]


@given(CENTS)
def test_what_is_shown_is_read_back(cents):
    assert cents_of(shown(cents), field="amount") == cents


@given(
    st.integers(min_value=-MOST_CENTS, max_value=MOST_CENTS),
    st.lists(st.integers(min_value=0, max_value=10**7), min_size=1, max_size=12),
)
def test_BIL_M3_parts_make_the_whole_and_lie_within_a_cent_of_their_share(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


def test_without_any_weight_all_goes_to_the_first_and_impossible_shares_are_mistakes():
    assert allocate(7, [0, 0, 0]) == (7, 0, 0)
    assert allocate(0, []) == ()
    with pytest.raises(ValueError, match=r"^nothing to share it out to$"):
        allocate(1, [])
    with pytest.raises(ValueError, match=r"^weights are not below nothing$"):
        allocate(1, [2, -1])


@given(CENTS, st.lists(st.integers(min_value=1, max_value=10**7), min_size=1, max_size=8, unique=True), st.randoms())
def test_BIL_M3_the_order_of_different_weights_does_not_matter(total, weights, random):
    turned = random.sample(weights, len(weights))
    first = dict(zip(weights, allocate(total, weights), strict=True))
    again = dict(zip(turned, allocate(total, turned), strict=True))
    remainders = [total * weight % sum(weights) for weight in weights]
    assert first == again or len(set(remainders)) < len(remainders)


@given(CENTS, CENTS, st.integers(min_value=-1000, max_value=MOST_CENTS))
def test_BIL_L1_every_entry_comes_to_nothing(charged, discount, balance_used):
    for postings in (
        journal.invoice_finalized(charged=charged, discount=discount, balance_used=balance_used),
        journal.payment_succeeded(charged),
        journal.credited(charged),
        journal.refunded(charged),
        journal.let_off(charged),
        journal.written_off(charged),
    ):
        assert sum(postings.values()) == 0
        assert sum(journal.reversed_entry(postings).values()) == 0
        assert 0 not in postings.values()


def test_a_finalized_invoice_is_owed_less_what_is_off_and_what_the_balance_pays():
    assert journal.invoice_finalized(charged=25_000, discount=5_000, balance_used=1_000) == {
        Account.RECEIVABLE: 19_000,
        Account.REVENUE_MEMBERSHIP: -25_000,
        Account.CONTRA_DISCOUNT: 5_000,
        Account.PATIENT_CREDIT: 1_000,
    }


def test_accounts_are_those_of_the_database():
    assert {f"'{account}'" for account in Account} == set(journal_tables.ACCOUNTS.split(", "))
