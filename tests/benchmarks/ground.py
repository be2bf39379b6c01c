"""Ground for benchmarks: a migrated PostgreSQL of their own, a full calendar, and how times are taken and printed."""

import base64
import os
import random
import sys
import tempfile
import time as stopwatch
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sqlalchemy import Engine, create_engine, insert, select  # noqa: E402 - found through the path set above
from sqlalchemy.dialects.postgresql import Range  # noqa: E402
from sqlalchemy.orm import Session, sessionmaker  # noqa: E402

from clinic.audit.actions import write as write_audit  # noqa: E402
from clinic.embedded import postgres  # noqa: E402
from clinic.kernel.crypto import KeyRing  # noqa: E402
from clinic.kernel.ids import new_id, new_record_number  # noqa: E402
from clinic.kernel.sealed import use_ring  # noqa: E402
from clinic.kernel.transaction import Beginner  # noqa: E402
from clinic.people.models import Patient  # noqa: E402
from clinic.scheduling.models import Appointment  # noqa: E402
from tests.conftest import migrate  # noqa: E402
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic  # noqa: E402

DAYS, VISITS_A_DAY = 14, 20
ENCRYPTION = "b1:" + base64.b64encode(b"encryption key of 32 bytes only!").decode()


@dataclass(frozen=True)
class Ground:
    """The database and who lives in it."""

    server: postgres.Postgres
    url: str
    engine: Engine
    begin: Beginner
    physicians: list[UUID]
    patients: list[UUID]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session


@contextmanager
def ground(*, physicians: int, patients: int) -> Iterator[Ground]:
    """Start PostgreSQL, migrate, add physicians with hours on seven days and patients; gone afterwards."""
    use_ring(KeyRing.parse(ENCRYPTION))
    with tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder:
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder), durable=False) as server:
            server.create_database("bench")
            migrate(server.url(postgres.OWNER, "bench"))
            url = server.url(postgres.APP, "bench")
            engine = create_engine(
                url, pool_size=60, connect_args={"options": "-c timezone=UTC -c plan_cache_mode=force_custom_plan"}
            )
            begin = Beginner(sessionmaker(engine, expire_on_commit=False), write_audit, lambda _wakes: None)
            people = settle(begin, physicians=physicians, patients=patients)
            yield Ground(server, url, engine, begin, *people)
            engine.dispose()


def settle(begin: Beginner, *, physicians: int, patients: int) -> tuple[list[UUID], list[UUID]]:
    """Add one of each through the product's own actions, and copies of the patient."""
    with begin(by=COORDINATOR) as session:
        clinic = Clinic(session)
        clinic.visit_type(buffer_after_minutes=5)
        doctors = [
            clinic.physician(f"Dr. Number {_word(n)}", opens=time(8), closes=time(20)) for n in range(physicians)
        ]
        weekend(session, [doctor.id for doctor in doctors])
        first = clinic.patient()
        session.flush()
        copies = copies_of(session, first, count=patients - 1)
        return [doctor.id for doctor in doctors], [first.id, *copies]


def weekend(session: Session, physicians: list[UUID]) -> None:
    """Let everybody work on Saturday and Sunday too."""
    from clinic.scheduling import actions

    for physician_id in physicians:
        for weekday in (5, 6):
            actions.add_hours(
                session,
                physician_id=physician_id,
                weekday=weekday,
                starts_at_local=time(8),
                ends_at_local=time(20),
                effective_from=date(2020, 1, 1),
                effective_until=None,
                by=COORDINATOR,
                now=NOW,
            )


def copies_of(session: Session, patient: Patient, *, count: int) -> list[UUID]:
    """Add patients who differ in id and record number only."""
    table = Patient.__table__
    row = dict(session.execute(select(table).where(table.c.id == patient.id)).mappings().one())
    rows = [{**row, "id": new_id(), "record_number": new_record_number()} for _ in range(count)]
    if rows:
        session.execute(insert(table), rows)
    return [copy["id"] for copy in rows]


def fill_calendar(
    begin: Beginner,
    physicians: list[UUID],
    patients: list[UUID],
    *,
    first: date = date(2026, 11, 24),
    days: range = range(-28, DAYS),
) -> int:
    """Book twenty half hours a day with each physician, by default two weeks ahead and four back; return how many."""
    chance = random.Random(7)  # noqa: S311 - a calendar made up alike in every run
    rows = []
    for day in days:
        opens = datetime.combine(first + timedelta(days=day), time(13), tzinfo=NOW.tzinfo)  # 08:00 in New York
        for place, physician_id in enumerate(physicians):
            for number, half in enumerate(sorted(chance.sample(range(24), VISITS_A_DAY))):
                patient_id = patients[place * VISITS_A_DAY + number]
                rows.append(visit_row(physician_id, patient_id, opens + half * timedelta(minutes=30)))
    with begin(by=COORDINATOR) as session:
        session.execute(insert(Appointment.__table__), rows)
    return len(rows)


def visit_row(physician_id: UUID, patient_id: UUID, starts_at: datetime) -> dict[str, object]:
    """Return the columns of a booked half hour."""
    period = Range(starts_at, starts_at + timedelta(minutes=30))
    appointment_id = new_id()
    return {
        "id": appointment_id,
        "uid": str(appointment_id),
        "sequence": 0,
        "time_version": 1,
        "version": 1,
        "updated_by": "",
        "patient_id": patient_id,
        "physician_id": physician_id,
        "visit_type_code": "follow_up",
        "state": "booked",
        "starts_at": period.lower,
        "ends_at": period.upper,
        "patient_period": period,
        "physician_busy": [period],
        "location_state": "FL",
        "location_county_fips": "12086",
        "location_zone": "America/New_York",
        "created_at": NOW,
        "updated_at": NOW,
    }


def _word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def best(task: Callable[[], object], *, rounds: int = 60) -> float:
    """Return the shortest of several runs in milliseconds."""
    times = []
    for _ in range(rounds):
        begun = stopwatch.perf_counter()
        task()
        times.append(stopwatch.perf_counter() - begun)
    return min(times) * 1000


def say(line: str) -> None:
    """Print one line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def load() -> str:
    """Return how busy the machine is besides, for the head of a table."""
    return f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
