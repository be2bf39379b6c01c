"""Opening, taking, closing and bringing back tasks."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note as write_down
from clinic.kernel.statements import among
from clinic.kernel.transaction import refusing
from clinic.worklist.errors import CameUpAgain, CannotWait, NoSuchTask, TaskClosed, TaskStillOpen
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import KINDS, NEVER_WAIT, Outcome, PutOff, State, WorkKind, closed_state
from clinic.worklist.rules import due_at as usually_due_at

_TRIES = 3

# Built once, and the row as parameters: most actions look whether a task has become idle, or open one.
_TABLE = WorkItem.metadata.tables[WorkItem.__tablename__]
_NEW = (
    insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["dedupe_key"], index_where=text("state = 'open'"))
    .returning(_TABLE.c.id)
)
_STANDING = select(WorkItem.id).where(WorkItem.dedupe_key == bindparam("key"), WorkItem.state == State.OPEN)
_OPEN = select(WorkItem).where(WorkItem.dedupe_key == bindparam("key"), WorkItem.state == State.OPEN).with_for_update()
_OF_ID = select(WorkItem).where(WorkItem.id == bindparam("of_item")).with_for_update()
_OPEN_OF_KEYS = (
    select(WorkItem)
    .where(among(WorkItem.dedupe_key, "keys"), WorkItem.state == State.OPEN)
    .order_by(WorkItem.id)
    .with_for_update()
)


def open_item(
    session: Session,
    *,
    kind: WorkKind,
    dedupe_key: str,
    reason: str,
    subject_kind: str,
    subject_id: UUID | None,
    patient_id: UUID | None,
    now: datetime,
    by: Actor,
    due_at: datetime | None = None,
) -> UUID:
    """Put a task on the list and return its id; while one with this key is open, that one's id.

    `reason` is the sentence a person reads. Without `due_at` the kind's own time applies.
    """
    item = WorkItem(
        id=new_id(),
        kind=kind.value,
        dedupe_key=dedupe_key,
        subject_kind=subject_kind,
        subject_id=subject_id,
        patient_id=patient_id,
        due_at=due_at or usually_due_at(kind, now),
    )
    item.reason = reason
    opened = _insert_or_find(session, item, owner_role=KINDS[kind].owner_role.value, by=by, now=now)
    if opened == item.id:
        _note(session, item, "task.opened", now=now)
    return opened


def _insert_or_find(session: Session, item: WorkItem, *, owner_role: str, by: Actor, now: datetime) -> UUID:
    values = {
        "id": item.id,
        "kind": item.kind,
        "dedupe_key": item.dedupe_key,
        "owner_role": owner_role,
        "subject_kind": item.subject_kind,
        "subject_id": item.subject_id,
        "patient_id": item.patient_id,
        "reason_sealed": item.reason_sealed,
        "due_at": item.due_at,
        "state": State.OPEN.value,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "updated_by": by.name,
    }
    # The open one may be closed by a colleague between the two statements; then there is room again.
    for _ in range(_TRIES):
        found: UUID | None = session.scalar(_NEW, values) or session.scalar(_STANDING, {"key": item.dedupe_key})
        if found is not None:
            return found
    raise CameUpAgain("This task is being closed and opened at the same time. Try again.")


def claim(session: Session, *, item_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Say "I am on it"; a colleague who sees the claim may take the task over."""
    item = _locked(session, item_id, by)
    _require_open(item)
    item.require_version(version)
    item.claimed_by = by.id
    item.claimed_at = now
    item.touch(by=by, now=now)
    _note(session, item, "task.claimed", now=now)


def release(session: Session, *, item_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Leave a claimed task to others."""
    item = _locked(session, item_id, by)
    _require_open(item)
    item.require_version(version)
    item.claimed_by = None
    item.claimed_at = None
    item.touch(by=by, now=now)
    _note(session, item, "task.released", now=now)


def put_off(
    session: Session, *, item_id: UUID, version: int, until: datetime, why: PutOff, by: Actor, now: datetime
) -> None:
    """Leave a task alone until `until`, when it comes back by itself; whoever was on it is not any more.

    Raises CannotWait for what is about somebody's life.
    """
    item = _locked(session, item_id, by)
    _require_open(item)
    item.require_version(version)
    if item.kind in NEVER_WAIT:
        raise CannotWait("This may be about somebody's life. It stays on the list until it is done.")
    item.put_off_until, item.put_off_why, item.put_off_by_name = until, why.value, by.name
    item.claimed_by = item.claimed_at = None
    item.touch(by=by, now=now)
    session.flush()
    _note(session, item, "task.put_off", now=now, why=why.value, until=until.isoformat())


def bring_back(session: Session, *, item_id: UUID, version: int, by: Actor, now: datetime) -> None:
    """Put a task that was put off back on the list now."""
    item = _locked(session, item_id, by)
    _require_open(item)
    item.require_version(version)
    _bring_back(item)
    item.touch(by=by, now=now)
    session.flush()
    _note(session, item, "task.brought_back", now=now)


def _bring_back(item: WorkItem) -> None:
    item.put_off_until = item.put_off_why = item.put_off_by_name = None


def close_item(
    session: Session,
    *,
    item_id: UUID,
    version: int,
    by: Actor,
    now: datetime,
    outcome: str = Outcome.DONE,
    note: str | None = None,
) -> int:
    """Take a task off the list and return its new version, with which `reopen` undoes this."""
    item = _locked(session, item_id, by)
    _require_open(item)
    item.require_version(version)
    if note:
        item.outcome_note = note
    _close(session, item, outcome=outcome, by=by, now=now)
    return item.version


def close_for(
    session: Session,
    *,
    dedupe_key: str,
    by: Actor,
    now: datetime,
    outcome: str = Outcome.SETTLED_ITSELF,
    note: str | None = None,
) -> bool:
    """Close the open task with this key because its reason is gone; tell whether there was one.

    `note` says what somebody did about it, where a person did.
    """
    item = session.scalar(_OPEN, {"key": dedupe_key})
    if item is None:
        return False
    if note:
        item.outcome_note = note
    _close(session, item, outcome=outcome, by=by, now=now)
    return True


def close_each(session: Session, *, dedupe_keys: Collection[str], by: Actor, now: datetime) -> int:
    """Close the open tasks with these keys, asked for in one statement; return how many there were."""
    found = list(session.scalars(_OPEN_OF_KEYS, {"keys": list(dedupe_keys)})) if dedupe_keys else []
    for item in found:
        _close(session, item, outcome=Outcome.SETTLED_ITSELF, by=by, now=now)
    return len(found)


def close_of_patient(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> int:
    """Close every open task about a patient who is not in our care any more; return how many there were."""
    mine = select(WorkItem).where(WorkItem.patient_id == patient_id, WorkItem.state == State.OPEN)
    found = list(session.scalars(mine.order_by(WorkItem.id).with_for_update()))
    for item in found:
        _close(session, item, outcome=Outcome.NOT_NEEDED, by=by, now=now)
    return len(found)


def release_of(session: Session, *, patient_id: UUID, staff_id: UUID | None, by: Actor, now: datetime) -> int:
    """Leave to others what somebody had taken of a patient's open tasks; return how many these were."""
    mine = select(WorkItem).where(
        WorkItem.patient_id == patient_id, WorkItem.state == State.OPEN, WorkItem.claimed_by == staff_id
    )
    found = list(session.scalars(mine.order_by(WorkItem.id).with_for_update())) if staff_id else []
    for item in found:
        item.claimed_by = item.claimed_at = None
        item.touch(by=by, now=now)
        _note(session, item, "task.released", now=now)
    session.flush()
    return len(found)


def hand_over_items(session: Session, *, from_id: UUID, to_id: UUID) -> int:
    """Let tasks about one patient's record be about another's; return how many were open."""
    mine = select(WorkItem).where(WorkItem.patient_id == from_id)
    found = list(session.scalars(mine.order_by(WorkItem.id).with_for_update()))
    for item in found:
        item.patient_id = to_id
        item.subject_id = to_id if item.subject_id == from_id else item.subject_id
    session.flush()
    return sum(item.state == State.OPEN for item in found)


def reopen(session: Session, *, item_id: UUID, version: int, by: Actor, now: datetime) -> int:
    """Put a closed task back on the list ("Undo") and return its new version."""
    item = _locked(session, item_id, by)
    if item.state == State.OPEN:
        raise TaskStillOpen("This task is on the list.")
    item.require_version(version)
    again = CameUpAgain("The same thing came up again and is on the list already.")
    with refusing(session, {"uq_work_item_open_dedupe_key": again}):
        item.state = State.OPEN
        item.closed_at = None
        item.closed_by = None
        item.outcome = None
        item.outcome_note_sealed = None
        item.claimed_by = None
        item.claimed_at = None
        _bring_back(item)
        item.touch(by=by, now=now)
        session.flush()
    _note(session, item, "task.reopened", now=now)
    return item.version


def _close(session: Session, item: WorkItem, *, outcome: str, by: Actor, now: datetime) -> None:
    item.state = closed_state(outcome)
    item.outcome = str(outcome)
    item.closed_at = now
    item.closed_by = by.id
    item.touch(by=by, now=now)
    session.flush()
    _note(session, item, "task.closed", now=now, outcome=str(outcome))


def _locked(session: Session, item_id: UUID, by: Actor) -> WorkItem:
    """Return a task, locked; one of another role is answered like one that does not exist."""
    found = session.scalar(_OF_ID, {"of_item": item_id}, execution_options={"populate_existing": True})
    if found is None or (by.kind is ActorKind.STAFF and found.owner_role not in by.roles):
        raise NoSuchTask("This task is not on the list.")
    return found


def _require_open(item: WorkItem) -> None:
    if item.state != State.OPEN:
        who = item.updated_by or "A colleague"
        raise TaskClosed(f"{who} has taken care of this already.")


def _note(session: Session, item: WorkItem, action: str, *, now: datetime, **details: object) -> None:
    write_down(
        session,
        action,
        subject_kind="task",
        subject_id=item.id,
        at=now,
        patient_ids=(item.patient_id,) if item.patient_id else (),
        kind=item.kind,
        **details,
    )
