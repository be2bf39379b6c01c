"""New rows: a check-in of a day, and one instrument that it asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.rules.calendar import Part
from clinic.monitoring.rules.instruments import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAssessment:
    """What is to be asked, for which cause, and where it stands in its check-in."""

    instrument_key: str
    moment: str
    cause_key: str
    appointment_id: UUID | None = None
    is_required: bool
    position: int
    calendar_version: int


def new_check_in(
    session: Session,
    *,
    patient_id: UUID,
    zone: str,
    part: Part,
    due_on: date,
    times: tuple[datetime, datetime],
    by: Actor,
    now: datetime,
) -> CheckIn:
    """Plan an empty check-in; the caller holds the patient's lock."""
    sheet = CheckIn(
        id=new_id(),
        patient_id=patient_id,
        zone=zone,
        part=part.value,
        due_on=due_on,
        opens_at=times[0],
        closes_at=times[1],
        state="planned",
        layout="one",
        created_at=now,
    )
    sheet.touch(by=by, now=now)
    session.add(sheet)
    session.flush()
    return sheet


def add_assessment(
    session: Session, sheet: CheckIn, wanted: NewAssessment, *, known: Mapping[str, Instrument], language: str
) -> Assessment | None:
    """Let a check-in ask an instrument, and return it; None for one that nobody can ask, a slot without text."""
    found = known.get(wanted.instrument_key)
    if found is None:
        return None
    row = Assessment(
        id=new_id(),
        check_in_id=sheet.id,
        patient_id=sheet.patient_id,
        instrument_key=wanted.instrument_key,
        instrument_version=found.version,
        language=found.language_for(language),
        moment=wanted.moment,
        appointment_id=wanted.appointment_id,
        cause_key=wanted.cause_key,
        calendar_version=wanted.calendar_version,
        is_required=wanted.is_required,
        position=wanted.position,
        state="waiting",
    )
    session.add(row)
    return row
