"""How accounts, ages and differences read on the page of income."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.billing.queries.books import FaultKind
from clinic.billing.rules.journal import Account
from clinic.billing.rules.months import NOT_DUE, Age
from clinic.billing.rules.subscriptions import Event

ACCOUNTS: Mapping[Account, str] = MappingProxyType(
    {
        Account.RECEIVABLE: "Owed by patients",
        Account.CASH: "Cash at the gateway",
        Account.REVENUE_MEMBERSHIP: "Memberships charged",
        Account.CONTRA_DISCOUNT: "Discounts",
        Account.CONTRA_REFUND: "Given back",
        Account.PATIENT_CREDIT: "Patients\u2019 credit",
        Account.WRITE_OFF: "Written off",
    }
)

FAULTS: Mapping[FaultKind, str] = MappingProxyType(
    {
        FaultKind.ENTRY_NOT_ZERO: "An entry does not come to nothing",
        FaultKind.RECEIVABLE: "What a patient owes is not what the open invoices say",
        FaultKind.BALANCE: "A patient\u2019s credit is not what the documents say",
        FaultKind.PAID_SHORT: "An invoice is paid with less than it asked for",
        FaultKind.CASH: "The cash is not what payments and refunds say",
        FaultKind.NUMBERS: "A number of a series is missing",
    }
)

LEFT_BY: Mapping[str, str] = MappingProxyType(
    {
        Event.CANCELED: "Canceled at once",
        Event.PERIOD_ENDED: "Canceled with the end of a period",
        Event.STOPPED: "Ended by a physician",
        Event.HELD_TOO_LONG: "Ended after a long hold",
        Event.HANDED_OFF: "Not paid, handed over",
    }
)


def age_words(age: Age) -> str:
    """Return how long ago invoices of an age were due."""
    if age == NOT_DUE:
        return "Not due yet, or due today"
    return f"{age.least} to {age.most} days" if age.most is not None else f"{age.least} days and more"


def left_words(event: str) -> str:
    """Return how a membership ended."""
    return LEFT_BY.get(event, event.replace("_", " ").capitalize())
