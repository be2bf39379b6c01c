"""What nobody triggers: old holds, visits that nobody confirmed, licenses that end."""

from datetime import timedelta

import pytest

from clinic.people import actions as people
from clinic.people.rules import NewLicence
from clinic.scheduling import actions
from clinic.scheduling.rules.states import AppointmentState
from clinic.watching import keep_watch
from clinic.worklist import actions as worklist
from clinic.worklist.queries import item, open_items
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, Clinic, at


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    actions.take_no_holidays(session, year=2027, by=COORDINATOR, now=NOW)
    return made


def kinds(session, now):
    keep_watch(session, now=now, by=COORDINATOR)
    return [one.kind for one in open_items(session, roles=["coordinator", "admin"])]


def test_a_visit_that_nobody_confirmed_asks_for_a_call_four_hours_before_and_once(session, clinic):
    visit = clinic.visit(clinic.patient(), clinic.physician(), at(25, 10))
    assert kinds(session, visit.starts_at - timedelta(hours=4)) == []
    assert kinds(session, visit.starts_at - timedelta(hours=3, minutes=59)) == ["unconfirmed_visit"]
    assert kinds(session, visit.starts_at - timedelta(hours=3)) == ["unconfirmed_visit"]


def test_a_task_that_was_closed_is_not_opened_by_the_next_look(session, clinic):
    visit = clinic.visit(clinic.patient(), clinic.physician(), at(25, 10))
    soon = visit.starts_at - timedelta(hours=2)
    assert kinds(session, soon) == ["unconfirmed_visit"]
    (open_one,) = open_items(session, roles=["coordinator"])
    seen = item(session, open_one.id)
    worklist.close_item(session, item_id=seen.id, version=seen.version, by=COORDINATOR, now=soon)
    assert kinds(session, soon) == []


def test_confirming_settles_the_task(session, clinic):
    visit = clinic.visit(clinic.patient(), clinic.physician(), at(25, 10))
    soon = visit.starts_at - timedelta(hours=2)
    assert kinds(session, soon) == ["unconfirmed_visit"]
    actions.confirm(session, appointment_id=visit.id, via="staff", by=COORDINATOR, now=soon)
    assert kinds(session, soon) == []


def test_a_hold_that_ran_out_is_let_go(session, clinic):
    held = clinic.hold(clinic.patient(), clinic.physician(), at(25, 10))
    keep_watch(session, now=NOW + timedelta(minutes=11), by=COORDINATOR)
    session.refresh(held)
    assert held.state == AppointmentState.EXPIRED


@pytest.mark.parametrize(("days", "opened"), [(29, ["licence_ending"]), (30, [])])
def test_a_license_that_ends_within_thirty_days_becomes_the_administrators_task(session, clinic, days, opened):
    physician = clinic.physician(states=())
    ends = (NOW + timedelta(days=days)).date()
    licence = NewLicence(state="FL", number="FL1", valid_from=LONG_AGO, valid_until=ends)
    people.add_licence(session, physician_id=physician.id, new=licence, by=COORDINATOR, now=NOW)
    assert kinds(session, NOW) == opened
