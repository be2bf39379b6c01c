"""The session that a verb is about, locked behind its patient."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
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
    wanted = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    visit = session.scalars(wanted.execution_options(populate_existing=True)).one()
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
    wanted = select(SessionChecklist).where(SessionChecklist.assessment_id == assessment_id).with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
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
