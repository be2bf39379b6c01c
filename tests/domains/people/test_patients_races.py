"""Several coordinators at once, with real commits."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from clinic.kernel.errors import ChangedMeanwhile, DomainError
from clinic.kernel.transaction import undone
from clinic.people import actions, queries
from clinic.people.errors import DuplicatePatient
from clinic.people.rules import NewPatient
from tests.domains.people.samples import DANA


def at_once(jobs):
    """Run the jobs from one starting line and return each job's result or refusal."""
    line = Barrier(len(jobs))

    def run(job):
        line.wait()
        try:
            return job()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_one_person_added_by_many_at_once_is_added_once(database, coordinator, now):
    def adding(new: NewPatient):
        def job():
            with database.begin(by=coordinator) as session:
                return actions.add_patient(session, new=new, consent=None, by=coordinator, now=now).id

        return job

    by_phone = [replace(DANA, legal_first_name=name) for name in ("Ana", "Eva", "Lea", "Mia")]
    by_name = [replace(DANA, legal_first_name="Ana", phone=f"305 555 01{n}") for n in (31, 32, 33, 34)]
    results = at_once([adding(new) for new in [*by_phone, *by_name]])
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert all(isinstance(refusal, DuplicatePatient) for refusal in refusals)
    with database.begin(by=coordinator) as session:
        stored = queries.page_of_patients(session)
    assert len(stored) == len(results) - len(refusals)
    keys = {(row.e164, row.legal_first_name) for row in stored}
    assert len({phone for phone, _ in keys}) == len(stored)
    assert len({name for _, name in keys}) == len(stored)


def test_different_people_with_one_new_phone_are_both_added(database, coordinator, now):
    def adding(years: int):
        def job():
            new = replace(DANA, birth_date=DANA.birth_date.replace(year=1950 + years), legal_first_name="Ana")
            with database.begin(by=coordinator) as session:
                return actions.add_patient(session, new=new, consent=None, by=coordinator, now=now).phone_id

        return job

    results = at_once([adding(n) for n in range(8)])
    assert len(set(results)) == 1
    assert not any(isinstance(result, DomainError) for result in results)


def test_of_two_edits_of_one_version_one_is_saved(database, coordinator, now):
    with database.begin(by=coordinator) as session:
        patient_id = actions.add_patient(session, new=DANA, consent=None, by=coordinator, now=now).id

    def editing(city: str):
        def job():
            with database.begin(by=coordinator) as session:
                new = replace(DANA, city=city)
                return actions.edit_patient(
                    session, patient_id=patient_id, new=new, version=1, by=coordinator, now=now + timedelta(minutes=1)
                ).city

        return job

    results = at_once([editing(city) for city in ("Doral", "Hialeah", "Aventura", "Homestead")])
    saved = [result for result in results if isinstance(result, str)]
    assert len(saved) == 1
    assert sum(isinstance(result, ChangedMeanwhile) for result in results) == 3
    with database.begin(by=coordinator) as session:
        assert queries.patient(session, patient_id).city == saved[0]


def test_two_people_who_become_alike_at_once_do_not_both(database, coordinator, now):
    with database.begin(by=coordinator) as session:
        ids = [
            actions.add_patient(
                session,
                new=replace(DANA, legal_first_name=name, phone=phone),
                consent=None,
                by=coordinator,
                now=now,
            ).id
            for name, phone in (("Ana", "305 555 0141"), ("Eva", "305 555 0142"))
        ]

    def renaming(patient_id):
        def job():
            new = replace(DANA, legal_first_name="Mia", phone=f"305 555 01{51 + ids.index(patient_id)}")
            with database.begin(by=coordinator) as session:
                return actions.edit_patient(
                    session, patient_id=patient_id, new=new, version=1, by=coordinator, now=now
                ).id

        return job

    results = at_once([renaming(each) for each in ids])
    assert sum(isinstance(result, DuplicatePatient) for result in results) == 1


def test_stop_and_start_at_once_leave_a_history_that_ends_as_the_row_does(database, coordinator, now):
    with database.begin(by=coordinator) as session:
        phone_id = actions.add_patient(session, new=DANA, consent=None, by=coordinator, now=now).phone_id

    def changing(action):
        def job():
            with database.begin(by=coordinator) as session:
                return action(session, phone_id=phone_id, source="text_reply", by=coordinator, now=now)

        return job

    at_once([changing(action) for action in [actions.opt_out, actions.opt_in] * 5])
    with database.begin(by=coordinator) as session:
        last = queries.consent_events(session, phone_id)[0]
        consent = queries.consent_of(session, phone_id)
        assert (last.change == "opted_out") == (consent.opted_out_at is not None)
        assert consent.revision == 1 + len(queries.consent_events(session, phone_id))


def test_a_lock_that_went_with_a_savepoint_is_taken_again(database, coordinator, now):
    with database.begin(by=coordinator) as session:
        patient_id = actions.add_patient(session, new=DANA, consent=None, by=coordinator, now=now).id
    taken = text("select from patient where id = :id for no key update nowait")
    with database.begin(by=coordinator) as session:
        with undone(session):
            first = queries.lock_patient(session, patient_id)
            assert queries.lock_patient(session, patient_id) is first
        queries.lock_patient(session, patient_id)
        with database.begin(by=coordinator) as other, pytest.raises(OperationalError, match="could not obtain lock"):
            other.execute(taken, {"id": patient_id})
