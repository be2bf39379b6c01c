"""Live links: sent, not expired, not locked, not revoked."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.access.models import Link
from clinic.access.rules.links import LinkPurpose
from clinic.kernel.ids import digest


def is_live(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition that a link can be opened."""
    return Link.revoked_at.is_(None) & Link.locked_at.is_(None) & (Link.expires_at > now)


# Built once: every text with a link and every page behind one asks them.
_NOW: BindParameter[datetime] = bindparam("now")
_OF_TOKEN = select(Link).where(Link.token_hash == bindparam("of_token"), is_live(_NOW))
_OF_RESOURCE = (
    select(Link)
    .where(Link.resource_kind == bindparam("of_kind"), Link.resource_id == bindparam("of_resource"), is_live(_NOW))
    .order_by(Link.created_at.desc())
    .limit(1)
)


def live_link(session: Session, *, token: str, now: datetime) -> Link | None:
    """Return the link of a token while it can be opened; an unknown and a dead one look alike."""
    return session.scalar(_OF_TOKEN, {"of_token": digest(token), "now": now})


def is_support_link(session: Session, *, token: str) -> bool:
    """Tell whether a token, dead or alive, is that of a support person, who is asked in other words than a patient."""
    return session.scalar(select(Link.purpose).where(Link.token_hash == digest(token))) == LinkPurpose.SUPPORT


def live_link_of_resource(session: Session, *, resource_kind: str, resource_id: UUID, now: datetime) -> Link | None:
    """Return the newest link that leads to a resource and can be opened."""
    return session.scalar(_OF_RESOURCE, {"of_kind": resource_kind, "of_resource": resource_id, "now": now})


def count_live_links(session: Session, *, patient_id: UUID, now: datetime) -> int:
    """Return how many links of a patient can be opened."""
    live = select(func.count()).select_from(Link).where(Link.patient_id == patient_id, is_live(now))
    return session.scalar(live) or 0
