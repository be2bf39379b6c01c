"""The physician's decision about a membership: with a yes the first month is billed, with a no nothing ever is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.bills import bill_from_today
from clinic.billing.actions.cards import forget_card
from clinic.billing.actions.locks import lock_subscription, require_physician
from clinic.billing.actions.moves import enter
from clinic.billing.actions.queueing import asked_no_more
from clinic.billing.errors import NoCard, NoRenewalConsent, NoTreatmentPlan, NotYourMembership
from clinic.billing.models import Invoice, PaymentMethod, Subscription
from clinic.billing.queries.payments import method_in_use
from clinic.billing.queries.subscriptions import consent_of
from clinic.billing.rules.subscriptions import Event, SubscriptionState, after
from clinic.kernel.actor import Actor
from clinic.people.queries import physician_of_staff
from clinic.treatment.queries.plans import plan_of_patient
from clinic.treatment.rules.plans import written_reason
from clinic.worklist.rules import WorkKind


def approve(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Invoice:
    """Let a membership begin with its first payment, and return the invoice of its first month.

    Raises NotYourMembership unless a physician of the patient asks, WrongState, NoTreatmentPlan, NoRenewalConsent and
    NoCard.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    after(SubscriptionState(row.state), Event.APPROVED)
    card = _require_whole(session, row)
    physician = physician_of_staff(session, by.id)
    if physician is None:
        raise NotYourMembership("Only a physician decides this. Ask an administrator to tie your account to one.")
    approved = {"approved_by_id": physician.id, "approved_at": now, "method_id": card.id}
    enter(session, row, Event.APPROVED, by=by, now=now, columns=approved)
    asked_no_more(session, row, WorkKind.MEMBERSHIP_APPROVAL, by=by, now=now)
    return bill_from_today(session, row, by=by, now=now)


def decline(session: Session, subscription_id: UUID, *, reason: str, by: Actor, now: datetime) -> Subscription:
    """Answer a membership with no and forget its card; the reason is for physicians only.

    Raises NotYourMembership, ReasonTooShort and WrongState.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    enter(session, row, Event.DECLINED, by=by, now=now, reason=written_reason(reason))
    asked_no_more(session, row, WorkKind.MEMBERSHIP_APPROVAL, by=by, now=now)
    forget_card(session, patient.id, by=by, now=now)
    return row


def _require_whole(session: Session, row: Subscription) -> PaymentMethod:
    if plan_of_patient(session, row.patient_id) is None:
        raise NoTreatmentPlan("This patient has no plan of treatment yet. Open one first, then approve.")
    if consent_of(session, row.id) is None:
        raise NoRenewalConsent("The patient has not agreed to the renewal yet. The office sends the link for it.")
    card = method_in_use(session, row.patient_id)
    if card is None:
        raise NoCard("The patient has entered no card yet. The office sends the link for it.")
    return card
