"""Invoices that nobody pays: void ones, whose entry is taken back, and those that are written off."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.billing.actions.journal import Source, enter
from clinic.billing.actions.locks import lock_invoice
from clinic.billing.actions.withdrawing import stop_collecting
from clinic.billing.errors import WrongState
from clinic.billing.models import CreditNote, Invoice, JournalEntry, Posting
from clinic.billing.queries.balances import open_cents
from clinic.billing.queries.invoices import can_be_lost, day_for, shown_number
from clinic.billing.rules.documents import CreditKind, InvoiceState, require_reason, require_state
from clinic.billing.rules.journal import Account, reversed_entry, written_off
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.text import clean_line


def void_invoice(session: Session, invoice_id: UUID, *, reason: str, by: Actor, now: datetime) -> Invoice:
    """Let an open invoice be as if it never were, but for its number; a balance that it used comes back.

    Raises UnknownInvoice, WrongState for one that is not open, AmountRefused without a reason, and PaymentUnderWay
    while nobody knows what became of a payment of it.
    """
    found, why = _open(session, invoice_id, reason, by=by, now=now)
    postings = reversed_entry(_entered(session, found))
    _leave(session, found, InvoiceState.VOID, postings=postings, reason=why, by=by, now=now)
    return found


def write_off(session: Session, invoice_id: UUID, *, reason: str, by: Actor, now: datetime) -> Invoice:
    """Give up what an open invoice asks for, as a loss, once its membership is suspended or over.

    Raises what `void_invoice` raises, and WrongState where it may still be paid.
    """
    found, why = _open(session, invoice_id, reason, by=by, now=now)
    if not can_be_lost(session, found):
        raise WrongState(
            "This membership still runs, so the invoice may yet be paid. Take something off it instead, or wait until "
            "the attempts to collect it have ended."
        )
    lost = written_off(open_cents(session, found.id))
    _leave(session, found, InvoiceState.UNCOLLECTIBLE, postings=lost, reason=why, by=by, now=now)
    return found


def _open(session: Session, invoice_id: UUID, reason: str, *, by: Actor, now: datetime) -> tuple[Invoice, str]:
    why = require_reason(clean_line(reason, field="reason"))
    found = lock_invoice(session, invoice_id)
    require_state(InvoiceState(found.state), InvoiceState.OPEN, number=shown_number(found))
    stop_collecting(session, found, by=by, now=now)
    return found, why


def _leave(
    session: Session,
    found: Invoice,
    state: InvoiceState,
    *,
    postings: Mapping[Account, int],
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    day = day_for(session, found, now)
    enter(session, Source("invoice", found.id, state.value), postings, patient_id=found.patient_id, on=day, now=now)
    found.state, found.next_attempt_on = state.value, None
    found.voided_at = now if state is InvoiceState.VOID else None
    found.touch(by=by, now=now)
    session.flush()
    journal.note(
        session,
        "invoice.voided" if state is InvoiceState.VOID else "invoice.written_off",
        subject_kind="invoice",
        subject_id=found.id,
        at=now,
        patient_ids=(found.patient_id,),
        number=found.number,
        reason=reason,
    )


def _entered(session: Session, found: Invoice) -> dict[Account, int]:
    """Return what the invoice and the credits that let something of it off come to by account."""
    off = select(CreditNote.id).where(CreditNote.invoice_id == found.id, CreditNote.kind == CreditKind.OFFSET)
    mine = or_(
        and_(JournalEntry.source_kind == "invoice", JournalEntry.source_id == found.id),
        and_(JournalEntry.source_kind == "credit_note", JournalEntry.source_id.in_(off)),
    )
    wanted = (
        select(Posting.account, func.sum(Posting.amount_cents))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(mine)
        .group_by(Posting.account)
    )
    return {Account(account): int(cents) for account, cents in session.execute(wanted) if cents}
