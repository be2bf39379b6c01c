"""What a patient was last told about a visit, read from its history and from the texts that left."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.actor import ActorKind
from clinic.kernel.statements import among_these
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.kinds import WAITING, WITH_PROVIDER, MessageState
from clinic.people.models import Physician
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.telling import LeftText, Place, Step

SUBJECT = "appointment"
NEWS = "BOOK_CHANGED"
_TELLING = ("BOOK_CONFIRM", NEWS, "VISIT_24H", "VISIT_TOMORROW", "VISIT_TOMORROW_DRY")
# One that is under way or looked up counts: should it come back, it is still true for as long as the place is.
_TOLD = (*WITH_PROVIDER, MessageState.SENDING, MessageState.AMBIGUOUS, MessageState.DELIVERED, MessageState.UNCONFIRMED)
_LOST = (MessageState.FAILED, MessageState.UNDELIVERED, MessageState.UNKNOWN)
_STEPS = AppointmentHistory.metadata.tables[AppointmentHistory.__tablename__]
_HISTORY = select(_STEPS).where(_STEPS.c.appointment_id == bindparam("of_visit")).order_by(_STEPS.c.id)
_LEFT = (
    select(Message.subject_version, Message.state, func.max(MessageAttempt.started_at))
    .join(MessageAttempt, MessageAttempt.message_id == Message.id)
    .where(Message.subject_kind == SUBJECT, Message.subject_id == bindparam("of_visit"))
    .where(among_these(Message.template_key, _TELLING), among_these(Message.state, (*_TOLD, *_LOST)))
    .group_by(Message.id)
)


def steps_of(session: Session, appointment_id: UUID) -> Sequence[Step]:
    """Return a visit's history, oldest first."""
    return [_step(one) for one in session.execute(_HISTORY, {"of_visit": appointment_id})]


def left_texts(session: Session, appointment_id: UUID) -> list[LeftText]:
    """Return the texts with a place in them that were handed to the provider.

    Asked after the waiting ones were called back in the same transaction, so that no other one can leave any more.
    """
    found = session.execute(_LEFT, {"of_visit": appointment_id})
    return [LeftText(at, (version or 1) - 1, state not in _LOST) for version, state, at in found]


def physician_at_first(session: Session, appointment_id: UUID) -> str | None:
    """Return the name of the physician with whom a visit was booked, if it is with another one now."""
    row, first = AppointmentHistory, aliased(Physician)
    wanted = (
        select(first.id, first.full_name, Appointment.physician_id)
        .select_from(row)
        .join(first, first.id == row.to_physician_id)
        .join(Appointment, Appointment.id == row.appointment_id)
        .where(row.appointment_id == appointment_id)
    )
    found = session.execute(wanted.order_by(row.id).limit(1)).one_or_none()
    return None if found is None or found.id == found.physician_id else found.full_name


def waiting_news(session: Session, appointment_id: UUID) -> datetime | None:
    """Return when the text that tells of a move will leave, while it can still be called back."""
    return session.scalar(
        select(func.min(Message.due_at)).where(
            Message.subject_kind == SUBJECT,
            Message.subject_id == appointment_id,
            Message.template_key == NEWS,
            Message.state.in_(WAITING),
        )
    )


def _step(row: Row[Any]) -> Step:
    was = None if row.from_starts_at is None else Place(row.from_physician_id, row.from_starts_at)
    return Step(
        at=row.at,
        change=row.change,
        sequence=row.sequence,
        place=Place(row.to_physician_id, row.to_starts_at),
        from_place=was,
        from_state=row.from_state,
        is_by_patient=row.actor_kind == ActorKind.PATIENT,
        who=row.actor_id,
        name=row.actor_name,
        reason=row.reason,
    )
