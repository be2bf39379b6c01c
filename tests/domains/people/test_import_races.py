"""Two imports of one file at once, and a colleague at the form meanwhile: everybody comes in once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

from sqlalchemy import func, select

from clinic.kernel.actor import Actor
from clinic.people import actions
from clinic.people.actions.importing import Outcome, take
from clinic.people.errors import DuplicatePatient
from clinic.people.models import Patient, Phone, SmsConsent
from clinic.people.rules.importing import PatientFile
from tests.conftest import Database
from tests.domains.people.import_files import AGREES, GOOD, csv_of, person
from tests.domains.people.samples import DANA


def bring(database: Database, content: bytes, *, by: Actor, now: datetime, start: Barrier) -> list[Outcome]:
    file = PatientFile([content])
    rows = list(file.rows())
    outcomes = []
    start.wait(10)
    for begun in range(0, len(rows), 10):
        with database.begin(by=by) as session:
            taken = take(session, file.header, rows[begun : begun + 10], by=by, now=now)
        outcomes += [one.outcome for one in taken]
    return outcomes


def test_one_file_taken_in_by_two_workers_at_once_adds_everybody_once(
    database: Database, coordinator: Actor, now: datetime
) -> None:
    content = csv_of(*[person(number, **(AGREES if number % 2 else {})) for number in range(60)])
    start = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(bring, database, content, by=coordinator, now=now, start=start) for _ in range(2)]
        outcomes = [outcome for run in runs for outcome in run.result(60)]
    assert (outcomes.count(Outcome.CREATED), outcomes.count(Outcome.UNCHANGED)) == (60, 60)
    with database.begin(by=coordinator) as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Patient, Phone, SmsConsent)]
    assert counts == [60, 60, 60]


def test_a_colleague_who_adds_the_same_person_meanwhile_is_told(
    database: Database, coordinator: Actor, now: datetime
) -> None:
    start = Barrier(2)
    new = replace(DANA, legal_last_name="Reyes", preferred_name="Dana")

    def at_the_form() -> bool:
        start.wait(10)
        try:
            with database.begin(by=coordinator) as session:
                actions.add_patient(session, new=new, consent=None, by=coordinator, now=now)
        except DuplicatePatient:
            return False
        return True

    content = csv_of(GOOD, *[person(number) for number in range(9)])
    with ThreadPoolExecutor(2) as pool:
        form = pool.submit(at_the_form)
        outcomes = pool.submit(bring, database, content, by=coordinator, now=now, start=start).result(60)
        was_added = form.result(60)
    assert (outcomes[0] is Outcome.CREATED) is not was_added
    with database.begin(by=coordinator) as session:
        alike = select(func.count()).select_from(Patient).where(Patient.legal_first_name == "Daniela")
        assert session.scalar(alike.where(Patient.legal_last_name == "Reyes")) == 1
