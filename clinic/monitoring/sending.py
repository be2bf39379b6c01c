"""Whether a text about a check-in is still true at the moment it would leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.monitoring.models import Assessment, CheckIn

SUBJECT = "check_in"
NUDGES = frozenset({"SURVEY_NUDGE1", "SURVEY_NUDGE2"})
LAST_NUDGE = "SURVEY_NUDGE2"
CHECKLIST_TEXTS = frozenset({"CHECKLIST_EARLY", "CHECKLIST_MISSING"})


def check_in_guard(session: Session, message: Planned, now: datetime) -> Verdict:
    """Ask only while the check-in is open, and remind nobody who got a newer one today or of what is not required."""
    found = session.execute(
        select(CheckIn.id, CheckIn.state, CheckIn.patient_id, CheckIn.zone, CheckIn.opened_at).where(
            CheckIn.id == message.subject_id
        )
    ).one_or_none()
    if found is None:
        return Drop("no_subject")
    if found.state != "open":
        return Drop(f"check_in_{found.state}")
    if message.template_key in NUDGES and found.opened_at is not None:
        today = first_instant_of(in_zone(now, found.zone).date(), found.zone)
        if session.scalar(select(_opened_since(found.patient_id, found.id, max(today, found.opened_at)))):
            return Drop("newer_check_in")
    if message.template_key == LAST_NUDGE and not session.scalar(select(_holds_up(found.id))):
        return Drop("nothing_required")
    return Send()


def checklist_verdict(session: Session, message: Planned) -> Verdict:
    """Speak of a checklist only while that of the visit waits, be it closed still or open."""
    waits = exists().where(
        Assessment.appointment_id == message.subject_id,
        Assessment.moment == "pre",
        Assessment.state == "waiting",
        CheckIn.id == Assessment.check_in_id,
        CheckIn.state.in_(("planned", "open")),
    )
    return Send() if session.scalar(select(waits)) else Drop("no_checklist_waits")


def _opened_since(patient_id: UUID, but: UUID, since: datetime) -> ColumnElement[bool]:
    return exists().where(
        CheckIn.patient_id == patient_id, CheckIn.id != but, CheckIn.part == "day", CheckIn.opened_at >= since
    )


def _holds_up(check_in_id: UUID) -> ColumnElement[bool]:
    return exists().where(Assessment.check_in_id == check_in_id, Assessment.state == "waiting", Assessment.is_required)
