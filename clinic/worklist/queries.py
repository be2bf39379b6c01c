"""Reading the list of tasks: oldest due first, for the roles of the one who asks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.statements import among
from clinic.worklist.errors import NoSuchTask
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import KINDS, Kind, Outcome, PutOff, State, WorkKind

_BY_ITSELF = Outcome.SETTLED_ITSELF
_ITEM = select(WorkItem).where(WorkItem.id == bindparam("of_item"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One task as a page shows it; `about` gives title, button and its page; `version` goes back with a change."""

    id: UUID
    kind: WorkKind
    about: Kind
    reason: str
    subject_kind: str
    subject_id: UUID | None
    patient_id: UUID | None
    opened_at: datetime
    due_at: datetime
    is_open: bool
    claimed_by: UUID | None
    claimed_name: str | None
    closed_at: datetime | None
    outcome: str | None
    put_off_until: datetime | None
    put_off_why: PutOff | None
    put_off_by_name: str | None
    version: int

    @property
    def page_arguments(self) -> dict[str, UUID]:
        """Return what the page of the button is asked with."""
        wanted = self.patient_id if self.about.argument == "patient_id" else self.subject_id
        return {self.about.argument: wanted} if self.about.argument and wanted else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingNote:
    """What somebody wrote when a task was done."""

    note: str
    by_name: str
    at: datetime


def _open_for(roles: Collection[Role]) -> tuple[ColumnElement[bool], ...]:
    return (WorkItem.state == State.OPEN, WorkItem.owner_role.in_(sorted(roles)))


def open_items(
    session: Session,
    *,
    roles: Collection[Role],
    limit: int = 50,
    offset: int = 0,
    without: Collection[WorkKind] = (),
    of_patients: Collection[UUID] | None = None,
) -> list[ItemRow]:
    """Return open tasks of these roles: danger to somebody on top, then the one due first.

    `without` leaves out kinds that have a list of their own; `of_patients` leaves out those about anybody else.
    """
    is_danger = (WorkItem.kind == WorkKind.DANGER_SUSPECTED).desc()
    wanted = select(WorkItem).where(*_open_for(roles)).order_by(is_danger, WorkItem.due_at, WorkItem.id)
    if without:
        wanted = wanted.where(WorkItem.kind.not_in(list(without)))
    if of_patients is not None:
        wanted = wanted.where(or_(WorkItem.patient_id.is_(None), WorkItem.patient_id.in_(of_patients)))
    return _rows(session, wanted.limit(limit).offset(offset))


def count_open(session: Session, *, roles: Collection[Role]) -> int:
    """Return how many tasks of these roles are open."""
    return session.scalar(select(func.count()).select_from(WorkItem).where(*_open_for(roles))) or 0


def count_overdue(session: Session, *, roles: Collection[Role], now: datetime) -> int:
    """Return how many open tasks of these roles are past their time."""
    late = select(func.count()).select_from(WorkItem).where(*_open_for(roles), WorkItem.due_at < now)
    return session.scalar(late) or 0


def open_items_of_patient(session: Session, *, patient_id: UUID) -> list[ItemRow]:
    """Return the open tasks about one patient, whoever owns them."""
    wanted = select(WorkItem).where(WorkItem.state == State.OPEN, WorkItem.patient_id == patient_id)
    return _rows(session, wanted.order_by(WorkItem.due_at, WorkItem.id))


def item(session: Session, item_id: UUID) -> ItemRow:
    """Return one task as it is now, open or closed, or raise NoSuchTask."""
    for found in session.scalars(_ITEM, {"of_item": item_id}, execution_options={"populate_existing": True}):
        return _row(found)
    raise NoSuchTask("This task is not on the list.")


def items(session: Session, ids: Collection[UUID]) -> dict[UUID, ItemRow]:
    """Return these tasks by id."""
    return {row.id: row for row in _rows(session, select(WorkItem).where(WorkItem.id.in_(ids)))} if ids else {}


def put_off_items(session: Session, *, roles: Collection[Role], now: datetime) -> list[ItemRow]:
    """Return the open tasks of these roles that are out of sight now, the next to come back first."""
    wanted = select(WorkItem).where(*_open_for(roles), WorkItem.put_off_until > now)
    return _rows(session, wanted.order_by(WorkItem.put_off_until, WorkItem.id))


def _rows(session: Session, wanted: Select[WorkItem]) -> list[ItemRow]:
    return [_row(found) for found in session.scalars(wanted)]


def _row(found: WorkItem) -> ItemRow:
    kind = WorkKind(found.kind)
    return ItemRow(
        id=found.id,
        kind=kind,
        about=KINDS[kind],
        reason=found.reason or "",
        subject_kind=found.subject_kind,
        subject_id=found.subject_id,
        patient_id=found.patient_id,
        opened_at=found.created_at,
        due_at=found.due_at,
        is_open=found.state == State.OPEN,
        claimed_by=found.claimed_by,
        # Claiming is the last edit of an open task, so the one who saved it last is the one who has it.
        claimed_name=found.updated_by if found.claimed_by else None,
        closed_at=found.closed_at,
        outcome=found.outcome,
        put_off_until=found.put_off_until,
        put_off_why=PutOff(found.put_off_why) if found.put_off_why else None,
        put_off_by_name=found.put_off_by_name,
        version=found.version,
    )


def open_keys(session: Session, *kinds: WorkKind) -> list[str]:
    """Return the keys of the open tasks of these kinds."""
    return list(session.scalars(_KEYS, {"kinds": list(kinds)}))


def open_about(session: Session, *kinds: WorkKind, subject_id: UUID) -> list[str]:
    """Return the keys of the open tasks of these kinds about one subject."""
    return list(session.scalars(_KEYS_ABOUT, {"kinds": list(kinds), "of_subject": subject_id}))


def open_with_keys(session: Session, *, keys: Collection[str]) -> list[tuple[str, ItemRow]]:
    """Return the open tasks with these keys, each with its key, the earliest first."""
    return [(one.dedupe_key, _row(one)) for one in session.scalars(_OPEN_OF_KEYS, {"keys": list(keys)})]


_OPEN_OF_KEYS = (
    select(WorkItem)
    .where(among(WorkItem.dedupe_key, "keys"), WorkItem.state == State.OPEN)
    .order_by(WorkItem.created_at, WorkItem.id)
)
"""Asked by every page of staff, so built once."""

_KEYS = (
    select(WorkItem.dedupe_key)
    .where(among(WorkItem.kind, "kinds"), WorkItem.state == State.OPEN)
    .order_by(WorkItem.dedupe_key)
)
_KEYS_ABOUT = _KEYS.where(WorkItem.subject_id == bindparam("of_subject"))
_EVER = select(WorkItem.id).where(WorkItem.dedupe_key == bindparam("key")).limit(1)
_OPEN_KEYS = select(WorkItem.dedupe_key).where(among(WorkItem.dedupe_key, "keys"), WorkItem.state == State.OPEN)
_LAST_OF_KEYS = (
    select(WorkItem.dedupe_key, WorkItem.state, WorkItem.outcome)
    .where(among(WorkItem.dedupe_key, "keys"))
    .ext(distinct_on(WorkItem.dedupe_key))
    .order_by(WorkItem.dedupe_key, WorkItem.created_at.desc(), WorkItem.id.desc())
)
"""Asked by every watch, so built once."""


def was_opened(session: Session, *, dedupe_key: str) -> bool:
    """Tell whether a task with this key is or ever was on the list, so that a watcher says a thing once."""
    return session.scalar(_EVER, {"key": dedupe_key}) is not None


def known_to_people(session: Session, *, keys: Collection[str]) -> set[str]:
    """Return which of these keys are open, put off or not, or were last taken off the list by a person."""
    if not keys:
        return set()
    return {*session.scalars(_OPEN_KEYS, {"keys": list(keys)}), *closed_by_person(session, keys=keys)}


def closed_by_person(session: Session, *, keys: Collection[str]) -> set[str]:
    """Return which of these keys a person took off the list the last time, so that a watcher does not ask again."""
    if not keys:
        return set()
    last = session.execute(_LAST_OF_KEYS, {"keys": list(keys)})
    return {key for key, state, outcome in last if state != State.OPEN and outcome != _BY_ITSELF}


def closing_note(session: Session, *, dedupe_key: str) -> ClosingNote | None:
    """Return what was written when a task with this key was closed the last time, or None."""
    closed = select(WorkItem).where(
        WorkItem.dedupe_key == dedupe_key,
        WorkItem.state != State.OPEN,
        WorkItem.outcome_note_sealed.is_not(None),
    )
    last = session.scalar(closed.order_by(WorkItem.closed_at.desc(), WorkItem.id).limit(1))
    if last is None or last.closed_at is None:
        return None
    return ClosingNote(note=last.outcome_note or "", by_name=last.updated_by, at=last.closed_at)


def closed_at(session: Session, *, dedupe_key: str) -> datetime | None:
    """Return when a person last took a task with this key off the list; None if nobody ever did."""
    by_person = (WorkItem.state != State.OPEN, WorkItem.outcome != _BY_ITSELF)
    return session.scalar(select(func.max(WorkItem.closed_at)).where(WorkItem.dedupe_key == dedupe_key, *by_person))


def was_dismissed(session: Session, *, dedupe_key: str) -> bool:
    """Tell whether a person said of a task with this key that it is not needed, and none is open again."""
    last = select(WorkItem.state).where(WorkItem.dedupe_key == dedupe_key).order_by(WorkItem.created_at.desc()).limit(1)
    return session.scalar(last) == State.DISMISSED
