"""Tasks of people that a change of the visit opens or settles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.scheduling.models import Appointment
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind


def move_requested_key(appointment_id: UUID) -> str:
    """Return the key of the task "wants another time" of one visit."""
    return f"move_requested:{appointment_id}"


def licence_gap_key(appointment_id: UUID) -> str:
    """Return the key of the task "physician not licensed there" of one visit."""
    return f"licence_gap:{appointment_id}"


def unconfirmed_key(appointment_id: UUID) -> str:
    """Return the key of the task "nobody confirmed" of one visit."""
    return f"unconfirmed_visit:{appointment_id}"


def ask_after_missed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Open the task to call a patient who did not come."""
    open_item(
        session,
        kind=WorkKind.MISSED_VISIT,
        dedupe_key=f"missed_visit:{visit.id}",
        reason="The patient did not come. Call to ask whether all is well, and offer another time.",
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def settle(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the open tasks of a visit that was moved, canceled or is over."""
    close_for(session, dedupe_key=move_requested_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=licence_gap_key(visit.id), by=by, now=now)
    settle_unconfirmed(session, visit, by=by, now=now)


def settle_unconfirmed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the task to ask whether the patient will come."""
    close_for(session, dedupe_key=unconfirmed_key(visit.id), by=by, now=now)
