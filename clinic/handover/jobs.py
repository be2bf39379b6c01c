"""What workers do for hand-overs and moves whose day has come, one at a time."""

import logging
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.handover.actions.carrying import carry_out, is_due
from clinic.handover.actions.moving import carry_move_out
from clinic.handover.actions.proposing import lock_transfer, require_still_possible
from clinic.handover.actions.tasks import ask_for_address, ask_why_not_done, settle_answer
from clinic.handover.models import PhysicianTransfer, Relocation
from clinic.handover.rules.moving import MoveStatus
from clinic.handover.rules.transferring import TransferState
from clinic.kernel.actor import Actor
from clinic.kernel.clock import Clock
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.kernel.transaction import Begin, whole
from clinic.people.queries import lock_patient

_AT_ONCE = 10
_logger = logging.getLogger(__name__)


def hand_over_when_due(begin: Begin, *, clock: Clock, ring: KeyRing, by: Actor) -> int:
    """Carry out accepted hand-overs and planned moves whose day has come; return how many.

    One that is not possible any more becomes a task and waits.
    """
    with begin(by=by) as session:
        transfers, moves = due(session, now=clock())
    done = 0
    for work in (
        *(partial(_transfer, each, ring=ring) for each in transfers),
        *(partial(_move, each) for each in moves),
    ):
        try:
            with begin(by=by) as session:
                done += work(session, by=by, now=clock())
        except Exception as mistake:  # noqa: BLE001 - one patient's trouble must not keep the others waiting
            _logger.error("hand-over: %s", type(mistake).__name__)  # noqa: TRY400 - the class only
    return done


def due(session: Session, *, now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Return the hand-overs and moves whose day may have come; where the patient is decides under the lock."""
    # No place that the clinic serves is a day ahead of UTC.
    today = now.astimezone(UTC).date()
    transfer, move = PhysicianTransfer, Relocation
    transfers = select(transfer.id).where(transfer.state == TransferState.ACCEPTED, transfer.takes_effect_on <= today)
    moves = select(move.id).where(move.status == MoveStatus.PLANNED, move.takes_effect_on <= today)
    return (
        list(session.scalars(transfers.order_by(transfer.takes_effect_on, transfer.id).limit(_AT_ONCE))),
        list(session.scalars(moves.order_by(move.takes_effect_on, move.id).limit(_AT_ONCE))),
    )


def _transfer(transfer_id: UUID, session: Session, *, ring: KeyRing, by: Actor, now: datetime) -> int:
    row = lock_transfer(session, transfer_id)
    if row.state != TransferState.ACCEPTED or not is_due(session, row, now=now):
        return 0
    try:
        with whole(session):
            require_still_possible(session, row, now=now)
            carry_out(session, row, by=by, now=now, ring=ring)
    except DomainError as refusal:
        ask_why_not_done(session, row, refusal.message, by=by, now=now)
        return 0
    settle_answer(session, row, by=by, now=now)
    return 1


def _move(relocation_id: UUID, session: Session, *, by: Actor, now: datetime) -> int:
    patient = lock_patient(session, session.get_one(Relocation, relocation_id).patient_id)
    row = session.get_one(Relocation, relocation_id, with_for_update=True, populate_existing=True)
    if row.status != MoveStatus.PLANNED or row.takes_effect_on > in_zone(now, patient.zone).date():
        return 0
    try:
        with whole(session):
            carry_move_out(session, row, by=by, now=now)
    except DomainError as refusal:
        ask_for_address(session, row, refusal.message, by=by, now=now)
        return 0
    return 1
