"""What a physician did with a record while it was open in an emergency, read from the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.people.queries import EmergencyRow

MOST_STEPS = 200

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "emergency_access.started": "Opened the record",
        "emergency_access.ended": "Shut the record",
        "patient.viewed": "Looked at a page of the record",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that the opener did or saw; nothing of what the page said."""

    at: datetime
    what: str


def steps_of(session: Session, row: EmergencyRow) -> list[Step]:
    """Return what the opener did and saw of the patient while the record was open, the first step first."""
    wanted = (
        select(AuditEvent.occurred_at, AuditEvent.action)
        .where(
            AuditEvent.patient_ids.contains([row.patient_id]),
            AuditEvent.actor_id == row.staff_id,
            AuditEvent.occurred_at >= row.starts_at,
            AuditEvent.occurred_at <= row.stopped_at,
        )
        .order_by(AuditEvent.seq)
        .limit(MOST_STEPS)
    )
    return [Step(at=at, what=_words(action)) for at, action in session.execute(wanted)]


def _words(action: str) -> str:
    subject, _, verb = action.replace("_", " ").partition(".")
    return _WORDS.get(action) or f"{subject.capitalize()}: {verb}"
