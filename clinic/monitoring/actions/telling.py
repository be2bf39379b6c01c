"""The text about an open check-in, or the task that takes its place where nobody may be texted."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link
from clinic.access.models import Link
from clinic.access.rules import LinkPurpose
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.localtime import in_zone
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import FLUID_RESTRICTED, EventTimes
from clinic.monitoring.actions.settling import unsent_key
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.sending import SUBJECT
from clinic.people.models import Patient
from clinic.people.queries import consent_of
from clinic.people.rules import is_texting_allowed
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

EVENING, SURVEY = "check_in.evening", "check_in.survey"
_EVENTS = {"evening": EVENING, "day_1": "check_in.day_1", "day_3": "check_in.day_3", "day_7": "check_in.day_7"}
"""Which words tell of a check-in: those of the first of these moments in it, else the general ones."""

LINK_OUTLIVES = timedelta(days=3)
"""So long a link goes on opening a page that says thank you, or that it is too late."""

_UNSENT = {
    "opted_out": "This patient asked for no texts, and a check-in is due. Call and go through it together.",
    "no_consent": "This patient has not agreed to texts, and a check-in is due. Call and go through it together.",
    "paused": "Check-ins are paused for this patient, and one is due. Call and ask how they are.",
}

_MOMENTS = select(Assessment.moment).where(
    Assessment.check_in_id == bindparam("of_check_in"), Assessment.state == "waiting"
)
_LOCKED_LINK = select(Link.id).where(Link.id == bindparam("of_link"), Link.locked_at.is_not(None))


def may_text(session: Session, patient: Patient) -> bool:
    """Tell whether a patient may be texted now."""
    return _refusal(session, patient) is None


def tell(
    session: Session,
    patient: Patient,
    sheet: CheckIn,
    *,
    ring: KeyRing,
    by: Actor,
    now: datetime,
    again: str | None = None,
) -> None:
    """Text the link to an open check-in, with its reminders; where that may not be, ask a coordinator to call.

    `again` sends the first text once more, without further reminders.
    """
    refusal = _refusal(session, patient)
    if refusal is not None:
        sheet.reason = refusal
        ask_to_call(session, patient.id, why=refusal, by=by, now=now)
        return
    sheet.link_id, sheet.reason = _link(session, sheet, ring=ring, by=by, now=now), None
    event = SURVEY if again else _event_of(session, sheet, now=now)
    plan_event(
        session,
        event=event,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=sheet.id),
        times=EventTimes(),
        facts={FLUID_RESTRICTED} if patient.is_fluid_restricted else (),
        link_id=sheet.link_id,
        only={"SURVEY_LINK"} if again else None,
        again=again,
        by=by,
        now=now,
    )


def ask_to_call(session: Session, patient_id: UUID, *, why: str, by: Actor, now: datetime) -> None:
    """Open the task that takes the place of texts; while one is open there is no second."""
    worklist.open_item(
        session,
        kind=WorkKind.CHECK_IN_UNSENT,
        dedupe_key=unsent_key(patient_id),
        reason=_UNSENT[why],
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )


def _refusal(session: Session, patient: Patient) -> str | None:
    consent = consent_of(session, patient.phone_id)
    if is_texting_allowed(consent.consented_at, consent.opted_out_at):
        return None
    return "no_consent" if consent.consented_at is None else "opted_out"


def _event_of(session: Session, sheet: CheckIn, *, now: datetime) -> str:
    if sheet.due_on < in_zone(now, sheet.zone).date():
        return SURVEY  # What comes late is not about this evening, or yesterday, any more.
    moments = set(session.scalars(_MOMENTS, {"of_check_in": sheet.id}))
    return next((event for moment, event in _EVENTS.items() if moment in moments), SURVEY)


def _link(session: Session, sheet: CheckIn, *, ring: KeyRing, by: Actor, now: datetime) -> UUID:
    """Return the link to a check-in; one that was locked gets another token, and the task about it is done."""
    if sheet.link_id is not None and session.scalar(_LOCKED_LINK, {"of_link": sheet.link_id}) is not None:
        renew_link(session, resource_kind=SUBJECT, resource_id=sheet.id, now=now, by=by, ring=ring)
    link = make_link(
        session,
        purpose=LinkPurpose.CHECK_IN,
        resource_kind=SUBJECT,
        resource_id=sheet.id,
        patient_id=sheet.patient_id,
        expires_at=sheet.closes_at + LINK_OUTLIVES,
        now=now,
        by=by,
        ring=ring,
    )
    return link.id
