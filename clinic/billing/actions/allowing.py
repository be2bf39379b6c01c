"""What a membership lets begin, told to the domains below: they look where a session or a shipment begins."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.models import Subscription
from clinic.billing.queries.plans import entitlements_of
from clinic.billing.queries.subscriptions import is_tapering, newest_approved
from clinic.billing.rules.capabilities import GRACE_DAYS
from clinic.billing.rules.entitlements import Entitlement
from clinic.billing.rules.periods import today_in
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import first_instant_of
from clinic.people.models import CareAllowance
from clinic.people.queries import lock_living
from clinic.treatment.queries.plans import plan

_RUNS = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})


def keep_allowance(session: Session, row: Subscription, *, now: datetime) -> None:
    """Write down what a subscription lets begin; one that no physician approved yet changes nothing."""
    if row.approved_at is None:
        return
    found = session.get(CareAllowance, row.patient_id) or CareAllowance(patient_id=row.patient_id)
    found.zone, found.stops_at, found.is_tapering = row.zone, _stops_at(row, now), is_tapering(session, row.patient_id)
    is_another = (found.period_start_on, found.period_end_on) != (row.period_start_on, row.period_end_on)
    if SubscriptionState(row.state) in _RUNS and is_another:
        found.period_start_on, found.period_end_on = row.period_start_on, row.period_end_on
        _set(found, entitlements_of(session, row.price_id))
    session.add(found)
    session.flush()


def follow_taper(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Let whoever begins to taper have sessions and shipments whatever is paid, and no longer than that."""
    patient = lock_living(session, plan(session, subject_id).patient_id)
    row, found = newest_approved(session, patient.id), session.get(CareAllowance, patient.id)
    if row is not None:
        keep_allowance(session, row, now=now)
    elif found is None and is_tapering(session, patient.id):
        session.add(CareAllowance(patient_id=patient.id, zone=patient.zone, is_tapering=True))
    elif found is not None:
        found.is_tapering = is_tapering(session, patient.id)


def ceilings_of(session: Session, row: Subscription) -> tuple[date | None, dict[Entitlement, int | None]]:
    """Return since when the period that runs counts, and its ceilings of sessions and shipments."""
    found = session.get_one(CareAllowance, row.patient_id)
    ceilings = {Entitlement.SESSIONS: found.most_sessions, Entitlement.SHIPMENTS: found.most_shipments}
    return found.period_start_on, ceilings


def set_ceilings(
    session: Session, row: Subscription, ceilings: Mapping[Entitlement, int | None], *, since: date | None = None
) -> None:
    """Give the period that runs other ceilings; `since` lets it count from an earlier day, as it did before a hold."""
    found = session.get_one(CareAllowance, row.patient_id)
    found.period_start_on = since or found.period_start_on
    _set(found, ceilings)
    session.flush()


def _set(found: CareAllowance, ceilings: Mapping[Entitlement, int | None]) -> None:
    found.most_sessions = ceilings.get(Entitlement.SESSIONS, 0)
    found.most_shipments = ceilings.get(Entitlement.SHIPMENTS, 0)


def _stops_at(row: Subscription, now: datetime) -> datetime | None:
    """Return from when on nothing new begins: never while it is paid, after days of grace, or since it is not."""
    if row.state == SubscriptionState.ACTIVE:
        return None
    if row.state == SubscriptionState.PAST_DUE and row.past_due_since is not None:
        grace_until = today_in(row.zone, row.past_due_since) + timedelta(days=GRACE_DAYS)
        return first_instant_of(grace_until + timedelta(days=1), row.zone)
    return min(row.state_since, now)
