"""One batch of an import in one transaction, with the line that comes next; a lease proves whose turn it is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.clock import Clock
from clinic.kernel.ids import new_id
from clinic.kernel.lease import database_clock, lease_end
from clinic.kernel.transaction import Begin
from clinic.people.actions.importing.checking import FileMemory, look_at
from clinic.people.actions.importing.deciding import Outcome, Taken
from clinic.people.actions.importing.stages import IMPORT_QUEUE, OVER, WORKING, Stage, end_import
from clinic.people.actions.importing.taking import take
from clinic.people.models import PatientImport, PatientImportRejection
from clinic.people.queries.imports import lock_import, rejected_lines
from clinic.people.rules.importing import Header, RawRow
from clinic.people.rules.importing.rejected import kept_row

WORKER = system("Import worker")
_LEASE = timedelta(seconds=60)


@dataclass(slots=True)
class Run:
    """An import that this worker has: in whose name it goes on, from which line, and the lease that proves it."""

    begin: Begin
    clock: Clock
    import_id: UUID
    stage: Stage
    next_line: int
    lease: datetime
    by: Actor
    memory: FileMemory = field(default_factory=FileMemory)


def claim(begin: Begin, *, clock: Clock) -> Run | None:
    """Take the oldest import that waits for a worker; None when there is none."""
    with begin(by=WORKER) as session:
        free = or_(PatientImport.lease_until.is_(None), PatientImport.lease_until < database_clock())
        wanted = select(PatientImport).where(PatientImport.state.in_(sorted(WORKING)), free)
        found = session.scalar(wanted.order_by(PatientImport.created_at).limit(1).with_for_update(skip_locked=True))
        if found is None:
            return None
        lease = _extend(session, found)
        return Run(begin, clock, found.id, Stage(found.state), found.next_line, lease, _in_the_name_of(found))


def work_batch(run: Run, header: Header, batch: list[RawRow]) -> bool:
    """Do one batch, unless the import was stopped or is somebody else's by now; return whether to go on."""
    now = run.clock()
    with run.begin(by=run.by) as session:
        found = lock_import(session, run.import_id)
        if not _is_ours(run, found):
            return False
        if found.is_stop_wanted:
            end_import(session, found, Stage.STOPPED, now=now)
            return False
        taken = _look_or_take(session, run, header, batch=batch, now=now)
        _write_down(session, found, taken, batch=batch, now=now)
        _keep_rejected(session, found, taken, header=header)
        run.lease, run.next_line = _extend(session, found), found.next_line
    return True


def finish(run: Run) -> None:
    """Write down that the last row is done: a checked file waits for a person, a taken one is over."""
    with run.begin(by=run.by) as session:
        found = lock_import(session, run.import_id)
        if not _is_ours(run, found):
            return
        if run.stage is Stage.IMPORTING:
            end_import(session, found, Stage.DONE, now=run.clock())
        else:
            found.state, found.lease_until, found.updated_at = Stage.CHECKED, None, run.clock()
            found.row_count = found.done_count


def put_aside(run: Run, stage: Stage, *, problem: str) -> None:
    """Close an import that cannot go on, with the sentence that says why."""
    with run.begin(by=run.by) as session:
        found = lock_import(session, run.import_id)
        if found.state not in OVER:
            end_import(session, found, stage, now=run.clock(), problem=problem)


def give_back(run: Run) -> None:
    """Leave the rest to whoever comes next, and ask for somebody."""
    with run.begin(by=WORKER) as session:
        found = lock_import(session, run.import_id)
        if _is_ours(run, found):
            found.lease_until = None
            journal.wake(session, IMPORT_QUEUE)


def _is_ours(run: Run, found: PatientImport) -> bool:
    return found.lease_until == run.lease and found.state == run.stage


def _in_the_name_of(found: PatientImport) -> Actor:
    """Return the person who confirmed the import, so that history names a person; the import is the request."""
    return Actor(
        kind=ActorKind.STAFF, id=found.started_by_id, name=found.started_by_name, request_id=f"import-{found.id}"
    )


def _extend(session: Session, found: PatientImport) -> datetime:
    found.lease_until = lease_end(_LEASE)  # type: ignore[assignment] # an SQL expression
    session.flush()
    session.refresh(found, ["lease_until"])
    assert found.lease_until is not None
    return found.lease_until


def _look_or_take(session: Session, run: Run, header: Header, *, batch: list[RawRow], now: datetime) -> list[Taken]:
    if run.stage is Stage.CHECKING:
        return look_at(session, header, batch, memory=run.memory, now=now)
    refused = rejected_lines(session, run.import_id, first=batch[0].line, last=batch[-1].line)
    # What the check refused was said so, and stays so.
    return take(session, header, [row for row in batch if row.line not in refused], by=run.by, now=now)


def _write_down(
    session: Session, found: PatientImport, taken: list[Taken], *, batch: list[RawRow], now: datetime
) -> None:
    outcomes = [one.outcome for one in taken]
    found.created_count += outcomes.count(Outcome.CREATED)
    found.updated_count += outcomes.count(Outcome.UPDATED)
    found.unchanged_count += outcomes.count(Outcome.UNCHANGED)
    found.rejected_count += outcomes.count(Outcome.REJECTED)
    found.done_count += len(batch)
    found.next_line = batch[-1].line + 1
    found.updated_at = now
    session.flush()


def _keep_rejected(session: Session, found: PatientImport, taken: list[Taken], *, header: Header) -> None:
    for one in taken:
        if one.outcome is Outcome.REJECTED:
            row = PatientImportRejection(
                id=new_id(), import_id=found.id, line=one.row.line, column=one.column, reason=one.reason or ""
            )
            row.row = kept_row(header.names, one.row.cells)
            session.add(row)
