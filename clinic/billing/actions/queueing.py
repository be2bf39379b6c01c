"""Tasks about memberships that wait for a person: a decision, missed periods, a hold that ends, the hand-over."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.models import Subscription
from clinic.billing.queries.payments import method_in_use
from clinic.billing.queries.subscriptions import consent_of
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Actor
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import Outcome, WorkKind

_ASKED: dict[WorkKind, str] = {
    WorkKind.MEMBERSHIP_APPROVAL: "A membership waits for your decision. Nothing is charged before.",
    WorkKind.MISSED_PERIODS: "More than one month was not billed. Decide with the patient, then go on from today.",
    WorkKind.HOLD_ENDS: "A membership has been on hold for long. Release it, or it is canceled on {day}.",
    WorkKind.FINANCIAL_HAND_OFF: "A membership was not paid and is suspended. Speak with the patient about the way on "
    "without it; from {day} it can end.",
}


def ask_person(
    session: Session, row: Subscription, kind: WorkKind, *, by: Actor, now: datetime, day: date | None = None
) -> None:
    """Put a membership on somebody's list once."""
    said = f"{day:%B} {day.day}, {day.year}" if day else ""
    open_item(
        session,
        kind=kind,
        dedupe_key=_key(kind, row.id),
        reason=_ASKED[kind].format(day=said),
        subject_kind="patient",
        subject_id=row.patient_id,
        patient_id=row.patient_id,
        now=now,
        by=by,
    )


def asked_no_more(session: Session, row: Subscription, *kinds: WorkKind, by: Actor, now: datetime) -> None:
    """Take these tasks about a membership off the list, if they stand there."""
    outcome = Outcome.DONE if by.id is not None else Outcome.SETTLED_ITSELF
    for kind in kinds:
        close_for(session, dedupe_key=_key(kind, row.id), by=by, now=now, outcome=outcome)


def keep_approval(session: Session, row: Subscription, *, by: Actor, now: datetime) -> None:
    """Ask the physicians once the patient said yes and has a card; ask nobody while one of both is missing."""
    is_whole = consent_of(session, row.id) is not None and method_in_use(session, row.patient_id) is not None
    if row.state == SubscriptionState.PENDING and is_whole:
        ask_person(session, row, WorkKind.MEMBERSHIP_APPROVAL, by=by, now=now)
    else:
        asked_no_more(session, row, WorkKind.MEMBERSHIP_APPROVAL, by=by, now=now)


def _key(kind: WorkKind, subscription_id: UUID) -> str:
    return f"{kind}:{subscription_id}"
