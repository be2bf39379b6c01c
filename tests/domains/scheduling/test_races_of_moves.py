"""Moves that meet: with each other, with somebody who takes the old time, with a worker that sends the text."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at
from tests.domains.scheduling.crowd import OVERLAPS, Office, kinds, together
from tests.domains.scheduling.texting import FIRST

WHY = "Cannot wait until next week"
ROUNDS = 25


def visit_of(office, visit):
    with office.database.begin(by=COORDINATOR) as session:
        return session.get_one(Appointment, visit.id)


def test_undo_against_somebody_who_takes_the_old_time(database):
    office = Office(database, patients=2)
    ana, bo = office.patients
    for hour in range(9, 16):
        visit = office.book(ana, at(25, hour))()
        moved = office.move(visit, at(26, hour))()
        undo = office.run(actions.undo_move, appointment_id=visit.id, version=moved.version, ring=RING)
        results = together(undo, office.book(bo, at(25, hour)))
        assert kinds(results) == {"Appointment": 1, "SlotTaken": 1}, results
    office.assert_sound()


def test_two_who_undo_the_same_move_undo_it_once(database):
    office = Office(database, patients=1)
    visit = office.book(office.patients[0], at(25, 10))()
    moved = office.move(visit, at(26, 10))()
    undo = office.run(actions.undo_move, appointment_id=visit.id, version=moved.version, ring=RING)
    results = together(*[undo] * 6)
    assert kinds(results)["Appointment"] == 1
    assert visit_of(office, visit).sequence == 2
    office.assert_sound()


def test_two_who_agreed_to_the_same_overbooking_do_not_pile_up(database):
    office = Office(database, patients=4)
    office.book(office.patients[0], at(25, 10))()
    with database.begin(by=COORDINATOR) as session:
        where = {"visit_type_code": "follow_up", "physician_id": office.okafor.id, "starts_at": at(25, 10)}
        seen = queries.overbook_preview(session, patient_id=office.patients[1].id, now=NOW, **where).seen
    over = [
        office.run(actions.overbook_now, patient_id=one.id, reason=WHY, seen=seen, ring=RING, **where)
        for one in office.patients[1:]
    ]
    results = together(*over)
    assert kinds(results) == {"Appointment": 1, "OverbookChanged": 2}
    assert office.answer(OVERLAPS) == 1


def test_an_overbooking_and_an_ordinary_booking_of_a_free_time_are_never_both_ordinary(database):
    office = Office(database, patients=2)
    ana, bo = office.patients
    for hour in range(9, 16):
        where = {"visit_type_code": "follow_up", "physician_id": office.okafor.id, "starts_at": at(25, hour)}
        over = office.run(actions.overbook_now, patient_id=ana.id, reason=WHY, ring=RING, **where)
        over_result, booked = together(over, office.book(bo, at(25, hour)))
        if isinstance(booked, Appointment):
            assert over_result.overbook_reason == WHY
        else:
            assert over_result.overbook_reason is None


def test_a_put_back_that_meets_the_worker_tells_the_truth_in_the_end(committed_texting):
    """Whoever is first: the last text that the phone has is true, and none is sent when it was called back in time."""
    texting = committed_texting
    texting.settle()
    for _ in range(ROUNDS):
        sent = len(texting.got())
        texting.move(at(26, 14))
        texting.clock.advance(seconds=180)
        barrier = Barrier(2)

        def work(barrier=barrier):
            barrier.wait()
            texting.desk.send_all()

        def put_back(barrier=barrier):
            barrier.wait()
            return texting.move(FIRST)

        with ThreadPoolExecutor(2) as pool:
            working, moving = pool.submit(work), pool.submit(put_back)
            working.result()
            moving.result()
        texting.settle(seconds=180)
        new = texting.got()[sent:]
        assert len(new) in {0, 2}, new
        assert "Nov 25" in texting.got()[-1]
