"""The worker's part of an import: checks and takes in files from pages, batch by batch, whoever dies meanwhile."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count, islice

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from clinic.kernel.clock import Clock
from clinic.kernel.transaction import Begin
from clinic.people.actions.importing.checking import look_at
from clinic.people.actions.importing.stages import Stage, end_import
from clinic.people.actions.importing.taking import BATCH
from clinic.people.errors import FileRefused
from clinic.people.jobs.batches import WORKER, Run, claim, finish, give_back, put_aside, work_batch
from clinic.people.models import PatientImport
from clinic.people.queries.imports import part_of_import
from clinic.people.rules.importing import PatientFile, RawRow

_FORGOTTEN_AFTER = timedelta(days=2)
_BROKE = (
    "Something went wrong on our side. What was taken in stays in. Tell your administrator, then send the file again."
)

_logger = logging.getLogger(__name__)

Monotonic = Callable[[], float]


def work_on_imports(begin: Begin, *, clock: Clock, seconds: float, monotonic: Monotonic = time.monotonic) -> int:
    """Do batches of waiting imports for about `seconds`, the oldest file first; return how many batches were done."""
    until, done = monotonic() + seconds, 0
    _end_forgotten(begin, clock=clock)
    while (run := claim(begin, clock=clock)) is not None:
        done += _work_on(run, is_time_up=lambda: monotonic() >= until)
        if monotonic() >= until:
            break
    return done


def _work_on(run: Run, *, is_time_up: Callable[[], bool]) -> int:
    """Do batches until the file ends, the time is up or somebody else has the import; return how many."""
    done = 0
    try:
        file = PatientFile(_parts(run))
        rows = _not_done(file, run)
        while batch := list(islice(rows, BATCH)):
            done += 1
            if not work_batch(run, file.header, batch) or is_time_up():
                give_back(run)
                return done
        _require_rows(run)
        finish(run)
    except FileRefused as refusal:
        put_aside(run, Stage.REFUSED, problem=refusal.message)
    except DBAPIError:
        raise  # The database may be away or two batches met; the lease runs out and the next look goes on.
    except Exception as trouble:  # noqa: BLE001 - one broken file must not be tried for ever
        _logger.error("import %s: %s", run.import_id, type(trouble).__name__)  # noqa: TRY400 - the class only
        put_aside(run, Stage.STOPPED, problem=_BROKE)
    return done


def _require_rows(run: Run) -> None:
    if not run.next_line:
        raise FileRefused("The file names its columns and has no patients below them.")


def _parts(run: Run) -> Iterator[bytes]:
    for position in count():
        with run.begin(by=WORKER) as session:
            content = part_of_import(session, run.import_id, position)
        if content is None:
            return
        yield content


def _not_done(file: PatientFile, run: Run) -> Iterator[RawRow]:
    """Give the rows from the next line on; while checking, the earlier ones are looked at again to be remembered."""
    rows, first = iter(file.rows()), run.next_line
    earlier: list[RawRow] = []
    for row in rows:
        if row.line >= first:
            _remember(file, run, earlier)
            yield row
            yield from rows
        elif run.stage is Stage.CHECKING:
            earlier.append(row)
        if len(earlier) >= BATCH:
            _remember(file, run, earlier)
            earlier = []


def _remember(file: PatientFile, run: Run, rows: list[RawRow]) -> None:
    if rows:
        with run.begin(by=WORKER) as session:
            look_at(session, file.header, rows, memory=run.memory, now=run.clock())


def _end_forgotten(begin: Begin, *, clock: Clock) -> None:
    """Empty files that somebody sent and never confirmed."""
    now = clock()
    with begin(by=WORKER) as session:
        waiting = select(PatientImport).where(
            PatientImport.state.in_([Stage.RECEIVING, Stage.CHECKED]), PatientImport.updated_at < now - _FORGOTTEN_AFTER
        )
        for found in session.scalars(waiting.with_for_update(skip_locked=True)):
            end_import(session, found, Stage.STOPPED, now=now, problem="Nobody confirmed it for two days.")
