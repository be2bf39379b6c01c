"""A new link for a patient who locked the old one, lost the text or changed hands of the phone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.scheduling.actions import texts
from clinic.scheduling.actions.locking import locked
from clinic.scheduling.errors import StepNotAllowed
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import UPCOMING


def send_new_link(session: Session, *, appointment_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> Appointment:
    """Kill every copy of the visit's link and text a new one; the task about a locked link is settled.

    Raises StepNotAllowed for a visit that is not to come any more.
    """
    visit = locked(session, appointment_id, by=by)
    if visit.state not in UPCOMING or visit.starts_at <= now:
        raise StepNotAllowed("Only a visit that is still to come has a link.")
    texts.tell_new_link(session, visit, by=by, now=now, ring=ring)
    return visit
