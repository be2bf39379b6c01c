"""Where a patient says to be at a visit, and what follows from it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.people.errors import CountyOfAnotherState
from clinic.people.models import Patient
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import LocationRefused, StepNotAllowed, UnknownAppointment
from clinic.scheduling.rules.places import HOME, OTHER, PLACES, Place, Standing, is_said_on_the_day, standing_in
from clinic.scheduling.rules.slots import LicencePeriod
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor

START = at(25, 10)
NEWARK, TAMPA, PENSACOLA = "34013", "12057", "12033"
DAY = date(2026, 11, 25)


@pytest.fixture
def visit(clinic, okafor):
    return clinic.visit(clinic.patient(), okafor, START)


@pytest.fixture
def say(session, visit):
    def said(kind=OTHER, state="", county=None, *, by=COORDINATOR, now=START - timedelta(minutes=30), words=None):
        place = Place(kind=kind, state=state, county_fips=county, words=words)
        return actions.say_location(session, appointment_id=visit.id, place=place, by=by, now=now)[1]

    return said


def tasks_of(session, visit):
    session.flush()
    rows = select(WorkItem).where(WorkItem.subject_id == visit.id, WorkItem.kind == "patient_elsewhere")
    return [item for item in session.scalars(rows) if item.state == "open"]


def known(session, visit):
    return queries.whereabouts(session, queries.visit_row(session, visit.id))


@pytest.mark.parametrize(
    ("state", "from_day", "until_day", "means"),
    [
        ("FL", date(2026, 1, 1), date(2026, 12, 31), Standing.FITS),
        ("FL", date(2026, 1, 1), None, Standing.FITS),
        ("FL", DAY, DAY, Standing.FITS),
        ("FL", date(2026, 1, 1), date(2026, 11, 24), Standing.NO_LICENCE),
        ("FL", date(2026, 11, 26), None, Standing.NO_LICENCE),
        ("NJ", date(2026, 1, 1), None, Standing.NO_LICENCE),
        ("GA", date(2026, 1, 1), None, Standing.NOT_SERVED),
        ("XX", date(2026, 1, 1), None, Standing.NOT_SERVED),
    ],
)
def test_a_place_fits_where_the_physician_is_licensed_on_the_day(state, from_day, until_day, means):
    assert standing_in(state, on=DAY, licences=[LicencePeriod("FL", from_day, until_day)]) is means


def test_every_state_has_two_letters_and_one_name():
    assert len(PLACES) == len(set(PLACES.values())) == 54
    assert all(len(code) == 2 for code in PLACES)


@pytest.mark.parametrize(("hours", "is_of_the_day"), [(-11, False), (-9, True), (0, True), (1, True)])
def test_a_place_counts_for_joining_when_it_was_said_on_the_day(hours, is_of_the_day):
    assert is_said_on_the_day(START + timedelta(hours=hours), START, zone="America/New_York") is is_of_the_day


def test_the_latest_statement_counts_and_all_of_them_stay(session, visit, say):
    say(HOME, by=patient_actor(session.get_one(Patient, visit.patient_id)), now=NOW)
    assert (known(session, visit).said.by, known(session, visit).may_join) == ("patient", False)
    say(OTHER, "FL", TAMPA)
    said = queries.stated_location(session, visit.id)
    assert (said.state, said.county_fips, said.by, said.said_at) == (
        "FL",
        TAMPA,
        "staff",
        START - timedelta(minutes=30),
    )
    assert known(session, visit).may_join


def test_another_clock_in_the_same_state_is_taken_over(session, visit, say):
    assert say(OTHER, "FL", PENSACOLA) is Standing.FITS
    assert (visit.location_county_fips, visit.location_zone) == (PENSACOLA, "America/Chicago")
    say(HOME)
    assert visit.location_zone == "America/New_York"


def test_a_state_that_is_not_served_opens_one_task_before_the_visit_and_keeps_the_visit(session, visit, say):
    assert say(OTHER, "GA") is Standing.NOT_SERVED
    assert say(OTHER, "GA") is Standing.NOT_SERVED
    [task] = tasks_of(session, visit)
    assert "in Georgia" in task.reason
    assert "move the visit or cancel it" in task.reason
    assert task.due_at < START
    assert (visit.state, visit.location_state) == ("booked", "FL")
    assert not known(session, visit).may_join
    say(HOME)
    assert tasks_of(session, visit) == []
    assert known(session, visit).may_join


def test_a_state_without_a_license_of_this_physician_names_the_way_out(session, clinic):
    ivy = clinic.physician("Dr. Ivy Sloane", states=("FL",))
    visit = clinic.visit(clinic.patient(), ivy, START)
    place = Place(kind=OTHER, state="NJ", county_fips=NEWARK)
    standing = actions.say_location(session, appointment_id=visit.id, place=place, by=COORDINATOR, now=NOW)[1]
    assert standing is Standing.NO_LICENCE
    assert "Dr. Ivy Sloane holds no license" in tasks_of(session, visit)[0].reason
    licensed = clinic.physician("Dr. Noor Haddad", states=("NJ",))
    found = queries.find_slots(
        session,
        visit_type_code=visit.visit_type_code,
        patient_id=visit.patient_id,
        first_day=DAY,
        last_day=DAY + timedelta(days=1),
        now=NOW,
        moving=visit.id,
    )
    offered = {(slot.physician_id, slot.starts_at.date()) for slot in found.slots}
    assert (licensed.id, DAY) in offered
    assert (ivy.id, DAY) not in offered
    assert (ivy.id, DAY + timedelta(days=1)) in offered
    moved = actions.move(
        session, appointment_id=visit.id, physician_id=licensed.id, starts_at=START, by=COORDINATOR, now=NOW, ring=RING
    )
    assert (moved.physician_id, moved.location_state) == (licensed.id, "NJ")
    assert tasks_of(session, visit) == []


def test_a_visit_on_another_day_is_asked_about_anew(session, okafor, visit, say):
    say(OTHER, "NJ", NEWARK, now=NOW)
    actions.move(
        session,
        appointment_id=visit.id,
        physician_id=okafor.id,
        starts_at=at(26, 10),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    assert queries.stated_location(session, visit.id) is None
    assert visit.location_state == "FL"


def test_a_new_address_leaves_the_place_that_was_named_for_one_visit(session, visit, say):
    say(OTHER, "FL", TAMPA)
    actions.follow_patient(session, patient_id=visit.patient_id, by=COORDINATOR, now=NOW)
    assert visit.location_county_fips == TAMPA


@pytest.mark.parametrize(
    ("state", "county", "field", "error"),
    [
        ("", None, "state", LocationRefused),
        ("ZZ", None, "state", LocationRefused),
        ("FL", None, "county_fips", LocationRefused),
        ("FL", NEWARK, "county_fips", CountyOfAnotherState),
    ],
)
def test_a_place_that_makes_no_sense_is_refused_at_its_box(say, state, county, field, error):
    with pytest.raises(error) as refusal:
        say(OTHER, state, county)
    assert refusal.value.field == field


def test_a_visit_that_is_over_takes_no_place_and_another_patient_sees_none(session, clinic, visit, say):
    with pytest.raises(UnknownAppointment):
        say(HOME, by=patient_actor(clinic.patient(legal_first_name="Other")))
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=NOW)
    with pytest.raises(StepNotAllowed):
        say(HOME)
