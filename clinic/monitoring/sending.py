"""Whether a text about a check-in is still true at the moment it would leave."""

from datetime import datetime

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.kernel.statements import among_these
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.monitoring.models import Assessment, CheckIn

SUBJECT = "check_in"
NUDGES = frozenset({"SURVEY_NUDGE1", "SURVEY_NUDGE2"})
LAST_NUDGE = "SURVEY_NUDGE2"
CHECKLIST_TEXTS = frozenset({"CHECKLIST_EARLY", "CHECKLIST_MISSING"})

_ABOUT = select(CheckIn.id, CheckIn.state, CheckIn.patient_id, CheckIn.zone, CheckIn.opened_at).where(
    CheckIn.id == bindparam("of_check_in")
)
_IS_NEWER_OPEN = select(
    exists().where(
        CheckIn.patient_id == bindparam("of_patient"),
        CheckIn.id != bindparam("but"),
        CheckIn.part == "day",
        CheckIn.opened_at >= bindparam("since"),
    )
)
_HOLDS_UP = select(
    exists().where(
        Assessment.check_in_id == bindparam("of_check_in"), Assessment.state == "waiting", Assessment.is_required
    )
)
_CHECKLIST_WAITS = select(
    exists().where(
        Assessment.appointment_id == bindparam("of_visit"),
        Assessment.moment == "pre",
        Assessment.state == "waiting",
        CheckIn.id == Assessment.check_in_id,
        among_these(CheckIn.state, ("planned", "open")),
    )
)


def check_in_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Ask only while the check-in is open, and remind nobody who got a newer one today or of what is not required."""
    found = session.execute(_ABOUT, {"of_check_in": message.subject_id}).one_or_none()
    if found is None:
        return Drop("no_subject")
    if found.state != "open":
        return Drop(f"check_in_{found.state}")
    if message.template_key in NUDGES and found.opened_at is not None:
        today = first_instant_of(in_zone(now, found.zone).date(), found.zone)
        since = max(today, found.opened_at)
        if session.scalar(_IS_NEWER_OPEN, {"of_patient": found.patient_id, "but": found.id, "since": since}):
            return Drop("newer_check_in")
    if message.template_key == LAST_NUDGE and not session.scalar(_HOLDS_UP, {"of_check_in": found.id}):
        return Drop("nothing_required")
    return Send()


def checklist_verdict(session: Session, message: Planned) -> Verdict:
    """Speak of a checklist only while that of the visit waits, be it closed still or open."""
    waits = session.scalar(_CHECKLIST_WAITS, {"of_visit": message.subject_id})
    return Send() if waits else Drop("no_checklist_waits")
