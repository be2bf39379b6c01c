"""Keeping a set of the panel's filters under a name, and letting go of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_line
from clinic.monitoring.errors import UnknownPanelView, ViewRefused
from clinic.monitoring.models import PanelView
from clinic.monitoring.queries.panel_views import panel_views

MOST_VIEWS = 20
LONGEST_NAME = 40
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('panel_view'), hashtext(:staff))")


def save_view(session: Session, *, staff_id: UUID, name: str, query: str, by: Actor, now: datetime) -> PanelView:
    """Keep filters under a name; one that is used already gets the new filters. Raises ViewRefused."""
    words = clean_line(name, field="name")
    if not words or len(words) > LONGEST_NAME:
        raise ViewRefused(f"Give the view a name of up to {LONGEST_NAME} characters.", field="name")
    session.execute(_ONE_AT_A_TIME, {"staff": str(staff_id)})
    kept = panel_views(session, staff_id)
    found = next((one for one in kept if one.name.casefold() == words.casefold()), None)
    if found is None and len(kept) >= MOST_VIEWS:
        raise ViewRefused(f"You keep {MOST_VIEWS} views already. Remove one first.", field="name")
    row = found or PanelView(id=new_id(), staff_id=staff_id, created_at=now)
    row.name, row.query = words, query
    _save(session, row, "panel_view.saved", by=by, now=now)
    return row


def remove_view(session: Session, *, view_id: UUID, staff_id: UUID, by: Actor, now: datetime) -> None:
    """Let go of a view of one's own; again changes nothing. Raises UnknownPanelView, also for somebody else's."""
    row = session.get(PanelView, view_id)
    if row is None or row.staff_id != staff_id:
        raise UnknownPanelView("There is no such view. Go back to the panel.")
    if row.removed_at is None:
        row.removed_at = now
        _save(session, row, "panel_view.removed", by=by, now=now)


def _save(session: Session, row: PanelView, action: str, *, by: Actor, now: datetime) -> None:
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    journal.note(session, action, subject_kind="panel_view", subject_id=row.id, at=now)
