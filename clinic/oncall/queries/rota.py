"""Reads of the rota: who is on call now, the shifts to come, where they leave a gap, and staff's phones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.access.models import StaffAccount
from clinic.access.rules.accounts import AccountState
from clinic.kernel.actor import Role
from clinic.messaging.models import Lane
from clinic.messaging.queries import standing_stop
from clinic.messaging.rules.templates import current
from clinic.oncall.errors import NoSuchShift
from clinic.oncall.models import OnCallContact, OnCallShift
from clinic.oncall.rules import OnCallNow, Person, Place, Span, uncovered
from clinic.people.models import Phone, SmsConsent

CALL_TEXT = "ON_CALL_PAGE"
_ANY_SHIFT = select(OnCallShift.id).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow:
    """One shift with whose it is; `is_account_on` and `e164` tell whether the person can be called."""

    id: UUID
    staff_id: UUID
    name: str
    place: Place
    starts_at: datetime
    ends_at: datetime
    version: int
    is_account_on: bool
    e164: str | None

    @property
    def span(self) -> Span:
        """Return the time of the shift."""
        return Span(self.starts_at, self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """One member of staff who may be put on the rota, with the phone for calls."""

    staff_id: UUID
    name: str
    roles: tuple[Role, ...]
    e164: str | None
    is_opted_out: bool


def shifts_between(session: Session, *, since: datetime, until: datetime) -> list[ShiftRow]:
    """Return the shifts that touch a stretch of time, in the order in which they begin."""
    return [_shift(row) for row in session.execute(_between(), {"since": since, "until": until})]


@cache
def _between() -> Select[*tuple[Any, ...]]:
    return _shifts().where(OnCallShift.starts_at < bindparam("until"), OnCallShift.ends_at > bindparam("since"))


def shift(session: Session, shift_id: UUID) -> ShiftRow:
    """Return one shift of the rota, or raise NoSuchShift."""
    row = session.execute(_shifts().where(OnCallShift.id == shift_id)).one_or_none()
    if row is None:
        raise NoSuchShift("This shift is not on the rota any more.")
    return _shift(row)


def has_rota(session: Session) -> bool:
    """Tell whether this clinic has ever put anybody on call."""
    return session.scalar(_ANY_SHIFT) is not None


def gaps(session: Session, *, since: datetime, until: datetime) -> list[Span]:
    """Return when nobody whose account is on is first in line."""
    rows = shifts_between(session, since=since, until=until)
    firsts = [row.span for row in rows if row.place is Place.FIRST and row.is_account_on]
    return uncovered(firsts, since=since, until=until)


def who_is_on_call(session: Session, *, now: datetime) -> OnCallNow:
    """Return who is called now, first in line and as the backup."""
    rows = [_shift(row) for row in session.execute(_running(), {"now": now})]
    found = {row.place: row.staff_id for row in rows if row.is_account_on}
    people = people_of(session, found.values())
    return OnCallNow(first=people.get(found.get(Place.FIRST)), backup=people.get(found.get(Place.BACKUP)))


@cache
def _running() -> Select[*tuple[Any, ...]]:
    return _shifts().where(OnCallShift.starts_at <= bindparam("now"), OnCallShift.ends_at > bindparam("now"))


def people_of(session: Session, staff_ids: Collection[UUID]) -> dict[UUID | None, Person]:
    """Return these members of staff as they can be reached now; a text arrives unless STOP or a halt prevents it."""
    wanted = _contacts().where(StaffAccount.id.in_(staff_ids))
    leave = texts_leave(session)
    return {row.id: _person(row, leave=leave) for row in session.execute(wanted)}


def administrators(session: Session) -> list[Person]:
    """Return every administrator whose account is on."""
    wanted = _contacts().where(StaffAccount.roles.contains([Role.ADMIN.value]))
    leave = texts_leave(session)
    return [_person(row, leave=leave) for row in session.execute(wanted)]


def contacts(session: Session) -> list[ContactRow]:
    """Return everybody whose account is on, with their phones for calls, by name."""
    return [_contact(row) for row in session.execute(_contacts())]


def contact(session: Session, staff_id: UUID) -> ContactRow | None:
    """Return one member of staff with the phone for calls, or None when the account is off."""
    row = session.execute(_contacts().where(StaffAccount.id == staff_id)).one_or_none()
    return None if row is None else _contact(row)


def texts_leave(session: Session) -> bool:
    """Tell whether a text to staff would leave now: all texts stopped or its queue on hold, it would wait in line."""
    paused = select(Lane.paused_at).where(Lane.number == current(CALL_TEXT).lane)
    return standing_stop(session) is None and session.scalar(paused) is None


def _shifts() -> Select[*tuple[Any, ...]]:
    return (
        select(OnCallShift, StaffAccount.full_name, StaffAccount.state, Phone.e164)
        .join(StaffAccount, StaffAccount.id == OnCallShift.staff_id)
        .outerjoin(OnCallContact, OnCallContact.staff_id == OnCallShift.staff_id)
        .outerjoin(Phone, Phone.id == OnCallContact.phone_id)
        .where(OnCallShift.removed_at.is_(None))
        .order_by(OnCallShift.starts_at, OnCallShift.place.desc(), OnCallShift.id)
    )


def _shift(row: Row[*tuple[Any, ...]]) -> ShiftRow:
    found: OnCallShift = row[0]
    return ShiftRow(
        id=found.id,
        staff_id=found.staff_id,
        name=row.full_name,
        place=Place(found.place),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        version=found.version,
        is_account_on=row.state == AccountState.ACTIVE,
        e164=row.e164,
    )


def _contacts() -> Select[*tuple[Any, ...]]:
    return (
        select(
            StaffAccount.id,
            StaffAccount.full_name,
            StaffAccount.email,
            StaffAccount.roles,
            OnCallContact.phone_id,
            Phone.e164,
            SmsConsent.opted_out_at,
        )
        .outerjoin(OnCallContact, OnCallContact.staff_id == StaffAccount.id)
        .outerjoin(Phone, Phone.id == OnCallContact.phone_id)
        .outerjoin(SmsConsent, SmsConsent.phone_id == Phone.id)
        .where(StaffAccount.state == AccountState.ACTIVE)
        .order_by(StaffAccount.full_name, StaffAccount.id)
    )


def _person(row: Row[*tuple[Any, ...]], *, leave: bool) -> Person:
    return Person(
        staff_id=row.id,
        name=row.full_name,
        email=row.email,
        phone_id=row.phone_id,
        e164=row.e164,
        can_text=leave and row.phone_id is not None and row.opted_out_at is None,
    )


def _contact(row: Row[*tuple[Any, ...]]) -> ContactRow:
    return ContactRow(
        staff_id=row.id,
        name=row.full_name,
        roles=tuple(Role(role) for role in row.roles),
        e164=row.e164,
        is_opted_out=row.opted_out_at is not None,
    )
