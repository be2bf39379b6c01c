"""Reads of the caps on a physician's visits."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.scheduling.errors import UnknownCap
from clinic.scheduling.models import VisitCap


def caps_of(session: Session, physician_id: UUID) -> list[VisitCap]:
    """Return a physician's caps that were not removed, past and future ones too."""
    wanted = select(VisitCap).where(VisitCap.physician_id == physician_id, VisitCap.removed_at.is_(None))
    return list(session.scalars(wanted.order_by(VisitCap.visit_type_code, VisitCap.per, VisitCap.effective_from)))


def cap(session: Session, cap_id: UUID) -> VisitCap:
    """Return a cap that was not removed, or raise UnknownCap."""
    found = session.get(VisitCap, cap_id)
    if found is None or found.removed_at is not None:
        raise UnknownCap("There is no such cap. It may have been removed already.")
    return found
