"""What a period has left of its plan's ceilings: counted from what is booked, so that nothing is counted twice."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.billing.models import Subscription
from clinic.billing.rules.entitlements import Entitlement, left
from clinic.people.queries.allowances import allowance
from clinic.scheduling.queries.sessions import count_sessions


def left_of(session: Session, row: Subscription, *, now: datetime) -> dict[Entitlement, int | None]:
    """Return what the period that runs has left of what is booked by it, nothing where none runs.

    A physician's order, and the gates of booking and supply, lower it for themselves.
    """
    known = allowance(session, row.patient_id, now=now)
    if known.window is None:
        return {}
    booked = count_sessions(session, row.patient_id, days=known.window, zone=row.zone)
    return {Entitlement.SESSIONS: left(known.most_sessions, booked)}
