"""Holding, booking and letting go on a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from clinic.access.models import Link
from clinic.kernel.actor import system
from clinic.kernel.journal import take_entries
from clinic.messaging.models import Message
from clinic.people.errors import PatientNotFound
from clinic.people.models import CareTeamMember
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import (
    HoldOver,
    NotOffered,
    PatientBusy,
    SlotTaken,
    UnknownAppointment,
    UnknownPatient,
    UnknownPhysician,
    UnknownVisitType,
)
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.slots import RemovalReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor


def changes_of(session, visit):
    return [row.change for row in queries.history_of(session, visit.id)]


def texts_of(session, visit):
    rows = session.scalars(select(Message).where(Message.subject_id == visit.id).order_by(Message.due_at))
    return [(row.template_key, row.state, row.due_at) for row in rows]


def test_a_time_is_held_for_ten_minutes_and_becomes_a_visit(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(25, 10))
    assert (held.state, held.hold_expires_at) == ("held", NOW + timedelta(minutes=10))
    assert texts_of(session, held) == []
    booked = actions.book(session, appointment_id=held.id, by=COORDINATOR, now=NOW, ring=RING)
    assert (booked.id, booked.state, booked.hold_expires_at) == (held.id, "booked", None)
    assert changes_of(session, booked) == ["held", "booked"]
    assert (booked.ends_at, booked.sequence, booked.version) == (at(25, 10, 30), 0, 2)


def test_booking_plans_the_confirmation_and_the_reminder_with_one_link(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(25, 10))
    assert texts_of(session, visit) == [
        ("BOOK_CONFIRM", "pending", NOW),
        ("VISIT_24H", "pending", at(24, 10)),
        ("VISIT_15M", "pending", at(25, 9, 45)),
    ]
    link = session.scalars(select(Link).where(Link.resource_id == visit.id)).one()
    assert link.expires_at > visit.ends_at
    assert set(session.scalars(select(Message.link_id).where(Message.subject_id == visit.id))) == {link.id}


def test_booking_a_booked_hold_again_returns_it_and_texts_once(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(25, 10))
    again = actions.book(session, appointment_id=visit.id, by=COORDINATOR, now=NOW, ring=RING)
    assert again.id == visit.id
    assert changes_of(session, visit) == ["held", "booked"]
    assert len(texts_of(session, visit)) == 3


def test_booking_opens_the_record_to_the_physician_until_two_weeks_after(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(25, 10))
    member = session.scalars(select(CareTeamMember).where(CareTeamMember.subject_id == visit.id)).one()
    assert (member.reason, member.physician_id) == ("visit", okafor.id)
    assert (member.starts_at, member.ends_at) == (NOW, visit.ends_at + timedelta(days=14))


def test_booking_leaves_an_audit_entry_that_names_the_patient(session, clinic, ana, okafor):
    take_entries(session)
    clinic.visit(ana, okafor, at(25, 10))
    entries = {entry.action: entry for entry in take_entries(session)}
    assert entries["appointment.booked"].patient_ids == (ana.id,)
    assert entries["appointment.booked"].details["state"] == "booked"


def test_a_taken_time_is_refused_with_three_others(session, clinic, ana, okafor):
    clinic.visit(ana, okafor, at(25, 10))
    with pytest.raises(SlotTaken) as caught:
        clinic.hold(clinic.patient(), okafor, at(25, 10, 15))
    starts = [starts_at for _, starts_at, _ in caught.value.alternatives]
    assert sorted(starts) == [int(moment.timestamp()) for moment in (at(25, 9, 30), at(25, 10, 30), at(25, 10, 45))]
    assert [slot.physician_name for slot in queries.named(session, caught.value.alternatives)] == [okafor.full_name] * 3


def test_an_unexpired_hold_keeps_others_out_and_an_expired_one_does_not(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(25, 10))
    clinic.now = NOW + timedelta(minutes=10) - timedelta(seconds=1)
    with pytest.raises(SlotTaken):
        clinic.hold(clinic.patient(), okafor, at(25, 10))
    clinic.now = NOW + timedelta(minutes=10)
    other = clinic.visit(clinic.patient(), okafor, at(25, 10))
    assert (held.state, other.state) == ("expired", "booked")
    assert changes_of(session, held) == ["held", "expired"]


def test_a_hold_that_ran_out_is_not_booked_and_its_own_time_is_offered_first(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(25, 10))
    with pytest.raises(HoldOver) as caught:
        actions.book(session, appointment_id=held.id, by=COORDINATOR, now=NOW + timedelta(minutes=10), ring=RING)
    assert caught.value.alternatives[0][1] == int(at(25, 10).timestamp())


def test_a_released_time_is_free_at_once(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(25, 10))
    actions.release_hold(session, appointment_id=held.id, by=COORDINATOR, now=NOW)
    actions.release_hold(session, appointment_id=held.id, by=COORDINATOR, now=NOW)
    assert changes_of(session, held) == ["held", "released"]
    assert clinic.hold(clinic.patient(), okafor, at(25, 10)).state == "held"
    with pytest.raises(HoldOver):
        actions.book(session, appointment_id=held.id, by=COORDINATOR, now=NOW, ring=RING)


def test_holding_another_time_gives_back_the_first_one(session, clinic, ana, okafor):
    first = clinic.hold(ana, okafor, at(25, 10))
    second = clinic.hold(ana, okafor, at(25, 10, 15))
    assert (first.state, second.state) == ("expired", "held")


def test_what_the_system_holds_gives_way_to_its_next_hold_and_to_nobody_elses(session, clinic, ana, okafor):
    first = clinic.hold(ana, okafor, at(25, 10), by=system("waitlist"))
    clinic.hold(ana, okafor, at(25, 11))
    assert first.state == "held"
    clinic.hold(ana, okafor, at(25, 12), by=system("waitlist"))
    assert first.state == "expired"


def test_another_persons_hold_for_the_patient_stays(session, clinic, ana, okafor, staff_actor):
    first = clinic.hold(ana, okafor, at(25, 10))
    clinic.hold(ana, okafor, at(25, 11), by=staff_actor())
    assert first.state == "held"


def test_a_patient_is_never_in_two_places(session, clinic, ana, okafor):
    clinic.visit(ana, okafor, at(25, 10))
    with pytest.raises(PatientBusy) as caught:
        clinic.hold(ana, clinic.physician("Dr. Bea Lindqvist"), at(25, 10, 15))
    assert len(caught.value.alternatives) == 3


def test_the_gap_in_the_physicians_part_of_a_visit_is_bookable(session, clinic, ana, okafor):
    clinic.visit_type("session", patient_minutes=120, physician_segments=((0, 30), (105, 15)))
    clinic.visit(ana, okafor, at(25, 10), visit_type_code="session")
    assert clinic.visit(clinic.patient(), okafor, at(25, 10, 30)).state == "booked"
    with pytest.raises(SlotTaken):
        clinic.visit(clinic.patient(), okafor, at(25, 11, 30))


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (at(23, 9), RemovalReason.IN_THE_PAST),
        (at(23, 11), RemovalReason.TOO_SOON),
        (at(23, 9) + timedelta(days=364), RemovalReason.BEYOND_HORIZON),
        (datetime(9999, 12, 31, 23, 45, tzinfo=UTC), RemovalReason.BEYOND_HORIZON),
        (datetime(1, 1, 1, tzinfo=UTC), RemovalReason.IN_THE_PAST),
        (at(28, 10), RemovalReason.NOT_OPEN),
        (at(25, 16, 45), RemovalReason.DOES_NOT_FIT),
        (at(25, 10, 7), RemovalReason.OFF_GRID),
        (at(25, 10) + timedelta(microseconds=1), RemovalReason.OFF_GRID),
    ],
)
def test_a_time_against_the_rules_is_refused_with_its_reason(session, clinic, ana, okafor, starts_at, reason):
    with pytest.raises(NotOffered) as caught:
        clinic.hold(ana, okafor, starts_at)
    assert caught.value.reason == reason
    assert caught.value.field == "starts_at"
    assert session.scalars(select(Appointment)).all() == []


def test_the_clinic_may_book_below_the_notice_but_never_in_the_past(session, clinic, ana, okafor):
    assert clinic.hold(ana, okafor, at(23, 10, 15), ignore_notice=True).state == "held"
    with pytest.raises(NotOffered):
        clinic.hold(ana, okafor, at(23, 9, 45), ignore_notice=True)


def test_a_physician_without_the_states_license_is_refused(session, clinic, okafor):
    elsewhere = clinic.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    florida_only = clinic.physician("Dr. Bea Lindqvist", states=("FL",))
    with pytest.raises(NotOffered) as caught:
        clinic.hold(elsewhere, florida_only, at(25, 10))
    assert "New Jersey license" in caught.value.message
    assert {physician_id for physician_id, _, _ in caught.value.alternatives} == {okafor.id}


def test_what_does_not_exist_is_refused_by_name(session, clinic, ana, okafor):
    with pytest.raises(UnknownVisitType):
        clinic.hold(ana, okafor, at(25, 10), visit_type_code="massage")
    with pytest.raises(UnknownPhysician):
        clinic.hold(ana, okafor, at(25, 10), physician_id=ana.id)
    with pytest.raises((UnknownPatient, PatientNotFound)):
        clinic.hold(ana, okafor, at(25, 10), patient_id=okafor.id)
    with pytest.raises(UnknownAppointment):
        actions.book(session, appointment_id=ana.id, by=COORDINATOR, now=NOW, ring=RING)


def test_a_patient_books_for_herself_only_and_only_what_is_open_to_patients(session, clinic, ana, okafor):
    clinic.visit_type("review", is_patient_bookable=False)
    assert clinic.visit(ana, okafor, at(25, 10), by=patient_actor(ana)).state == "booked"
    with pytest.raises(UnknownPatient):
        clinic.visit(clinic.patient(), okafor, at(25, 11), by=patient_actor(ana))
    with pytest.raises(UnknownVisitType):
        clinic.visit(ana, okafor, at(25, 12), visit_type_code="review", by=patient_actor(ana))


def test_holds_that_ran_out_are_swept(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(25, 10))
    later = NOW + timedelta(minutes=10)
    assert actions.expire_holds(session, now=later - timedelta(seconds=1), by=COORDINATOR) == 0
    assert actions.expire_holds(session, now=later, by=COORDINATOR) == 1
    assert (held.state, held.hold_expires_at) == ("expired", None)
    assert actions.expire_holds(session, now=later, by=COORDINATOR) == 0


def test_a_visit_booked_for_tomorrow_evening_gets_no_reminder_that_is_late(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(24, 9, 30))
    assert [key for key, _, _ in texts_of(session, visit)] == ["BOOK_CONFIRM", "VISIT_15M"]


def test_a_patient_without_consent_gets_no_text_and_a_coordinator_is_asked_to_call(session, clinic, okafor):
    visit = clinic.visit(clinic.patient(agrees=False), okafor, at(25, 10))
    assert {state for _, state, _ in texts_of(session, visit)} == {"suppressed"}
