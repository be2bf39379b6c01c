"""Prints how fast a file of patients comes in, against bare INSERTs of the same rows, and how flat memory stays."""

import csv
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import ground
from sqlalchemy import create_engine, text

from clinic.embedded import postgres
from clinic.people.actions.importing import BATCH, FileMemory, Outcome, look_at, take
from clinic.people.rules.importing import PatientFile
from tests.domains.people.import_files import AGREES, GOOD, LETTERS
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

ROWS, ROWS_SHORT = 20_000, 1_000
TABLES = ("phone", "sms_consent", "patient")


def write_file(path: Path, count: int) -> None:
    """Write invented people who differ in key, name, phone and birth date; every second one agreed to texts."""
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, tuple(GOOD))
        writer.writeheader()
        for number in range(count):
            writer.writerow(row(number))


def row(number: int) -> dict[str, str]:
    word = "".join(LETTERS[int(digit)] for digit in str(number))
    return {
        **GOOD,
        **(AGREES if number % 2 else {}),
        "external_key": f"K{number}",
        "legal_last_name": f"Invented {word}",
        "birth_date": str(date(1940, 1, 1) + timedelta(days=number * 37 % 22_000)),
        "phone": f"+1{AREAS[number // 100 % len(AREAS)]}55501{number % 100:02}",
        "email": f"k{number}@example.org",
    }


AREAS = ("305", "786", "407", "813", "904", "561", "954", "201", "551", "609", "732", "848", "856", "862", "908", "973")


def chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while chunk := stream.read(256 * 1024):
            yield chunk


def import_file(there: ground.Ground, path: Path) -> dict[Outcome, int]:
    """Take the file in as the command does, a transaction a batch; note memory after the first thousand rows."""
    counts: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    file = PatientFile(chunks(path))
    rows = file.rows()
    while batch := list(islice(rows, BATCH)):
        with there.begin(by=COORDINATOR) as session:
            for one in take(session, file.header, batch, by=COORDINATOR, now=NOW):
                counts[one.outcome] += 1
        if sum(counts.values()) == ROWS_SHORT:
            PEAKS.append(peak())
    return counts


PEAKS: list[float] = []


def check_file(there: ground.Ground, path: Path) -> int:
    """Look at the file as a dry run does."""
    file, memory, count = PatientFile(chunks(path)), FileMemory(), 0
    rows = file.rows()
    while batch := list(islice(rows, BATCH)):
        with there.begin(by=COORDINATOR) as session:
            count += len(look_at(session, file.header, batch, memory=memory, now=NOW))
    return count


def insert_bare(there: ground.Ground) -> None:
    """Insert the same rows into tables with the same indexes, a transaction a batch, with nothing else around them."""
    engine = create_engine(there.server.url(postgres.OWNER, "bench"))
    with engine.begin() as connection:
        connection.execute(text("create schema bare"))
        for table in TABLES:
            connection.execute(text(f"create table bare.{table} (like public.{table} including all)"))
    with engine.connect() as connection:
        kept = {table: connection.execute(text(f"select * from {table}")).mappings().all() for table in TABLES}  # noqa: S608
    begun = time.perf_counter()
    for start in range(0, len(kept["patient"]), BATCH):
        with engine.begin() as connection:
            for table, rows in kept.items():
                part = [dict(one) for one in rows[start : start + BATCH]]
                if part:
                    names = ", ".join(part[0])
                    holes = ", ".join(f":{name}" for name in part[0])
                    connection.execute(text(f"insert into bare.{table} ({names}) values ({holes})"), part)  # noqa: S608
    SECONDS["bare INSERT"] = time.perf_counter() - begun
    engine.dispose()


SECONDS: dict[str, float] = {}


def timed(name: str, task: Callable[[], object]) -> object:
    begun = time.perf_counter()
    done = task()
    SECONDS[name] = time.perf_counter() - begun
    return done


def peak() -> float:
    """Return the most memory that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Write a file, check it, take it in twice, and insert the same rows bare; `--short` takes fewer."""
    count = ROWS_SHORT if "--short" in sys.argv else ROWS
    with (
        tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder,
        ground.ground(physicians=0, patients=1) as there,
    ):
        path = Path(folder) / "patients.csv"
        write_file(path, count)
        first = timed("import, everybody new", lambda: import_file(there, path))
        timed("import, nothing new", lambda: import_file(there, path))
        PEAKS.append(peak())
        timed("dry run", lambda: check_file(there, path))
        insert_bare(there)
        report(count, path, first)


def report(count: int, path: Path, first: object) -> None:
    ground.say(f"Import of {count} patients, {path.stat().st_size / 1e6:.1f} MB, {first}; {ground.load()}")
    ground.say("| way | seconds | rows a second | times bare |")
    ground.say("|---|---|---|---|")
    bare = SECONDS["bare INSERT"]
    for name, seconds in SECONDS.items():
        ground.say(f"| {name} | {seconds:.1f} | {count / seconds:.0f} | {seconds / bare:.1f} |")
    ground.say(
        f"Peak memory after {ROWS_SHORT} rows {PEAKS[0]:.0f} MiB, after all rows twice {PEAKS[-1]:.0f} MiB: "
        f"grown by {PEAKS[-1] - PEAKS[0]:.1f} MiB."
    )


if __name__ == "__main__":
    sys.exit(main())
