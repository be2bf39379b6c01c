"""Texts about supply that name no parcel: a recall, the next shipment, and what is left when a plan is over."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.medication.actions.leftovers import watch_leftovers
from clinic.medication.actions.page_link import page_link
from clinic.medication.models import RecallNotice, RefillRequest
from clinic.medication.sending import NOTICE, REQUEST, SUPPLY, is_count_wanted
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.queries import lock_living
from clinic.people.rules import PatientStatus


def tell_of_recall(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text a patient whom a recall concerns to set the delivery aside: once for each notice, unless it was heard."""
    notice = session.get(RecallNotice, subject_id)
    if notice is not None and notice.heard_at is None:
        about = Subject(kind=NOTICE, id=notice.id)
        _tell(session, notice.patient_id, about, event="recall.noticed", ring=ring, by=by, now=now)


def tell_of_request(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text that the next shipment was declined, or the morning after it was asked for that a count is missing."""
    request = session.get(RefillRequest, subject_id)
    if request is None:
        return
    about = Subject(kind=REQUEST, id=request.id)
    if request.state == "declined":
        _tell(session, request.patient_id, about, event="refill.declined", ring=ring, by=by, now=now)
    elif is_count_wanted(session, request, now=now):
        _tell(session, request.patient_id, about, event="refill.uncounted", ring=ring, by=by, now=now)


def follow_leftovers(session: Session, *, patient_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Keep the task about what a plan that is over has left at home, and tell the patient the next morning."""
    found = watch_leftovers(session, patient_id=patient_id, by=by, now=now)
    if found is not None:
        about = Subject(kind=SUPPLY, id=found.plan.id)
        since = f"{found.plan.phase_since:%Y-%m-%d}"
        _tell(session, patient_id, about, event="supply.left", ring=ring, again=since, by=by, now=now)


def _tell(
    session: Session,
    patient_id: UUID,
    about: Subject,
    *,
    event: str,
    ring: KeyRing,
    by: Actor,
    now: datetime,
    again: str | None = None,
) -> None:
    patient = lock_living(session, patient_id)
    if patient.status == PatientStatus.ACTIVE:
        plan_event(
            session,
            event=event,
            recipient=recipient_of(patient),
            subject=about,
            times=EventTimes(),
            link_id=page_link(session, patient, by=by, now=now, ring=ring).id,
            again=again,
            by=by,
            now=now,
        )
