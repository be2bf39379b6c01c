"""The session that a verb is about, locked behind its patient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment
from clinic.scheduling.queries.sessions import is_session
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.session_day.errors import NotASession
from clinic.session_day.models import SessionChecklist

# Built once: each step of a session day locks them.
_VISIT = (
    select(Appointment)
    .where(Appointment.id == bindparam("of_visit"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_CHECKLIST = (
    select(SessionChecklist)
    .where(SessionChecklist.assessment_id == bindparam("of_assessment"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_STANDS = UPCOMING | {AppointmentState.IN_PROGRESS}
_OVER = "This visit does not take place or is over. Call us if that is wrong."


def locked_session(
    session: Session, appointment_id: UUID, *, also_over: bool = False, whatever: bool = False
) -> Appointment:
    """Return a session that is to come or goes on, its patient and itself locked; raises NotASession.

    `also_over` takes one that took place, too; `whatever` takes any, for calls for help.
    """
    seen = appointment(session, appointment_id)
    lock_patient(session, seen.patient_id)
    visit = session.scalars(_VISIT, {"of_visit": appointment_id}).one()
    states = _STANDS | ({AppointmentState.COMPLETED} if also_over else set())
    if whatever:
        return visit
    if visit.state not in states or not is_session(session, visit):
        raise NotASession(_OVER)
    return visit


def locked_checklist(
    session: Session, visit: Appointment, *, assessment_id: UUID, by: Actor, now: datetime
) -> SessionChecklist:
    """Return what is kept beside the answers of a checklist, made with the first use; the caller holds the visit."""
    found = session.scalar(_CHECKLIST, {"of_assessment": assessment_id})
    if found is not None:
        return found
    row = SessionChecklist(
        id=new_id(),
        assessment_id=assessment_id,
        appointment_id=visit.id,
        patient_id=visit.patient_id,
        reasons=[],
        created_at=now,
    )
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    return row
