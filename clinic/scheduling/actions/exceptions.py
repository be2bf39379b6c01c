"""Exceptions to a physician's weekly hours."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.people.queries import lock_physician
from clinic.scheduling.actions.edits import HOURS_WIDENED, require_version, save, values_of
from clinic.scheduling.errors import HoursRefused, UnknownHours
from clinic.scheduling.models import AvailabilityOverride
from clinic.scheduling.rules.availability import OverrideKind

_LONGEST = timedelta(days=366)
_FARTHEST = timedelta(days=2 * 366)


def add_override(
    session: Session,
    *,
    physician_id: UUID,
    kind: OverrideKind,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    by: Actor,
    now: datetime,
) -> AvailabilityOverride:
    """Open or close a stretch of a physician's time whatever the week says; visits within it stay as they are.

    Raises HoursRefused for a stretch that makes no sense, has passed or lies beyond what can be booked.
    """
    if ends_at <= starts_at:
        raise HoursRefused("The end must be after the start.", field="ends_at")
    if ends_at - starts_at > _LONGEST:
        raise HoursRefused("This is longer than a year. Change the weekly hours instead.", field="ends_at")
    if ends_at <= now:
        raise HoursRefused("This has passed already. Choose a later time.", field="ends_at")
    if starts_at - now > _FARTHEST:
        raise HoursRefused("This is more than two years ahead. Choose an earlier time.", field="starts_at")
    lock_physician(session, physician_id)
    override = AvailabilityOverride(
        id=new_id(),
        physician_id=physician_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        created_at=now,
    )
    save(session, override, "exception.added", by=by, now=now)
    if kind is OverrideKind.EXTRA:
        publish(session, HOURS_WIDENED, subject_id=physician_id, now=now)
    return override


def remove_override(
    session: Session, *, override_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> AvailabilityOverride:
    """Take back an exception; removing it again changes nothing."""
    override = session.get(AvailabilityOverride, override_id)
    if override is None:
        raise UnknownHours("There is no such exception.")
    lock_physician(session, override.physician_id)
    session.refresh(override)
    if override.removed_at is None:
        require_version(override, version)
        before = values_of(override)
        override.removed_at = now
        save(session, override, "exception.removed", by=by, now=now, before=before)
        if override.kind == OverrideKind.CLOSED:
            publish(session, HOURS_WIDENED, subject_id=override.physician_id, now=now)
    return override
