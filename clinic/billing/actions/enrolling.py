"""Joining: a plan is chosen, the patient agrees to its renewal in words of its own, and nothing is charged yet."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_patient, lock_subscription, require_own
from clinic.billing.actions.moves import record, wish
from clinic.billing.actions.queueing import keep_approval
from clinic.billing.errors import SecondSubscription, WrongState
from clinic.billing.models import RenewalConsent, Subscription
from clinic.billing.queries.plans import plan_of_code, price_on
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import LIVE, SubscriptionState, Wish
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.people.rules import PatientStatus


def enroll(session: Session, patient_id: UUID, *, plan_code: str, zone: str, by: Actor, now: datetime) -> Subscription:
    """Begin a membership that waits for the patient's yes, a card and a physician; `zone` counts its days for good.

    Raises NotYourMembership, UnknownPlan, WrongState for somebody who is not under our care, and SecondSubscription.
    """
    patient = lock_patient(session, patient_id)
    require_own(patient, by)
    if patient.status != PatientStatus.ACTIVE:
        raise WrongState("This patient is not under our care any more. Bring the record back first.")
    price = price_on(session, plan_of_code(session, plan_code).id, on=today_in(zone, now))
    row = Subscription(
        id=new_id(),
        patient_id=patient.id,
        price_id=price.id,
        state=SubscriptionState.PENDING.value,
        state_since=now,
        zone=zone,
        created_at=now,
        version=0,
    )
    second = SecondSubscription("There is a membership already, and never a second one. Change its plan instead.")
    with refusing(session, {"uq_subscription_live": second}):
        session.add(row)
        record(session, row, Wish.ENROLLED, old=None, by=by, now=now)
    return row


def consent_to_renewal(
    session: Session,
    subscription_id: UUID,
    *,
    wording: str,
    language: str,
    address: str,
    by: Actor,
    now: datetime,
) -> RenewalConsent:
    """Keep the patient's own yes to automatic renewal: the words as they were read, and from where.

    Whoever changes to another plan agrees anew. Raises NotYourMembership, and WrongState once the membership is over.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    if row.state not in LIVE:
        raise WrongState("This membership is over. Begin a new one.")
    found = RenewalConsent(id=new_id(), subscription_id=row.id, wording=wording, language=language, at=now)
    found.wording_hash = hashlib.sha256(wording.encode()).hexdigest()
    found.address, found.actor_name = address, by.name
    session.add(found)
    session.flush()
    wish(session, row, Wish.CONSENTED, by=by, now=now)
    keep_approval(session, row, by=by, now=now)
    return found
