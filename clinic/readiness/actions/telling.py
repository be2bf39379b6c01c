"""The text that asks a patient to pause for today, once for a visit's time."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.queries import patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.telling import SUBJECT


def ask_to_pause(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Plan the text to pause; told again of the same visit at the same time it plans nothing."""
    plan_event(
        session,
        event="checklist.failed",
        recipient=recipient_of(patient(session, visit.patient_id)),
        subject=Subject(kind=SUBJECT, id=visit.id, version=visit.time_version),
        times=EventTimes(starts_at=visit.starts_at, ends_at=visit.ends_at),
        by=by,
        now=now,
    )
