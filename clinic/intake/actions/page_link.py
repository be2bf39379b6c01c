"""The one link of a patient to the own intake, and the texts that carry it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose
from clinic.intake.models import Intake
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

LINK_RESOURCE = "intake_page"
LINK_LASTS = timedelta(days=30)
SUBJECT = "intake"


def page_link(session: Session, patient: Patient, *, by: Actor, now: datetime, ring: KeyRing) -> Link:
    """Return the link that a text carries."""
    return access.page_link(
        session,
        purpose=LinkPurpose.INTAKE,
        resource_kind=LINK_RESOURCE,
        patient_id=patient.id,
        lasts=LINK_LASTS,
        now=now,
        by=by,
        ring=ring,
    )


def send_link(
    session: Session,
    found: Intake,
    patient: Patient,
    *,
    event: str,
    by: Actor,
    now: datetime,
    ring: KeyRing,
    again: str | None = None,
) -> None:
    """Text the link to somebody under our care; `again` tells a further text of one kind apart."""
    if patient.status != PatientStatus.ACTIVE:
        return
    plan_event(
        session,
        event=event,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=found.id),
        times=EventTimes(),
        link_id=page_link(session, patient, by=by, now=now, ring=ring).id,
        again=again,
        by=by,
        now=now,
    )
