"""How an intake changes: its row locked with the patient, its state, its tasks and its line in the journal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.intake.errors import NoIntake
from clinic.intake.models import Intake
from clinic.intake.rules.states import IntakeState
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.people.models import Patient
from clinic.people.queries import lock_living
from clinic.worklist import actions as worklist
from clinic.worklist.queries import open_about
from clinic.worklist.rules import Outcome, WorkKind

_WAITING = "An intake waits for a physician\u2019s decision."


def lock_intake(session: Session, patient_id: UUID) -> tuple[Intake, Patient]:
    """Return the living intake and its patient, both locked, the patient first; raises NoIntake."""
    patient = lock_living(session, patient_id)
    wanted = select(Intake).where(Intake.patient_id == patient.id, Intake.state != IntakeState.CLOSED)
    found = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NoIntake("There is no intake. Start one from the patient's page.")
    return found, patient


def enter(session: Session, found: Intake, state: IntakeState, *, by: Actor, now: datetime) -> None:
    """Let an intake enter a state, with the tasks that follow from it."""
    found.state, found.state_since = state, now
    found.touch(by=by, now=now)
    session.flush()
    settle_stuck(session, found, by=by, now=now)
    if state is IntakeState.WAITING:
        worklist.open_item(
            session,
            kind=WorkKind.INTAKE_WAITING,
            dedupe_key=waiting_key(found),
            reason=_WAITING,
            subject_kind="patient",
            subject_id=found.patient_id,
            patient_id=found.patient_id,
            now=now,
            by=by,
        )
    else:
        worklist.close_for(session, dedupe_key=waiting_key(found), outcome=Outcome.DONE, by=by, now=now)


def ask_for_call(session: Session, patient_id: UUID, *, about: str, reason: str, by: Actor, now: datetime) -> None:
    """Ask a coordinator to call a patient, once for what it is about."""
    worklist.open_item(
        session,
        kind=WorkKind.INTAKE_CALL,
        dedupe_key=f"intake_call:{patient_id}:{about}",
        reason=reason,
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )


def settle_stuck(session: Session, found: Intake, *, by: Actor, now: datetime) -> None:
    """Close the task that an intake stands still: something moved, or somebody saw to it."""
    for key in open_about(session, WorkKind.INTAKE_STUCK, subject_id=found.patient_id):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)


def waiting_key(found: Intake) -> str:
    """Return the key of the task that an intake waits for a physician."""
    return f"intake_waiting:{found.id}"


def note_intake(session: Session, found: Intake, action: str, *, now: datetime, **details: object) -> None:
    """Write down what happened to an intake."""
    ids = (found.patient_id,)
    journal.note(session, action, subject_kind="intake", subject_id=found.id, at=now, patient_ids=ids, **details)
