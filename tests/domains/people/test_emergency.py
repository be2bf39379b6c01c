"""Records opened in an emergency: to one physician, for one patient, for a quarter of an hour, reviewed by another."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role, system
from clinic.kernel.ids import new_id
from clinic.people import actions, queries
from clinic.people.errors import (
    AlreadySees,
    EmergencyAccessOpen,
    EmergencyNotAllowed,
    EmergencyReasonRefused,
    PatientNotFound,
    ReviewedAlready,
    UnknownEmergencyAccess,
    UnknownRecord,
)
from clinic.people.rules.emergency import record_number_of
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import ADMIN, CourseClinic

BECAUSE = "Found confused at home, caller is the daughter"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ward(session):
    """A patient of Dr. Okafor's, and Dr. Herrera, who is in no care team."""
    made = CourseClinic(session)
    made.ana = made.patient()
    made.plan(patient=made.ana)
    made.herrera, made.stranger = made.physician("Dr. Luis Herrera")
    return made


def opened(session, ward, **changes):
    wanted = {"record_number": ward.ana.record_number, "reason": BECAUSE, "by": ward.stranger, "now": NOW}
    return actions.open_record(session, **(wanted | changes))


def sees(session, ward, *, now, by=None):
    return queries.may_see(session, actor=by or ward.stranger, patient_id=ward.ana.id, now=now)


def events(begun):
    wanted = select(AuditEvent).where(AuditEvent.action.like("emergency_access.%"))
    rows = begun.scalars(wanted.order_by(AuditEvent.seq))
    return [(row.action.split(".")[1], row.details.get("purpose"), row.details.get("how")) for row in rows]


def test_a_record_is_open_for_a_quarter_of_an_hour_to_the_one_who_opened_it_alone(session, ward):
    other = ward.patient()
    third = ward.physician("Dr. Ines Paz")[1]
    assert not sees(session, ward, now=NOW)
    opened(session, ward)
    assert sees(session, ward, now=NOW)
    assert sees(session, ward, now=NOW + 15 * MINUTE - timedelta(seconds=1))
    assert not sees(session, ward, now=NOW + 15 * MINUTE)
    assert not sees(session, ward, now=NOW + 15 * MINUTE + timedelta(seconds=1))
    assert not sees(session, ward, now=NOW - MINUTE)
    assert not sees(session, ward, now=NOW, by=third)
    assert not queries.may_see(session, actor=ward.stranger, patient_id=other.id, now=NOW)
    with pytest.raises(PatientNotFound):
        queries.patient_for(session, actor=ward.stranger, patient_id=ward.ana.id, now=NOW + 15 * MINUTE)


def test_it_stays_out_of_the_list_of_own_patients(session, ward):
    opened(session, ward)
    assert queries.patients_of_physician(session, physician_id=ward.herrera.id, now=NOW) == []


@pytest.mark.parametrize("reason", ["", "too short", "         x"])
def test_a_reason_of_at_least_ten_characters_is_needed(session, ward, reason):
    with pytest.raises(EmergencyReasonRefused) as refusal:
        opened(session, ward, reason=reason)
    assert refusal.value.field == "reason"
    assert not sees(session, ward, now=NOW)


@pytest.mark.parametrize("typed", ["k7m2qf4", "K7M-2QF4", " k7m 2qf4 ", "K7M–2QF4"])
def test_a_record_number_is_read_however_it_was_typed(typed):
    assert record_number_of(typed) == "K7M-2QF4"


@pytest.mark.parametrize("typed", ["", "K7M", "K7M-2QF44", "K7M_2QF4", "222-2222"])
def test_an_unknown_number_opens_nothing(session, ward, typed):
    with pytest.raises(UnknownRecord) as refusal:
        opened(session, ward, record_number=typed)
    assert refusal.value.field == "record_number"


def test_who_may_open_the_record_anyway_is_told_so_and_opens_nothing(session, ward):
    with pytest.raises(AlreadySees) as refusal:
        opened(session, ward, by=ward.doctor)
    assert refusal.value.patient_id == ward.ana.id
    opened(session, ward)
    with pytest.raises(AlreadySees):
        opened(session, ward)


def test_being_a_coordinator_too_does_not_make_the_record_a_physicians(session, ward):
    both = replace(ward.stranger, roles=frozenset({Role.COORDINATOR, Role.PHYSICIAN}))
    assert opened(session, ward, by=both).patient_id == ward.ana.id


def test_only_physicians_who_see_patients_open_a_record(session, ward, coordinator):
    for somebody in (coordinator, ADMIN, replace(ward.stranger, id=new_id())):
        with pytest.raises(EmergencyNotAllowed):
            opened(session, ward, by=somebody)
    ward.herrera.is_active = False
    session.flush()
    with pytest.raises(EmergencyNotAllowed):
        opened(session, ward)


def test_ending_early_shuts_the_record_at_once_and_only_the_opener_does(session, ward):
    access = opened(session, ward)
    with pytest.raises(UnknownEmergencyAccess):
        actions.end_access(session, access_id=access.id, by=ward.doctor, now=NOW + MINUTE)
    for _ in range(2):
        actions.end_access(session, access_id=access.id, by=ward.stranger, now=NOW + MINUTE)
    assert not sees(session, ward, now=NOW + MINUTE)
    assert access.ended_at == NOW + MINUTE


def test_administrators_have_a_task_and_the_assigned_physician_is_told(session, ward):
    access = opened(session, ward)
    [task] = session.scalars(select(WorkItem).where(WorkItem.kind == "emergency_access"))
    assert (task.owner_role, task.state, task.due_at) == (Role.ADMIN, "open", NOW + timedelta(days=7))
    assert ward.ana.record_number in task.reason
    assert ward.ana.legal_last_name not in task.reason
    assert BECAUSE not in task.reason
    told = queries.told_to_team(session, physician_id=ward.okafor.id, now=NOW)
    assert [(row.id, row.physician_name) for row in told] == [(access.id, "Dr. Luis Herrera")]
    assert queries.told_to_team(session, physician_id=ward.herrera.id, now=NOW) == []
    assert queries.told_to_team(session, physician_id=ward.okafor.id, now=NOW + timedelta(days=7)) == []


def test_start_and_stop_are_a_pair_in_the_audit_trail_with_the_purpose(begin, session, ward):
    session.commit()
    with begin(by=ward.stranger) as begun:
        opened(begun, ward)
    with begin(by=system("Watch")) as begun:
        assert actions.end_over(begun, by=system("Watch"), now=NOW + 15 * MINUTE - timedelta(seconds=1)) == 0
        assert actions.end_over(begun, by=system("Watch"), now=NOW + 20 * MINUTE) == 1
        assert actions.end_over(begun, by=system("Watch"), now=NOW + 20 * MINUTE) == 0
    assert events(session) == [("started", "ETREAT", None), ("ended", "ETREAT", "time_up")]
    [row] = queries.waiting_for_review(session)
    assert row.ended_at == NOW + 15 * MINUTE


def test_a_review_closes_the_task_and_is_made_once_by_somebody_else(session, ward):
    access = opened(session, ward)
    verdict = {"access_id": access.id, "is_justified": True, "note": "Called the daughter, true."}
    later = NOW + timedelta(hours=1)
    with pytest.raises(EmergencyAccessOpen):
        actions.review_access(session, **verdict, by=ADMIN, now=NOW + 14 * MINUTE)
    for somebody in (ward.doctor, replace(ward.stranger, roles=frozenset({Role.PHYSICIAN, Role.ADMIN}))):
        with pytest.raises(EmergencyNotAllowed):
            actions.review_access(session, **verdict, by=somebody, now=later)
    with pytest.raises(EmergencyReasonRefused):
        actions.review_access(session, **(verdict | {"note": "ok"}), by=ADMIN, now=later)
    actions.review_access(session, **verdict, by=ADMIN, now=later)
    with pytest.raises(ReviewedAlready):
        actions.review_access(session, **verdict, by=ADMIN, now=later)
    assert queries.waiting_for_review(session) == []
    [row] = queries.reviewed(session)
    assert (row.reviewer, row.is_justified, row.review_note) == (ADMIN.name, True, "Called the daughter, true.")
    [task] = session.scalars(select(WorkItem).where(WorkItem.kind == "emergency_access"))
    assert task.state == "done"


def test_a_review_that_waits_more_than_seven_days_is_overdue(session, ward):
    opened(session, ward)
    [row] = queries.waiting_for_review(session)
    assert not row.is_overdue(NOW + timedelta(days=7))
    assert row.is_overdue(NOW + timedelta(days=7, seconds=1))
