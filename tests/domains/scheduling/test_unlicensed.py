"""A license that is shortened, ended or moved to another state, and the visits that it leaves without one."""

from datetime import date, timedelta
from functools import partial

import pytest

from clinic.people import actions as people
from clinic.people.queries import licences_by_physician
from clinic.people.rules import NewLicence
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from clinic.watching import keep_watch
from clinic.worklist.queries import open_items
from tests.domains.scheduling.calendar_makers import COORDINATOR, FAR_AHEAD, LONG_AGO, NOW, RING, at

THURSDAY = date(2026, 11, 26)
WITHOUT = ("No Florida license on that day.",)


@pytest.fixture
def florida(session, okafor):
    return next(one for one in licences_by_physician(session, [okafor.id])[okafor.id] if one.state == "FL")


@pytest.fixture
def until(florida):
    def last_day(day, *, state="FL"):
        new = NewLicence(state=state, number=florida.number, valid_from=LONG_AGO, valid_until=day)
        wanted = {"licence_id": florida.id, "new": new, "version": florida.version}
        return partial(people.edit_licence, by=COORDINATOR, now=NOW, **wanted)

    return last_day


def looked_at(session, change, okafor):
    found = actions.preview(session, change, physician_id=okafor.id, now=NOW, trouble=actions.UNLICENSED)
    return {one.visit.id: one.why for one in found.stranded}


def made(session, change, okafor, *, seen=()):
    wanted = {"physician_id": okafor.id, "seen": seen, "trouble": actions.UNLICENSED}
    return actions.apply(session, change, by=COORDINATOR, now=NOW, **wanted)


def tasks(session):
    found = open_items(session, roles=["coordinator"])
    return {item.subject_id: item.reason for item in found if item.kind == "licence_gap"}


def test_a_shortened_license_names_the_visits_after_its_last_day(session, clinic, ana, okafor, until):
    clinic.visit(ana, okafor, at(26, 16))
    hit = clinic.visit(clinic.patient(), okafor, at(27, 9))
    assert looked_at(session, until(THURSDAY), okafor) == {hit.id: WITHOUT}
    assert looked_at(session, until(THURSDAY + timedelta(days=1)), okafor) == {}
    assert tasks(session) == {}


def test_only_promised_visits_of_this_physician_and_state_are_named(session, clinic, ana, okafor, until):
    jersey = clinic.patient(state="NJ", county_fips="34013", city="Newark", postal_code="07101")
    clinic.visit(jersey, okafor, at(27, 9))
    clinic.visit(ana, clinic.physician("Dr. Bea Lindqvist"), at(27, 10))
    canceled = clinic.visit(clinic.patient(), okafor, at(27, 11))
    why = {"reason": CancelReason.CLINIC_REQUEST, "by": COORDINATOR, "now": NOW}
    actions.cancel(session, appointment_id=canceled.id, **why)
    assert looked_at(session, until(THURSDAY), okafor) == {}


def test_a_second_license_for_the_state_covers_them(session, clinic, ana, okafor, until):
    clinic.visit(ana, okafor, at(27, 9))
    renewal = NewLicence(state="FL", number="FL777777", valid_from=THURSDAY, valid_until=FAR_AHEAD)
    people.add_licence(session, physician_id=okafor.id, new=renewal, by=COORDINATOR, now=NOW)
    assert looked_at(session, until(THURSDAY), okafor) == {}


def test_an_overbooked_visit_needs_a_license_as_well(session, clinic, ana, okafor, until):
    first = clinic.visit(ana, okafor, at(27, 9))
    over = actions.overbook_now(
        session,
        visit_type_code="follow_up",
        patient_id=clinic.patient().id,
        physician_id=okafor.id,
        starts_at=at(27, 9),
        reason="Agreed with the physician",
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    assert set(looked_at(session, until(THURSDAY), okafor)) == {first.id, over.id}


def test_nothing_is_saved_over_visits_that_nobody_saw(session, clinic, ana, okafor, until):
    hit = clinic.visit(ana, okafor, at(27, 9))
    with pytest.raises(actions.WouldStrand, match="1 booked visit without a license") as caught:
        made(session, until(THURSDAY), okafor)
    assert caught.value.preview.ids == {hit.id}


def test_each_visit_becomes_a_task_that_a_renewal_closes(session, clinic, ana, okafor, until):
    hit = clinic.visit(ana, okafor, at(27, 9))
    made(session, until(THURSDAY), okafor, seen=[hit.id])
    assert tasks(session) == {hit.id: "No Florida license on that day. Move the visit to a physician who has one."}
    done = made(session, until(FAR_AHEAD), okafor)
    assert [row.id for row in done.covered_again] == [hit.id]
    assert tasks(session) == {}


def test_a_license_of_another_state_is_none_here(session, clinic, ana, okafor, until):
    hit = clinic.visit(ana, okafor, at(27, 9))
    assert looked_at(session, until(FAR_AHEAD, state="NJ"), okafor) == {hit.id: WITHOUT}


def test_a_gap_that_closed_in_another_way_leaves_the_list_by_itself(session, clinic, ana, okafor, until):
    hit = clinic.visit(ana, okafor, at(27, 9))
    made(session, until(THURSDAY), okafor, seen=[hit.id])
    keep_watch(session, now=NOW, by=COORDINATOR)
    assert set(tasks(session)) == {hit.id}
    until(FAR_AHEAD)(session)
    keep_watch(session, now=NOW, by=COORDINATOR)
    assert tasks(session) == {}
