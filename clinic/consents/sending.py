"""Whether a text that asks for a signature is still true when it would leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.models import SignatureRequest
from clinic.consents.queries.standing import standing_of
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict

SUBJECT = "signature_request"


def patient_asked(session: Session, planned: Planned) -> UUID | None:
    """Return the patient whom a text asks, None where nobody is asked any more."""
    row = session.get(SignatureRequest, planned.subject_id) if planned.subject_id else None
    return None if row is None or row.settled_at is not None else row.patient_id


def request_verdict(session: Session, planned: Planned, now: datetime, *, of_pain: bool) -> Verdict:
    """Ask only while something is missing; whether the patient is treated for pain is known to treatment alone."""
    patient_id = patient_asked(session, planned)
    if patient_id is None:
        return Drop("forms_signed")
    own = {patient_id}
    standing = standing_of(session, own, now, of_pain=own if of_pain else frozenset())[patient_id]
    return Drop("forms_signed") if standing.is_complete else Send()
