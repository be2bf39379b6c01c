"""Whether a text about a visit is still true at the moment it would leave."""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_CANCELED = {AppointmentState.CANCELED, AppointmentState.LATE_CANCELED}
_VISIT = select(Appointment.state, Appointment.time_version, Appointment.starts_at).where(
    Appointment.id == bindparam("visit_id")
)
# A visit that was moved and put back is where an earlier text says it is.
_IS_BACK = (
    select(AppointmentHistory.id)
    .join(Appointment, Appointment.id == AppointmentHistory.appointment_id)
    .where(
        Appointment.id == bindparam("visit_id"),
        AppointmentHistory.sequence == bindparam("told_sequence"),
        AppointmentHistory.to_starts_at == Appointment.starts_at,
        AppointmentHistory.to_physician_id == Appointment.physician_id,
    )
    .limit(1)
)


def text_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Judge a text by the visit as it is now: a canceled, moved or begun visit is never reminded of."""
    row = session.execute(_VISIT, {"visit_id": message.subject_id}).one_or_none()
    if row is None:
        return Drop("visit_unknown")
    state, time_version, starts_at = row
    if starts_at <= now:
        return Drop("visit_begun")
    if message.subject_version != time_version and not _is_back(session, message):
        return Drop("visit_moved")
    told = _CANCELED if message.template_key == "VISIT_CANCELED" else UPCOMING
    return Send() if state in told else Drop(f"visit_{state}")


def _is_back(session: Session, message: Planned) -> bool:
    if message.subject_version is None:
        return False
    told = {"visit_id": message.subject_id, "told_sequence": message.subject_version - 1}
    return session.scalar(_IS_BACK, told) is not None
