"""Invoices and credit notes as documents: their kinds and states, their numbers, and what is left of their lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from clinic.billing.errors import AmountRefused, RefundRefused, WrongState
from clinic.billing.rules.invoices import Standing, unused_of
from clinic.billing.rules.money import shown
from clinic.billing.rules.periods import Period
from clinic.billing.rules.proration import SMALLEST_CHARGE_CENTS
from clinic.billing.rules.subscriptions import LIVE, SubscriptionState

LONGEST_REASON = 200


class InvoiceKind(StrEnum):
    """What an invoice is for."""

    FIRST = "first"
    RENEWAL = "renewal"
    CHANGE = "change"


class InvoiceState(StrEnum):
    """Where an invoice can stand, as the database's own check names it."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


class CreditKind(StrEnum):
    """Where a credit note's money goes: onto the patient's balance, back to the card, or off what is still open."""

    CREDIT = "credit"
    REFUND = "refund"
    OFFSET = "offset"


class Series(StrEnum):
    """The series of numbers, each without a gap."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


_PREFIX: Mapping[Series, str] = MappingProxyType({Series.INVOICE: "INV", Series.CREDIT_NOTE: "CN"})
_SAID: Mapping[InvoiceState, str] = MappingProxyType(
    {
        InvoiceState.DRAFT: "has no number yet",
        InvoiceState.OPEN: "is not paid yet",
        InvoiceState.PAID: "is paid",
        InvoiceState.VOID: "is void",
        InvoiceState.UNCOLLECTIBLE: "was written off",
    }
)
_CREDITED_IN: Mapping[CreditKind, InvoiceState] = MappingProxyType(
    {
        CreditKind.CREDIT: InvoiceState.PAID,
        CreditKind.REFUND: InvoiceState.PAID,
        CreditKind.OFFSET: InvoiceState.OPEN,
    }
)


def number_text(series: Series, number: int) -> str:
    """Return a number as people read it, such as INV-000123."""
    return f"{_PREFIX[series]}-{number:06d}"


def require_state(state: InvoiceState, wanted: InvoiceState, *, number: str) -> None:
    """Raise WrongState for an invoice that does not stand where something can be done with it."""
    if state is not wanted:
        raise WrongState(
            f"Invoice {number} {_SAID[state]}; only one that {_SAID[wanted]} can be changed so. Open it again to see "
            "where it is."
        )


def require_creditable(kind: CreditKind, state: InvoiceState, *, number: str) -> None:
    """Raise WrongState where a credit of a kind has no place."""
    require_state(state, _CREDITED_IN[kind], number=number)


def require_open(amount: int, *, open_cents: int, most: int) -> None:
    """Raise RefundRefused for more off than is open, and for so much that no card takes what stays.

    `most` is what the lines of the invoice hold: less than what is open where it also asks for an older balance.
    """
    if amount > open_cents:
        raise RefundRefused(
            f"{shown(open_cents)} of this invoice is open; {shown(amount)} is more. Enter at most what is open.",
            field="amount",
        )
    if 0 < open_cents - amount < SMALLEST_CHARGE_CENTS:
        whole = f"{shown(open_cents)} for all of it, or " if most >= open_cents else ""
        raise RefundRefused(
            f"{shown(open_cents - amount)} would stay open, and cards take no less than "
            f"{shown(SMALLEST_CHARGE_CENTS)}. Enter {whole}{shown(open_cents - SMALLEST_CHARGE_CENTS)} or less.",
            field="amount",
        )


def may_be_lost(state: InvoiceState, membership: SubscriptionState) -> bool:
    """Tell whether an invoice can be written off: an open one whose membership is not charged any more."""
    return state is InvoiceState.OPEN and (membership is SubscriptionState.SUSPENDED or membership not in LIVE)


def require_reason(reason: str) -> str:
    """Return the reason, or raise AmountRefused for none or for one that fits no document."""
    if not 0 < len(reason) <= LONGEST_REASON:
        raise AmountRefused(f"Write the reason in 1 to {LONGEST_REASON} characters, nothing clinical.", field="reason")
    return reason


class Given(NamedTuple):
    """What a credit note gave back of one line, and the day."""

    on: date
    cents: int


@dataclass(frozen=True, slots=True)
class Rest:
    """A day on which a hold ended, and how many days of the period were left from it on."""

    on: date
    days: int


def standing_now(line: Standing, given: Sequence[Given], rests: Sequence[Rest]) -> Standing:
    """Return a line as it stands after holds and credit notes.

    A hold moves the line's days on by as many as it lasted. A credit note lowers what stands from its day on, and what
    was before that day is used. `given` and `rests` are in the order of their days.
    """
    at = line
    for note in given:
        at = _less(_moved(at, line, rests, by=note.on), note)
    return _moved(at, line, rests, by=date.max)


def _less(at: Standing, note: Given) -> Standing:
    day = max(note.on, at.service.start_on)
    if day >= at.service.end_on:
        return at
    return Standing(at.line_id, max(0, unused_of(at, day) - note.cents), 0, Period(day, at.service.end_on))


def _moved(at: Standing, line: Standing, rests: Sequence[Rest], *, by: date) -> Standing:
    """Move the days so that they end where the newest hold that was over `by` a day let the period end."""
    ends = [rest.on.toordinal() + rest.days for rest in rests if rest.on <= by]
    latest = max([line.service.end_on.toordinal(), *ends])
    further = latest - at.service.end_on.toordinal()
    if further <= 0:
        return at
    start, end = (date.fromordinal(each.toordinal() + further) for each in at.service)
    return at._replace(service=Period(start, end))
