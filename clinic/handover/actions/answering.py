"""The receiving physician's answer; what is accepted for today is carried out at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.handover.actions.carrying import carry_out, is_due
from clinic.handover.actions.proposing import lock_transfer, require_open, require_possible, save
from clinic.handover.actions.tasks import settle_answer
from clinic.handover.errors import NotYoursToAnswer, TransferOver
from clinic.handover.models import PhysicianTransfer
from clinic.handover.queries.transfers import may_answer
from clinic.handover.rules.transferring import TransferState
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.people.actions import join_care_team
from clinic.people.rules import CareReason
from clinic.treatment.rules.plans import written_reason


def accept_transfer(
    session: Session, *, transfer_id: UUID, version: int, by: Actor, now: datetime, ring: KeyRing
) -> PhysicianTransfer:
    """Take a patient over: the record is open from now on, everything else follows on the day.

    Raises NotYoursToAnswer, TransferOver, ChangedMeanwhile, and TransferRefused where it is not possible any more.
    """
    row = _answerable(session, transfer_id, version=version, by=by)
    require_possible(session, row, now=now)
    row.state, row.answered_at, row.answered_by_name = TransferState.ACCEPTED, now, by.name
    save(session, row, "transfer.accepted", by=by, now=now)
    settle_answer(session, row, by=by, now=now)
    join_care_team(
        session,
        patient_id=row.patient_id,
        physician_id=row.to_physician_id,
        reason=CareReason.ASSIGNED,
        starts_at=now,
        ends_at=None,
        subject_id=row.id,
        by=by,
        now=now,
    )
    if is_due(session, row, now=now):
        carry_out(session, row, by=by, now=now, ring=ring)
    return row


def decline_transfer(
    session: Session, *, transfer_id: UUID, version: int, answer: str, by: Actor, now: datetime
) -> PhysicianTransfer:
    """Say no, and why; the patient stays where he or she is. Raises what `accept_transfer` raises, ReasonTooShort."""
    row = _answerable(session, transfer_id, version=version, by=by)
    row.answer = written_reason(answer)
    row.state, row.answered_at, row.answered_by_name = TransferState.DECLINED, now, by.name
    save(session, row, "transfer.declined", by=by, now=now)
    settle_answer(session, row, by=by, now=now)
    return row


def _answerable(session: Session, transfer_id: UUID, *, version: int, by: Actor) -> PhysicianTransfer:
    row = lock_transfer(session, transfer_id)
    if not may_answer(session, row, by):
        raise NotYoursToAnswer("The physician who would take the patient over answers this.")
    require_open(row)
    if row.state != TransferState.PROPOSED:
        raise TransferOver("You have accepted this already. Everything follows on the day.")
    row.require_version(version)
    return row
