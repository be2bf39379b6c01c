"""The checklist of one session: what is asked, what was measured, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from clinic.medication.queries.session_log import planned_units
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.answering import CHECKLIST, checklist_of, sheet
from clinic.monitoring.rules.asking import Part
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import UPCOMING
from clinic.session_day.models import PressureReading, SessionChecklist
from clinic.session_day.queries.limits import ladder_limits
from clinic.session_day.rules.checklist import Ending, ending
from clinic.session_day.rules.limits import LadderLimits, Pressure
from clinic.session_day.rules.pressure import Ladder, Reading, Taken, ladder

WATER = "hydrated"
"""Asked of nobody who may not drink as others do."""


# Built once: each step of a checklist asks them.
_ROW = select(SessionChecklist).where(SessionChecklist.assessment_id == bindparam("of_assessment"))
_READINGS = (
    select(PressureReading)
    .where(PressureReading.checklist_id == bindparam("of_checklist"))
    .order_by(PressureReading.number)
)
_COUNT = (
    select(func.count()).select_from(PressureReading).where(PressureReading.checklist_id == bindparam("of_checklist"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """A checklist that waits for answers: its questions with what was answered, the readings, what would come of it.

    `missing` are the keys of questions without an answer, those about readings left out.
    """

    check_in: CheckIn
    part: Part
    visit: Appointment
    ladder: Ladder
    limits: LadderLimits
    would_be: Ending
    missing: tuple[str, ...]
    is_late: bool
    is_fluid_restricted: bool


MEASURED = ("systolic", "diastolic", "pulse", "spo2")
"""Questions that the readings answer."""


def open_checklist(session: Session, visit: Appointment, *, now: datetime) -> Checklist | None:
    """Return the open checklist of a visit, or None if none waits for answers."""
    check_in = checklist_of(session, patient_id=visit.patient_id, appointment_id=visit.id)
    if check_in is None or check_in.state != "open":
        return None
    part = next((one for one in sheet(session, check_in).parts if one.instrument.key == CHECKLIST), None)
    if part is None:
        return None
    patient = session.get_one(Patient, visit.patient_id)
    limits = ladder_limits(session)
    row = checklist_row(session, part.assessment_id)
    taken = taken_of(session, row.id) if row else ()
    steps = ladder(taken, seated_at=row.seated_at if row else None, limits=limits, now=now)
    unasked = {*MEASURED, *((WATER,) if patient.is_fluid_restricted else ())}
    return Checklist(
        check_in=check_in,
        part=part,
        visit=visit,
        ladder=steps,
        limits=limits,
        would_be=ending(
            part.answers, steps, limits=limits, ordered_units=planned_units(session, visit.patient_id, visit.starts_at)
        ),
        missing=tuple(item.key for item in part.missing if item.key not in unasked),
        is_late=visit.state not in UPCOMING,
        is_fluid_restricted=patient.is_fluid_restricted,
    )


def asked_in(session: Session, check_in_id: UUID) -> Assessment | None:
    """Return the list before a session that a check-in asks, if it is about a visit."""
    wanted = select(Assessment).where(Assessment.check_in_id == check_in_id, Assessment.instrument_key == CHECKLIST)
    return session.scalar(wanted.where(Assessment.appointment_id.is_not(None)).limit(1))


def checklist_row(session: Session, assessment_id: UUID) -> SessionChecklist | None:
    """Return what is kept beside the answers of a checklist."""
    return session.scalar(_ROW, {"of_assessment": assessment_id})


def last_checklist(session: Session, appointment_id: UUID) -> SessionChecklist | None:
    """Return the checklist of a visit that was finished last, if one was."""
    wanted = select(SessionChecklist).where(
        SessionChecklist.appointment_id == appointment_id, SessionChecklist.finished_at.is_not(None)
    )
    return session.scalar(wanted.order_by(SessionChecklist.finished_at.desc()).limit(1))


def finished_checklist(session: Session, visit: Appointment) -> SessionChecklist | None:
    """Return the finished checklist of the day on which a visit is now; one of another day counts for nothing."""
    newest = (
        select(Assessment.id)
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .where(
            Assessment.appointment_id == visit.id,
            Assessment.instrument_key == CHECKLIST,
            Assessment.state != "canceled",
        )
        .order_by(CheckIn.due_on.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = select(SessionChecklist).where(SessionChecklist.assessment_id == newest)
    return session.scalar(wanted.where(SessionChecklist.finished_at.is_not(None)))


def taken_of(session: Session, checklist_id: UUID) -> Sequence[Taken]:
    """Return the readings of a checklist in the order in which they were taken."""
    return [_taken(row) for row in session.scalars(_READINGS, {"of_checklist": checklist_id})]


def count_readings(session: Session, checklist_id: UUID) -> int:
    """Return how many readings a checklist has."""
    return session.scalar(_COUNT, {"of_checklist": checklist_id}) or 0


def baseline_of(session: Session, appointment_id: UUID, *, now: datetime) -> Pressure | None:
    """Return the mean pressure from before a session, if two readings were taken."""
    wanted = select(SessionChecklist.id).where(SessionChecklist.appointment_id == appointment_id)
    newest = session.scalar(wanted.order_by(SessionChecklist.created_at.desc()).limit(1))
    if newest is None:
        return None
    mean = ladder(taken_of(session, newest), seated_at=None, limits=ladder_limits(session), now=now).mean
    return None if mean is None else mean.pressure


def _taken(row: PressureReading) -> Taken:
    reading = Reading(systolic=row.systolic, diastolic=row.diastolic, pulse=row.pulse, spo2=row.spo2)
    return Taken(reading=reading, at=row.at)
