"""Locks of billing in the one order, the patient, the subscription and then a document, and who may decide what."""

from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.billing.errors import NotYourMembership, UnknownInvoice, UnknownSubscription
from clinic.billing.models import Invoice, Subscription
from clinic.billing.rules.periods import today_in
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from clinic.people.queries import lock_living, lock_patient_of
from clinic.treatment.queries.plans import may_decide


def lock_patient(session: Session, patient_id: UUID) -> Patient:
    """Return the record as it is now, locked, or the one that it was merged into."""
    return lock_living(session, patient_id)


def lock_subscription(session: Session, subscription_id: UUID) -> tuple[Subscription, Patient]:
    """Return the subscription as it is now and its patient's living record, the patient locked first.

    Raises UnknownSubscription.
    """
    patient = lock_patient_of(session, Subscription, subscription_id)
    if patient is not None and patient.merged_into_id is not None:
        patient = lock_living(session, patient.merged_into_id)
    row = session.scalar(_subscription(), {"of_subscription": subscription_id}) if patient else None
    if patient is None or row is None:
        raise UnknownSubscription("There is no such membership. Open the patient's record again.")
    return row, patient


@cache
def _subscription() -> Select[Subscription]:
    wanted = select(Subscription).where(Subscription.id == bindparam("of_subscription"))
    return wanted.with_for_update().execution_options(populate_existing=True)


def lock_invoice(session: Session, invoice_id: UUID) -> Invoice:
    """Return the invoice as it is now, locked after its patient and its subscription; raises UnknownInvoice."""
    seen = session.get(Invoice, invoice_id)
    if seen is None:
        raise UnknownInvoice("There is no such invoice. Open the list of invoices again.")
    lock_subscription(session, seen.subscription_id)
    row = session.scalar(_invoice(), {"of_invoice": invoice_id})
    if row is None:
        raise UnknownInvoice("There is no such invoice. Open the list of invoices again.")
    return row


@cache
def _invoice() -> Select[Invoice]:
    wanted = select(Invoice).where(Invoice.id == bindparam("of_invoice"))
    return wanted.with_for_update().execution_options(populate_existing=True)


def today_of(row: Subscription, now: datetime) -> date:
    """Return the day that it is in the subscription's own zone."""
    return today_in(row.zone, now)


def require_physician(session: Session, *, by: Actor, patient_id: UUID, now: datetime) -> None:
    """Raise NotYourMembership unless the actor is a physician of the patient's care team."""
    if not may_decide(session, actor=by, patient_id=patient_id, now=now):
        raise NotYourMembership("A physician of this patient decides this. Ask one of them.")


def require_own(patient: Patient, by: Actor) -> None:
    """Raise NotYourMembership for somebody who is neither the patient nor of the clinic."""
    is_own = by.kind is ActorKind.PATIENT and by.id == patient.id
    if not is_own and by.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        raise NotYourMembership("This is another patient's membership. Use your own link, or call the clinic.")


def require_staff(by: Actor) -> None:
    """Raise NotYourMembership for anybody but the clinic's staff and its own jobs."""
    if by.kind not in {ActorKind.STAFF, ActorKind.SYSTEM}:
        raise NotYourMembership("The clinic's staff does this. Call the clinic.")
