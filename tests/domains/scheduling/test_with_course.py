"""Visits of a course: booked, moved and canceled without texts of their own, judged beside visits that give way."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from clinic.kernel.outbox import Outbox
from clinic.messaging.models import Message
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import SlotTaken, StepNotAllowed, UnknownVisitType
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.caps import Cap, CapPer, Room, room_left
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, RING, at, patient_actor
from tests.domains.scheduling.texting import REMINDERS

KNOWN = {"by": COORDINATOR, "now": NOW}
CHANGED = Outbox.topic == "appointment.changed"


@pytest.fixture
def book(session, ana, okafor):
    def run(starts_at, **changes):
        wanted = {"visit_type_code": "follow_up", "patient_id": ana.id, "physician_id": okafor.id} | changes
        return actions.book_with_course(session, starts_at=starts_at, ring=RING, **(KNOWN | wanted))

    return run


@pytest.fixture
def move(session, okafor):
    def run(visit, starts_at, **changes):
        wanted = KNOWN | {"physician_id": okafor.id, "ring": RING} | changes
        return actions.move_with_course(session, appointment_id=visit.id, starts_at=starts_at, **wanted)

    return run


def texts(session, visit):
    wanted = select(Message.template_key).where(Message.subject_id == visit.id, Message.state == "pending")
    return sorted(session.scalars(wanted))


def history(session, visit):
    return list(
        session.scalars(
            select(AppointmentHistory.change)
            .where(AppointmentHistory.appointment_id == visit.id)
            .order_by(AppointmentHistory.id)
        )
    )


def facts(session):
    session.flush()
    return Counter(session.scalars(select(Outbox.subject_id).where(CHANGED)))


def react(session):
    """Settle what waits, as the worker does."""
    session.execute(update(Outbox).where(CHANGED).values(state="done"))


def test_a_visit_of_a_course_is_booked_at_once_with_its_reminder_only(session, book):
    visit = book(at(25, 10))
    assert (visit.state, visit.hold_expires_at, texts(session, visit)) == ("booked", None, sorted(REMINDERS))
    assert history(session, visit) == ["booked", "told_with_course"]


def test_it_moves_with_its_reminder_only_and_has_to_be_confirmed_again(session, book, move):
    visit = book(at(25, 10))
    actions.confirm(session, appointment_id=visit.id, via="staff", **KNOWN)
    moved = move(visit, at(26, 11))
    assert (moved.starts_at, moved.state, moved.sequence) == (at(26, 11), "booked", 1)
    assert texts(session, visit) == sorted(REMINDERS)
    assert history(session, visit)[-2:] == ["moved", "told_with_course"]


def test_it_is_canceled_without_a_text(session, book):
    visit = book(at(25, 10))
    actions.cancel_with_course(session, appointment_id=visit.id, **KNOWN)
    assert (visit.state, texts(session, visit)) == ("canceled", [])
    assert history(session, visit)[-2:] == ["canceled", "told_with_course"]
    with pytest.raises(StepNotAllowed):
        actions.cancel_with_course(session, appointment_id=visit.id, **KNOWN)


def test_moving_it_by_itself_afterwards_is_news_and_back_again_is_none(session, book, okafor):
    visit = book(at(25, 10))
    go = KNOWN | {"physician_id": okafor.id, "ring": RING}
    actions.move(session, appointment_id=visit.id, starts_at=at(25, 11), **go)
    assert texts(session, visit) == ["BOOK_CHANGED", *sorted(REMINDERS)]
    actions.move(session, appointment_id=visit.id, starts_at=at(25, 10), **go)
    assert texts(session, visit) == sorted(REMINDERS)


def test_a_patient_gets_a_kind_of_visit_so_that_only_the_clinic_books_otherwise(clinic, ana, book):
    clinic.visit_type("session", is_patient_bookable=False)
    assert book(at(25, 10), visit_type_code="session", by=patient_actor(ana)).state == "booked"
    clinic.visit_type("over", is_active=False)
    with pytest.raises(UnknownVisitType):
        book(at(25, 12), visit_type_code="over")


def test_visits_change_places_when_both_give_up_their_times_first(session, book, move):
    one, other = book(at(25, 10)), book(at(26, 10))
    with pytest.raises(SlotTaken), session.begin_nested():
        move(one, at(26, 10), beside=())
    actions.give_up_times(session, [one, other])
    move(one, at(26, 10), beside=[other.id])
    move(other, at(25, 10))
    session.expire_all()
    assert (one.starts_at, other.starts_at) == (at(26, 10), at(25, 10))
    assert one.patient_period.lower == at(26, 10)
    assert other.physician_busy[0].lower == at(25, 10)


def test_a_time_that_another_visit_gives_up_does_not_count_for_caps(session, clinic, okafor, book, move):
    one, other = book(at(24, 10)), book(at(25, 10))
    actions.set_cap(
        session,
        physician_id=okafor.id,
        visit_type_code=None,
        per=CapPer.DAY,
        most=1,
        effective_from=LONG_AGO,
        effective_until=None,
        **KNOWN,
    )
    actions.give_up_times(session, [one, other])
    move(one, at(25, 15), beside=[other.id])
    assert one.starts_at == at(25, 15)


def test_a_change_is_told_elsewhere_once_a_transaction_and_holds_are_not(session, clinic, ana, okafor, book):
    held = clinic.hold(ana, okafor, at(24, 10))
    actions.release_hold(session, appointment_id=held.id, **KNOWN)
    assert not facts(session)
    visit = book(at(25, 10))
    actions.confirm(session, appointment_id=visit.id, via="staff", **KNOWN)
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST, **KNOWN)
    assert facts(session) == {visit.id: 1}
    react(session)
    other = clinic.visit(ana, okafor, at(26, 10))
    actions.move(session, appointment_id=other.id, physician_id=okafor.id, starts_at=at(26, 11), ring=RING, **KNOWN)
    assert facts(session) == {visit.id: 1, other.id: 1}


def test_a_fact_that_went_with_its_savepoint_is_told_again(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(26, 10))
    session.flush()
    react(session)
    savepoint = session.begin_nested()
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.OTHER, **KNOWN)
    savepoint.rollback()
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST, **KNOWN)
    assert facts(session) == {visit.id: 2}


def test_the_times_of_several_kinds_are_what_searches_for_each_find(session, clinic, ana, okafor, book):
    clinic.physician("Dr. Bea Lindqvist")
    clinic.visit_type("session", patient_minutes=120, physician_segments=((0, 30), (105, 15)), buffer_after_minutes=5)
    book(at(25, 10))
    clinic.visit(clinic.patient(), okafor, at(26, 13))
    days = {"first_day": NOW.date(), "last_day": NOW.date() + timedelta(days=40)}
    found = queries.course_slots(session, patient_id=ana.id, visit_type_codes=["follow_up", "session"], now=NOW, **days)
    for code in ("follow_up", "session"):
        alone = queries.find_slots(session, visit_type_code=code, patient_id=ana.id, now=NOW, **days)
        assert [(each.physician_id, each.starts_at.timestamp()) for each in alone.slots] == [
            (each.physician_id, each.starts_at) for each in found.found[code].slots
        ]


def test_visits_beside_give_up_their_times_in_the_search(session, ana, okafor, book):
    visit = book(at(25, 10))

    def starts(beside):
        found = queries.course_slots(
            session,
            patient_id=ana.id,
            visit_type_codes=["follow_up"],
            first_day=at(25, 0).date(),
            last_day=at(25, 0).date(),
            now=NOW,
            beside=beside,
        )
        return {slot.starts_at for slot in found.found["follow_up"].slots}

    assert starts([visit.id]) - starts([]) == {
        int((at(25, 9, 45) + timedelta(minutes=15 * n)).timestamp()) for n in range(3)
    }


def test_days_beyond_every_horizon_are_not_looked_at(session, ana, okafor):
    found = queries.course_slots(
        session,
        patient_id=ana.id,
        visit_type_codes=["follow_up"],
        first_day=NOW.date() - timedelta(days=9),
        last_day=NOW.date() + timedelta(days=3000),
        now=NOW,
    )
    assert (found.first_day, found.last_day) == (NOW.date(), NOW.date() + timedelta(days=60))


def test_the_room_that_caps_leave_is_counted_by_day_and_week(session, ana, okafor, book):
    cap = {"physician_id": okafor.id, "visit_type_code": None, "effective_from": LONG_AGO, "effective_until": None}
    actions.set_cap(session, per=CapPer.WEEK, most=2, **cap, **KNOWN)
    visit = book(at(25, 10))
    days = {"first_day": at(23, 0).date(), "last_day": at(36, 0).date()}
    asked = {"patient_id": ana.id, "visit_type_codes": ["follow_up"], "now": NOW} | days
    (left,) = queries.course_slots(session, **asked).caps
    assert [room.left for room in left.rooms][:2] == [1, 2]
    assert left.rooms[0].begin == int(at(23, 0).timestamp())
    (given_up,) = queries.course_slots(session, beside=[visit.id], **asked).caps
    assert [room.left for room in given_up.rooms][:2] == [2, 2]


def test_room_is_counted_only_while_a_cap_holds():
    monday = at(23, 0).date()
    cap = Cap(CapPer.WEEK, 2, monday + timedelta(days=2), monday + timedelta(days=8))
    window = (int(at(23, 0).timestamp()), int(at(37, 0).timestamp()) - 1)
    rooms = room_left(cap, {monday: 5, monday + timedelta(days=3): 1}, zone="America/New_York", window=window)
    assert rooms == (
        Room(int(at(25, 0).timestamp()), int(at(30, 0).timestamp()), 1),
        Room(int(at(30, 0).timestamp()), int(at(32, 0).timestamp()), 2),
    )


def test_a_course_that_is_locked_names_its_visits(session, ana, okafor, book):
    visit = book(at(25, 10))
    found = actions.lock_course(session, physician_ids=[okafor.id], patient_id=ana.id, appointment_ids=[visit.id])
    assert found == {visit.id: session.get_one(Appointment, visit.id)}
