"""The video room of a visit, and when it is due; before and after that nobody is shown the address."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.crypto import KeyRing
from clinic.policies.queries import address, number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.queries.visits import VisitRow
from clinic.scheduling.rules.rooms import room_address
from clinic.scheduling.rules.states import STANDING


@dataclass(frozen=True, slots=True)
class JoinLink:
    """When a room is open, and its address while it is; instants in UTC."""

    url: str | None
    opens_at: datetime
    closes_at: datetime


def join_link(session: Session, row: VisitRow, *, ring: KeyRing, now: datetime) -> JoinLink | None:
    """Return the room of a visit that stands, or None where there is none."""
    return join_links(session, [row], ring=ring, now=now).get(row.id)


def join_links(session: Session, rows: Iterable[VisitRow], *, ring: KeyRing, now: datetime) -> dict[UUID, JoinLink]:
    """Return the rooms of those visits that stand and have one; the same address for the patient and the physician."""
    template = address(session, PolicyKey.JOIN_LINK_TEMPLATE)
    opens = timedelta(minutes=number(session, PolicyKey.JOIN_OPENS_MINUTES))
    found = {}
    for row in rows:
        url = row.join_url or room_address(template, row.id, ring=ring)
        if url is None or row.state not in STANDING:
            continue
        is_due = row.starts_at - opens <= now < row.ends_at
        found[row.id] = JoinLink(url if is_due else None, row.starts_at - opens, row.ends_at)
    return found
