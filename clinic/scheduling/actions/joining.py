"""A video room of its own for one visit."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.text import clean_line
from clinic.scheduling.actions.ledger import Before, write_down
from clinic.scheduling.actions.locking import locked, not_allowed, require_seen
from clinic.scheduling.errors import JoinUrlRefused
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import UPCOMING, AppointmentState

_LONGEST = 300


def set_join_url(
    session: Session, *, appointment_id: UUID, url: str | None, by: Actor, now: datetime, version: int | None = None
) -> Appointment:
    """Give a visit a room of its own, or with None the usual one again; history does not repeat the address.

    Raises JoinUrlRefused for anything but an https address, VisitChanged, StepNotAllowed once the visit is over.
    """
    wanted = _checked(url) if url and url.strip() else None
    visit = locked(session, appointment_id, by=by)
    if visit.join_url == wanted:
        return visit
    if visit.state not in UPCOMING | {AppointmentState.IN_PROGRESS}:
        raise not_allowed(visit)
    require_seen(session, visit, version)
    before = Before.of(visit)
    visit.join_url = wanted
    write_down(session, visit, Change.JOIN_CHANGED, before=before, by=by, now=now, reason="own" if wanted else "usual")
    return visit


def _checked(typed: str) -> str:
    address = clean_line(typed, field="join_url")
    refused = JoinUrlRefused(
        f"Enter the address of the video room, beginning with https://, at most {_LONGEST} characters.",
        field="join_url",
    )
    try:
        parts = urlsplit(address)
        is_sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        raise refused from None
    if not is_sound or " " in address or len(address) > _LONGEST:
        raise refused
    return address
