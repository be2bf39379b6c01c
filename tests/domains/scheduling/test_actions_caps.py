"""Caps on a physician's visits: what they take away, what they count, what is refused; two who want the last place."""

from datetime import date, time, timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import CapRefused, NotOffered, SlotTaken, UnknownCap, UnknownVisitType
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.slots import RemovalReason
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic, at
from tests.domains.scheduling.crowd import Office, kinds, together

WEDNESDAY = date(2026, 11, 25)
SINCE = date(2026, 11, 1)


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    made.visit_type("intake", name="Intake")
    return made


@pytest.fixture
def okafor(clinic):
    return clinic.physician()


@pytest.fixture
def limit(session, okafor):
    def make(most, **changes):
        wanted = {
            "physician_id": okafor.id,
            "visit_type_code": None,
            "per": CapPer.DAY,
            "effective_from": SINCE,
            "effective_until": None,
        } | changes
        return actions.set_cap(session, most=most, by=COORDINATOR, now=NOW, **wanted)

    return make


@pytest.fixture
def find(session, clinic, okafor):
    ana = clinic.patient()

    def of(day=WEDNESDAY, last_day=None, kind="follow_up", **changes):
        return queries.find_slots(
            session,
            visit_type_code=kind,
            patient_id=ana.id,
            first_day=day,
            last_day=last_day or day,
            now=NOW,
            **changes,
        )

    return of


def test_a_full_day_offers_nothing_more_and_the_cap_is_named(clinic, okafor, limit, find):
    limit(2)
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    assert find().slots
    clinic.visit(clinic.patient(), okafor, at(25, 11))
    found = find()
    assert found.slots == ()
    assert found.removed[RemovalReason.CAP_REACHED] == found.by_physician()[0].considered
    assert "on days that are full (at most 2 visits a day)" in " ".join(found.sentences)
    assert found.next_day == WEDNESDAY + timedelta(days=1)


def test_a_booking_over_the_cap_is_refused_with_its_words(clinic, okafor, limit):
    limit(1)
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    with pytest.raises(NotOffered) as caught:
        clinic.hold(clinic.patient(), okafor, at(25, 15))
    assert caught.value.reason == RemovalReason.CAP_REACHED
    assert "at most 1 visit a day" in caught.value.message
    assert {start for _, start, _ in caught.value.alternatives} & {int(at(25, 15).timestamp())} == set()


def test_a_cap_on_one_kind_counts_and_stops_that_kind_only(clinic, okafor, limit, find):
    limit(1, visit_type_code="intake")
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    assert find(kind="intake").slots
    clinic.visit(clinic.patient(), okafor, at(25, 11), visit_type_code="intake")
    assert find(kind="intake").slots == ()
    assert "(at most 1 visit a day (Intake))" in " ".join(find(kind="intake").sentences)
    assert find(kind="follow_up").slots


def test_a_weekly_cap_counts_monday_to_sunday(clinic, okafor, limit, find):
    limit(2, per=CapPer.WEEK)
    clinic.visit(clinic.patient(), okafor, at(24, 10))
    clinic.visit(clinic.patient(), okafor, at(27, 16))
    assert find(WEDNESDAY, WEDNESDAY + timedelta(days=4)).slots == ()
    assert find(date(2026, 11, 30)).slots


def test_an_evening_visit_counts_on_the_physicians_own_day(clinic, limit, find):
    late = clinic.physician("Dr. Bea Lindqvist", closes=time(21))
    limit(1, physician_id=late.id)
    clinic.visit(clinic.patient(), late, at(25, 19, 15))  # Thursday by UTC
    assert not find(physician_ids=[late.id]).slots
    assert find(WEDNESDAY + timedelta(days=1), physician_ids=[late.id]).slots


def test_a_hold_takes_a_place_until_it_runs_out_and_a_canceled_visit_gives_it_back(
    session, clinic, okafor, limit, find
):
    limit(1)
    held = clinic.hold(clinic.patient(), okafor, at(25, 10))
    assert find().slots == ()
    actions.release_hold(session, appointment_id=held.id, by=COORDINATOR, now=NOW)
    assert find().slots
    visit = clinic.visit(clinic.patient(), okafor, at(25, 10))
    assert find().slots == ()
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=NOW)
    assert find().slots


def test_a_hold_becomes_the_visit_in_its_own_place(session, clinic, okafor, limit):
    limit(1)
    held = clinic.hold(clinic.patient(), okafor, at(25, 10))
    assert actions.book(session, appointment_id=held.id, by=COORDINATOR, now=NOW, ring=RING).state == "booked"


def test_a_visit_that_moves_within_its_day_or_week_does_not_count_itself(session, clinic, okafor, limit, find):
    limit(1)
    limit(1, per=CapPer.WEEK)
    visit = clinic.visit(clinic.patient(), okafor, at(25, 10))
    moved = {"appointment_id": visit.id, "physician_id": okafor.id, "by": COORDINATOR, "now": NOW, "ring": RING}
    assert find(moving=visit.id).slots
    assert actions.move(session, starts_at=at(25, 15), **moved).starts_at == at(25, 15)
    assert actions.move(session, starts_at=at(27, 9), **moved).starts_at == at(27, 9)


def test_a_visit_cannot_move_into_a_full_week(session, clinic, okafor, limit):
    limit(1, per=CapPer.WEEK)
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    visit = clinic.visit(clinic.patient(), okafor, at(30, 10))
    with pytest.raises(NotOffered):
        actions.move(
            session,
            appointment_id=visit.id,
            physician_id=okafor.id,
            starts_at=at(27, 9),
            by=COORDINATOR,
            now=NOW,
            ring=RING,
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"most": -1}, "most"),
        ({"most": 201}, "most"),
        ({"most": 3, "effective_until": SINCE - timedelta(days=1)}, "effective_until"),
    ],
)
def test_a_cap_that_makes_no_sense_is_refused_at_its_field(limit, changes, field):
    with pytest.raises(CapRefused) as caught:
        limit(**changes)
    assert caught.value.field == field


def test_a_cap_on_a_kind_that_does_not_exist_is_refused(limit):
    with pytest.raises(UnknownVisitType):
        limit(3, visit_type_code="massage")


@pytest.mark.parametrize(
    ("changes", "is_refused"),
    [
        ({}, True),
        ({"effective_from": date(2026, 12, 31)}, True),
        ({"effective_from": date(2027, 1, 1)}, False),
        ({"effective_from": date(2026, 1, 1), "effective_until": date(2026, 10, 31)}, False),
        ({"per": CapPer.WEEK}, False),
        ({"visit_type_code": "intake"}, False),
    ],
)
def test_two_caps_of_one_kind_never_hold_on_the_same_day(limit, changes, is_refused):
    limit(6, effective_until=date(2026, 12, 31))
    if not is_refused:
        assert limit(4, **changes).most == 4
        return
    with pytest.raises(CapRefused) as caught:
        limit(4, **changes)
    assert "Change that one" in caught.value.message


def test_a_cap_is_changed_and_removed_by_version(session, okafor, limit, find, clinic):
    cap = limit(1)
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    dates = {"effective_from": SINCE, "effective_until": None}
    changed = actions.change_cap(session, cap_id=cap.id, most=2, by=COORDINATOR, now=NOW, version=1, **dates)
    assert find().slots
    noted = {one.action: one.details for one in session.info["journal.entries"]}
    assert noted["cap.changed"]["before"] == {"most": 1}
    with pytest.raises(ChangedMeanwhile):
        actions.change_cap(session, cap_id=cap.id, most=3, by=COORDINATOR, now=NOW, version=1, **dates)
    actions.remove_cap(session, cap_id=cap.id, by=COORDINATOR, now=NOW, version=changed.version)
    assert queries.caps_of(session, okafor.id) == []
    with pytest.raises(UnknownCap):
        actions.change_cap(session, cap_id=cap.id, most=3, by=COORDINATOR, now=NOW, **dates)


@pytest.fixture
def office(database):
    opened = Office(database, patients=21)
    yield opened
    opened.assert_sound()


def test_of_twenty_who_want_different_times_of_a_day_with_three_places_three_get_one(office):
    office.run(
        actions.set_cap,
        physician_id=office.okafor.id,
        visit_type_code=None,
        per=CapPer.DAY,
        most=3,
        effective_from=SINCE,
        effective_until=None,
    )()
    starts = [at(25, 9) + number * timedelta(minutes=30) for number in range(14)]
    results = together(*(office.book(*wanted) for wanted in zip(office.patients, starts, strict=False)))
    assert kinds(results) == {"Appointment": 3, "NotOffered": 11}
    assert {result.reason for result in results if isinstance(result, NotOffered)} == {"cap_reached"}
    assert office.states() == {"booked": 3}


def test_the_last_place_of_a_week_goes_to_one_booking_or_one_move(office):
    movers = [office.book(office.patients[i], at(30, 9) + i * timedelta(minutes=30))() for i in range(5)]
    office.run(
        actions.set_cap,
        physician_id=office.okafor.id,
        visit_type_code="follow_up",
        per=CapPer.WEEK,
        most=1,
        effective_from=SINCE,
        effective_until=date(2026, 11, 29),
    )()
    moves = [office.move(visit, at(24, 10) + i * timedelta(hours=1)) for i, visit in enumerate(movers)]
    bookings = [office.book(office.patients[10 + i], at(26, 10) + i * timedelta(hours=1)) for i in range(5)]
    results = together(*moves, *bookings)
    assert kinds(results) == {"Appointment": 1, "NotOffered": 9}


def test_a_cap_that_comes_while_people_book_leaves_no_visit_unseen(office):
    """Whoever books after the cap is refused; whoever booked before is among those it strands."""
    wanted = {"visit_type_code": None, "per": CapPer.DAY, "most": 0, "effective_from": SINCE, "effective_until": None}

    def cap(session, *, by, now):
        def change(session):
            return actions.set_cap(session, physician_id=office.okafor.id, by=by, now=now, **wanted)

        seen = actions.preview(session, change, physician_id=office.okafor.id, now=now).ids
        done = actions.apply(session, change, physician_id=office.okafor.id, by=by, now=now, seen=seen)
        return done.ids

    starts = [at(25, 9) + number * timedelta(minutes=30) for number in range(10)]
    results = together(*(office.book(*one) for one in zip(office.patients, starts, strict=False)), office.run(cap))
    booked = {visit.id for visit in results[:-1] if not isinstance(visit, Exception)}
    assert not isinstance(results[-1], SlotTaken)
    if isinstance(results[-1], actions.WouldStrand):
        assert results[-1].preview.ids <= booked
        return
    assert results[-1] == booked
