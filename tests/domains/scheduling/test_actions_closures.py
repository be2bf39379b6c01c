"""Closing the clinic: what can be booked then, what is refused, and the holidays of a year."""

from datetime import date, time, timedelta
from threading import Thread

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import ClosureRefused, NotOffered, UnknownClosure
from clinic.scheduling.rules.slots import RemovalReason
from clinic.watching import keep_watch
from clinic.worklist.queries import open_items
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, at
from tests.domains.scheduling.crowd import WAITING, Office, together

WEDNESDAY = date(2026, 11, 25)
THANKSGIVING = "2026-11-26/US-FL+NJ"


@pytest.fixture
def find(session, clinic, okafor):
    ana = clinic.patient()

    def of(day=WEDNESDAY, last_day=None, patient=ana):
        return queries.find_slots(
            session,
            visit_type_code="follow_up",
            patient_id=patient.id,
            first_day=day,
            last_day=last_day or day,
            now=NOW,
        )

    return of


@pytest.fixture
def close(session):
    def make(**changes):
        wanted = {"name": "Staff day", "state": None, "first_day": WEDNESDAY, "last_day": WEDNESDAY}
        return actions.add_closure(session, by=COORDINATOR, now=NOW, **(wanted | changes))

    return make


def test_a_closed_day_offers_nothing_and_is_named(close, find):
    before = len(find().slots)
    close()
    found = find()
    assert found.slots == ()
    assert found.removed == {RemovalReason.CLINIC_CLOSED: found.by_physician()[0].considered}
    assert found.sentences == ("The clinic is closed for Staff day.",)
    assert found.next_day == WEDNESDAY + timedelta(days=1)
    assert before > 0


def test_a_closed_day_among_others_is_counted_with_its_name(close, find):
    close()
    sentences = find(WEDNESDAY, WEDNESDAY + timedelta(days=1)).sentences
    assert "while the clinic is closed (Staff day)" in " ".join(sentences)


def test_closed_hours_leave_the_rest_of_the_day(close, find):
    close(starts_at_local=time(9), ends_at_local=time(16))
    assert [slot.starts_at for slot in find().slots] == [at(25, 16), at(25, 16, 15), at(25, 16, 30)]


def test_a_closure_for_one_state_closes_for_its_patients_only(clinic, close, find):
    close(state="NJ")
    in_jersey = clinic.patient(state="NJ", city="Newark", postal_code="07101", county_fips="34013")
    assert find().slots
    assert find(patient=in_jersey).slots == ()


def test_a_booking_on_a_closed_day_is_refused_with_the_name_and_other_times(clinic, okafor, close):
    close()
    with pytest.raises(NotOffered) as caught:
        clinic.hold(clinic.patient(), okafor, at(25, 10))
    assert caught.value.reason == RemovalReason.CLINIC_CLOSED
    assert "Staff day" in caught.value.message
    assert len(caught.value.alternatives) == 3


def test_a_closure_is_changed_and_removed_with_before_and_after_on_record(session, close, find):
    closed = close()
    changed = actions.change_closure(
        session,
        closure_id=closed.id,
        name="  Staff   days ",
        state=None,
        first_day=WEDNESDAY + timedelta(days=1),
        last_day=WEDNESDAY + timedelta(days=1),
        starts_at_local=None,
        ends_at_local=None,
        by=COORDINATOR,
        now=NOW,
        version=1,
    )
    assert (changed.name, changed.version) == ("Staff days", 2)
    assert find().slots
    with pytest.raises(ChangedMeanwhile):
        actions.remove_closure(session, closure_id=closed.id, by=COORDINATOR, now=NOW, version=1)
    actions.remove_closure(session, closure_id=closed.id, by=COORDINATOR, now=NOW, version=2)
    actions.remove_closure(session, closure_id=closed.id, by=COORDINATOR, now=NOW, version=2)
    assert queries.closures(session) == []
    noted = {one.action: one.details for one in session.info["journal.entries"]}
    assert noted["closure.changed"]["before"]["first_day"] == "2026-11-25"
    assert noted["closure.changed"]["first_day"] == "2026-11-26"
    with pytest.raises(UnknownClosure):
        queries.closure(session, closed.id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"state": "OH"}, "state"),
        ({"last_day": WEDNESDAY - timedelta(days=1)}, "last_day"),
        ({"last_day": WEDNESDAY + timedelta(days=367)}, "last_day"),
        ({"first_day": date(2026, 11, 1), "last_day": date(2026, 11, 21)}, "last_day"),
        ({"first_day": date(2031, 1, 1), "last_day": date(2031, 1, 1)}, "first_day"),
        ({"starts_at_local": time(9)}, "ends_at_local"),
        ({"ends_at_local": time(9)}, "starts_at_local"),
        ({"starts_at_local": time(9), "ends_at_local": time(9)}, "ends_at_local"),
    ],
)
def test_a_closure_that_makes_no_sense_is_refused_at_its_field(session, close, changes, field):
    with pytest.raises(ClosureRefused) as caught:
        close(**changes)
    assert caught.value.field == field
    assert queries.closures(session) == []


def test_holidays_are_taken_together_and_marked(session):
    election = "2026-11-03/US-NJ"
    keys = [one.key for one in queries.holidays_of(session, year=2027)][:5]
    taken = actions.take_holidays(session, keys=[THANKSGIVING, *keys], by=COORDINATOR, now=NOW)
    assert (taken[0].name, taken[0].state) == ("Thanksgiving Day", None)
    assert [one.key for one in queries.holidays_of(session, year=2027) if one.is_taken] == keys
    assert queries.holidays_decided(session, year=2027)
    assert actions.take_holidays(session, keys=[THANKSGIVING], by=COORDINATOR, now=NOW) == []
    assert election in {one.key for one in queries.holidays_of(session, year=2026)}


def test_a_holiday_of_one_state_closes_for_patients_there(session):
    (lincoln,) = actions.take_holidays(session, keys=["2027-02-12/US-NJ"], by=COORDINATOR, now=NOW)
    assert (lincoln.name, lincoln.state) == ("Lincoln's Birthday", "NJ")


@pytest.mark.parametrize("key", ["2027-01-02/US-FL", "", "abc", "0000-01-01/US-FL", "2026-11-03/US-NJ"])
def test_one_wrong_holiday_leaves_all_of_them(session, key):
    with pytest.raises(ClosureRefused):
        actions.take_holidays(session, keys=[THANKSGIVING, key], by=COORDINATOR, now=NOW)
    assert queries.closures(session) == []


def test_whoever_books_while_the_clinic_is_being_closed_waits_and_is_refused(database):
    office = Office(database, patients=2)
    wanted = {"name": "Staff day", "state": None, "first_day": WEDNESDAY, "last_day": WEDNESDAY}
    results = []
    with database.begin(by=COORDINATOR) as closing:
        actions.add_closure(closing, by=COORDINATOR, now=NOW, **wanted)
        booking = Thread(target=lambda: results.extend(together(office.book(office.patients[0], at(25, 10)))))
        booking.start()
        while not office.answer(WAITING):
            assert booking.is_alive()
    booking.join()
    assert [type(one) for one in results] == [NotOffered]
    assert results[0].reason == RemovalReason.CLINIC_CLOSED


def asked(session, now):
    keep_watch(session, now=now, by=COORDINATOR)
    return [one.kind for one in open_items(session, roles=["admin"])]


def test_the_next_years_holidays_are_asked_for_from_october_on_and_once(session):
    october = NOW.replace(month=10, day=1)
    assert asked(session, october - timedelta(days=1)) == []
    assert asked(session, october) == ["holidays_undecided"]
    assert asked(session, NOW) == ["holidays_undecided"]
    actions.take_holidays(session, keys=["2027-01-01/US-FL+NJ"], by=COORDINATOR, now=NOW)
    assert asked(session, NOW) == []


def test_nobody_is_asked_after_none_was_said_or_some_were_taken(session):
    actions.take_no_holidays(session, year=2027, by=COORDINATOR, now=NOW)
    assert asked(session, NOW) == []
    assert queries.holidays_decided(session, year=2027)
    assert not queries.holidays_decided(session, year=2028)
    actions.take_holidays(session, keys=["2028-01-01/US-FL+NJ"], by=COORDINATOR, now=NOW)
    assert asked(session, NOW + timedelta(days=366)) == []
