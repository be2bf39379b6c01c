"""The double-entry journal: what each fact of money is entered as; the postings of an entry come to nothing."""

from collections.abc import Mapping
from enum import StrEnum


class Account(StrEnum):
    """The accounts: what patients owe, what came in, what was earned, taken off, given back, kept for them, or lost."""

    RECEIVABLE = "receivable"
    CASH = "cash"
    REVENUE_MEMBERSHIP = "revenue_membership"
    CONTRA_DISCOUNT = "contra_discount"
    CONTRA_REFUND = "contra_refund"
    PATIENT_CREDIT = "patient_credit"
    WRITE_OFF = "write_off"


_A = Account


def invoice_finalized(*, charged: int, discount: int, balance_used: int) -> dict[Account, int]:
    """Return the postings of an invoice: `charged` before `discount`, less what the patient's credit pays of it.

    `balance_used` below nothing puts cents on the patient's credit that the invoice does not ask for.
    """
    return _kept(
        {
            _A.RECEIVABLE: charged - discount - balance_used,
            _A.REVENUE_MEMBERSHIP: -charged,
            _A.CONTRA_DISCOUNT: discount,
            _A.PATIENT_CREDIT: balance_used,
        }
    )


def payment_succeeded(amount: int, *, kept: int = 0) -> dict[Account, int]:
    """Return the postings of money that came in, of which `kept` pays no invoice and is kept for the patient."""
    return _kept({_A.CASH: amount, _A.RECEIVABLE: kept - amount, _A.PATIENT_CREDIT: -kept})


def credited(amount: int) -> dict[Account, int]:
    """Return the postings of a credit note that goes on the patient's balance."""
    return _kept({_A.CONTRA_REFUND: amount, _A.PATIENT_CREDIT: -amount})


def refunded(amount: int) -> dict[Account, int]:
    """Return the postings of money that went back to a card."""
    return _kept({_A.CONTRA_REFUND: amount, _A.CASH: -amount})


def refund_came_back(amount: int) -> dict[Account, int]:
    """Return the postings of a refund that came back to the clinic and is kept for the patient."""
    return _kept({_A.CASH: amount, _A.PATIENT_CREDIT: -amount})


def let_off(amount: int) -> dict[Account, int]:
    """Return the postings of a credit note for what was never paid and is not asked for any more."""
    return _kept({_A.CONTRA_REFUND: amount, _A.RECEIVABLE: -amount})


def written_off(amount: int) -> dict[Account, int]:
    """Return the postings of an invoice that nobody will pay."""
    return _kept({_A.WRITE_OFF: amount, _A.RECEIVABLE: -amount})


def reversed_entry(postings: Mapping[Account, int]) -> dict[Account, int]:
    """Return the postings that take an entry back, for an invoice that is void."""
    return {account: -amount for account, amount in postings.items()}


def _kept(postings: Mapping[Account, int]) -> dict[Account, int]:
    """Leave out what is nothing, and insist that the rest comes to nothing."""
    if sum(postings.values()):
        raise ValueError(f"these postings do not come to nothing: {dict(postings)}")
    return {account: amount for account, amount in postings.items() if amount}
