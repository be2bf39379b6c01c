"""Two records become one: everything moves along, the other is never booked or texted again, and nothing is lost."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import casework
from clinic.access.models import Link
from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.models import Message
from clinic.people import actions as people
from clinic.people import queries
from clinic.people.actions.importing import take
from clinic.people.errors import DuplicatePatient, NotMergeable, PatientNotFound
from clinic.people.models import CareTeamMember, Patient
from clinic.people.rules import NewPatient, PatientStatus
from clinic.people.rules.importing import PatientFile
from clinic.runtime import Runtime
from clinic.scheduling.errors import PatientNotActive, VisitsOverlap
from clinic.scheduling.models import Appointment
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.conftest import TestClock
from tests.domains.messaging.provider import Provider
from tests.domains.people.import_files import GOOD, csv_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic, at
from workers import work

Merge = Callable[[Patient, Patient], Patient]


@pytest.fixture
def pair(clinic: Clinic, session: Session) -> tuple[Patient, Patient]:
    """Return the record to give up and the one that lives on."""
    loser = clinic.patient(legal_first_name="Anna", legal_last_name="Kowalczyk", phone="+13055550111")
    survivor = clinic.patient(legal_first_name="Anne", legal_last_name="Kowal", phone="+13055550122")
    session.commit()
    return loser, survivor


@pytest.fixture
def merge(runtime: Runtime, clock: TestClock) -> Merge:
    def make(loser: Patient, survivor: Patient) -> Patient:
        with runtime.begin(by=COORDINATOR) as session:
            return casework.merge(
                session,
                loser_id=loser.id,
                survivor_id=survivor.id,
                loser_version=queries.patient(session, loser.id).version,
                survivor_version=queries.patient(session, survivor.id).version,
                by=COORDINATOR,
                now=clock(),
            )

    return make


def test_visits_team_links_tasks_and_texts_move_along(
    pair: tuple[Patient, Patient], merge: Merge, book: Callable, session: Session, now: datetime
) -> None:
    loser, survivor = pair
    visit = book(loser, at(26, 10))
    worklist.open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key="x",
        reason="Read it.",
        subject_kind="patient",
        subject_id=loser.id,
        patient_id=loser.id,
        by=COORDINATOR,
        now=now,
    )
    session.commit()
    merge(loser, survivor)
    session.expire_all()
    assert visit.patient_id == survivor.id
    assert session.scalars(select(CareTeamMember.patient_id)).all() == [survivor.id]
    assert session.scalars(select(Link.patient_id)).all() == [survivor.id]
    assert session.execute(select(WorkItem.patient_id, WorkItem.subject_id)).all() == [(survivor.id, survivor.id)]
    assert set(session.scalars(select(Message.recipient_id))) == {survivor.id}
    assert queries.record_ids(session, survivor.id) == [survivor.id, loser.id]


def test_waiting_texts_go_to_the_number_of_the_record_that_lives_on(
    pair: tuple[Patient, Patient],
    merge: Merge,
    book: Callable,
    sending: Runtime,
    provider: Provider,
    session: Session,
) -> None:
    loser, survivor = pair
    book(loser, at(26, 10))
    merge(loser, survivor)
    work.send(sending, seconds=5)
    assert [call.to for call in provider.calls] == ["+13055550122"]
    waiting = session.execute(select(Message.address_id).where(Message.state == "pending")).scalars().all()
    assert set(waiting) == {survivor.phone_id}


def test_the_other_record_is_merged_and_is_not_to_be_booked_found_or_seen(
    pair: tuple[Patient, Patient], merge: Merge, clinic: Clinic, okafor: object, session: Session, now: datetime
) -> None:
    loser, survivor = pair
    merge(loser, survivor)
    session.expire_all()
    assert (loser.status, loser.merged_into_id) == ("merged", survivor.id)
    assert queries.survivor_of(session, loser.id) == survivor.id
    with pytest.raises(PatientNotActive):
        clinic.visit(loser, okafor, at(26, 10))  # type: ignore[arg-type]
    with pytest.raises(PatientNotFound):
        queries.patient_for(session, actor=COORDINATOR, patient_id=loser.id, now=now)
    assert [row.id for row in queries.page_of_patients(session)] == [survivor.id]
    assert queries.count_patients(session) == 1
    assert queries.patients_with_phone(session, loser.phone_id) == []


@pytest.mark.parametrize("text", ["kowalczyk", "anna", "305 555 0111", "kowal anne"])
def test_the_record_that_lives_on_is_found_by_the_names_of_both(
    pair: tuple[Patient, Patient], merge: Merge, session: Session, text: str
) -> None:
    loser, survivor = pair
    merge(loser, survivor)
    assert [row.id for row in queries.search(session, text=text)] == [survivor.id]
    assert [row.id for row in queries.search(session, text=loser.record_number)] == [survivor.id]


def test_old_names_stay_after_an_edit_and_another_merge(
    pair: tuple[Patient, Patient], merge: Merge, clinic: Clinic, session: Session, now: datetime
) -> None:
    loser, survivor = pair
    third = clinic.patient(legal_first_name="Ania", legal_last_name="Kow")
    session.commit()
    merge(loser, survivor)
    merge(survivor, third)
    session.expire_all()
    assert (loser.merged_into_id, survivor.merged_into_id) == (third.id, third.id)
    new = NewPatient(
        legal_first_name="Ania",
        legal_last_name="Nowak",
        birth_date=third.birth_date,
        phone="786 555 0142",
        address_line="1 A Street",
        city="Miami",
        state="FL",
        postal_code="33101",
        county_fips="12086",
    )
    people.edit_patient(session, patient_id=third.id, new=new, version=third.version, by=COORDINATOR, now=now)
    for text in ("kowalczyk", "nowak", loser.record_number):
        assert [row.id for row in queries.search(session, text=text)] == [third.id]


def test_two_visits_at_one_time_are_refused_and_nothing_moves(
    pair: tuple[Patient, Patient], merge: Merge, book: Callable, clinic: Clinic, session: Session
) -> None:
    loser, survivor = pair
    visit = book(loser, at(26, 10))
    clinic.visit(survivor, clinic.physician("Dr. Luis Herrera"), at(26, 10, 15))
    session.commit()
    with pytest.raises(VisitsOverlap, match="Cancel or move one of the two"):
        merge(loser, survivor)
    session.expire_all()
    assert (visit.patient_id, loser.status) == (loser.id, "active")


def test_a_patient_who_opened_the_link_goes_on(
    pair: tuple[Patient, Patient], merge: Merge, book: Callable, session: Session, now: datetime
) -> None:
    from clinic.scheduling import actions

    loser, survivor = pair
    visit = book(loser, at(26, 10))
    merge(loser, survivor)
    reader = Actor(kind=ActorKind.PATIENT, id=survivor.id, name="Patient")
    actions.confirm(session, appointment_id=visit.id, via="page", by=reader, now=now)
    assert session.get(Appointment, visit.id).state == "confirmed"  # type: ignore[union-attr]


def test_somebody_like_the_merged_record_is_said_to_be_the_one_that_lives_on(
    pair: tuple[Patient, Patient], merge: Merge, session: Session, now: datetime
) -> None:
    loser, survivor = pair
    merge(loser, survivor)
    session.expire_all()
    again = NewPatient(
        legal_first_name="Anna",
        legal_last_name="Kowalczyk",
        birth_date=loser.birth_date,
        phone="+13055550111",
        address_line="1 A Street",
        city="Miami",
        state="FL",
        postal_code="33101",
        county_fips="12086",
    )
    with pytest.raises(DuplicatePatient) as caught:
        people.add_patient(session, new=again, consent=None, by=COORDINATOR, now=now)
    assert caught.value.existing_ids == (survivor.id,)
    added = people.add_patient(
        session, new=again, consent=None, by=COORDINATOR, now=now, confirmed_not_duplicate_of=[survivor.id]
    )
    assert added.id not in {loser.id, survivor.id}


def test_the_key_of_a_file_moves_along(
    pair: tuple[Patient, Patient], merge: Merge, session: Session, now: datetime
) -> None:
    loser, survivor = pair
    loser.external_key = "A-1"
    session.commit()
    merge(loser, survivor)
    row = GOOD | {"legal_first_name": "Anne", "legal_last_name": "Kowal", "birth_date": str(survivor.birth_date)}
    file = PatientFile([csv_of(row | {"phone": "+13055550122"})])
    (taken,) = take(session, file.header, list(file.rows()), by=COORDINATOR, now=now)
    assert taken.outcome == "updated", taken.reason
    session.refresh(survivor)
    assert survivor.email == "dana@example.org"


@pytest.mark.parametrize(
    ("loser_status", "survivor_status"),
    [("active", "discharged"), ("active", "deceased"), ("deceased", "active")],
)
def test_who_left_is_not_made_one_by_the_way(
    pair: tuple[Patient, Patient],
    merge: Merge,
    session: Session,
    admin: Actor,
    now: datetime,
    loser_status: str,
    survivor_status: str,
) -> None:
    for record, status in zip(pair, (loser_status, survivor_status), strict=True):
        if status != "active":
            casework.set_status(
                session,
                patient_id=record.id,
                status=PatientStatus(status),
                reason="As we were told.",
                version=record.version,
                by=admin,
                now=now,
            )
    session.commit()
    with pytest.raises(NotMergeable):
        merge(*pair)


def test_a_record_is_not_merged_into_itself_or_twice(pair: tuple[Patient, Patient], merge: Merge) -> None:
    loser, survivor = pair
    with pytest.raises(NotMergeable):
        merge(loser, loser)
    merge(loser, survivor)
    with pytest.raises(NotMergeable):
        merge(loser, survivor)


def test_an_older_page_does_not_merge(pair: tuple[Patient, Patient], session: Session, now: datetime) -> None:
    loser, survivor = pair
    versions = {"loser_version": loser.version, "survivor_version": survivor.version + 1}
    with pytest.raises(ChangedMeanwhile):
        casework.merge(session, loser_id=loser.id, survivor_id=survivor.id, **versions, by=COORDINATOR, now=now)


def test_history_names_both(pair: tuple[Patient, Patient], merge: Merge, session: Session) -> None:
    loser, survivor = pair
    merge(loser, survivor)
    (entry,) = session.scalars(select(AuditEvent).where(AuditEvent.action == "patient.merged"))
    assert set(entry.patient_ids) == {loser.id, survivor.id}
    assert entry.details["merged"] == str(loser.id)


def test_the_merged_record_keeps_its_own_words(pair: tuple[Patient, Patient], merge: Merge, session: Session) -> None:
    loser, survivor = pair
    before = (loser.legal_last_name, loser.birth_date, loser.address_line, survivor.legal_last_name)
    merge(loser, survivor)
    session.expire_all()
    assert (loser.legal_last_name, loser.birth_date, loser.address_line, survivor.legal_last_name) == before
