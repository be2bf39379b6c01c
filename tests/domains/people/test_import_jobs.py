"""A worker checks a file and takes it in, batch by batch, whoever dies or stops it meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Actor, Role, system
from clinic.kernel.transaction import Beginner
from clinic.people import queries
from clinic.people.actions import importing
from clinic.people.errors import FileRefused, ImportMovedOn, ImportNotFound
from clinic.people.jobs import work_on_imports
from clinic.people.jobs.batches import claim, work_batch
from clinic.people.models import Patient, PatientImport, PatientImportPart
from clinic.people.rules.importing import PatientFile
from tests.conftest import TestClock
from tests.domains.people.import_files import GOOD, csv_of, person

READER = system("Test")


@dataclass
class Desk:
    """Sends files as a coordinator and lets a worker work."""

    begin: Beginner
    clock: TestClock
    by: Actor
    seconds: list[float] = field(default_factory=list)

    def send(self, content: bytes, *, part: int = 1000) -> UUID:
        parts = [content[start : start + part] for start in range(0, len(content), part)]
        with self.begin(by=self.by) as session:
            found = importing.start_import(
                session, file_name="patients.csv", size=len(content), by=self.by, now=self.clock()
            )
            for position, each in enumerate(parts):
                importing.receive_part(
                    session, import_id=found.id, position=position, content=each, by=self.by, now=self.clock()
                )
            importing.check_import(session, import_id=found.id, part_count=len(parts), by=self.by, now=self.clock())
            return found.id

    def work(self, *, batches: int | None = None) -> int:
        """Let a worker work to the end, or for so many batches."""
        ticks = iter(range(10_000))
        return work_on_imports(
            self.begin,
            clock=self.clock,
            seconds=10_000 if batches is None else batches,
            monotonic=lambda: float(next(ticks)),
        )

    def see(self, import_id: UUID) -> PatientImport:
        with self.begin(by=READER) as session:
            session.expire_all()
            return queries.patient_import(session, import_id)

    def confirm(self, import_id: UUID) -> None:
        version = self.see(import_id).version
        with self.begin(by=self.by) as session:
            importing.take_import_in(session, import_id=import_id, version=version, by=self.by, now=self.clock())

    def stop(self, import_id: UUID) -> None:
        with self.begin(by=self.by) as session:
            importing.stop_import(session, import_id=import_id, by=self.by, now=self.clock())

    def count_patients(self) -> int:
        with self.begin(by=READER) as session:
            return queries.count_patients(session)


@pytest.fixture
def desk(begin: Beginner, clock: TestClock, coordinator: Actor) -> Desk:
    return Desk(begin, clock, coordinator)


def people(count: int, first: int = 0) -> list[dict[str, object]]:
    return [person(number) for number in range(first, first + count)]


def counts(found: PatientImport) -> tuple[int, int, int, int]:
    return found.created_count, found.updated_count, found.unchanged_count, found.rejected_count


def test_a_file_is_checked_without_a_change_and_then_taken_in(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(3), person(9, state="GA")))
    desk.work()
    checked = desk.see(import_id)
    assert (checked.state, checked.row_count, counts(checked)) == ("checked", 4, (3, 0, 0, 1))
    assert desk.count_patients() == 0
    desk.confirm(import_id)
    desk.work()
    done = desk.see(import_id)
    assert (done.state, done.done_count, counts(done)) == ("done", 4, (3, 0, 0, 1))
    assert desk.count_patients() == 3


def test_nothing_is_taken_in_that_nobody_confirmed(desk: Desk) -> None:
    desk.send(csv_of(*people(3)))
    desk.work()
    desk.work()
    assert desk.count_patients() == 0


def test_an_import_over_several_looks_takes_every_row_once(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(250), person(3, city="Hialeah")))
    looks = 0
    while desk.see(import_id).state == "checking":
        desk.work(batches=1)
        looks += 1
    assert looks > 2
    assert counts(desk.see(import_id)) == (250, 1, 0, 0)
    desk.confirm(import_id)
    while desk.see(import_id).state == "importing":
        desk.work(batches=1)
    assert counts(desk.see(import_id)) == (250, 1, 0, 0)
    assert desk.count_patients() == 250


def test_after_a_kill_the_next_worker_goes_on_behind_the_last_batch(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(150)))
    desk.work()
    desk.confirm(import_id)
    run = claim(desk.begin, clock=desk.clock)
    assert run is not None
    file = PatientFile([csv_of(*people(150))])
    assert work_batch(run, file.header, list(file.rows())[:100])
    # The worker dies here: nobody gives the import back, and its lease runs out.
    assert desk.work() == 0
    end_lease(desk, import_id)
    desk.work()
    assert (desk.see(import_id).state, desk.count_patients()) == ("done", 150)
    assert counts(desk.see(import_id)) == (150, 0, 0, 0)


def test_a_worker_that_was_thought_dead_does_nothing_when_it_comes_back(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(3)))
    desk.work()
    desk.confirm(import_id)
    slow = claim(desk.begin, clock=desk.clock)
    end_lease(desk, import_id)
    desk.work()
    assert slow is not None
    file = PatientFile([csv_of(*people(3))])
    assert not work_batch(slow, file.header, list(file.rows()))
    assert desk.count_patients() == 3


def test_a_stopped_import_keeps_what_is_in(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(250)))
    desk.work()
    desk.confirm(import_id)
    desk.work(batches=1)
    desk.stop(import_id)
    assert desk.see(import_id).state == "importing"
    desk.work()
    stopped = desk.see(import_id)
    assert stopped.state == "stopped"
    assert desk.count_patients() == stopped.created_count == stopped.done_count
    assert 0 < stopped.done_count < 250


def test_a_checked_file_is_thrown_away_at_once(desk: Desk) -> None:
    import_id = desk.send(csv_of(GOOD))
    desk.work()
    desk.stop(import_id)
    assert desk.see(import_id).state == "stopped"
    with pytest.raises(ImportMovedOn):
        desk.confirm(import_id)


@pytest.mark.parametrize("end", ["done", "stopped", "refused"])
def test_the_file_is_emptied_when_it_is_over(desk: Desk, session: Session, end: str) -> None:
    import_id = desk.send(csv_of(GOOD) + (b'"' if end == "refused" else b""))
    desk.work()
    if end == "done":
        desk.confirm(import_id)
        desk.work()
    if end == "stopped":
        desk.stop(import_id)
    assert desk.see(import_id).state == end
    assert session.scalars(select(PatientImportPart.content_sealed)).all() == [None]


def test_a_fault_in_the_last_line_keeps_the_whole_file_out(desk: Desk) -> None:
    import_id = desk.send(csv_of(*people(120)) + b'K,"never closed\n')
    desk.work()
    refused = desk.see(import_id)
    assert refused.state == "refused"
    assert str(refused.problem).startswith("Line 122: ")
    assert desk.count_patients() == 0


def test_a_file_without_rows_is_refused(desk: Desk) -> None:
    import_id = desk.send(csv_of())
    desk.work()
    assert "no patients below" in str(desk.see(import_id).problem)


def test_what_the_check_refused_stays_out_even_if_it_would_fit_now(desk: Desk, session: Session) -> None:
    import_id = desk.send(csv_of(person(1, record_number="K7M-2QF4"), columns=("record_number", *GOOD)))
    desk.work()
    assert counts(desk.see(import_id)) == (0, 0, 0, 1)
    other = desk.send(csv_of(person(2)))
    desk.work()
    desk.confirm(other)
    desk.work()
    session.execute(update(Patient).values(record_number="K7M-2QF4"))
    desk.confirm(import_id)
    desk.work()
    assert counts(desk.see(import_id)) == (0, 0, 0, 1)


def test_history_names_the_person_who_confirmed(desk: Desk, session: Session) -> None:
    import_id = desk.send(csv_of(GOOD))
    desk.work()
    desk.confirm(import_id)
    desk.work()
    rows = session.execute(
        select(AuditEvent.action, AuditEvent.actor_name, AuditEvent.request_id).order_by(AuditEvent.seq)
    ).all()
    assert [row.action for row in rows] == [
        *("patient_import.started", "patient_import.checking", "patient_import.importing"),
        *("patient.added", "patient_import.done"),
    ]
    assert {row.actor_name for row in rows} == {"Dana Reyes"}
    assert rows[3].request_id == f"import-{import_id}"


def test_rows_that_were_not_taken_are_kept_sealed(desk: Desk, session: Session) -> None:
    import_id = desk.send(csv_of(GOOD | {"state": "Secretland"}))
    desk.work()
    (kept,) = queries.rejections(session, import_id, limit=50)
    assert (kept.line, kept.column) == (2, "state")
    assert "Secretland" in kept.cells
    raw = session.execute(text("select row_sealed from patient_import_rejection")).scalar_one()
    assert b"Secretland" not in bytes(raw)


def test_only_the_sender_may_add_parts_or_confirm(
    desk: Desk, session: Session, staff_actor: Callable[..., Actor], now: datetime
) -> None:
    import_id = desk.send(csv_of(GOOD))
    desk.work()
    other = staff_actor(Role.ADMIN, name="Eve Lind")
    with pytest.raises(ImportNotFound):
        importing.take_import_in(session, import_id=import_id, version=1, by=other, now=now)


def test_a_part_sent_twice_is_kept_once_and_a_missing_one_is_noticed(
    session: Session, coordinator: Actor, now: datetime
) -> None:
    found = importing.start_import(session, file_name="x.csv", size=10, by=coordinator, now=now)
    for position in (0, 0, 2):
        importing.receive_part(
            session, import_id=found.id, position=position, content=b"a,b\n", by=coordinator, now=now
        )
    assert session.scalar(select(func.count()).select_from(PatientImportPart)) == 2
    with pytest.raises(FileRefused, match="did not arrive whole"):
        importing.check_import(session, import_id=found.id, part_count=3, by=coordinator, now=now)


def test_a_file_larger_than_a_page_takes_is_told_the_command(
    session: Session, coordinator: Actor, now: datetime
) -> None:
    with pytest.raises(FileRefused, match="clinic import patients"):
        importing.start_import(session, file_name="x.csv", size=200_000_000, by=coordinator, now=now)


def test_a_checked_file_that_nobody_confirms_is_emptied_after_two_days(desk: Desk) -> None:
    import_id = desk.send(csv_of(GOOD))
    desk.work()
    desk.clock.advance(days=3)
    desk.work()
    assert (desk.see(import_id).state, desk.see(import_id).problem) == ("stopped", "Nobody confirmed it for two days.")


def test_confirming_wakes_a_worker(desk: Desk) -> None:
    import_id = desk.send(csv_of(GOOD))
    desk.work()
    desk.clock.wakes.clear()
    desk.confirm(import_id)
    assert desk.clock.wakes == ["maintenance"]


def end_lease(desk: Desk, import_id: UUID) -> None:
    with desk.begin(by=READER) as session:
        over = update(PatientImport).where(PatientImport.id == import_id)
        session.execute(over.values(lease_until=text("clock_timestamp() - interval '1 second'")))
