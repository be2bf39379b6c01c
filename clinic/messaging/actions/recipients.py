"""Texts of one patient as a whole: ended with the care, handed to another record, moved to a new number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Select, Update, select, update
from sqlalchemy.orm import Session

from clinic.messaging.actions.planning import is_held
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, Category, MessageState, RecipientKind


def cancel_for_patient(session: Session, *, patient_id: UUID, reason: str, now: datetime) -> int:
    """Call back every text to a patient that has not been promised to the provider; return how many.

    The raised fence makes a worker that has claimed one drop it. Answers to what the phone texts still leave.
    """
    mine = _waiting(_of(patient_id), Message.category != Category.AUTO)
    ended = update(Message).where(Message.id.in_(mine))
    return _count(
        session,
        ended.values(state=MessageState.CANCELED, reason=reason, final_at=now, updated_at=now, fence=Message.fence + 1),
    )


def move_to_number(session: Session, *, patient_id: UUID, phone_id: UUID, now: datetime) -> int:
    """Address to the patient's present number what waits for an old one; return how many texts moved.

    The welcome of the old number is called back: consent belongs to a number, and the new one has its own. Whether
    the new number may be texted is judged when a text leaves; what the old one may not get stays held.
    """
    others = (_of(patient_id), Message.address_id != phone_id, Message.category != Category.AUTO)
    held = update(Message).where(*others, Message.subject_kind != "patient", is_held(now))
    _count(session, held.values(address_id=phone_id, updated_at=now))
    welcome = update(Message).where(Message.id.in_(_waiting(*others, Message.subject_kind == "patient")))
    _count(
        session,
        welcome.values(
            state=MessageState.CANCELED, reason="number_changed", final_at=now, updated_at=now, fence=Message.fence + 1
        ),
    )
    moved = update(Message).where(Message.id.in_(_waiting(*others)))
    return _count(
        session,
        moved.values(
            address_id=phone_id,
            state=MessageState.PENDING,
            lease_until=None,
            lease_owner=None,
            updated_at=now,
            fence=Message.fence + 1,
        ),
    )


def hand_over_texts(session: Session, *, from_id: UUID, to_id: UUID, now: datetime) -> int:
    """Show the texts of a merged record with the one that lives on; return how many there are.

    What is about the merged record itself, as its welcome is, is called back.
    """
    about = _waiting(Message.subject_kind == "patient", Message.subject_id == from_id)
    _count(
        session,
        update(Message)
        .where(Message.id.in_(about))
        .values(state=MessageState.CANCELED, reason="merged", final_at=now, updated_at=now, fence=Message.fence + 1),
    )
    return _count(session, update(Message).where(_of(from_id)).values(recipient_id=to_id))


def _of(patient_id: UUID) -> ColumnElement[bool]:
    return (Message.recipient_kind == RecipientKind.PATIENT) & (Message.recipient_id == patient_id)


def _waiting(*which: ColumnElement[bool]) -> Select[UUID]:
    """Choose waiting messages, locked by id, so that two transactions over the same ones cannot deadlock."""
    return select(Message.id).where(*which, Message.state.in_(WAITING)).order_by(Message.id).with_for_update()


def _count(session: Session, statement: Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
