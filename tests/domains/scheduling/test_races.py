"""Many people at once, on real commits: one winner, no overlap, no deadlock."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range

from clinic.kernel.ids import new_id
from clinic.scheduling import actions
from clinic.scheduling.errors import NoSlot, PatientBusy, SlotTaken, StepNotAllowed
from clinic.scheduling.models import Appointment, AppointmentHistory
from tests.domains.scheduling.calendar_makers import NOW, RING, at, patient_actor
from tests.domains.scheduling.crowd import WAITING, Office, kinds, together

HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def office(database):
    opened = Office(database, patients=21)
    yield opened
    opened.assert_sound()


@pytest.fixture
def crowd(database):
    opened = Office(database, patients=40)
    yield opened
    opened.assert_sound()


def test_of_forty_people_who_want_one_time_one_gets_it_and_the_others_get_three_more(crowd):
    results = together(*(crowd.book(patient, at(25, 10)) for patient in crowd.patients))
    assert kinds(results) == {"Appointment": 1, "SlotTaken": 39}
    assert {len(result.alternatives) for result in results if isinstance(result, SlotTaken)} == {3}
    assert crowd.states() == {"booked": 1}


def test_forty_people_in_overlapping_times_never_overlap(crowd):
    starts = [at(25, 9) + timedelta(minutes=15 * (number * 7 % 31)) for number in range(40)]
    results = together(*(crowd.book(*wanted) for wanted in zip(crowd.patients, starts, strict=True)))
    assert set(kinds(results)) == {"Appointment", "SlotTaken"}
    assert crowd.states()["booked"] == kinds(results)["Appointment"]


def test_a_patient_who_is_wanted_everywhere_at_once_gets_one_visit(office):
    ana = office.patients[0]
    physicians = [office.okafor, office.lindqvist] * 5
    results = together(*(office.book(ana, at(25, 10), physician=physician) for physician in physicians))
    assert kinds(results)["Appointment"] == 1
    assert all(isinstance(result, PatientBusy | SlotTaken) for result in results if isinstance(result, Exception))


def test_one_hold_booked_by_many_requests_is_one_visit_with_one_confirmation(office):
    held = office.hold(office.patients[0], at(25, 10))()
    results = together(*(office.run(actions.book, appointment_id=held.id, ring=RING) for _ in range(10)))
    assert {result.id for result in results} == {held.id}
    assert office.answer(text("select count(*) from message where template_key = 'BOOK_CONFIRM'")) == 1


def test_an_expired_hold_goes_to_one_of_those_who_want_it_while_sweeps_run(office):
    held = office.hold(office.patients[0], at(25, 10))()
    later = NOW + timedelta(minutes=10)
    others = [office.book(patient, at(25, 10), now=later) for patient in office.patients[1:13]]
    sweeps = [office.run(actions.expire_holds, now=later) for _ in range(4)]
    too_late = office.run(actions.book, appointment_id=held.id, ring=RING, now=later)
    results = together(*others, *sweeps, too_late)
    assert kinds(results) == {"Appointment": 1, "SlotTaken": 11, "int": 4, "HoldOver": 1}
    expired = select(func.count()).where(
        AppointmentHistory.appointment_id == held.id, AppointmentHistory.change == "expired"
    )
    assert office.answer(expired) == 1


def test_a_time_given_back_by_canceling_is_booked_at_most_once(office):
    visit = office.book(office.patients[0], at(25, 10))()
    others = [office.book(patient, at(25, 10)) for patient in office.patients[1:13]]
    results = together(office.cancel(visit), *others)
    assert results[0].state == "canceled"
    assert kinds(results[1:])["Appointment"] <= 1
    assert all(isinstance(result, SlotTaken) for result in results[1:] if isinstance(result, Exception))


def test_many_who_move_to_one_time_and_many_who_book_it_leave_one_there(office):
    movers = [office.book(office.patients[i], at(24, 9) + i * HALF_AN_HOUR)() for i in range(1, 11)]
    moves = [office.move(visit, at(26, 10)) for visit in movers]
    bookings = [office.book(patient, at(26, 10, 15)) for patient in office.patients[11:21]]
    results = together(*moves, *bookings)
    assert kinds(results) == {"Appointment": 1, "SlotTaken": 19}
    assert office.states()["booked"] == len(movers) + kinds(results[10:])["Appointment"]


def test_visits_that_change_places_between_physicians_do_not_wait_for_each_other_forever(office):
    pairs = [(office.patients[2 * i], office.patients[2 * i + 1], at(25, 9) + i * HALF_AN_HOUR) for i in range(8)]
    calls = []
    for one, other, starts_at in pairs:
        first, second = office.book(one, starts_at)(), office.book(other, starts_at, physician=office.lindqvist)()
        calls += [
            office.move(first, starts_at, physician=office.lindqvist),
            office.move(second, starts_at, physician=office.okafor),
            office.move(first, starts_at + timedelta(days=1), physician=office.lindqvist),
            office.cancel(second),
        ]
    results = together(*calls)
    assert all(isinstance(result, NoSlot | StepNotAllowed) for result in results if isinstance(result, Exception))


def test_a_move_and_a_cancellation_of_one_visit_end_in_one_of_both_orders(office):
    visits = [office.book(office.patients[i], at(25, 9) + i * HALF_AN_HOUR)() for i in range(8)]
    calls = [
        call
        for visit in visits
        for call in (office.move(visit, visit.starts_at + timedelta(days=1)), office.cancel(visit))
    ]
    results = together(*calls)
    assert office.states() == {"canceled": 8}
    assert set(kinds(results)) <= {"Appointment", "StepNotAllowed"}


def test_a_patient_holds_and_a_coordinator_holds_the_same_time(office):
    ana = office.patients[0]
    results = together(office.hold(ana, at(25, 10)), office.hold(ana, at(25, 10), by=patient_actor(ana)))
    assert kinds(results)["Appointment"] == 1


def test_holds_that_ran_out_in_two_calendars_are_put_away_without_a_deadlock(office):
    one, other = office.patients[:2]
    wanted = {"visit_type_code": "follow_up", "starts_at": at(25, 10)}
    office.run(actions.hold, patient_id=one.id, physician_id=office.lindqvist.id, **wanted)()
    office.run(actions.hold, patient_id=other.id, physician_id=office.okafor.id, **wanted)()
    later = NOW + timedelta(minutes=11)
    results = together(
        office.book(one, at(25, 10), now=later),
        office.book(other, at(25, 10), physician=office.lindqvist, now=later),
        office.run(actions.expire_holds, now=later),
    )
    assert kinds(results) == {"Appointment": 2, "int": 1}


@pytest.fixture
def meanwhile(office):
    """Run a call while a writer who took no lock has put a visit there and commits only once the call waits."""

    def run(starts_at, call):
        period = Range(starts_at, starts_at + HALF_AN_HOUR)
        with office.database.sessions() as rogue:
            rogue.add(smuggled(office, period))
            rogue.flush()
            results = []
            waiting = Thread(target=lambda: results.extend(together(call)))
            waiting.start()
            while not office.answer(WAITING):
                pass
            rogue.commit()
            waiting.join()
        return results[0]

    return run


def smuggled(office, period):
    return Appointment(
        id=new_id(),
        uid=new_id().hex,
        patient_id=office.patients[0].id,
        physician_id=office.okafor.id,
        visit_type_code="follow_up",
        state="booked",
        starts_at=period.lower,
        ends_at=period.upper,
        patient_period=period,
        physician_busy=[period],
        location_state="FL",
        location_county_fips="12086",
        location_zone="America/New_York",
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_booking_is_stopped_by_the_constraint_when_a_writer_took_no_lock(office, meanwhile):
    refused = meanwhile(at(25, 10), office.book(office.patients[1], at(25, 10)))
    assert isinstance(refused, SlotTaken)
    assert len(refused.alternatives) == 3


def test_a_move_is_stopped_by_the_constraint_when_a_writer_took_no_lock(office, meanwhile):
    visit = office.book(office.patients[1], at(27, 10))()
    refused = meanwhile(at(26, 10), office.move(visit, at(26, 10)))
    assert isinstance(refused, SlotTaken)
    assert len(refused.alternatives) == 3
    assert office.answer(select(Appointment.starts_at).where(Appointment.id == visit.id)) == at(27, 10)
