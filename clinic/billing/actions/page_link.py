"""The one link of a patient to the page of the own membership."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.people.models import Patient

LINK_RESOURCE = "membership"
LINK_LASTS = timedelta(days=60)


def page_link(session: Session, patient: Patient, *, by: Actor, now: datetime, ring: KeyRing) -> Link:
    """Return the link that a text carries."""
    return access.page_link(
        session,
        purpose=LinkPurpose.BILLING,
        resource_kind=LINK_RESOURCE,
        patient_id=patient.id,
        lasts=LINK_LASTS,
        now=now,
        by=by,
        ring=ring,
    )
