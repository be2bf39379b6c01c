"""Cards as tokens: asked for on the gateway's own page, used one at a time, and forgotten there when they are here."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.billing.actions.collecting import open_payment
from clinic.billing.actions.locks import lock_invoice, lock_patient, require_own, today_of
from clinic.billing.actions.restarting import invoice_to_collect
from clinic.billing.actions.withdrawing import QUEUE, stop_collecting
from clinic.billing.errors import PaymentUnderWay, UnknownSetup, WrongState
from clinic.billing.models import CardSetup, GatewayCustomer, Invoice, PaymentMethod, Subscription
from clinic.billing.queries.payments import customer_of, is_asked, method_in_use, under_way
from clinic.billing.queries.subscriptions import living, open_invoices
from clinic.billing.rules.collecting import SETUP_LIVES, look_again_at
from clinic.billing.rules.documents import InvoiceState
from clinic.billing.rules.payments import PaymentState
from clinic.gateways.payments import CardResult, CardStarted, GatewayCard
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id

CARD_CHANGED = "card.changed"
ASKED, WAITING, CAME, FAILED = "asked", "requires_action", "succeeded", "failed"


def ask_card(session: Session, patient_id: UUID, *, gateway: str, by: Actor, now: datetime) -> CardSetup:
    """Store that a card is asked for, and whom the gateway is to know, before the gateway hears of either."""
    patient = lock_patient(session, patient_id)
    require_own(patient, by)
    if customer_of(session, patient.id, gateway) is None:
        session.add(GatewayCustomer(id=new_id(), patient_id=patient.id, gateway=gateway, created_at=now))
    setup = CardSetup(id=new_id(), patient_id=patient.id, gateway=gateway, state=ASKED, created_at=now)
    session.add(setup)
    session.flush()
    _note(session, "card.asked", setup, now=now)
    return setup


def customer_made(session: Session, customer_id: UUID, *, token: str) -> GatewayCustomer:
    """Keep what the gateway knows a patient by, for good."""
    row = session.get_one(GatewayCustomer, customer_id, with_for_update=True, populate_existing=True)
    row.gateway_customer_id = row.gateway_customer_id or token
    return row


def card_started(session: Session, setup_id: UUID, *, started: CardStarted, now: datetime) -> CardSetup:
    """Keep by what name the gateway asks for the card, and look after it when nobody comes back from its page."""
    row = session.get_one(CardSetup, setup_id, with_for_update=True, populate_existing=True)
    row.gateway_setup_id = started.setup_id
    if row.state == ASKED:
        row.state = WAITING
    row.next_look_at = look_again_at(row.created_at, now)
    return row


def setup(session: Session, setup_id: UUID) -> CardSetup:
    """Return one asking for a card, or raise UnknownSetup."""
    found = session.get(CardSetup, setup_id)
    if found is None:
        raise UnknownSetup("Nobody was asked for a card there. Begin again.")
    return found


def card_came(
    session: Session, setup_id: UUID, *, result: CardResult, by: Actor, now: datetime
) -> PaymentMethod | None:
    """Take what became of asking for a card; a new card is used at once, for what is open too.

    Returns the card, or None while there is none. What came before changes nothing. Raises UnknownSetup.
    """
    patient = lock_patient(session, setup(session, setup_id).patient_id)
    row = session.get_one(CardSetup, setup_id, with_for_update=True, populate_existing=True)
    if result.card is None:
        _wait_for(session, row, result, now=now)
        return None
    known = _known(session, row.gateway, result.card.method_id)
    row.state, row.decline_code, row.next_look_at = CAME, None, None
    if known is not None:
        return known
    _put_away(session, patient.id, by=by, now=now)
    method = _keep(session, row, result.card, patient_id=patient.id, by=by, now=now)
    _note(session, CARD_CHANGED, row, now=now)
    outbox.publish(session, CARD_CHANGED, subject_id=method.id, now=now)
    _use(session, patient.id, method, by=by, now=now)
    return method


def forget_card(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    """Use the patient's card no more; the gateway is told by a worker. Raises PaymentUnderWay while it is asked."""
    patient = lock_patient(session, patient_id)
    require_own(patient, by)
    method = method_in_use(session, patient.id)
    if method is None:
        return
    if is_asked(session, method.id):
        raise PaymentUnderWay("A payment of this card is under way. Wait until the bank has answered.")
    _put_away(session, patient.id, by=by, now=now)
    membership = living(session, patient.id)
    if membership is not None and membership.method_id == method.id:
        membership.method_id = None
        membership.touch(by=by, now=now)
    outbox.publish(session, CARD_CHANGED, subject_id=method.id, now=now)
    journal.note(
        session, "card.forgotten", subject_kind="card", subject_id=method.id, at=now, patient_ids=(patient.id,)
    )


def _wait_for(session: Session, row: CardSetup, result: CardResult, *, now: datetime) -> None:
    """Keep that no card came yet; a page that nobody finished in a day is over."""
    is_over = result.state.value == FAILED or now - row.created_at >= SETUP_LIVES
    row.next_look_at = None if is_over or row.state == CAME else look_again_at(row.created_at, now)
    if row.state == CAME:
        return
    # Where a card was declined on the page, another may follow: whoever comes back is told why.
    row.decline_code = result.decline_code
    if is_over and row.state != FAILED:
        row.state = FAILED
        _note(session, "card.failed", row, now=now)


def _known(session: Session, gateway: str, token: str) -> PaymentMethod | None:
    wanted = select(PaymentMethod).where(PaymentMethod.gateway == gateway, PaymentMethod.gateway_method_id == token)
    return session.scalar(wanted)


def _keep(
    session: Session, row: CardSetup, card: GatewayCard, *, patient_id: UUID, by: Actor, now: datetime
) -> PaymentMethod:
    """Keep a card of the patient, whose record may have become part of another since the card was asked for."""
    customer = customer_of(session, row.patient_id, row.gateway)
    assert customer is not None, "whoever is asked for a card is known to the gateway"
    method = PaymentMethod(
        id=new_id(),
        patient_id=patient_id,
        customer_id=customer.id,
        gateway=row.gateway,
        gateway_method_id=card.method_id,
        brand=card.brand,
        last4=card.last4,
        expires_month=card.expires_month,
        expires_year=card.expires_year,
        created_at=now,
        updated_at=now,
        updated_by=by.name,
    )
    session.add(method)
    session.flush()
    return method


def _put_away(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let the card that was used be used no more, and have the gateway told."""
    method = method_in_use(session, patient_id)
    if method is not None:
        method.detached_at = method.next_look_at = now
        method.touch(by=by, now=now)
        session.flush()
        journal.wake(session, QUEUE)


def _use(session: Session, patient_id: UUID, method: PaymentMethod, *, by: Actor, now: datetime) -> None:
    """Let the membership be charged by a card from now on, and ask it at once for what is open."""
    membership = living(session, patient_id)
    if membership is None:
        return
    membership.method_id = method.id
    membership.touch(by=by, now=now)
    with suppress(PaymentUnderWay):  # What may still be paid with the old card is not asked of the new one.
        invoice_to_collect(session, membership.id, by=by, now=now)
    for invoice in open_invoices(session, membership.id):
        _ask_at_once(session, lock_invoice(session, invoice.id), by=by, now=now)


def _ask_at_once(session: Session, invoice: Invoice, *, by: Actor, now: datetime) -> None:
    """Ask the new card instead of what waits for the old one's bank; what is with the gateway goes on by itself."""
    waiting = under_way(session, invoice.id)
    if waiting is not None and waiting.state == PaymentState.PROCESSING:
        return
    stop_collecting(session, invoice, by=by, now=now)
    if invoice.state == InvoiceState.OPEN:
        try:
            open_payment(session, invoice.id, is_scheduled=False, by=by, now=now)
        except WrongState:  # On hold, a membership asks for nothing; the new card has its turn after it.
            invoice.next_attempt_on = today_of(session.get_one(Subscription, invoice.subscription_id), now)


def _note(session: Session, action: str, row: CardSetup, *, now: datetime) -> None:
    journal.note(session, action, subject_kind="card", subject_id=row.id, at=now, patient_ids=(row.patient_id,))
