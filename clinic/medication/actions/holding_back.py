"""What a membership that is on hold or over does to supply: what no pharmacy has yet does not leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.locks import lock_subscription
from clinic.billing.queries.subscriptions import is_tapering, living
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Actor
from clinic.medication.actions.fills import cancel_fill
from clinic.medication.queries.fills import fill_under_way
from clinic.medication.rules.fills import FillState

_STOPS = frozenset({SubscriptionState.MEDICAL_HOLD, SubscriptionState.CANCELED})
_UNSENT = frozenset({FillState.REQUESTED, FillState.BLOCKED, FillState.RELEASED})
_WHY = "The membership is on hold or has ended. A physician decides about the next shipment."


def hold_supply_back(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Cancel the fill that no pharmacy has yet once a membership is on hold or over; nothing that was sent is touched.

    Whoever tapers is sent what the taper needs.
    """
    row, patient = lock_subscription(session, subject_id)
    if row.state not in _STOPS or living(session, patient.id) not in {None, row} or is_tapering(session, patient.id):
        return
    fill = fill_under_way(session, patient.id)
    if fill is not None and fill.state in _UNSENT:
        cancel_fill(session, fill_id=fill.id, reason=_WHY, by=by, now=now)
