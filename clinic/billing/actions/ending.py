"""Ends of memberships: the patient's own, at once or with the month, and the physician's, whose unused days go back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.giving_back import give_back
from clinic.billing.actions.locks import lock_subscription, require_own, require_physician, today_of
from clinic.billing.actions.moves import wish
from clinic.billing.actions.quitting import finish
from clinic.billing.errors import WrongState
from clinic.billing.models import Subscription
from clinic.billing.queries.changes import unused_cents
from clinic.billing.rules.subscriptions import Event, SubscriptionState, Wish
from clinic.kernel.actor import Actor
from clinic.treatment.rules.plans import written_reason

_S = SubscriptionState


def cancel(session: Session, subscription_id: UUID, *, by: Actor, now: datetime, is_now: bool = False) -> Subscription:
    """End a membership at the patient's wish: with the month that is paid, at once with `is_now`.

    Where no paid month runs it ends at once in any case. It takes the place of a pause that was wanted. Raises
    NotYourMembership, and WrongState for one that is over.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    has_paid_days = _S.ACTIVE in {row.state, row.held_from}
    if is_now or not has_paid_days:
        finish(session, row, Event.CANCELED, by=by, now=now)
    elif not row.is_ending:
        columns = {"is_ending": True, "is_pausing": False, "resume_on": None}
        wish(session, row, Wish.ENDS_LATER, by=by, now=now, columns=columns)
    return row


def withdraw_cancel(session: Session, subscription_id: UUID, *, by: Actor, now: datetime) -> Subscription:
    """Keep a membership that was to end with its month; raises NotYourMembership and WrongState."""
    row, patient = lock_subscription(session, subscription_id)
    require_own(patient, by)
    if not row.is_ending:
        raise WrongState("This membership does not end. Open it again to see where it is.")
    wish(session, row, Wish.GOES_ON, by=by, now=now, columns={"is_ending": False})
    return row


def stop(session: Session, subscription_id: UUID, *, reason: str, by: Actor, now: datetime) -> Subscription:
    """End a membership at once as a physician of the patient; what is paid and not used goes back.

    No payment that is under way holds it up. Raises NotYourMembership, ReasonTooShort and WrongState.
    """
    row, patient = lock_subscription(session, subscription_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    end_with_refund(session, row, Event.STOPPED, reason=written_reason(reason), by=by, now=now)
    return row


def end_long_hold(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """End a membership whose hold lasted too long; the days that were left go back."""
    end_with_refund(session, row, Event.HELD_TOO_LONG, reason=None, by=by, now=now)


def end_with_refund(
    session: Session, row: Subscription, event: Event, *, reason: str | None, by: Actor, now: datetime
) -> None:
    """End a locked membership at once, and give back what is paid and not used; raises WrongState."""
    cents = unused_cents(session, row, day=today_of(row, now))
    finish(session, row, event, by=by, now=now, reason=reason)
    give_back(session, row, cents, by=by, now=now)
