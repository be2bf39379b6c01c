"""The one link of a patient to the own intake, and the texts that carry it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access.rules.links import LinkPurpose
from clinic.intake.models import Intake
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.actions.page_links import page_link_of
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

SUBJECT = "intake"

page_link = page_link_of(LinkPurpose.INTAKE, resource_kind="intake_page", lasts=timedelta(days=30))


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
