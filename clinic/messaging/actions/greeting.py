"""The first text after consent: who writes, how often, how to stop."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions.planning import plan
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.people import queries as people


def greet(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> UUID | None:
    """Plan the first text to a patient's number, once for each consent; of texts due together it leaves first."""
    patient = people.patient(session, patient_id)
    return plan(
        session,
        template_key="OPTIN_CONFIRM",
        recipient=recipient_of(patient),
        subject=Subject(kind="patient", id=patient.id, version=people.consent_of(session, patient.phone_id).revision),
        variables={},
        link_id=None,
        due_at=now,
        by=by,
        now=now,
    )
