"""Texts about a membership: a payment that failed or came, what is to be set up, a new price, a card that ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_patient, lock_subscription
from clinic.billing.actions.page_link import page_link
from clinic.billing.models import Invoice, Payment, PaymentMethod, PriceChange, PriceNotice, Subscription
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.payments import PaymentState
from clinic.billing.sending import CARD, INVOICE, NOTICE, SUBSCRIPTION, is_resuming, is_to_set_up
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

FAILED, UNCONFIRMED, RECEIVED = "payment.failed", "payment.unconfirmed", "payment.received"
OFFERED, RESUMING, ANNOUNCED, ENDING = "membership.offered", "membership.resuming", "price.announced", "card.ending"


def tell_of_payment(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text that a payment did not go through, or that the bank wants a step: once for each attempt."""
    payment = session.get(Payment, subject_id)
    event = None if payment is None else _event_of(payment)
    if payment is None or event is None:
        return
    patient = lock_patient(session, payment.patient_id)
    about = Subject(kind=INVOICE, id=payment.invoice_id)
    _tell(session, patient, about, event=event, again=str(payment.attempt), ring=ring, by=by, now=now)


def tell_of_receipt(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text that a payment was received; an invoice that the clinic itself settled is nobody's payment."""
    invoice = session.get(Invoice, subject_id)
    came = select(exists().where(Payment.invoice_id == subject_id, Payment.state == PaymentState.SUCCEEDED))
    if invoice is not None and session.scalar(came):
        patient = lock_patient(session, invoice.patient_id)
        about = Subject(kind=INVOICE, id=invoice.id)
        _tell(session, patient, about, event=RECEIVED, again=None, ring=ring, by=by, now=now)


def tell_of_membership(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text once that a membership can be set up, while its patient has not."""
    subscription, patient = lock_subscription(session, subject_id)
    if is_to_set_up(session, subscription):
        about = Subject(kind=SUBSCRIPTION, id=subscription.id)
        _tell(session, patient, about, event=OFFERED, again=None, ring=ring, by=by, now=now)


def tell_of_resuming(session: Session, *, subscription_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> bool:
    """Text once for each day on which a pause is to end that it does; tell whether it is planned now."""
    subscription, patient = lock_subscription(session, subscription_id)
    if subscription.resume_on is None or not is_resuming(subscription, now=now):
        return False
    about = Subject(kind=SUBSCRIPTION, id=subscription.id)
    again = subscription.resume_on.isoformat()
    return _tell(session, patient, about, event=RESUMING, again=again, ring=ring, by=by, now=now)


def tell_of_card(session: Session, *, method_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> bool:
    """Text once that a card ends soon; tell whether it is planned now."""
    method = session.get_one(PaymentMethod, method_id)
    patient = lock_patient(session, method.patient_id)
    return _tell(
        session, patient, Subject(kind=CARD, id=method.id), event=ENDING, again=None, ring=ring, by=by, now=now
    )


def tell_of_price(
    session: Session, *, change_id: UUID, subscription_id: UUID, ring: KeyRing, by: Actor, now: datetime
) -> bool:
    """Write down that a member is told of a change of price and plan the text; tell whether that is new."""
    subscription, patient = lock_subscription(session, subscription_id)
    change = session.get_one(PriceChange, change_id, populate_existing=True)
    renews_at = subscription.next_price_id or subscription.price_id
    if change.withdrawn_at is not None or renews_at != change.from_price_id or subscription.is_ending:
        return False
    told = insert(PriceNotice).values(id=new_id(), change_id=change.id, subscription_id=subscription.id, planned_at=now)
    notice_id = session.scalar(told.on_conflict_do_nothing().returning(PriceNotice.id))
    if notice_id is None:
        return False
    about = Subject(kind=NOTICE, id=notice_id)
    _tell(session, patient, about, event=ANNOUNCED, again=None, ring=ring, by=by, now=now)
    return True


def send_link(session: Session, patient_id: UUID, *, ring: KeyRing, by: Actor, now: datetime) -> str | None:
    """Text a patient once more what is to be done about the membership, with a link that opens again.

    Returns the key of the text, None where nothing is to be done or nobody may be texted. The same minute again is the
    same text. Raises UnknownPatient.
    """
    patient = lock_patient(session, patient_id)
    subscription = living(session, patient.id)
    found = None if subscription is None else _to_be_done(session, subscription)
    if found is None:
        return None
    event, about = found
    again = f"{now:%Y-%m-%dT%H:%M}"
    if not _tell(session, patient, about, event=event, again=again, ring=ring, by=by, now=now):
        return None
    journal.note(
        session,
        "membership.link_sent",
        subject_kind="patient",
        subject_id=patient.id,
        at=now,
        patient_ids=(patient.id,),
    )
    return _KEYS[event]


_KEYS = {FAILED: "PAY_FAILED", UNCONFIRMED: "PAY_ACTION", OFFERED: "PAY_JOIN"}


def _to_be_done(session: Session, subscription: Subscription) -> tuple[str, Subject] | None:
    """Return what a patient has to do about a membership now, with what the text is about."""
    if is_to_set_up(session, subscription):
        return OFFERED, Subject(kind=SUBSCRIPTION, id=subscription.id)
    invoice = _owed(session, subscription)
    if invoice is None:
        return None
    newest = select(Payment).where(Payment.invoice_id == invoice.id).order_by(Payment.attempt.desc()).limit(1)
    payment = session.scalar(newest)
    event = FAILED if payment is None else _event_of(payment)
    return None if event is None else (event, Subject(kind=INVOICE, id=invoice.id))


def _owed(session: Session, subscription: Subscription) -> Invoice | None:
    wanted = select(Invoice).where(Invoice.subscription_id == subscription.id, Invoice.state == "open")
    return session.scalar(wanted.order_by(Invoice.due_on).limit(1))


def _event_of(payment: Payment) -> str | None:
    """Return what a patient is to hear of an attempt, None where it is still under way or came through."""
    if payment.state == PaymentState.REQUIRES_ACTION:
        return UNCONFIRMED
    return FAILED if payment.state == PaymentState.FAILED else None


def _tell(
    session: Session,
    patient: Patient,
    about: Subject,
    *,
    event: str,
    again: str | None,
    ring: KeyRing,
    by: Actor,
    now: datetime,
) -> bool:
    """Plan the text of an event for a patient under care; tell whether there is one that was not planned before."""
    if patient.status != PatientStatus.ACTIVE:
        return False
    planned = plan_event(
        session,
        event=event,
        recipient=recipient_of(patient),
        subject=about,
        times=EventTimes(),
        link_id=page_link(session, patient, by=by, now=now, ring=ring).id,
        again=again,
        by=by,
        now=now,
    )
    return bool(planned)
