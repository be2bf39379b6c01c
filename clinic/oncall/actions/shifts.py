"""The rota: shifts put on it and taken off by administrators, never two people in one place at a time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.access.rules.accounts import AccountState
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import day_label, time_label
from clinic.oncall.errors import NoSuchShift, NotYours, ShiftClash, ShiftRefused
from clinic.oncall.models import OnCallShift
from clinic.oncall.queries.rota import ShiftRow, shifts_between
from clinic.oncall.rules import Place, Span, checked_span

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('on-call rota'))")


def add_shift(
    session: Session,
    *,
    staff_id: UUID,
    place: Place,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    by: Actor,
    now: datetime,
) -> ShiftRow:
    """Put somebody on the rota and return the shift; one that has begun already counts from now.

    Raises ShiftRefused, and ShiftClash with who holds the place then, the time told in `zone`.
    """
    _require_admin(by)
    span = checked_span(starts_at, ends_at, now=now)
    account = access.account(session, staff_id)
    if account.state != AccountState.ACTIVE:
        raise ShiftRefused(f"{account.full_name} cannot sign in. Choose somebody else.", field="staff_id")
    session.execute(_ONE_AT_A_TIME)
    _require_free(session, staff_id, place=place, span=span, zone=zone)
    shift = OnCallShift(
        id=new_id(),
        staff_id=staff_id,
        place=place.value,
        starts_at=span.starts_at,
        ends_at=span.ends_at,
        created_at=now,
    )
    shift.touch(by=by, now=now)
    session.add(shift)
    session.flush()
    _note(session, "on_call_shift.added", shift, now=now)
    return next(row for row in shifts_between(session, since=span.starts_at, until=span.ends_at) if row.id == shift.id)


def remove_shift(session: Session, *, shift_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Take a shift off the rota, also one that runs; raises NoSuchShift or ChangedMeanwhile."""
    _require_admin(by)
    session.execute(_ONE_AT_A_TIME)
    found = session.scalar(select(OnCallShift).where(OnCallShift.id == shift_id).with_for_update())
    if found is None or found.removed_at is not None:
        raise NoSuchShift("This shift is not on the rota any more.")
    found.require_version(version)
    found.removed_at = now
    found.touch(by=by, now=now)
    _note(session, "on_call_shift.removed", found, now=now)


def _require_admin(by: Actor) -> None:
    if by.kind is not ActorKind.SYSTEM and not by.has(Role.ADMIN):
        raise NotYours("Only an administrator changes the rota.")


def _require_free(session: Session, staff_id: UUID, *, place: Place, span: Span, zone: str) -> None:
    for other in shifts_between(session, since=span.starts_at, until=span.ends_at):
        if other.place is place:
            raise ShiftClash(
                f"{_whose(other, zone)}. Choose another time, or take that shift off first.", field="starts_on"
            )
        if other.staff_id == staff_id:
            raise ShiftClash(f"{_whose(other, zone)}. Choose somebody else as the second person.", field="staff_id")


def _whose(shift: ShiftRow, zone: str) -> str:
    """Return `Sam Whitfield is first in line from Mon Nov 23, 5:00 PM ET to Tue Nov 24, 8:00 AM ET`."""
    role = "first in line" if shift.place is Place.FIRST else "the backup"
    return f"{shift.name} is {role} from {_instant(shift.starts_at, zone)} to {_instant(shift.ends_at, zone)}"


def _instant(at: datetime, zone: str) -> str:
    return f"{day_label(at, zone, language='en')}, {time_label(at, zone, language='en')}"


def _note(session: Session, action: str, shift: OnCallShift, *, now: datetime) -> None:
    journal.note(
        session,
        action,
        subject_kind="on_call_shift",
        subject_id=shift.id,
        at=now,
        staff_id=str(shift.staff_id),
        place=shift.place,
        starts_at=shift.starts_at.isoformat(),
        ends_at=shift.ends_at.isoformat(),
    )
