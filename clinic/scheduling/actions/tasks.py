"""Tasks of people that a change of the visit opens or settles."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.lateness import days_that_count, due_consequences, missed_lately
from clinic.scheduling.queries.sessions import is_session, next_session_at
from clinic.scheduling.rules.missing import Consequence, missed_words
from clinic.scheduling.rules.states import AppointmentState
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind
from clinic.worklist.rules import due_at as usually_due_at

_LOOK_BEFORE = timedelta(days=1)
"""By then before the next visit at home a physician has looked, unless that day is over."""


def move_requested_key(appointment_id: UUID) -> str:
    """Return the key of the task "wants another time" of one visit."""
    return f"move_requested:{appointment_id}"


def licence_gap_key(appointment_id: UUID) -> str:
    """Return the key of the task "physician not licensed there" of one visit."""
    return f"licence_gap:{appointment_id}"


def elsewhere_key(appointment_id: UUID) -> str:
    """Return the key of the task "the patient is elsewhere" of one visit."""
    return f"patient_elsewhere:{appointment_id}"


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


def missed_review_key(patient_id: UUID) -> str:
    """Return the key of the task for a physician to look at a patient who misses visits at home."""
    return f"missed_review:{patient_id}"


def ask_if_missed_often(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Open the tasks that follow from the visits missed by now (policy): a call, and a physician's look.

    The look is due before the next visit at home, and only a visit at home that was missed brings it.
    """
    session.flush()
    missed = missed_lately(session, patient_id=visit.patient_id, now=now)
    words = missed_words(missed, days=days_that_count(session))
    due = due_consequences(session, missed)
    if Consequence.CALL in due:
        reason = f"{words}. Call to ask what would help: other times, reminders, another way to be reached."
        _open_about_missed(session, visit, WorkKind.MISSED_OFTEN, reason=reason, by=by, now=now)
    if Consequence.REVIEW in due and visit.state == AppointmentState.NO_SHOW and is_session(session, visit):
        reason = f"{words}, {missed.sessions} of them visits at home. Look whether the next one goes on as planned."
        _open_about_missed(session, visit, WorkKind.MISSED_REVIEW, reason=reason, by=by, now=now)


def _open_about_missed(
    session: Session, visit: Appointment, kind: WorkKind, *, reason: str, by: Actor, now: datetime
) -> None:
    is_review = kind is WorkKind.MISSED_REVIEW
    open_item(
        session,
        kind=kind,
        dedupe_key=missed_review_key(visit.patient_id) if is_review else missed_often_key(visit.patient_id),
        reason=reason,
        subject_kind="patient",
        subject_id=visit.patient_id,
        patient_id=visit.patient_id,
        due_at=_before_next_session(session, visit, kind, now=now) if is_review else None,
        now=now,
        by=by,
    )


def _before_next_session(session: Session, visit: Appointment, kind: WorkKind, *, now: datetime) -> datetime:
    usual = usually_due_at(kind, now)
    coming = next_session_at(session, patient_id=visit.patient_id, now=now)
    return min(usual, max(now, coming - _LOOK_BEFORE)) if coming else usual


def settle_missed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close what a no-show opened that was taken back."""
    close_for(session, dedupe_key=missed_visit_key(visit.id), by=by, now=now)
    settle_missed_often(session, visit, by=by, now=now)


def settle_missed_often(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the tasks about missed visits that are not so many after all."""
    session.flush()
    due = due_consequences(session, missed_lately(session, patient_id=visit.patient_id, now=now))
    if Consequence.CALL not in due:
        close_for(session, dedupe_key=missed_often_key(visit.patient_id), by=by, now=now)
    if Consequence.REVIEW not in due:
        close_for(session, dedupe_key=missed_review_key(visit.patient_id), by=by, now=now)


def settle(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the open tasks of a visit that was moved, canceled or is over."""
    close_for(session, dedupe_key=move_requested_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=support_person_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=licence_gap_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=stranded_key(visit.id), by=by, now=now)
    close_for(session, dedupe_key=elsewhere_key(visit.id), by=by, now=now)
    settle_unconfirmed(session, visit, by=by, now=now)


def settle_unconfirmed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Close the task to ask whether the patient will come."""
    close_for(session, dedupe_key=unconfirmed_key(visit.id), by=by, now=now)
