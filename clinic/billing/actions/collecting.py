"""Asking a card for an invoice: an attempt with its key is stored before the gateway hears of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.failing import note_failure
from clinic.billing.actions.locks import lock_invoice
from clinic.billing.actions.withdrawing import QUEUE
from clinic.billing.errors import PaymentUnderWay, WrongState
from clinic.billing.models import Invoice, Payment, PaymentEvent, Subscription
from clinic.billing.queries.balances import open_cents
from clinic.billing.queries.payments import attempts_of, method_in_use, payments_of, under_way
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.money import shown
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.proration import SMALLEST_CHARGE_CENTS
from clinic.billing.rules.subscriptions import CHARGED, SubscriptionState
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id

MOST_ATTEMPTS = 20


def open_payment(session: Session, invoice_id: UUID, *, is_scheduled: bool, by: Actor, now: datetime) -> Payment | None:
    """Store the next attempt to collect an invoice, which a worker takes to the gateway.

    A scheduled one that is not to be is None. One that a person wants raises PaymentUnderWay, or WrongState with what
    to do instead; the days of dunning do not bind a person.
    """
    invoice = lock_invoice(session, invoice_id)
    refusal = _refusal(session, invoice, is_scheduled=is_scheduled, now=now)
    if refusal is None:
        return _attempt(session, invoice, is_scheduled=is_scheduled or by.kind is not ActorKind.PATIENT, by=by, now=now)
    if is_scheduled:
        return None
    raise refusal


def collect(session: Session, invoice_id: UUID, *, by: Actor, now: datetime) -> Payment | None:
    """Make the attempt that is due, if one is; an invoice that is due and finds no card has failed."""
    payment = open_payment(session, invoice_id, is_scheduled=True, by=by, now=now)
    invoice = lock_invoice(session, invoice_id)
    if payment is None and _is_due(session, invoice, now=now):
        invoice.next_attempt_on = None  # What cannot be asked for would be looked at for ever.
        if method_in_use(session, invoice.patient_id) is None:
            note_failure(session, invoice, None, by=by, now=now)
    return payment


def collect_issued(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Make the first attempt at an invoice that was issued, where it is due already."""
    collect(session, subject_id, by=by, now=now)


def _attempt(session: Session, invoice: Invoice, *, is_scheduled: bool, by: Actor, now: datetime) -> Payment:
    method = method_in_use(session, invoice.patient_id)
    assert method is not None, "an attempt without a card was refused"
    number = len(payments_of(session, invoice.id)) + 1
    payment = Payment(
        id=new_id(),
        invoice_id=invoice.id,
        patient_id=invoice.patient_id,
        method_id=method.id,
        gateway=method.gateway,
        idempotency_key=f"inv:{invoice.id}:a:{number}",
        attempt=number,
        is_scheduled=is_scheduled,
        state=PaymentState.PENDING,
        state_since=now,
        amount_cents=open_cents(session, invoice.id),
        next_look_at=now,
        created_at=now,
        updated_at=now,
        updated_by=by.name,
    )
    session.add(payment)
    session.flush()
    session.add(
        PaymentEvent(payment_id=payment.id, from_state=None, to_state=PaymentState.PENDING, learned_by="person", at=now)
    )
    invoice.next_attempt_on = None
    invoice.touch(by=by, now=now)
    journal.note(
        session,
        "payment.opened",
        subject_kind="payment",
        subject_id=payment.id,
        at=now,
        patient_ids=(payment.patient_id,),
        attempt=number,
    )
    journal.wake(session, QUEUE)
    return payment


def _is_due(session: Session, invoice: Invoice, *, now: datetime) -> bool:
    """Tell whether an open invoice of a membership that may be charged had its next attempt today or before."""
    subscription = session.get_one(Subscription, invoice.subscription_id)
    wanted_on = invoice.next_attempt_on
    return (
        invoice.state == InvoiceState.OPEN
        and SubscriptionState(subscription.state) in CHARGED
        and wanted_on is not None
        and wanted_on <= today_in(subscription.zone, now)
    )


def _refusal(session: Session, invoice: Invoice, *, is_scheduled: bool, now: datetime) -> DomainError | None:
    """Return why no attempt can be made now, in words for who wanted one."""
    if is_scheduled and not _is_due(session, invoice, now=now):
        return WrongState("No attempt is due.")
    if invoice.state != InvoiceState.OPEN:
        return WrongState("Nothing is asked for with this invoice any more. Open the newest invoice instead.")
    waiting = under_way(session, invoice.id)
    if waiting is not None and waiting.state == PaymentState.REQUIRES_ACTION:
        return PaymentUnderWay("The bank waits until the patient confirms this payment. Send the link for that.")
    if waiting is not None:
        return PaymentUnderWay("A payment of this invoice is under way. Wait until the bank has answered.")
    return (
        _refused_by_state(session, invoice, is_scheduled=is_scheduled)
        or _refused_by_card(session, invoice)
        or _refused_by_amount(session, invoice)
    )


def _refused_by_state(session: Session, invoice: Invoice, *, is_scheduled: bool) -> WrongState | None:
    """Nothing is collected during a hold, a pause or after the end; what is suspended a person may settle."""
    state = SubscriptionState(session.get_one(Subscription, invoice.subscription_id).state)
    if state in CHARGED or (state is SubscriptionState.SUSPENDED and not is_scheduled):
        return None
    return WrongState("Nothing is charged while a membership is on hold, paused or over.")


def _refused_by_card(session: Session, invoice: Invoice) -> WrongState | None:
    method = method_in_use(session, invoice.patient_id)
    if method is None:
        return WrongState("There is no card yet. A card has to be entered first.")
    if any(each.is_hard and each.card == method.id for each in attempts_of(session, invoice)):
        return WrongState(
            f"The card that ends in {method.last4} was refused for good. Another card has to be entered first."
        )
    return None


def _refused_by_amount(session: Session, invoice: Invoice) -> WrongState | None:
    cents = open_cents(session, invoice.id)
    if cents < SMALLEST_CHARGE_CENTS:
        return WrongState(f"Cards take no less than {shown(SMALLEST_CHARGE_CENTS)}; {shown(cents)} is open.")
    if len(payments_of(session, invoice.id)) >= MOST_ATTEMPTS:
        return WrongState(f"This invoice was tried {MOST_ATTEMPTS} times. Speak with the patient.")
    return None
