"""Carrying out what was approved: one visit, one transaction; a place that was lost becomes the next best proposal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.replacement.actions.ledger import change_row, note_replacement
from clinic.replacement.actions.locking import locked
from clinic.replacement.actions.proposing import mark_gone, propose
from clinic.replacement.actions.tasks import settle_task
from clinic.replacement.errors import PlaceLost
from clinic.replacement.models import Replacement, ReplacementVisit
from clinic.replacement.queries.ground import ground_for
from clinic.replacement.queries.places import Obstacle, option_at
from clinic.replacement.rules.lacking import advice_on
from clinic.replacement.rules.states import BatchState, RowState, Step
from clinic.scheduling.actions import lock_course, move
from clinic.scheduling.queries import visit_row
from clinic.scheduling.rules.reasons import MoveReason


def carry_out(session: Session, *, row_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Move one approved visit, or say why not and propose the next best; a row in another state is left alone.

    Every rule is judged again under the locks: the calendar by the move itself, the rest here.
    """
    row = session.get_one(ReplacementVisit, row_id)
    batch = locked(session, row.replacement_id)
    session.refresh(row)
    if row.state != RowState.APPROVED or batch.state != BatchState.OPEN:
        return
    mark_gone(session, batch, [row], by=by, now=now)
    if row.state == RowState.APPROVED:
        _move_or_look_again(session, batch, row, by=by, now=now, ring=ring)
    settle_task(session, batch, by=by, now=now)


def _move_or_look_again(
    session: Session, batch: Replacement, row: ReplacementVisit, *, by: Actor, now: datetime, ring: KeyRing
) -> None:
    assert row.to_physician_id is not None
    assert row.to_starts_at is not None
    lost = row.to_physician_id, row.to_starts_at
    try:
        with whole(session):
            _move(session, row, by=by, now=now, ring=ring)
    except DomainError as refusal:
        change_row(session, row, RowState.PROPOSED, step=Step.REFUSED, said=refusal.message, by=by, now=now)
        propose(session, batch, by=by, now=now, only={row.id}, avoid=lost)
        row.said = " ".join([f"The place that was approved is lost: {refusal.message}", row.said]).strip()
        return
    row.moved_at = now
    change_row(session, row, RowState.MOVED, step=Step.MOVED, by=by, now=now)
    note_replacement(session, batch, "replacement.moved", now=now, appointment_id=str(row.appointment_id))


def _move(session: Session, row: ReplacementVisit, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    assert row.to_physician_id is not None
    assert row.to_starts_at is not None
    visit = visit_row(session, row.appointment_id)
    lock_course(session, physician_ids={visit.physician_id, row.to_physician_id}, patient_id=visit.patient_id)
    ground = ground_for(session, [visit_row(session, visit.id)], now=now)
    case = ground.cases[visit.id]
    at = int(row.to_starts_at.timestamp())
    found = option_at(ground, case, physician_id=row.to_physician_id, starts_at=at)
    if isinstance(found, Obstacle):
        raise PlaceLost(advice_on(found.lacking, is_session=case.is_session, detail=found.detail).sentence)
    move(
        session,
        appointment_id=visit.id,
        physician_id=row.to_physician_id,
        starts_at=row.to_starts_at,
        # Whoever keeps the time needs no notice of it.
        ignore_notice=row.to_starts_at == visit.starts_at,
        reason=MoveReason.CLINIC_REQUEST,
        by=by,
        now=now,
        ring=ring,
    )
