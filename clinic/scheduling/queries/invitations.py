"""What a patient's calendar was told by e-mail about a visit, and the invitation that tells it anew."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from clinic.access.queries.links import live_link_of_resource
from clinic.gateways.email import CalendarPart
from clinic.kernel.statements import among_these
from clinic.messaging.guards import Addressed, Enclosure
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, MessageState, Planned, Send, Verdict
from clinic.scheduling.invitation import Method, invitation
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

SUBJECT = "invitation"
"""The subject of e-mails with an invitation; its id is the visit's."""

BOOKED, CHANGED, CANCELED = "VISIT_INVITATION", "VISIT_INVITATION_CHANGED", "VISIT_INVITATION_CANCELED"

_IS_OVER = {AppointmentState.CANCELED, AppointmentState.LATE_CANCELED}
_SENT = (MessageState.SENT, MessageState.DELIVERED, MessageState.ACCEPTED)
_MAYBE = (MessageState.SENDING, MessageState.AMBIGUOUS, MessageState.UNKNOWN)
_OF_VISIT = Appointment.id == bindparam("of_visit")
_STANDING = select(Appointment.state, Appointment.time_version, Appointment.starts_at).where(_OF_VISIT)
_WRITTEN = select(
    Appointment.id, Appointment.uid, Appointment.sequence, Appointment.starts_at, Appointment.ends_at
).where(_OF_VISIT)
_TOLD = (
    select(AppointmentHistory.to_starts_at)
    .where(AppointmentHistory.appointment_id == bindparam("of_visit"))
    .where(AppointmentHistory.sequence == bindparam("of_sequence"))
    .order_by(AppointmentHistory.id.desc())
    .limit(1)
)
_LEFT = (
    select(Message.template_key, Message.state, Message.subject_version)
    .where(Message.subject_kind == SUBJECT, Message.subject_id == bindparam("of_visit"))
    .where(among_these(Message.state, (*_SENT, *_MAYBE)))
    .order_by(Message.subject_version.desc(), Message.created_at.desc())
)


def invitation_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Judge an invitation by the visit as it is now: one that moved meanwhile has another, and nobody is told twice."""
    row = session.execute(_STANDING, {"of_visit": message.subject_id}).one_or_none()
    if row is None:
        return Drop("visit_unknown")
    if row.starts_at <= now:
        return Drop("visit_begun")
    if message.template_key == CANCELED:
        return Send() if row.state in _IS_OVER else Drop(f"visit_{row.state}")
    if row.state not in UPCOMING:
        return Drop(f"visit_{row.state}")
    if message.subject_version != row.time_version:
        return Drop("visit_moved")
    assert message.subject_id is not None
    is_known = told_start(session, message.subject_id) == row.starts_at
    return Drop("told_before") if is_known else Send()


def invitation_enclosure(session: Session, email: Addressed, now: datetime) -> Enclosure:
    """Return the visit as an iCalendar file, with the UID and SEQUENCE that it has everywhere, and its live link."""
    row = session.execute(_WRITTEN, {"of_visit": email.planned.subject_id}).one()
    is_canceled = email.planned.template_key == CANCELED
    method = Method.CANCEL if is_canceled else Method.REQUEST
    content = invitation(
        uid=row.uid,
        # Calling it off is the last change and counts as one, so that calendars do not take it for an old file.
        sequence=row.sequence + (1 if is_canceled else 0),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        method=method,
        organizer_name=email.clinic.name,
        organizer_email=email.clinic.email,
        attendee_email=email.to,
        url=None,
        language=email.language,
        now=now,
    )
    link = None
    if not is_canceled:
        link = live_link_of_resource(session, resource_kind="appointment", resource_id=row.id, now=now)
    return Enclosure(calendar=CalendarPart(method, content), link_id=link.id if link else None)


def may_have_left(session: Session, appointment_id: UUID) -> bool:
    """Tell whether an invitation to a visit has left, or may have."""
    return bool(_left(session, appointment_id))


def told_start(session: Session, appointment_id: UUID) -> datetime | None:
    """Return the start that the patient's calendar has from us; None when it has none or nobody can be sure."""
    newest = next(iter(_left(session, appointment_id)), None)
    if newest is None or newest.template_key == CANCELED or newest.state not in _SENT:
        return None
    return session.scalar(_TOLD, {"of_visit": appointment_id, "of_sequence": (newest.subject_version or 1) - 1})


def _left(session: Session, appointment_id: UUID) -> Sequence[Row[str, str, int | None]]:
    """Return the invitations to a visit that left or may have, the newest version first."""
    return session.execute(_LEFT, {"of_visit": appointment_id}).all()
