"""What an open invoice needs of its patient, if anything, and in which words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.models import Payment, PaymentMethod
from clinic.billing.queries.balances import open_cents
from clinic.billing.queries.invoices import invoice
from clinic.billing.queries.payments import method_in_use, newest_payment
from clinic.billing.rules.payments import UNDER_WAY, PaymentState, decline

_S = PaymentState


class Need(StrEnum):
    """The one thing to do about an open invoice."""

    CARD = "card"
    CONFIRM = "confirm"
    PAY = "pay"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An open invoice: `cents` of it are open, `why` its last attempt failed, and the day of the next one."""

    invoice_id: UUID
    cents: int
    need: Need
    why: str | None
    next_attempt_on: date | None


def need_of(state: PaymentState | None, code: str | None, *, has_card: bool, is_same_card: bool) -> Need:
    """Return what helps after the newest attempt in `state`, None where there was none.

    `is_same_card` tells that the attempt asked the card that is used now.
    """
    if state is _S.REQUIRES_ACTION:
        return Need.CONFIRM
    if state in UNDER_WAY:
        return Need.WAIT
    if not has_card:
        return Need.CARD
    if state is not _S.FAILED:
        return Need.WAIT if state is None else Need.PAY
    return Need.CARD if is_same_card and decline(code).is_hard else Need.PAY


def why_of(state: PaymentState | None, code: str | None, *, language: str) -> str | None:
    """Return why the newest attempt failed, in the words for patients; None where it did not."""
    if state is not _S.FAILED:
        return None
    found = decline(code)
    return found.es if language == "es" else found.en


def owed(session: Session, invoice_id: UUID, *, language: str) -> Owed | None:
    """Return what is owed for an invoice and what helps, None where nothing is open."""
    row = invoice(session, invoice_id)
    if row.state != "open":
        return None
    card, tried = method_in_use(session, row.patient_id), newest_payment(session, row.id)
    state = PaymentState(tried.state) if tried is not None else None
    code = tried.decline_code if tried is not None else None
    return Owed(
        invoice_id=row.id,
        cents=open_cents(session, row.id),
        need=need_of(state, code, has_card=card is not None, is_same_card=_is_of(tried, card)),
        why=why_of(state, code, language=language),
        next_attempt_on=row.next_attempt_on,
    )


def _is_of(tried: Payment | None, card: PaymentMethod | None) -> bool:
    return tried is not None and card is not None and tried.method_id == card.id
