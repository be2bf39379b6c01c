"""Which texts about a visit left that are true of where it stands now."""

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among_these
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
_OF_THIS_TIME = (
    select(Message.template_key)
    .join(Appointment, Appointment.id == Message.subject_id)
    .join(
        AppointmentHistory,
        (AppointmentHistory.appointment_id == Appointment.id)
        & (AppointmentHistory.sequence == Message.subject_version - 1)
        & (AppointmentHistory.to_starts_at == Appointment.starts_at),
    )
    .where(Message.subject_kind == SUBJECT, Message.subject_id == bindparam("of_visit"))
    .where(among_these(Message.state, _LEFT))
)


def texts_of_this_time(session: Session, appointment_id: UUID) -> set[str]:
    """Return the keys of texts that were sent when the visit stood at the time at which it stands now.

    A visit that was moved and put back is where they say it is, so that none of them is needed again.
    """
    return set(session.scalars(_OF_THIS_TIME, {"of_visit": appointment_id}))
