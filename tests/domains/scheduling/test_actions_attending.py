"""Confirming, arriving, completing, missing, and what a texted reply does."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from clinic.messaging.models import Message
from clinic.scheduling import actions, queries
from clinic.scheduling.actions import Reply
from clinic.scheduling.errors import StepNotAllowed, TooEarly
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor

START = at(25, 10)


@pytest.fixture
def visit(clinic, ana, okafor):
    return clinic.visit(ana, okafor, at(25, 10))


@pytest.fixture
def do(session, visit):
    def make(verb, *, now=START, **changes):
        return verb(session, appointment_id=visit.id, by=COORDINATOR, now=now, **changes)

    return make


def reminded(session, visit):
    session.execute(
        update(Message)
        .where(Message.subject_id == visit.id, Message.template_key == "VISIT_24H")
        .values(state="delivered")
    )


def open_kinds(session):
    return sorted(session.scalars(select(WorkItem.kind).where(WorkItem.state == "open")))


def test_a_confirmation_says_how_and_when_and_is_written_once(session, visit, do):
    do(actions.confirm, now=NOW, via="sms")
    again = do(actions.confirm, now=NOW + timedelta(hours=1), via="page")
    assert (again.state, again.confirmed_at, again.confirmed_via) == ("confirmed", NOW, "sms")
    assert [row.change for row in queries.history_of(session, visit.id)] == ["held", "booked", "confirmed"]


def test_a_visit_that_has_begun_is_not_confirmed_any_more(do):
    with pytest.raises(StepNotAllowed):
        do(actions.confirm, via="page")


def test_a_held_time_is_not_confirmed(session, clinic, ana, okafor):
    held = clinic.hold(ana, okafor, at(26, 10))
    with pytest.raises(StepNotAllowed, match="only held"):
        actions.confirm(session, appointment_id=held.id, via="staff", by=COORDINATOR, now=NOW)


def test_a_patient_arrives_and_the_visit_is_completed(session, visit, do):
    assert do(actions.arrive).state == "in_progress"
    assert do(actions.arrive).version == 3
    assert do(actions.complete).state == "completed"
    assert do(actions.complete).version == 4


def test_nobody_arrives_more_than_an_hour_before(do):
    with pytest.raises(TooEarly, match="more than an hour"):
        do(actions.arrive, now=at(25, 9) - timedelta(seconds=1))
    assert do(actions.arrive, now=at(25, 9)).state == "in_progress"


def test_arrived_on_the_wrong_row_is_taken_back_to_what_it_was(do):
    do(actions.arrive)
    assert do(actions.undo_arrive).state == "booked"
    do(actions.confirm, now=NOW, via="staff")
    do(actions.arrive)
    assert do(actions.undo_arrive).state == "confirmed"


def test_nobody_misses_a_visit_before_ten_minutes_have_passed(do):
    with pytest.raises(TooEarly, match="not begun"):
        do(actions.mark_no_show, now=at(25, 10) - timedelta(seconds=1))
    with pytest.raises(TooEarly, match="10 minutes"):
        do(actions.mark_no_show, now=at(25, 10, 9))
    assert do(actions.mark_no_show, now=at(25, 10, 10)).state == "no_show"
    with pytest.raises(StepNotAllowed, match="missed"):
        do(actions.complete)


def test_a_visit_in_progress_that_breaks_off_is_canceled_not_late(do):
    do(actions.arrive)
    assert do(actions.cancel, reason=CancelReason.PATIENT_REQUEST).state == "canceled"


def test_a_texted_one_confirms_the_visit_in_the_patients_name(session, ana, visit):
    outcome = actions.confirm_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    assert (outcome.reply, outcome.visit.state, outcome.visit.confirmed_via) == (Reply.CONFIRMED, "confirmed", "sms")
    last = queries.history_of(session, visit.id)[-1]
    assert (last.actor_kind, last.actor_id) == ("patient", ana.id)
    again = actions.confirm_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    assert again.reply is Reply.ALREADY_CONFIRMED


def test_a_reply_without_a_visit_to_come_changes_nothing(session, ana, visit):
    late = at(25, 10)
    for answer in (actions.confirm_from_reply, actions.move_from_reply):
        assert answer(session, phone_id=ana.phone_id, by=COORDINATOR, now=late).reply is Reply.NOTHING_WAITING
    assert open_kinds(session) == []


def test_a_reply_from_a_shared_phone_that_may_mean_two_visits_asks_a_person(session, clinic, ana, okafor, visit):
    clinic.visit(clinic.patient(phone="+13055550100"), okafor, at(25, 11))
    for answer in (actions.confirm_from_reply, actions.move_from_reply):
        assert answer(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW).reply is Reply.UNCLEAR
    assert open_kinds(session) == ["reply_unclear"]
    assert visit.state == "booked"


def test_a_reply_means_the_visit_that_was_reminded_of(session, clinic, ana, okafor, visit):
    later = clinic.visit(clinic.patient(phone="+13055550100"), okafor, at(30, 11))
    reminded(session, visit)
    first = actions.confirm_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    again = actions.confirm_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    assert (first.reply, again.reply, later.state) == (Reply.CONFIRMED, Reply.ALREADY_CONFIRMED, "booked")


def test_of_one_patients_visits_a_reply_means_the_next(session, clinic, ana, okafor, visit):
    later = clinic.visit(ana, okafor, at(27, 10))
    outcome = actions.confirm_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    assert (outcome.visit.id, later.state) == (visit.id, "booked")


def test_a_texted_two_opens_a_task_that_moving_the_visit_closes(session, ana, okafor, visit):
    outcome = actions.move_from_reply(session, phone_id=ana.phone_id, by=COORDINATOR, now=NOW)
    assert (outcome.reply, outcome.visit.id, outcome.link_id is not None) == (Reply.MOVE_REQUESTED, visit.id, True)
    assert open_kinds(session) == ["move_requested"]
    actions.move(
        session,
        appointment_id=visit.id,
        physician_id=okafor.id,
        starts_at=at(26, 10),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    assert open_kinds(session) == []


def test_a_patient_confirms_on_the_page(session, ana, visit):
    confirmed = actions.confirm(session, appointment_id=visit.id, via="page", by=patient_actor(ana), now=NOW)
    assert confirmed.confirmed_via == "page"
