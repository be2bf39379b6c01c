"""`clinic import patients`: the last line for machines, the exit status, the file of rejected rows, any size."""

import base64
import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from clinic.cli.main import clinic
from tests.conftest import Database
from tests.domains.people.import_files import GOOD, csv_of, person

Run = Callable[..., Result]


@pytest.fixture
def run(database: Database) -> Run:
    key = base64.b64encode
    environment = {
        "DATABASE_URL": database.app_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CLINIC_ENVIRONMENT": "test",
        "CLINIC_PUBLIC_BASE_URL": "http://localhost:8000",
        "CLINIC_SECRET_KEY": "test-only-secret-key-of-forty-characters",
        "CLINIC_ENCRYPTION_KEYS": "t1:" + key(b"encryption key of 32 bytes only!").decode(),
        "CLINIC_LINK_KEYS": "t1:" + key(b"link key, also of 32 bytes only!").decode(),
    }
    return lambda *arguments: CliRunner().invoke(clinic, ["import", "patients", *map(str, arguments)], env=environment)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(content: bytes, name: str = "patients.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


def last(result: Result) -> str:
    return result.stdout.splitlines()[-1]


def count(database: Database, table: str = "patient") -> object:
    engine = create_engine(database.app_url)
    with engine.connect() as connection:
        found = connection.execute(text(f"select count(*) from {table}")).scalar()  # noqa: S608 - our own table names
    engine.dispose()
    return found


def test_patients_come_in_and_the_last_line_says_how_many(run: Run, database: Database, write: Callable) -> None:
    path = write(csv_of(*[person(number) for number in range(120)]))
    done = run(path)
    assert (done.exit_code, last(done)) == (0, "created=120 updated=0 unchanged=0 rejected=0"), done.output
    assert done.stdout == "created=120 updated=0 unchanged=0 rejected=0\n"
    assert count(database) == 120
    assert last(run(path)) == "created=0 updated=0 unchanged=120 rejected=0"


def test_a_dry_run_writes_nothing(run: Run, database: Database, write: Callable) -> None:
    path = write(csv_of(person(1), person(1, city="Hialeah"), person(2)))
    done = run(path, "--dry-run")
    assert (done.exit_code, last(done)) == (0, "created=2 updated=1 unchanged=0 rejected=0")
    assert (count(database), count(database, "audit_event"), count(database, "phone")) == (0, 0, 0)


def test_rejected_rows_are_fixed_and_fed_again(run: Run, database: Database, write: Callable, tmp_path: Path) -> None:
    path, rest = write(csv_of(person(1), person(2, state="GA"), person(3, birth_date="12.3.84"))), tmp_path / "rest.csv"
    done = run(path, "--rejected", rest)
    assert (done.exit_code, last(done)) == (1, "created=1 updated=0 unchanged=0 rejected=2")
    assert "line 3: state: Write FL or NJ." in done.stderr
    with rest.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["line"] for row in rows] == ["3", "4"]
    assert list(rows[0]) == [*GOOD, "reason", "line"]
    assert rest.stat().st_mode & 0o077 == 0
    fixed = [row | {"state": "FL", "birth_date": "3/12/1984"} for row in rows]
    again = write(csv_of(*fixed, columns=tuple(rows[0])), "fixed.csv")
    assert last(run(again)) == "created=2 updated=0 unchanged=0 rejected=0"
    assert count(database) == 3


def test_a_limit_takes_the_first_rows(run: Run, database: Database, write: Callable) -> None:
    assert last(run(write(csv_of(*map(person, range(5)))), "--limit", 2)).startswith("created=2 ")
    assert count(database) == 2


def test_quiet_says_only_the_last_line(run: Run, write: Callable) -> None:
    done = run(write(csv_of(person(1), person(2, state="GA"))), "--quiet")
    assert done.output == "created=1 updated=0 unchanged=0 rejected=1\n"


def test_progress_goes_to_standard_error(run: Run, write: Callable) -> None:
    assert "2/2" in run(write(csv_of(person(1), person(2)))).stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (csv_of(), "no patients below"),
        (csv_of(GOOD).decode().encode("utf-16"), "UTF-16"),
        (csv_of(GOOD | {"city": "San José"}).decode().encode("latin-1"), "not written in UTF-8"),
        (b"PK\x03\x04 workbook", "Excel workbook"),
        (csv_of(GOOD, columns=tuple(GOOD)[:5]), "Columns missing"),
        (csv_of(GOOD | {"ssn": "1"}, columns=(*GOOD, "ssn")), "Unknown columns: ssn"),
        (csv_of(GOOD, columns=(*GOOD, "city")), "names city more than once"),
        (csv_of(person(1), person(2)) + b'K3,"open\n', "Line 4: A quotation mark"),
    ],
)
def test_a_file_with_a_fault_changes_nothing(
    run: Run, database: Database, write: Callable, content: bytes, says: str
) -> None:
    done = run(write(content))
    assert done.exit_code == 1
    assert says in done.stderr
    assert count(database) == 0


def test_the_rejected_rows_never_replace_the_file_that_is_read(run: Run, write: Callable) -> None:
    path = write(csv_of(person(1, state="GA")))
    assert run(path, "--rejected", path).exit_code == 1
    assert path.read_bytes() == csv_of(person(1, state="GA"))


def test_the_history_says_that_a_file_came_in(run: Run, database: Database, write: Callable) -> None:
    run(write(csv_of(person(1))))
    engine = create_engine(database.app_url)
    with engine.connect() as connection:
        rows = connection.execute(text("select action, actor_name, details from audit_event order by seq")).all()
    engine.dispose()
    assert [row[0] for row in rows] == ["patient.added", "patient_import.done"]
    assert rows[1][1:] == ("clinic command", {"rows": {"created": 1, "updated": 0, "unchanged": 0, "rejected": 0}})
