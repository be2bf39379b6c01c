"""The one link of a patient to the page of the own deliveries."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link
from clinic.access.models import Link
from clinic.access.queries.links import live_link_of_resource
from clinic.access.rules.links import LinkPurpose
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.people.models import Patient

LINK_RESOURCE = "deliveries"
LINK_LASTS = timedelta(days=60)


def page_link(session: Session, patient: Patient, *, by: Actor, now: datetime, ring: KeyRing) -> Link:
    """Return the link that a text carries; one that was locked gets another token, and the task about it is done."""
    if live_link_of_resource(session, resource_kind=LINK_RESOURCE, resource_id=patient.id, now=now) is None:
        renew_link(session, resource_kind=LINK_RESOURCE, resource_id=patient.id, now=now, by=by, ring=ring)
    return make_link(
        session,
        purpose=LinkPurpose.MEDICATION,
        resource_kind=LINK_RESOURCE,
        resource_id=patient.id,
        patient_id=patient.id,
        expires_at=now + LINK_LASTS,
        now=now,
        by=by,
        ring=ring,
    )
