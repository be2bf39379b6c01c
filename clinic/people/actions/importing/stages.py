"""A file sent from a page, step by step: received in parts, checked, confirmed by a person, taken in, or stopped."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.errors import FileRefused, ImportMovedOn, ImportNotFound
from clinic.people.models import PatientImport, PatientImportPart
from clinic.people.queries.imports import count_parts, lock_import

LARGEST_FILE = 8 * 1024 * 1024
LARGEST_PART = 180 * 1024
IMPORT_QUEUE = "maintenance"

_TOO_LARGE = (
    "This file is larger than 8 MB, which is more than this page takes. "
    "Split it, or ask an administrator to run: clinic import patients FILE.csv"
)


class Stage(StrEnum):
    """How far an import is."""

    RECEIVING = "receiving"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    DONE = "done"
    STOPPED = "stopped"
    REFUSED = "refused"


WORKING = frozenset({Stage.CHECKING, Stage.IMPORTING})
OVER = frozenset({Stage.DONE, Stage.STOPPED, Stage.REFUSED})


def start_import(session: Session, *, file_name: str, size: int, by: Actor, now: datetime) -> PatientImport:
    """Expect a file of `size` bytes; raises FileRefused for one that is empty or too large for a page."""
    if size > LARGEST_FILE:
        raise FileRefused(_TOO_LARGE)
    if size <= 0:
        raise FileRefused("The file is empty. Choose another.")
    found = PatientImport(
        id=new_id(),
        file_name=file_name,
        state=Stage.RECEIVING,
        started_by_id=by.id,
        started_by_name=by.name,
        created_at=now,
    )
    found.touch(by=by, now=now)
    session.add(found)
    session.flush()
    _note(session, found, "started", now=now, size=size)
    return found


def receive_part(session: Session, *, import_id: UUID, position: int, content: bytes, by: Actor, now: datetime) -> None:
    """Keep one part of the file, sealed; the same part sent twice is kept once."""
    found = _own(session, import_id, by)
    _require(found, Stage.RECEIVING)
    if not 0 <= position <= LARGEST_FILE // LARGEST_PART or len(content) > LARGEST_PART:
        raise FileRefused(_TOO_LARGE)
    part = PatientImportPart(id=new_id(), import_id=import_id, position=position)
    part.content = content.decode("latin-1")
    values = {"id": part.id, "import_id": import_id, "position": position, "content_sealed": part.content_sealed}
    made = insert(PatientImportPart).values(values).on_conflict_do_nothing().returning(PatientImportPart.id)
    if session.scalar(made) is not None:
        found.row_count += content.count(b"\n")  # a guess for the bar, until the check has counted
    found.updated_at = now


def check_import(session: Session, *, import_id: UUID, part_count: int, by: Actor, now: datetime) -> PatientImport:
    """Have the whole file checked by a worker; raises FileRefused when parts are missing."""
    found = _own(session, import_id, by)
    _require(found, Stage.RECEIVING)
    if part_count < 1 or count_parts(session, import_id) != part_count:
        raise FileRefused("The file did not arrive whole. Send it again.")
    _move(session, found, Stage.CHECKING, by=by, now=now)
    return found


def take_import_in(session: Session, *, import_id: UUID, version: int, by: Actor, now: datetime) -> PatientImport:
    """Have a checked file taken in by a worker, in the name of who confirmed it: the one who sent it."""
    found = _own(session, import_id, by)
    found.require_version(version)
    _require(found, Stage.CHECKED)
    found.done_count = found.created_count = found.updated_count = found.unchanged_count = 0
    found.next_line = 0
    _move(session, found, Stage.IMPORTING, by=by, now=now)
    return found


def stop_import(session: Session, *, import_id: UUID, by: Actor, now: datetime) -> PatientImport:
    """Stop an import: at once while nobody works on it, else after the batch under way; what is in stays in."""
    found = lock_import(session, import_id)
    if found.state in OVER:
        return found
    if found.state in WORKING:
        found.is_stop_wanted = True
        found.touch(by=by, now=now)
        _note(session, found, "stop_asked", now=now)
        journal.wake(session, IMPORT_QUEUE)
    else:
        end_import(session, found, Stage.STOPPED, now=now)
    return found


def end_import(
    session: Session, found: PatientImport, stage: Stage, *, now: datetime, problem: str | None = None
) -> None:
    """Close an import and empty its file; `found` is locked."""
    found.state, found.problem = stage, problem
    found.finished_at = found.updated_at = now
    found.lease_until = None
    empty = update(PatientImportPart).where(PatientImportPart.import_id == found.id)
    session.execute(empty.values(content_sealed=None).execution_options(synchronize_session=False))
    _note(session, found, stage.value, now=now)


def _own(session: Session, import_id: UUID, by: Actor) -> PatientImport:
    found = lock_import(session, import_id)
    if found.started_by_id != by.id:
        raise ImportNotFound("We have no such import.")
    return found


def _require(found: PatientImport, stage: Stage) -> None:
    if found.state != stage:
        raise ImportMovedOn("This file has moved on meanwhile. Look at it again.")


def _move(session: Session, found: PatientImport, stage: Stage, *, by: Actor, now: datetime) -> None:
    found.state = stage
    found.is_stop_wanted = False
    found.lease_until = None
    found.touch(by=by, now=now)
    session.flush()
    _note(session, found, stage.value, now=now)
    journal.wake(session, IMPORT_QUEUE)


def _note(session: Session, found: PatientImport, what: str, *, now: datetime, size: int | None = None) -> None:
    counts = {name: getattr(found, f"{name}_count") or 0 for name in ("created", "updated", "unchanged", "rejected")}
    journal.note(
        session,
        f"patient_import.{what}",
        subject_kind="patient_import",
        subject_id=found.id,
        at=now,
        rows=counts,
        size=size,
    )
