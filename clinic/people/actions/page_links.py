"""The one link of a patient to a page of the own, such as the plan or the deliveries: one way to make it for all."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.people.models import Patient


class PageLink(Protocol):
    """Returns the link that a text to a patient carries, unlocked if need be."""

    def __call__(self, session: Session, patient: Patient, *, by: Actor, now: datetime, ring: KeyRing) -> Link:
        """Return the link."""


def page_link_of(purpose: LinkPurpose, *, resource_kind: str, lasts: timedelta) -> PageLink:
    """Return what makes the links to one page; each works for `lasts` after the last text with it."""

    def page_link(session: Session, patient: Patient, *, by: Actor, now: datetime, ring: KeyRing) -> Link:
        return access.page_link(
            session,
            purpose=purpose,
            resource_kind=resource_kind,
            patient_id=patient.id,
            lasts=lasts,
            now=now,
            by=by,
            ring=ring,
        )

    return page_link
