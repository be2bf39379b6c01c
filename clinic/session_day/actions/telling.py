"""Who hears of what happened on the day of a session: the patient by text, staff by tasks and calls, the rules."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.monitoring.actions.findings import record_finding
from clinic.monitoring.rules.findings import FindingKind
from clinic.oncall import actions as oncall
from clinic.oncall.queries import open_pages
from clinic.oncall.rules import PageKind
from clinic.people.models import Patient
from clinic.scheduling.actions.texts import live_link
from clinic.scheduling.models import Appointment
from clinic.session_day.rules.checklist import Ending, Outcome
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

FAILED = "checklist.failed"


def tell_of_ending(
    session: Session, visit: Appointment, ended: Ending, *, is_late: bool, by: Actor, now: datetime
) -> None:
    """Ask the patient to pause, and a person to call; no session today is a physician's to look at.

    Tasks of coordinators name no reason. A list that came after the start asks nobody to pause any more.
    """
    when = f"{in_zone(visit.starts_at, visit.location_zone):%-I:%M %p}"
    began = " The session had begun when the list was sent." if is_late else ""
    _ask(
        session,
        visit,
        kind=WorkKind.SESSION_HELD,
        words=f"The checklist for the visit at {when} did not pass. Call the patient and plan the next step.{began}",
        by=by,
        now=now,
    )
    if ended.outcome is Outcome.STOPPED:
        worklist.open_item(
            session,
            kind=WorkKind.SESSION_STOPPED,
            dedupe_key=f"{WorkKind.SESSION_STOPPED}:{visit.id}:{now.date()}",
            reason=f"The checklist before the session at {when} says no session today.{began}",
            subject_kind="patient",
            subject_id=visit.patient_id,
            patient_id=visit.patient_id,
            now=now,
            by=by,
        )
    if not is_late:
        _text_pause(session, visit, by=by, now=now)


def ask_to_call_now(session: Session, visit: Appointment, words: str, *, by: Actor, now: datetime) -> None:
    """Ask a coordinator to telephone, and call a person at any hour; one call for a session while nobody has it."""
    _ask(session, visit, kind=WorkKind.SESSION_EMERGENCY, words=words, by=by, now=now)
    waiting = (one for one in open_pages(session) if one.kind is PageKind.SESSION_EMERGENCY)
    if any(one.subject_id == visit.id for one in waiting):
        return
    oncall.open_page(
        session,
        kind=PageKind.SESSION_EMERGENCY,
        dedupe_key=f"{PageKind.SESSION_EMERGENCY}:{visit.id}:{now.isoformat()}",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        by=by,
        now=now,
    )


def tell_rules(session: Session, visit: Appointment, words: str, *, by: Actor, now: datetime) -> None:
    """Keep what a support person saw as a concern, which the rules look at and a physician reads."""
    record_finding(
        session,
        patient_id=visit.patient_id,
        kind=FindingKind.CONCERN,
        details={"who": "support_person"},
        found_on=in_zone(now, session.get_one(Patient, visit.patient_id).zone).date(),
        note=words,
        by=by,
        now=now,
    )


def late_key(appointment_id: UUID) -> str:
    """Return the key of the task about a session at which nobody looked for a while."""
    return f"{WorkKind.SESSION_CHECK_LATE}:{appointment_id}"


def _ask(session: Session, visit: Appointment, *, kind: WorkKind, words: str, by: Actor, now: datetime) -> None:
    worklist.open_item(
        session,
        kind=kind,
        dedupe_key=f"{kind}:{visit.id}:{now.date()}",
        reason=words,
        subject_kind="appointment",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def _text_pause(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    plan_event(
        session,
        event=FAILED,
        recipient=recipient_of(session.get_one(Patient, visit.patient_id)),
        subject=Subject(kind="appointment", id=visit.id, version=visit.time_version),
        times=EventTimes(starts_at=visit.starts_at, ends_at=visit.ends_at),
        link_id=live_link(session, visit.id, now=now),
        by=by,
        now=now,
    )
