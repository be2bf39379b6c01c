"""A patient moves: what follows is listed before, done in one transaction, and what is left are tasks."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from clinic.handover.actions.moving import carry_move_out, preview_move, relocate, withdraw_move
from clinic.handover.errors import MoveOver, MoveRefused, MoveWaits, SomethingNew
from clinic.handover.jobs import due
from clinic.handover.rules.moving import TASKS, About, Consequence, NewMove, fingerprint, leaving_words, why_not
from clinic.kernel.errors import ChangedMeanwhile
from clinic.people import actions as people
from clinic.people.errors import CountyOfAnotherState
from clinic.people.models import Patient
from clinic.people.rules import NewLicence
from clinic.people.rules.addresses import NewAddress
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import book, on

TODAY = date(2026, 11, 23)
NEWARK = NewAddress(address_line="9 Ferry Street", city="Newark", state="NJ", postal_code="07105", county_fips="34013")
PENSACOLA = NewAddress(
    address_line="1 Bay Street", city="Pensacola", state="FL", postal_code="32501", county_fips="12033"
)


@pytest.fixture
def patient(session, plan):
    return session.get_one(Patient, plan.patient_id)


@pytest.fixture
def look(session, patient):
    def found(address=NEWARK, *, day=TODAY, state=None):
        move = NewMove(on=day, state=state or address.state, address=None if state else address)
        return move, preview_move(session, patient_id=patient.id, move=move, by=COORDINATOR, now=NOW)

    return found


@pytest.fixture
def do(session, patient, look):
    def done(address=NEWARK, **wanted):
        move, seen = look(address, **wanted)
        known = {"seen": fingerprint(seen), "version": patient.version, "by": COORDINATOR, "now": NOW}
        return relocate(session, patient_id=patient.id, move=move, **known)

    return done


@pytest.fixture
def florida_only(session, courses):
    """Return a physician who may treat in Florida alone, with a plan's worth of patients."""
    return courses.clinic.physician("Dr. Ivy Sloane", states=("FL",))


def abouts(found):
    return [each.about for each in found]


@pytest.mark.parametrize(
    ("days", "state", "box"),
    [(0, "NJ", None), (365, "GA", None), (-1, "NJ", "on"), (366, "NJ", "on"), (0, "ZZ", "state")],
)
def test_what_of_a_move_cannot_stand(days, state, box):
    found = why_not(NewMove(on=TODAY + timedelta(days=days), state=state, address=None), today=TODAY)
    assert (found and found[0]) == box


def test_leaving_says_what_ends_when_and_what_goes_on():
    found = leaving_words("GA", "Mon, Dec 14", visits=2, has_order=True, has_membership=True)
    words = " ".join(each.sentence for each in found)
    for part in ("Georgia", "Dec 14", "to zero", "Call the patient", "2 visits", "No parcel", "membership ends"):
        assert part in words
    assert "Check-ins, the urgent line and messages go on" in found[-1].sentence
    assert [each.about for each in found if each.is_task] == [About.HAND_OFF, About.CALL]


def test_the_fingerprint_sees_every_sentence():
    one, two = Consequence(about=About.LAW, sentence="a"), Consequence(about=About.LAW, sentence="b")
    assert len({fingerprint(found) for found in ([], [one], [two], [one, two], [two, one])}) == 5
    assert set(TASKS) == {About.VISIT, About.PHYSICIAN, About.SUPPLY, About.HAND_OFF, About.CALL}


def test_the_list_names_visits_the_physician_the_program_and_the_parcels(session, plan, florida_only, look):
    book(session, plan, at=on("2026-12-02"), kind="follow_up")
    book(session, plan, at=on("2026-12-09"), kind="follow_up", physician_id=florida_only.id)
    _, found = look()
    words = " ".join(each.sentence for each in found)
    assert [each.sentence for each in found if each.about is About.VISIT] == [
        "The visit on Wed Dec 9 needs another physician: Dr. Ivy Sloane holds no New Jersey license on that day."
    ]
    assert "New Jersey's monitoring program" in words
    assert "has no registration to prescribe in New Jersey" in words
    assert "parcels go to the new address" in words
    assert About.CLOCK not in abouts(found)


def test_a_physician_without_the_license_from_that_day_needs_a_hand_over(session, courses, florida_only, kinds_open):
    plan = courses.plan(physician=florida_only_with_account(session, courses))
    move = NewMove(on=TODAY, state="NJ", address=NEWARK)
    asked = {"patient_id": plan.patient_id, "move": move, "by": COORDINATOR, "now": NOW}
    seen = preview_move(session, **asked)
    assert "The plan needs another physician" in " ".join(each.sentence for each in seen)
    version = session.get_one(Patient, plan.patient_id).version
    relocate(session, **asked, seen=fingerprint(seen), version=version)
    assert "transfer_needed" in kinds_open(plan.patient_id)


def florida_only_with_account(session, courses):
    made, _ = courses.physician("Dr. Sunny State", states=("FL",))
    return made


def test_today_everything_is_done_at_once_and_the_rest_are_tasks(session, plan, patient, florida_only, do, kinds_open):
    stays = book(session, plan, at=on("2026-12-02"), kind="follow_up")
    goes = book(session, plan, at=on("2026-12-09"), kind="follow_up", physician_id=florida_only.id)
    row = do()
    assert (row.status, patient.state, patient.city) == ("done", "NJ", "Newark")
    assert [(visit.location_state, visit.location_county_fips) for visit in (stays, goes)] == [("NJ", "34013")] * 2
    assert {stays.state, goes.state} == {"booked"}
    assert kinds_open(patient.id) == ["licence_gap", "patient_moves"]


def test_another_clock_is_told(session, plan, do, look, patient):
    visit = book(session, plan, at=on("2026-12-02"), kind="follow_up")
    _, found = look(PENSACOLA)
    assert "Visits from then on are told in CT instead of ET." in " ".join(each.sentence for each in found)
    assert About.SUPPLY not in abouts(found)
    do(PENSACOLA)
    assert (visit.location_zone, visit.starts_at) == ("America/Chicago", on("2026-12-02"))


def test_a_later_day_changes_the_record_then_and_can_be_taken_back(
    session, plan, patient, florida_only, do, kinds_open
):
    book(session, plan, at=on("2026-12-09"), kind="follow_up", physician_id=florida_only.id)
    row = do(day=date(2026, 12, 5))
    assert (row.status, patient.state) == ("planned", "FL")
    assert kinds_open(patient.id) == ["licence_gap", "patient_moves"]
    assert due(session, now=on("2026-12-04"))[1] == []
    assert due(session, now=on("2026-12-05"))[1] == [row.id]
    with pytest.raises(MoveWaits):
        do()
    withdraw_move(session, relocation_id=row.id, version=row.version, by=COORDINATOR, now=NOW)
    assert kinds_open(patient.id) == []
    with pytest.raises(MoveOver):
        withdraw_move(session, relocation_id=row.id, version=row.version, by=COORDINATOR, now=NOW)
    again = do(day=date(2026, 12, 5))
    carry_move_out(session, again, by=COORDINATOR, now=on("2026-12-05"))
    assert (again.status, patient.state) == ("done", "NJ")


def test_leaving_the_area_cuts_nothing_off(session, plan, patient, do, kinds_open):
    visit = book(session, plan, at=on("2026-12-09"), kind="follow_up")
    row = do(day=date(2026, 12, 7), state="GA")
    assert (row.is_leaving, row.address, row.status) == (True, None, "planned")
    assert kinds_open(patient.id) == ["leaving_call", "leaving_hand_off"]
    carry_move_out(session, row, by=COORDINATOR, now=on("2026-12-07"))
    assert (patient.state, patient.status, visit.state, plan.phase) == ("FL", "active", "booked", "maintenance")


def test_what_changed_since_it_was_shown_is_shown_again(session, plan, patient, courses, look):
    move, seen = look()
    ended = NewLicence(state="NJ", number="X1", valid_from=TODAY, valid_until=TODAY)
    people.add_licence(session, physician_id=courses.okafor.id, new=ended, by=COORDINATOR, now=NOW)
    florida = courses.clinic.physician("Dr. Late Booking", states=("FL",))
    book(session, plan, at=on("2026-12-09"), kind="follow_up", physician_id=florida.id)
    known = {"seen": fingerprint(seen), "by": COORDINATOR, "now": NOW}
    with pytest.raises(SomethingNew):
        relocate(session, patient_id=patient.id, move=move, version=patient.version, **known)
    with pytest.raises(ChangedMeanwhile):
        relocate(session, patient_id=patient.id, move=move, version=patient.version + 1, **known)
    assert patient.state == "FL"


def test_an_address_that_makes_no_sense_is_refused_before_anything_is_listed(session, patient):
    wrong = NewAddress(address_line="9 Ferry St", city="Newark", state="NJ", postal_code="07105", county_fips="12086")
    asked = {"patient_id": patient.id, "by": COORDINATOR, "now": NOW}
    with pytest.raises(CountyOfAnotherState):
        preview_move(session, move=NewMove(on=TODAY, state="NJ", address=wrong), **asked)
    with pytest.raises(MoveRefused):
        preview_move(session, move=NewMove(on=TODAY, state="NJ", address=None), **asked)
    assert isinstance(patient.id, UUID)
