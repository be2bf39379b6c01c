"""The views that the reader keeps, as links."""

from dataclasses import dataclass
from urllib.parse import parse_qsl
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from clinic.monitoring.queries.panel_views import panel_views
from clinic.web.frame.requests import actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewLink:
    """One kept view: its name, where it leads, and whether it is the one on the screen."""

    id: UUID
    name: str
    href: str
    query: str


def view_links(session: Session) -> list[ViewLink]:
    """Return the reader's views by name."""
    reader = actor().id
    kept = panel_views(session, reader) if reader else []
    return [ViewLink(id=one.id, name=one.name, href=_address(one.query), query=one.query) for one in kept]


def _address(query: str) -> str:
    return url_for("physician.panel_page", **dict(parse_qsl(query)))  # type: ignore[arg-type]
