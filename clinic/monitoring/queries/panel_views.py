"""Reads of the filters that physicians keep for the panel."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.monitoring.models import PanelView


def panel_views(session: Session, staff_id: UUID) -> list[PanelView]:
    """Return what one member of staff keeps, by name."""
    wanted = select(PanelView).where(PanelView.staff_id == staff_id, PanelView.removed_at.is_(None))
    return list(session.scalars(wanted.order_by(PanelView.name, PanelView.id)))
