"""Whether a text about an intake is still true when it would leave."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.rules.states import WITH_PATIENT
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict


def intake_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Lead only those back to an intake who have something to do there."""
    found = session.get(Intake, planned.subject_id) if planned.subject_id else None
    if found is None:
        return Drop("no_subject")
    return Send() if found.state in WITH_PATIENT else Drop("intake_finished")
