"""Subscriptions by patient and by id: which lives, what it lets a patient have, and what became of it."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.billing.errors import UnknownSubscription
from clinic.billing.models import (
    Invoice,
    InvoiceLine,
    PlanPrice,
    RenewalConsent,
    Subscription,
    SubscriptionAnchor,
    SubscriptionEvent,
)
from clinic.billing.rules.capabilities import ALWAYS, SOLD, Capability, capabilities
from clinic.billing.rules.documents import InvoiceKind, InvoiceState
from clinic.billing.rules.invoices import LineKind
from clinic.billing.rules.periods import Period, Segment, period, period_at, today_in
from clinic.billing.rules.subscriptions import LIVE, Event, SubscriptionState, Wish
from clinic.kernel.statements import among_these
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.treatment.queries.plans import plan_of_patient
from clinic.treatment.rules.phases import Phase

_LIVES = among_these(Subscription.state, sorted(LIVE))
_APPROVED = Subscription.approved_at.is_not(None)


def subscription(session: Session, subscription_id: UUID) -> Subscription:
    """Return the subscription, or raise UnknownSubscription."""
    found = session.get(Subscription, subscription_id)
    if found is None:
        raise UnknownSubscription("There is no such membership. Open the patient's record again.")
    return found


def living(session: Session, patient_id: UUID) -> Subscription | None:
    """Return the patient's membership that lives, if there is one."""
    return session.scalar(_living(), {"of_patient": patient_id})


@cache
def _living() -> Select[Subscription]:
    return select(Subscription).where(Subscription.patient_id == bindparam("of_patient"), _LIVES)


def newest(session: Session, patient_id: UUID) -> Subscription | None:
    """Return the patient's membership that lives, else the one that ended last, else None."""
    wanted = select(Subscription).where(Subscription.patient_id == patient_id)
    return session.scalar(wanted.order_by(Subscription.ended_at.desc().nulls_first(), Subscription.id).limit(1))


def may(session: Session, patient_id: UUID, capability: Capability, *, now: datetime) -> bool:
    """Tell whether money lets a patient have something now; what is always given needs no look.

    A membership that no physician approved is none yet. Without one only the clinic's policy can withhold something,
    and while somebody tapers nothing is.
    """
    if capability in ALWAYS or (capability in SOLD and is_tapering(session, patient_id)):
        return True
    found = newest_approved(session, patient_id)
    if found is None:
        return not number(session, PolicyKey.MEMBERSHIPS_REQUIRED)
    return capability in capabilities(SubscriptionState(found.state), days_past_due=days_past_due(found, now=now))


def newest_approved(session: Session, patient_id: UUID) -> Subscription | None:
    """Return the membership that a physician approved and that lives, else the one of those that ended last."""
    return session.scalar(_newest_approved(), {"of_patient": patient_id})


@cache
def _newest_approved() -> Select[Subscription]:
    wanted = select(Subscription).where(Subscription.patient_id == bindparam("of_patient"), _APPROVED)
    return wanted.order_by(Subscription.ended_at.desc().nulls_first(), Subscription.id).limit(1)


def is_tapering(session: Session, patient_id: UUID) -> bool:
    """Tell whether the patient's plan of treatment is in its taper."""
    plan = plan_of_patient(session, patient_id)
    return plan is not None and plan.phase == Phase.TAPER


def days_past_due(row: Subscription, *, now: datetime) -> int:
    """Return for how many days of its zone a payment has been due, 0 where none is."""
    if row.past_due_since is None:
        return 0
    return (today_in(row.zone, now) - today_in(row.zone, row.past_due_since)).days


def anchors_of(session: Session, subscription_id: UUID) -> list[SubscriptionAnchor]:
    """Return the days that the periods of a subscription count from, the first one first."""
    wanted = select(SubscriptionAnchor).where(SubscriptionAnchor.subscription_id == subscription_id)
    return list(session.scalars(wanted.order_by(SubscriptionAnchor.number)))


def segment_of(session: Session, row: Subscription) -> Segment:
    """Return what the next period counts from; what a hold had left is over at its end, and the end counts on."""
    last = anchors_of(session, row.id)[-1]
    if last.days is None:
        return Segment(last.anchor_on)
    assert row.period_end_on is not None
    return Segment(row.period_end_on)


def next_period(session: Session, row: Subscription) -> Period:
    """Return the period that follows the one that runs, or that a hold left nothing of."""
    assert row.period_end_on is not None
    counted = segment_of(session, row)
    return period(counted, 0) if counted.anchor_on >= row.period_end_on else period_at([counted], row.period_end_on)


def consent_of(session: Session, subscription_id: UUID) -> RenewalConsent | None:
    """Return the patient's newest yes to automatic renewal."""
    return session.scalar(_consent(), {"of_subscription": subscription_id})


@cache
def _consent() -> Select[RenewalConsent]:
    wanted = select(RenewalConsent).where(RenewalConsent.subscription_id == bindparam("of_subscription"))
    return wanted.order_by(RenewalConsent.at.desc(), RenewalConsent.id).limit(1)


def history(session: Session, subscription_id: UUID) -> list[SubscriptionEvent]:
    """Return what happened to a subscription, the first thing first; reasons are for physicians only."""
    wanted = select(SubscriptionEvent).where(SubscriptionEvent.subscription_id == subscription_id)
    return list(session.scalars(wanted.order_by(SubscriptionEvent.version)))


def hold_reason(session: Session, subscription_id: UUID) -> str | None:
    """Return why a physician held a membership the last time; for physicians only."""
    held = select(SubscriptionEvent).where(
        SubscriptionEvent.subscription_id == subscription_id, SubscriptionEvent.event == Event.HELD
    )
    found = session.scalar(held.order_by(SubscriptionEvent.version.desc()).limit(1))
    return found.reason if found else None


def is_handed_over(session: Session, row: Subscription) -> bool:
    """Tell whether a clinician spoke with the patient since the membership was suspended."""
    told = select(SubscriptionEvent.id).where(
        SubscriptionEvent.subscription_id == row.id,
        SubscriptionEvent.event == Wish.HANDED_OVER,
        SubscriptionEvent.at >= row.state_since,
    )
    return session.scalar(told.limit(1)) is not None


def open_invoices(session: Session, subscription_id: UUID) -> list[Invoice]:
    """Return what is asked for now, the oldest first."""
    return list(session.scalars(_open_invoices(), {"of_subscription": subscription_id}))


@cache
def _open_invoices() -> Select[Invoice]:
    is_mine = Invoice.subscription_id == bindparam("of_subscription")
    return select(Invoice).where(is_mine, Invoice.state == InvoiceState.OPEN).order_by(Invoice.number)


def invoice_of_month(session: Session, subscription_id: UUID) -> Invoice | None:
    """Return the invoice of the month that runs, or that is to begin; changes in its midst have their own."""
    wanted = select(Invoice).where(
        Invoice.subscription_id == subscription_id,
        Invoice.kind != InvoiceKind.CHANGE,
        Invoice.state.in_([InvoiceState.OPEN, InvoiceState.PAID]),
    )
    return session.scalar(wanted.order_by(Invoice.number.desc()).limit(1))


def paid_in_month(session: Session, subscription_id: UUID) -> list[Invoice]:
    """Return the paid invoices of the month that runs, changes in its midst first."""
    asked = invoice_of_month(session, subscription_id)
    if asked is None:
        return []
    wanted = select(Invoice).where(
        Invoice.subscription_id == subscription_id, Invoice.number >= asked.number, Invoice.state == InvoiceState.PAID
    )
    return list(session.scalars(wanted.order_by(Invoice.number.desc())))


def price_of_change(session: Session, invoice_id: UUID) -> PlanPrice:
    """Return the price that an invoice of a change leads to."""
    wanted = (
        select(PlanPrice)
        .join(InvoiceLine, InvoiceLine.price_id == PlanPrice.id)
        .where(InvoiceLine.invoice_id == invoice_id, InvoiceLine.kind == LineKind.MEMBERSHIP)
    )
    return session.scalars(wanted).one()
