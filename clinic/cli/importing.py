"""`clinic import patients`: takes patients in from a CSV file of any size, a batch at a time."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import OperationalError

from clinic.cli.application import opened_runtime
from clinic.kernel import journal
from clinic.kernel.actor import system
from clinic.people.actions.importing import BATCH, FileMemory, Outcome, Taken, look_at, take
from clinic.people.errors import FileRefused
from clinic.people.rules.importing import Header, PatientFile, RawRow
from clinic.people.rules.importing.rejected import rejected_header, rejected_row
from clinic.runtime import Runtime

_BY = system("clinic command")
_CHUNK = 256 * 1024
_TRIES = 3
_REASONS_SHOWN = 20

File = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(slots=True)
class Tally:
    """What became of the rows so far, and the last line that is in."""

    counts: Counter[Outcome] = field(default_factory=Counter)
    last_line: int = 1
    is_stopped: bool = False

    def add(self, taken: list[Taken]) -> None:
        """Count a batch that was committed."""
        self.counts.update(one.outcome for one in taken)
        self.last_line = taken[-1].row.line

    def __str__(self) -> str:
        return " ".join(f"{outcome}={self.counts[outcome]}" for outcome in Outcome)


@click.group(name="import")
def importing() -> None:
    """Take records in from files."""


@importing.command()
@click.argument("file", type=File)
@click.option("--dry-run", is_flag=True, help="Only say what would happen; nothing is written.")
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Where rows not taken are written.")
@click.option("--limit", type=click.IntRange(min=1), help="Take the first N rows only.")
@click.option("--quiet", is_flag=True, help="Show no progress and no reasons.")
def patients(*, file: Path, dry_run: bool, rejected: Path | None, limit: int | None, quiet: bool) -> None:
    """Add and update patients from FILE, a CSV file in UTF-8.

    The last line of standard output is machine-readable; the exit status is 1 when rows were rejected. Running the
    same file again is harmless: what is in already counts as unchanged.
    """
    if rejected is not None and rejected.exists() and rejected.samefile(file):
        raise click.ClickException("Write rejected rows into another file than the one that is read.")
    try:
        with opened_runtime() as runtime:
            tally = _run(runtime, file, dry_run=dry_run, rejected=rejected, limit=limit, quiet=quiet)
    except FileRefused as refusal:
        raise click.ClickException(refusal.message) from refusal
    click.echo(str(tally))
    if tally.is_stopped or tally.counts[Outcome.REJECTED]:
        raise SystemExit(1)


def _run(
    runtime: Runtime, file: Path, *, dry_run: bool, rejected: Path | None, limit: int | None, quiet: bool
) -> Tally:
    """Read the file once for its form, so that a broken one changes nothing, and again for its rows."""
    total = _count_rows(file, limit)
    tally, memory = Tally(), FileMemory()
    with file.open("rb") as stream, _shown(total, quiet=quiet) as advance:
        read = PatientFile(_chunks(stream))
        with _rejecting(rejected, read.header, quiet=quiet) as reject:
            rows = islice(read.rows(), limit)
            try:
                while batch := list(islice(rows, BATCH)):
                    taken = _do(runtime, read.header, batch, memory=memory if dry_run else None)
                    tally.add(taken)
                    reject(taken)
                    advance(len(batch))
            except KeyboardInterrupt:
                tally.is_stopped = True
                _say_stopped(tally)
    if not dry_run:
        _write_down(runtime, tally)
    return tally


def _count_rows(file: Path, limit: int | None) -> int:
    with file.open("rb") as stream:
        count = sum(1 for _ in PatientFile(_chunks(stream)).rows())
    if not count:
        raise FileRefused("The file names its columns and has no patients below them.")
    return count if limit is None else min(count, limit)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def _do(runtime: Runtime, header: Header, batch: list[RawRow], *, memory: FileMemory | None) -> list[Taken]:
    """Take one batch in, or only look at it; two transactions that wait for each other are no reason to give up."""
    for tries_left in reversed(range(_TRIES)):
        try:
            with runtime.begin(by=_BY) as session:
                if memory is not None:
                    return look_at(session, header, batch, memory=memory, now=runtime.clock())
                return take(session, header, batch, by=_BY, now=runtime.clock())
        except OperationalError as trouble:
            if not tries_left or getattr(trouble.orig, "sqlstate", None) not in {"40P01", "55P03"}:
                raise
    raise AssertionError


def _write_down(runtime: Runtime, tally: Tally) -> None:
    counts = {outcome.value: tally.counts[outcome] for outcome in Outcome}
    with runtime.begin(by=_BY) as session:
        now = runtime.clock()
        journal.note(
            session, "patient_import.done", subject_kind="patient_import", subject_id=None, at=now, rows=counts
        )


def _say_stopped(tally: Tally) -> None:
    click.echo(
        f"Stopped. Everything up to line {tally.last_line} is done. Run the command again to go on: "
        "what is in already counts as unchanged.",
        err=True,
    )


@contextmanager
def _shown(total: int, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error."""
    columns = (TextColumn("Patients"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("Patients", total=total)
        yield lambda count: progress.update(task, advance=count)


@contextmanager
def _rejecting(path: Path | None, header: Header, *, quiet: bool) -> Iterator[Callable[[list[Taken]], None]]:
    """Say the first reasons on standard error, and write every row that was not taken into a file of its own."""
    with _opened(path) as out:
        shown = 0
        if out is not None:
            out.write(rejected_header(header.names))

        def reject(taken: list[Taken]) -> None:
            nonlocal shown
            for one in taken:
                if one.outcome is not Outcome.REJECTED:
                    continue
                shown += 1
                if not quiet and shown <= _REASONS_SHOWN:
                    click.echo(f"line {one.row.line}: {one.reason}", err=True)
                if out is not None:
                    reason = one.reason or ""
                    out.write(rejected_row(header.names, one.row.cells, reason=reason, line=one.row.line))

        yield reject


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[str] | None]:
    """Open the file of rejected rows for its owner only; with a byte order mark, so that Excel reads it rightly."""
    if path is None:
        yield None
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as out:
        yield out
