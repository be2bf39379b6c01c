"""Checking whether a session is ready: every verdict is kept with what it looked at, and what is left becomes tasks."""

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_patient
from clinic.readiness.actions.tasks import follow_tasks
from clinic.readiness.actions.telling import ask_to_pause
from clinic.readiness.errors import NotASession
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import reasons_of, set_aside
from clinic.readiness.queries.gathering import facts_of, limits_of
from clinic.readiness.queries.sessions import Asked, sessions_named
from clinic.readiness.rules.facts import Facts, Limits, Moment
from clinic.readiness.rules.gates import blocking, lifted, unmet
from clinic.readiness.rules.moments import moment_of
from clinic.scheduling.actions.locking import locked
from clinic.scheduling.queries import appointment
from clinic.scheduling.rules.states import UPCOMING


def check(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> ReadinessCheck:
    """Look at a promised session as things stand, keep what was found, and open and close tasks.

    Raises NotASession for any other visit.
    """
    asked = lock_session(session, appointment_id, by=by)
    moment = moment_of(now, asked.starts_at)
    facts = facts_of(session, [asked], now=now)[asked]
    row = keep(session, asked, facts, limits=limits_of(session), moment=moment, by=by)
    tell(session, asked, row, by=by, now=now)
    return row


def tell(session: Session, asked: Asked, row: ReadinessCheck, *, by: Actor, now: datetime) -> None:
    """Let what is left become tasks; where a clinical gate is not met on the day, the patient is asked to pause."""
    follow_tasks(session, asked, row, by=by, now=now, is_new_moment=True)
    is_clinical = any(each.gate.is_clinical and each.code not in row.overridden for each in reasons_of(row))
    if is_clinical and row.moment == Moment.START:
        ask_to_pause(session, appointment(session, row.appointment_id), by=by, now=now)


def lock_session(session: Session, appointment_id: UUID, *, by: Actor) -> Asked:
    """Return a promised session, its patient and itself locked; raises NotASession, UnknownAppointment."""
    lock_patient(session, appointment(session, appointment_id).patient_id)
    visit = locked(session, appointment_id, by=by)
    found = sessions_named(session, [visit.id])
    if not found or visit.state not in UPCOMING:
        raise NotASession("Only a session at home that is still ahead is checked. Look at the visit again.")
    return found[0]


def keep(session: Session, asked: Asked, facts: Facts, *, limits: Limits, moment: Moment, by: Actor) -> ReadinessCheck:
    """Judge facts of a session and keep the verdict with them; `go` where nothing blocks that nobody set aside."""
    assert asked.appointment_id is not None, "an offered time is judged and not kept"
    found, aside = unmet(facts, limits, moment), set_aside(session, asked)
    left = blocking(found, aside)
    row = ReadinessCheck(
        id=new_id(),
        appointment_id=asked.appointment_id,
        patient_id=asked.patient_id,
        time_version=asked.time_version,
        moment=moment.value,
        verdict="no_go" if left else "go",
        reasons=[each.as_json() for each in found],
        overridden=lifted(found, aside),
        limits=limits.as_json(),
        decided_at=facts.at,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.inputs = json.dumps(facts.as_json(), sort_keys=True)
    session.add(row)
    session.flush()
    _note(session, row)
    return row


def _note(session: Session, row: ReadinessCheck) -> None:
    """Write an audit entry with counts only: a coordinator may read the trail."""
    journal.note(
        session,
        "readiness.checked",
        subject_kind="appointment",
        subject_id=row.appointment_id,
        at=row.decided_at,
        patient_ids=(row.patient_id,),
        moment=row.moment,
        verdict=row.verdict,
        reasons=len(row.reasons),
        overridden=len(row.overridden),
    )
