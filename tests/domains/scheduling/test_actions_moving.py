"""Moving and canceling on a real database: texts, history and access follow."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.people.models import CareTeamMember
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import NotOffered, SlotTaken, StepNotAllowed, UnknownAppointment
from clinic.scheduling.rules.states import CancelReason
from clinic.scheduling.sending import text_guard
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor
from tests.domains.scheduling.texting import REMINDERS


@pytest.fixture
def visit(clinic, ana, okafor):
    return clinic.visit(ana, okafor, at(25, 10))


@pytest.fixture
def move(session, visit, okafor):
    def make(starts_at, **changes):
        wanted = {
            "appointment_id": visit.id,
            "physician_id": okafor.id,
            "starts_at": starts_at,
            "by": COORDINATOR,
            "now": NOW,
        }
        return actions.move(session, ring=RING, **(wanted | changes))

    return make


@pytest.fixture
def cancel(session, visit):
    def make(reason=CancelReason.CLINIC_REQUEST, *, now=NOW, by=COORDINATOR, **changes):
        return actions.cancel(session, appointment_id=visit.id, reason=reason, by=by, now=now, **changes)

    return make


def texts_of(session, visit):
    rows = session.scalars(
        select(Message).where(Message.subject_id == visit.id).order_by(Message.created_at, Message.due_at)
    )
    session.expire_all()
    return {(row.template_key, row.subject_version): (row.state, row.due_at) for row in rows}


def verdict(session, visit, template_key, *, version=1, now=NOW):
    planned = Planned(
        message_id=visit.id,
        template_key=template_key,
        subject_kind="appointment",
        subject_id=visit.id,
        subject_version=version,
        due_at=now,
        expires_at=visit.ends_at,
    )
    return text_guard(session, planned, now)


def test_a_moved_visit_keeps_its_row_and_its_uid_and_raises_its_sequence(session, visit, move):
    uid = visit.uid
    moved = move(at(26, 14))
    assert (moved.id, moved.uid, moved.sequence, moved.time_version) == (visit.id, uid, 1, 2)
    assert (moved.starts_at, moved.patient_period.lower, moved.physician_busy[0].upper) == (
        at(26, 14),
        at(26, 14),
        at(26, 14, 30),
    )
    last = queries.history_of(session, visit.id)[-1]
    assert (last.change, last.from_starts_at, last.to_starts_at, last.sequence) == ("moved", at(25, 10), at(26, 14), 1)


def test_a_moved_visit_takes_its_old_texts_back_and_plans_new_ones(session, visit, move):
    move(at(27, 14))
    assert texts_of(session, visit) == {
        ("BOOK_CONFIRM", 1): ("canceled", NOW),
        ("VISIT_24H", 1): ("canceled", at(24, 10)),
        ("VISIT_15M", 1): ("canceled", at(25, 9, 45)),
        ("BOOK_CHANGED", 2): ("pending", NOW + timedelta(seconds=180)),
        ("VISIT_24H", 2): ("pending", at(26, 14)),
        ("VISIT_15M", 2): ("pending", at(27, 13, 45)),
    }


def test_the_old_time_of_a_moved_visit_is_free_at_once(clinic, okafor, move):
    move(at(26, 14))
    assert clinic.visit(clinic.patient(), okafor, at(25, 10)).state == "booked"


def test_a_visit_can_move_into_a_part_of_its_own_time(move):
    assert move(at(25, 10, 15)).starts_at == at(25, 10, 15)


def test_a_refused_move_leaves_everything_as_it_was(session, clinic, visit, okafor, move):
    clinic.visit(clinic.patient(), okafor, at(26, 14))
    with pytest.raises(SlotTaken) as caught:
        move(at(26, 14))
    assert len(caught.value.alternatives) == 3
    with pytest.raises(NotOffered):
        move(at(28, 10))
    session.expire_all()
    assert (visit.starts_at, visit.sequence, visit.state) == (at(25, 10), 0, "booked")
    assert texts_of(session, visit)["VISIT_24H", 1][0] == "pending"


def test_moving_to_where_it_is_changes_nothing_even_from_an_old_page(session, visit, move):
    move(at(26, 14), version=visit.version)
    again = move(at(26, 14), version=2)
    assert (again.sequence, again.time_version) == (1, 2)


def test_a_second_coordinator_who_saw_an_older_version_is_told(visit, move, cancel):
    seen = visit.version
    move(at(26, 14), version=seen)
    with pytest.raises(ChangedMeanwhile, match="Dana Reyes"):
        move(at(27, 14), version=seen)
    with pytest.raises(ChangedMeanwhile):
        cancel(version=seen)


def test_the_clinics_move_asks_for_confirmation_again_and_the_patients_own_does_not(session, ana, visit, move):
    actions.confirm(session, appointment_id=visit.id, via="page", by=patient_actor(ana), now=NOW)
    assert move(at(26, 14), by=patient_actor(ana)).state == "confirmed"
    moved = move(at(27, 14))
    assert (moved.state, moved.confirmed_at, moved.confirmed_via) == ("booked", None, None)


def test_the_record_opens_to_the_new_physician_instead(session, clinic, visit, move):
    lindqvist = clinic.physician("Dr. Bea Lindqvist")
    move(at(26, 14), physician_id=lindqvist.id)
    member = session.scalars(select(CareTeamMember).where(CareTeamMember.subject_id == visit.id)).one()
    assert (member.physician_id, member.ends_at) == (lindqvist.id, at(26, 14, 30) + timedelta(days=14))


def test_a_patient_cannot_touch_somebody_elses_visit(session, clinic, visit, move, cancel):
    stranger = patient_actor(clinic.patient())
    with pytest.raises(UnknownAppointment):
        move(at(26, 14), by=stranger)
    with pytest.raises(UnknownAppointment):
        cancel(by=stranger)
    with pytest.raises(UnknownAppointment):
        actions.confirm(session, appointment_id=visit.id, via="page", by=stranger, now=NOW)


def test_a_patient_cannot_move_or_cancel_a_visit_that_has_begun(ana, move, cancel):
    with pytest.raises(StepNotAllowed):
        move(at(26, 14), by=patient_actor(ana), now=at(25, 10))
    with pytest.raises(StepNotAllowed):
        cancel(by=patient_actor(ana), now=at(25, 10))


def test_canceling_takes_texts_back_tells_the_patient_and_frees_the_time(session, clinic, okafor, visit, cancel):
    canceled = cancel(CancelReason.PHYSICIAN_UNAVAILABLE)
    assert (canceled.state, canceled.cancel_reason, canceled.canceled_at) == ("canceled", "physician_unavailable", NOW)
    states = {key: state for (key, _), (state, _) in texts_of(session, visit).items()}
    assert states == dict.fromkeys(["BOOK_CONFIRM", *REMINDERS], "canceled") | {"VISIT_CANCELED": "pending"}
    member = session.scalars(select(CareTeamMember).where(CareTeamMember.subject_id == visit.id)).one()
    assert member.ends_at == NOW
    assert clinic.visit(clinic.patient(), okafor, at(25, 10)).state == "booked"


def test_canceling_twice_changes_nothing_the_second_time(session, visit, cancel):
    cancel()
    again = cancel(CancelReason.DUPLICATE, version=1)
    assert (again.cancel_reason, again.version) == ("clinic_request", 3)
    assert [row.change for row in queries.history_of(session, visit.id)] == ["held", "booked", "canceled"]


def test_a_patient_who_cancels_is_not_texted_and_is_late_below_24_hours(session, ana, visit, cancel):
    canceled = cancel(CancelReason.CLINIC_REQUEST, by=patient_actor(ana), now=at(24, 10) + timedelta(seconds=1))
    assert (canceled.state, canceled.cancel_reason) == ("late_canceled", "patient_request")
    assert ("VISIT_CANCELED", 1) not in texts_of(session, visit)


def test_exactly_24_hours_before_is_in_time(ana, cancel):
    assert cancel(by=patient_actor(ana), now=at(24, 10)).state == "canceled"


def test_a_canceled_visit_is_never_reminded_of(session, visit, cancel):
    assert verdict(session, visit, "VISIT_24H") == Send()
    cancel()
    assert verdict(session, visit, "VISIT_24H") == Drop("visit_canceled")
    assert verdict(session, visit, "VISIT_CANCELED") == Send()


def test_a_moved_visit_is_not_reminded_of_at_its_old_time(session, visit, move):
    move(at(26, 14))
    assert verdict(session, visit, "VISIT_24H") == Drop("visit_moved")
    assert verdict(session, visit, "VISIT_24H", version=2) == Send()
    assert verdict(session, visit, "VISIT_CANCELED", version=2) == Drop("visit_booked")


def test_nothing_is_sent_about_a_visit_that_began(session, visit):
    assert verdict(session, visit, "VISIT_24H", now=at(25, 10) - timedelta(seconds=1)) == Send()
    assert verdict(session, visit, "VISIT_24H", now=at(25, 10)) == Drop("visit_begun")


def test_a_canceled_visit_allows_no_further_step(session, visit, move, cancel):
    cancel()
    with pytest.raises(StepNotAllowed, match="was canceled"):
        move(at(26, 14))
    with pytest.raises(StepNotAllowed):
        actions.confirm(session, appointment_id=visit.id, via="staff", by=COORDINATOR, now=NOW)


def test_a_patient_who_moves_house_is_reminded_by_the_clock_there(session, ana, visit):
    ana.zone, ana.county_fips, ana.version = "America/Chicago", "12033", ana.version + 1
    session.flush()
    assert actions.follow_patient(session, patient_id=ana.id, by=COORDINATOR, now=NOW) == 1
    assert (visit.location_zone, visit.location_county_fips) == ("America/Chicago", "12033")
    waiting = session.scalars(select(Message).where(Message.subject_id == visit.id, Message.state == "pending")).all()
    assert {(row.template_key, row.zone) for row in waiting} == {
        (key, "America/Chicago") for key in ("BOOK_CONFIRM", *REMINDERS)
    }


@pytest.mark.parametrize(("state", "county", "opened"), [("NJ", "34013", 1), ("FL", "12033", 0)])
def test_moving_where_the_physician_has_no_license_asks_a_person(session, clinic, ana, state, county, opened):
    florida_only = clinic.physician("Dr. Luis Herrera", states=("FL",))
    visit = clinic.visit(ana, florida_only, at(25, 12))
    ana.state, ana.county_fips, ana.version = state, county, ana.version + 1
    session.flush()
    actions.follow_patient(session, patient_id=ana.id, by=COORDINATOR, now=NOW)
    tasks = [item for item in open_items_of_patient(session, patient_id=ana.id) if item.kind == "licence_gap"]
    assert len(tasks) == opened
    assert [item.subject_id for item in tasks] == [visit.id] * opened


def test_a_missed_visit_asks_somebody_to_call(session, ana, visit):
    actions.mark_no_show(session, appointment_id=visit.id, by=COORDINATOR, now=visit.starts_at + timedelta(hours=1))
    assert "missed_visit" in {item.kind for item in open_items_of_patient(session, patient_id=ana.id)}
