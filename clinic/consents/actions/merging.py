"""The forms of two records that become one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic.access.models import Link
from clinic.consents.actions.asking import LINK_RESOURCE, stop_asking
from clinic.consents.models import ConsentSignature, SignatureRequest
from clinic.consents.queries.signatures import open_request
from clinic.kernel.actor import Actor


def hand_over_forms(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Let one record's signatures be another's, and the link to its forms; return how many signatures moved.

    Where both were asked to sign, the record that lives on stays asked.
    """
    if open_request(session, from_id) is not None and open_request(session, to_id) is not None:
        stop_asking(session, from_id, by=by, now=now)
    session.execute(
        update(SignatureRequest)
        .where(SignatureRequest.patient_id == from_id, SignatureRequest.settled_at.is_(None))
        .values(patient_id=to_id)
    )
    to_record = update(Link).where(Link.resource_kind == LINK_RESOURCE, Link.resource_id == from_id)
    session.execute(to_record.values(resource_id=to_id))
    moved = update(ConsentSignature).where(ConsentSignature.patient_id == from_id).values(patient_id=to_id)
    return len(list(session.scalars(moved.returning(ConsentSignature.id))))
