"""Whether the gates of readiness let a time be offered for a session: whose patient, and for that very time."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.readiness.queries.checks import reasons_now
from clinic.readiness.queries.sessions import Asked
from clinic.readiness.rules.codes import GateCode
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason, blocking
from clinic.readiness.rules.wording import for_coordinator
from clinic.scheduling.queries.calendar import PatientFacts
from clinic.scheduling.rules.slots import Slot

_C = GateCode
_WHATEVER_THE_TIME = frozenset(
    {_C.PATIENT_INACTIVE, _C.NO_PROGRAM, _C.CLINICAL_HOLD, _C.UNITS_SHORT, _C.MEMBERSHIP_CLOSED}
)
"""Gates that no other time would meet, so no time is looked for."""


def obstacle_of(session: Session, patient: PatientFacts, *, now: datetime) -> str | None:
    """Return what keeps any session from being offered now, in coordinators' words, or None."""
    asked = _asked(patient, physician_id=None, times=(now, now), moving=None)
    found = [each for each in _blocks(session, asked, now=now) if each.code in _WHATEVER_THE_TIME]
    return for_coordinator(found[0]) if found else None


def not_ready(session: Session, patient: PatientFacts, slot: Slot, *, moving: UUID | None, now: datetime) -> str | None:
    """Return why a session at a free time would not be ready, in coordinators' words, or None."""
    times = datetime.fromtimestamp(slot.starts_at, UTC), datetime.fromtimestamp(slot.ends_at, UTC)
    found = _blocks(session, _asked(patient, physician_id=slot.physician_id, times=times, moving=moving), now=now)
    return for_coordinator(found[0]) if found else None


def _blocks(session: Session, asked: Asked, *, now: datetime) -> tuple[Reason, ...]:
    return blocking(reasons_now(session, asked, moment=Moment.OFFER, now=now))


def _asked(
    patient: PatientFacts, *, physician_id: UUID | None, times: tuple[datetime, datetime], moving: UUID | None
) -> Asked:
    return Asked(
        appointment_id=None,
        patient_id=patient.id,
        physician_id=physician_id,
        starts_at=times[0],
        ends_at=times[1],
        location_state=patient.state,
        zone=patient.zone,
        moving=moving,
    )
