"""What is handed over or moves when a patient leaves the clinic's care, or two records become one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.handover.actions.proposing import save
from clinic.handover.models import PhysicianTransfer, Relocation
from clinic.handover.rules.moving import MoveStatus
from clinic.handover.rules.transferring import OPEN, TransferState
from clinic.kernel.actor import Actor
from clinic.people.actions import end_visit_access


def end_hand_overs(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Withdraw what is open of a patient and return how much that was; the caller holds the patient and the tasks."""
    transfer, move = PhysicianTransfer, Relocation
    transfers = session.scalars(
        select(transfer).where(transfer.patient_id == patient_id, transfer.state.in_(OPEN)).with_for_update()
    ).all()
    for row in transfers:
        row.state = TransferState.WITHDRAWN
        save(session, row, "transfer.withdrawn", by=by, now=now)
        end_visit_access(session, subject_id=row.id, by=by, now=now)
    moves = session.scalars(
        select(move).where(move.patient_id == patient_id, move.status == MoveStatus.PLANNED).with_for_update()
    ).all()
    for planned in moves:
        planned.status = MoveStatus.WITHDRAWN
        planned.touch(by=by, now=now)
    session.flush()
    return len(transfers) + len(moves)


def hand_over_history(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Withdraw what is open of one record and give its history to another; return how much was withdrawn."""
    ended = end_hand_overs(session, patient_id=from_id, by=by, now=now)
    for table in (PhysicianTransfer, Relocation):
        mine = update(table).where(table.patient_id == from_id).values(patient_id=to_id)
        session.execute(mine.execution_options(synchronize_session=False))
    return ended
