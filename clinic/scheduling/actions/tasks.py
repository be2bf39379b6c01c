"""Tasks of people that a change of the visit opens or settles."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.lateness import missed_lately
from clinic.scheduling.rules.states import is_missed_often
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind


def move_requested_key(appointment_id: UUID) -> str:
    """Return the key of the task "wants another time" of one visit."""
    return f"move_requested:{appointment_id}"


def licence_gap_key(appointment_id: UUID) -> str:
    """Return the key of the task "physician not licensed there" of one visit."""
    return f"licence_gap:{appointment_id}"


def stranded_key(appointment_id: UUID) -> str:
    """Return the key of the task "outside the hours" of one visit."""
    return f"stranded_visit:{appointment_id}"


def unconfirmed_key(appointment_id: UUID) -> str:
    """Return the key of the task "nobody confirmed" of one visit."""
    return f"unconfirmed_visit:{appointment_id}"


def ask_after_missed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Open the task to call a patient who did not come."""
    open_item(
        session,
        kind=WorkKind.MISSED_VISIT,
        dedupe_key=missed_visit_key(visit.id),
        reason="The patient did not come. Call to ask whether all is well, and offer another time.",
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def support_person_key(appointment_id: UUID) -> str:
    """Return the key of the task about a visit for which no support person is set."""
    return f"support_person_missing:{appointment_id}"


def ask_for_support_person(session: Session, visit: Appointment, *, reason: str, by: Actor, now: datetime) -> None:
    """Open the task to help a patient who has nobody to be there yet."""
    open_item(
        session,
        kind=WorkKind.SUPPORT_PERSON_MISSING,
        dedupe_key=support_person_key(visit.id),
        reason=reason,
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def missed_visit_key(appointment_id: UUID) -> str:
    """Return the key of the task to call after one missed visit."""
    return f"missed_visit:{appointment_id}"


def missed_often_key(patient_id: UUID) -> str:
    """Return the key of the task to call a patient who misses visits often."""
    return f"missed_often:{patient_id}"


def ask_if_missed_often(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Open the task to call a patient whose no-shows and late cancellations are many by now (policy)."""
    missed = _missed_lately(session, visit, now=now)
    if not _is_too_many(session, missed):
        return
    open_item(
        session,
        kind=WorkKind.MISSED_OFTEN,
        dedupe_key=missed_often_key(visit.patient_id),
        reason=f"{missed} visits were missed or called off late in the last months. "
        "Call to ask what would help: other times, reminders, another way to be reached.",
        subject_kind="patient",
        subject_id=visit.patient_id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def settle_missed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close what a no-show opened that was taken back."""
    close_for(session, dedupe_key=missed_visit_key(visit.id), by=by, now=now)
    settle_missed_often(session, visit, by=by, now=now)


def settle_missed_often(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the task about many missed visits when they are not so many after all."""
    if not _is_too_many(session, _missed_lately(session, visit, now=now)):
        close_for(session, dedupe_key=missed_often_key(visit.patient_id), by=by, now=now)


def _missed_lately(session: Session, visit: Appointment, *, now: datetime) -> int:
    session.flush()
    return missed_lately(session, patient_id=visit.patient_id, now=now)


def _is_too_many(session: Session, missed: int) -> bool:
    return is_missed_often(missed, at_least=number(session, PolicyKey.MISSED_VISITS_BEFORE_TASK))


def settle(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the open tasks of a visit that was moved, canceled or is over."""
    close_for(session, dedupe_key=move_requested_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=support_person_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=licence_gap_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=stranded_key(visit.id), by=by, now=now)
    settle_unconfirmed(session, visit, by=by, now=now)


def settle_unconfirmed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the task to ask whether the patient will come."""
    close_for(session, dedupe_key=unconfirmed_key(visit.id), by=by, now=now)
