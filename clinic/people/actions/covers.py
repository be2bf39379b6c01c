"""Naming who looks after a physician's patients from day to day, and taking it back."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.errors import CoverNotAllowed, CoverNotFound, CoverRefused
from clinic.people.models import Physician, PhysicianCover
from clinic.people.queries.covers import CoverRow, covers_between
from clinic.people.queries.physicians import lock_physician
from clinic.people.rules.covers import Days, require_days

_A_DAY = timedelta(days=1)


def name_cover(
    session: Session,
    *,
    physician_id: UUID,
    colleague_id: UUID,
    first_day: date,
    last_day: date,
    by: Actor,
    now: datetime,
) -> PhysicianCover:
    """Let a colleague see the physician's patients from first to last day, both included, in the physician's zone.

    Raises CoverNotAllowed unless asked by the physician or an administrator, and CoverRefused for days that make no
    sense, oneself, somebody who left or is covered for then, or while another cover of the physician's holds.
    """
    if physician_id == colleague_id:
        raise CoverRefused("Choose a colleague: nobody stands in for themselves.", field="colleague")
    locked = {each: lock_physician(session, each) for each in sorted((physician_id, colleague_id))}
    physician, colleague = locked[physician_id], locked[colleague_id]
    _require_owner(physician, by)
    require_days(first_day, last_day, today=in_zone(now, physician.zone).date())
    if not colleague.is_active:
        raise CoverRefused(f"{colleague.full_name} does not see patients now. Choose somebody else.", field="colleague")
    _require_room(covers_between(session, [physician_id, colleague_id], (first_day, last_day)), physician, colleague)
    row = PhysicianCover(id=new_id(), physician_id=physician_id, cover_id=colleague_id, created_at=now)
    row.first_day, row.last_day = first_day, last_day
    row.starts_at, row.ends_at = _instants((first_day, last_day), physician.zone)
    _save(session, row, "cover.named", by=by, now=now)
    return row


def remove_cover(
    session: Session, *, cover_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> PhysicianCover:
    """End a cover at once; ending it again changes nothing. Raises CoverNotFound, CoverNotAllowed, ChangedMeanwhile."""
    row = session.get(PhysicianCover, cover_id)
    if row is None:
        raise CoverNotFound("There is no such cover. It may have been taken back already.")
    _require_owner(lock_physician(session, row.physician_id), by)
    session.refresh(row)
    if row.removed_at is None:
        if version is not None:
            row.require_version(version)
        row.removed_at = now
        _save(session, row, "cover.removed", by=by, now=now)
    return row


def keep_days(session: Session, physician: Physician, *, by: Actor, now: datetime) -> None:
    """Let covers that are not over keep their days when the physician's zone is another one."""
    rows = select(PhysicianCover).where(
        PhysicianCover.physician_id == physician.id, PhysicianCover.removed_at.is_(None), PhysicianCover.ends_at > now
    )
    for row in session.scalars(rows):
        instants = _instants((row.first_day, row.last_day), physician.zone)
        if instants != (row.starts_at, row.ends_at):
            row.starts_at, row.ends_at = instants
            _save(session, row, "cover.rezoned", by=by, now=now)


def _require_owner(physician: Physician, by: Actor) -> None:
    if by.has(Role.ADMIN) or (by.id is not None and physician.staff_id == by.id):
        return
    raise CoverNotAllowed("Only the physician or an administrator decides this. Ask one of them.")


def _require_room(standing: list[CoverRow], physician: Physician, colleague: Physician) -> None:
    for row in standing:
        if row.physician_id == physician.id:
            raise CoverRefused(
                f"{row.cover_name} looks after these patients {_said(row)}. "
                "Take that back first, or choose other days.",
                field="first_day",
            )
        if row.physician_id == colleague.id:
            raise CoverRefused(
                f"{colleague.full_name} is away {_said(row)}, and a cover is not handed on. "
                "Choose somebody else, or other days.",
                field="colleague",
            )


def _said(row: CoverRow) -> str:
    first, last = (f"{day:%B} {day.day}, {day.year}" for day in row.days)
    return f"on {first}" if first == last else f"from {first} to {last}"


def _instants(days: Days, zone: str) -> tuple[datetime, datetime]:
    return first_instant_of(days[0], zone), first_instant_of(days[1] + _A_DAY, zone)


def _save(session: Session, row: PhysicianCover, action: str, *, by: Actor, now: datetime) -> None:
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    journal.note(
        session,
        action,
        subject_kind="physician_cover",
        subject_id=row.id,
        at=now,
        physician_id=str(row.physician_id),
        cover_id=str(row.cover_id),
        first_day=row.first_day.isoformat(),
        last_day=row.last_day.isoformat(),
    )
