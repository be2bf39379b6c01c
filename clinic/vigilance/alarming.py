"""Answers that cannot wait for the rest of a survey: the rules look at once, and somebody is called in any case."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.monitoring.queries.evidence import assessment_of, first_given_at, gravest_values_of
from clinic.monitoring.queries.flags import open_flags_of
from clinic.monitoring.queries.instruments import instrument
from clinic.monitoring.rules.alarms import alarms_of
from clinic.monitoring.rules.instruments import AlarmLevel
from clinic.monitoring.rules.signals import Level
from clinic.vigilance.calling import call_about_alarm
from clinic.vigilance.looking import look_at


def answer_alarms(session: Session, *, assessment_id: UUID, by: Actor, now: datetime) -> None:
    """Look at the patient of an alarming answer, and call about what the rules did not call about.

    An answer that was taken back since then counts as well. What else is asked after such an answer was asked when it
    was given.
    """
    found = assessment_of(session, assessment_id)
    if found is None:
        return
    look_at(session, patient_id=found.patient_id, by=by, now=now)
    asked = instrument(session, found.instrument_key, found.instrument_version)
    values = gravest_values_of(session, assessment_id)
    grave = [each for each in alarms_of(asked, values) if each.level != AlarmLevel.REVIEW]
    raised = [row.raised_at for row in open_flags_of(session, found.patient_id) if row.level == Level.URGENT]
    for alarm in grave:
        told_at = first_given_at(session, assessment_id, item=alarm.item, value=values[alarm.item])
        # An urgent flag from before the answer was about something else, and whoever had that call may be done with it.
        if any(told_at is None or told_at <= at for at in raised):
            continue
        about = f"{assessment_id}:{alarm.code}:{alarm.level.value}"
        call_about_alarm(session, about=about, patient_id=found.patient_id, by=by, now=now)
