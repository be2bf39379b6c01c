"""Which texts about a visit left that are true of where it stands now."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.queries.telling import SUBJECT

_LEFT = (
    *WITH_PROVIDER,
    MessageState.SENDING,
    MessageState.AMBIGUOUS,
    MessageState.DELIVERED,
    MessageState.UNCONFIRMED,
)


def texts_of_this_time(session: Session, appointment_id: UUID) -> set[str]:
    """Return the keys of texts that were sent when the visit stood at the time at which it stands now.

    A visit that was moved and put back is where they say it is, so that none of them is needed again.
    """
    wanted = (
        select(Message.template_key)
        .join(Appointment, Appointment.id == Message.subject_id)
        .join(
            AppointmentHistory,
            (AppointmentHistory.appointment_id == Appointment.id)
            & (AppointmentHistory.sequence == Message.subject_version - 1)
            & (AppointmentHistory.to_starts_at == Appointment.starts_at),
        )
        .where(Message.subject_kind == SUBJECT, Message.subject_id == appointment_id, Message.state.in_(_LEFT))
    )
    return set(session.scalars(wanted))
