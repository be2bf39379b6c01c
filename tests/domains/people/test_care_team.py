"""SEC-S2: a physician sees the patients in whose care team they are, for as long as they are in it."""

from datetime import timedelta

import pytest

from clinic.access.models import StaffAccount
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.ids import new_id
from clinic.people import actions, queries
from clinic.people.errors import PatientNotFound
from clinic.people.rules import CareReason, NewPhysician

A_DAY = timedelta(days=1)


def physician_named(session, name, *, by, now):
    account = StaffAccount(
        id=new_id(),
        email=f"{name.split()[0]}@example.org",
        email_key=f"{name.split()[0].casefold()}@example.org",
        full_name=name,
        roles=["physician"],
        created_at=now,
        updated_at=now,
    )
    session.add(account)
    session.flush()
    new = NewPhysician(full_name=name, zone="America/New_York", staff_id=account.id)
    physician = actions.add_physician(session, new=new, by=by, now=now)
    return physician, Actor(kind=ActorKind.STAFF, name=name, id=account.id, roles=frozenset({Role.PHYSICIAN}))


@pytest.fixture
def ada(session, coordinator, now):
    return physician_named(session, "Ada Okafor", by=coordinator, now=now)


@pytest.fixture
def patient(add):
    return add()


@pytest.fixture
def join(session, patient, ada, coordinator, now):
    def make(physician=None, *, starts_at=now, ends_at=None, subject_id=None):
        return actions.join_care_team(
            session,
            patient_id=patient.id,
            physician_id=(physician or ada[0]).id,
            reason=CareReason.VISIT if subject_id else CareReason.ASSIGNED,
            starts_at=starts_at,
            ends_at=ends_at,
            subject_id=subject_id,
            by=coordinator,
            now=now,
        )

    return make


def sees(session, actor, patient, now):
    return queries.may_see(session, actor=actor, patient_id=patient.id, now=now)


def test_a_physician_sees_nobody_by_being_a_physician(session, ada, patient, now):
    assert not sees(session, ada[1], patient, now)


def test_access_lasts_from_its_first_instant_to_before_its_last(session, ada, patient, join, now):
    join(starts_at=now, ends_at=now + A_DAY)
    second = timedelta(seconds=1)
    assert not sees(session, ada[1], patient, now - second)
    assert sees(session, ada[1], patient, now)
    assert sees(session, ada[1], patient, now + A_DAY - second)
    assert not sees(session, ada[1], patient, now + A_DAY)


def test_access_without_an_end_lasts_until_somebody_ends_it(session, ada, patient, join, coordinator, now):
    member = join()
    later = now + 400 * A_DAY
    assert sees(session, ada[1], patient, later)
    actions.leave_care_team(session, member_id=member.id, by=coordinator, now=later)
    assert not sees(session, ada[1], patient, later)
    assert sees(session, ada[1], patient, later - A_DAY)


def test_a_visit_that_goes_to_another_physician_takes_the_access_along(session, ada, patient, join, coordinator, now):
    lee, as_lee = physician_named(session, "Lee Park", by=coordinator, now=now)
    visit = new_id()
    join(subject_id=visit, ends_at=now + A_DAY)
    join(lee, subject_id=visit, ends_at=now + A_DAY)
    assert not sees(session, ada[1], patient, now)
    assert sees(session, as_lee, patient, now)
    assert [each.full_name for _, each in queries.care_team_of(session, patient_id=patient.id, now=now)] == ["Lee Park"]


@pytest.mark.parametrize("starts_in", [timedelta(0), A_DAY, -A_DAY])
def test_a_canceled_visit_ends_the_access_that_it_gave(session, ada, patient, join, coordinator, now, starts_in):
    visit = new_id()
    join(subject_id=visit, starts_at=now + starts_in, ends_at=now + 5 * A_DAY)
    actions.end_visit_access(session, subject_id=visit, by=coordinator, now=now)
    assert not sees(session, ada[1], patient, now)
    assert not sees(session, ada[1], patient, now + 2 * A_DAY)


def test_ending_twice_or_ending_nothing_does_no_harm(session, join, coordinator, now):
    visit = new_id()
    member = join(subject_id=visit, ends_at=now + A_DAY)
    actions.end_visit_access(session, subject_id=visit, by=coordinator, now=now)
    actions.end_visit_access(session, subject_id=visit, by=coordinator, now=now + A_DAY)
    actions.end_visit_access(session, subject_id=new_id(), by=coordinator, now=now)
    assert member.ends_at == now


def test_coordinators_see_every_patient_and_administrators_none(session, patient, staff_actor, now):
    assert sees(session, staff_actor(Role.COORDINATOR), patient, now)
    assert not sees(session, staff_actor(Role.ADMIN), patient, now)
    assert sees(session, staff_actor(Role.ADMIN, Role.COORDINATOR), patient, now)


def test_patients_see_themselves_and_jobs_are_not_asked(session, patient, now):
    assert sees(session, Actor(kind=ActorKind.PATIENT, name="Patient", id=patient.id), patient, now)
    assert not sees(session, Actor(kind=ActorKind.PATIENT, name="Patient", id=new_id()), patient, now)
    assert not sees(session, system("Reminder worker"), patient, now)


def test_somebody_elses_patient_is_missing_in_the_same_words_as_no_patient(session, ada, patient, now):
    said = []
    for patient_id in (patient.id, new_id()):
        with pytest.raises(PatientNotFound) as caught:
            queries.patient_for(session, actor=ada[1], patient_id=patient_id, now=now)
        said.append((caught.value.message, caught.value.code, caught.value.field))
    assert said[0] == said[1]


def test_a_physician_lists_the_patients_of_today(session, ada, patient, join, now):
    assert queries.patients_of_physician(session, physician_id=ada[0].id, now=now) == []
    join()
    assert [row.id for row in queries.patients_of_physician(session, physician_id=ada[0].id, now=now)] == [patient.id]
    assert queries.physician_of_staff(session, ada[1].id).id == ada[0].id
