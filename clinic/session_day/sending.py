"""Whether texts about the day of a session are still true at the moment they would leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CALLED_OFF, UPCOMING, AppointmentState
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.standing import standing_of
from clinic.session_day.rules.persons import SAID_YES

PAUSE_TEXT = "HOLD_TODAY"
CALLED_OFF_TEXT = "SITTER_OFF"
WHO_COMES_TEXT = "PREP_48H_SITTER"
_PERSON = (
    select(SupportPerson, Appointment)
    .join(Appointment, Appointment.id == SupportPerson.appointment_id)
    .where(SupportPerson.id == bindparam("of_person"))
)
_STANDS = UPCOMING | {AppointmentState.IN_PROGRESS}


def support_person_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Send somebody the link only while nobody else was named, they did not say no, and the visit is at that time.

    Who said yes by telephone, or is named when the session should have begun, watches on the page behind it all the
    same.
    """
    found = session.execute(_PERSON, {"of_person": message.subject_id}).one_or_none()
    if found is None:
        return Drop("no_subject")
    person, visit = found
    if message.template_key == CALLED_OFF_TEXT:
        is_off = visit.state in CALLED_OFF and person.replaced_at is None and person.state in SAID_YES
        return Send() if is_off else Drop("visit_stands")
    if person.replaced_at is not None or person.state == "declined":
        return Drop("replaced" if person.replaced_at else person.state)
    if visit.state not in _STANDS or visit.ends_at <= now:
        return Drop(f"visit_{visit.state}")
    return Send() if visit.time_version == message.subject_version else Drop("visit_moved")


def pause_verdict(session: Session, message: Planned, now: datetime) -> Verdict:
    """Ask a patient to pause only while the checklist of that session says so."""
    stands = _standing(session, message.subject_id, now)
    return Send() if stands in {"hold", "stopped"} else Drop("checklist_passed")


def who_comes_verdict(session: Session, message: Planned, now: datetime) -> Verdict:
    """Ask who will be there only while nobody is named, or who was named cannot come."""
    if message.subject_id is None:
        return Drop("no_subject")
    stands = standing_of(session, [message.subject_id], now=now).get(message.subject_id)
    return Send() if stands is None or stands.support_person in {"none", "declined"} else Drop("support_person_named")


def _standing(session: Session, appointment_id: UUID | None, now: datetime) -> str:
    if appointment_id is None:
        return "none"
    stands = standing_of(session, [appointment_id], now=now).get(appointment_id)
    return stands.checklist if stands else "none"
