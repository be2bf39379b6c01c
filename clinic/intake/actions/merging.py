"""Giving one record's intake to another when both are one person's."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.intake.actions.ledger import enter, note_intake
from clinic.intake.queries.intakes import intake_of
from clinic.intake.rules.states import IntakeState
from clinic.kernel.actor import Actor


def hand_over_intake(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Give the intake of one record to another, or close it where the other has its own; return how many there were.

    The caller holds both patients' locks.
    """
    found = intake_of(session, from_id)
    if found is None:
        return 0
    if intake_of(session, to_id) is not None:
        enter(session, found, IntakeState.CLOSED, by=by, now=now)
    found.patient_id = to_id
    found.touch(by=by, now=now)
    session.flush()
    note_intake(session, found, "intake.handed_over", now=now, before=from_id, after=to_id)
    return 1
