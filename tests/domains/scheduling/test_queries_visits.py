"""Searching for times and listing visits on a real database."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from clinic.scheduling import actions, queries
from clinic.scheduling.errors import TooManyDays, UnknownAppointment
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.visits import is_overdue
from clinic.scheduling.rules.slots import RemovalReason
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, at

NEW_YORK = "America/New_York"
WEDNESDAY, SATURDAY = date(2026, 11, 25), date(2026, 11, 28)


@pytest.fixture
def find(session, ana):
    def make(first_day=WEDNESDAY, last_day=None, **changes):
        wanted = {"visit_type_code": "follow_up", "patient_id": ana.id, "now": NOW}
        return queries.find_slots(session, first_day=first_day, last_day=last_day or first_day, **(wanted | changes))

    return make


def test_everything_offered_can_be_booked(clinic, okafor, find):
    for slot in find().slots:
        visit = clinic.hold(clinic.patient(), okafor, slot.starts_at) if slot.starts_at.minute in {0, 30} else None
        assert visit is None or visit.ends_at == slot.ends_at
    assert [slot.starts_at for slot in find().slots] == []


def test_what_is_lost_is_counted_for_each_physician(clinic, okafor, find):
    lindqvist = clinic.physician("Dr. Bea Lindqvist", states=("NJ",))
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    found = find()
    counts = {row.physician_id: row for row in found.by_physician()}
    assert counts[okafor.id].offered == len(found.slots)
    assert counts[okafor.id].removed[RemovalReason.PHYSICIAN_BUSY] == 3
    assert counts[lindqvist.id].offered == 0
    assert counts[lindqvist.id].removed == {RemovalReason.NO_LICENCE: counts[lindqvist.id].considered}
    assert sum(row.considered for row in counts.values()) == len(found.slots) + sum(found.removed.values())


def test_an_empty_answer_says_why_and_names_the_next_day(okafor, find):
    found = find(SATURDAY, SATURDAY + timedelta(days=1))
    assert found.slots == ()
    assert found.sentences == ("Nobody chosen has hours on these dates.",)
    assert found.next_day == date(2026, 11, 30)


def test_without_anybody_to_choose_from_there_is_no_next_day(find):
    assert find().next_day is None


def test_days_are_those_of_the_patient_and_starts_round_on_the_physicians_clock(clinic, okafor, find):
    west = clinic.patient(city="Pensacola", postal_code="32501", county_fips="12033")
    found = find(patient_id=west.id)
    assert found.zone == "America/Chicago"
    assert list(found.by_day()) == [WEDNESDAY]
    # 08:15 in Chicago, the earliest for a patient, is 09:15 for the physician in New York.
    assert found.slots[0].starts_at == datetime(2026, 11, 25, 14, 15, tzinfo=UTC)


def test_my_own_hold_for_this_patient_does_not_hide_times(clinic, ana, okafor, find):
    clinic.hold(ana, okafor, at(25, 10))
    everything = len(find(held_by=COORDINATOR.id).slots)
    assert len(find().slots) == everything - 3
    assert len(find(held_by=okafor.id).slots) == everything - 3


def test_the_visit_that_is_moved_does_not_block_itself(clinic, ana, okafor, find):
    visit = clinic.visit(ana, okafor, at(25, 10))
    assert len(find(moving=visit.id).slots) == len(find().slots) + 3


def test_alternatives_are_near_and_prefer_the_same_physician(session, clinic, ana, okafor):
    lindqvist = clinic.physician("Dr. Bea Lindqvist")
    clinic.visit(clinic.patient(), okafor, at(25, 10))
    found = queries.alternatives(
        session, visit_type_code="follow_up", patient_id=ana.id, wanted=at(25, 10), now=NOW, physician_id=okafor.id
    )
    assert [(slot.starts_at, slot.physician_id) for slot in found] == [
        (at(25, 9, 30), okafor.id),
        (at(25, 10), lindqvist.id),
        (at(25, 10, 30), okafor.id),
    ]


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [
        (WEDNESDAY, WEDNESDAY - timedelta(days=1)),
        (WEDNESDAY, WEDNESDAY + timedelta(days=63)),
        (date(9999, 12, 31), date(9999, 12, 31)),
        (date(1, 1, 1), date(1, 1, 1)),
    ],
)
def test_days_that_cannot_be_searched_are_refused(okafor, find, first_day, last_day):
    with pytest.raises(TooManyDays):
        find(first_day, last_day)


def test_a_day_shows_visits_in_every_state_and_live_holds_only(session, clinic, ana, okafor):
    first = clinic.visit(ana, okafor, at(25, 10))
    held = clinic.hold(clinic.patient(), okafor, at(25, 9))
    gone = clinic.visit(clinic.patient(), okafor, at(25, 12))
    actions.cancel(session, appointment_id=gone.id, reason=CancelReason.OTHER, by=COORDINATOR, now=NOW)
    clinic.visit(clinic.patient(), okafor, at(26, 9))

    def listed(now=NOW, **changes):
        return [row.id for row in queries.day_list(session, day=WEDNESDAY, zone=NEW_YORK, now=now, **changes)]

    assert listed() == [held.id, first.id, gone.id]
    assert listed(now=NOW + timedelta(minutes=10)) == [first.id, gone.id]
    assert listed(physician_id=ana.id) == []
    assert queries.counts_by_state(session, day=WEDNESDAY, zone=NEW_YORK) == {"booked": 1, "canceled": 1}
    assert [row.id for row in queries.holds(session, now=NOW)] == [held.id]
    assert queries.holds(session, now=NOW + timedelta(minutes=10)) == []


def test_a_row_has_the_names_to_show(session, clinic, okafor):
    patient = clinic.patient(preferred_name="Annie", legal_last_name="Rivera")
    row = queries.visit_row(session, clinic.visit(patient, okafor, at(25, 10)).id)
    assert (row.patient_name, row.preferred_name, row.physician_name) == ("Rivera, Ana", "Annie", "Dr. Amara Okafor")
    assert (row.visit_name, row.visit_name_es, row.patient_zone) == ("Follow-up", "Seguimiento", NEW_YORK)
    with pytest.raises(UnknownAppointment):
        queries.visit_row(session, patient.id)


def test_a_patients_visits_are_past_or_upcoming_and_holds_are_neither(session, clinic, ana, okafor):
    first, second = clinic.visit(ana, okafor, at(25, 10)), clinic.visit(ana, okafor, at(26, 10))
    third = clinic.visit(ana, okafor, at(27, 10))
    actions.cancel(session, appointment_id=second.id, reason=CancelReason.OTHER, by=COORDINATOR, now=NOW)
    clinic.hold(ana, okafor, at(30, 10))
    during = at(25, 10, 15)
    upcoming = queries.upcoming_for_patient(session, patient_id=ana.id, now=during)
    past = queries.past_for_patient(session, patient_id=ana.id, now=during)
    assert ([row.id for row in upcoming], [row.id for row in past]) == ([first.id, third.id], [second.id])
    after = queries.past_for_patient(session, patient_id=ana.id, now=at(25, 10, 30))
    assert [row.id for row in after] == [second.id, first.id]
    following = queries.next_for_patient(session, patient_id=ana.id, now=at(26, 10))
    assert following is not None
    assert following.id == third.id


def test_a_patient_sees_only_his_or_her_own_visit(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(25, 10))
    assert queries.appointment_of_patient(session, appointment_id=visit.id, patient_id=ana.id) is visit
    with pytest.raises(UnknownAppointment):
        queries.appointment_of_patient(session, appointment_id=visit.id, patient_id=clinic.patient().id)


def test_unconfirmed_and_overdue_visits_are_found(session, clinic, ana, okafor):
    visit = clinic.visit(ana, okafor, at(25, 10))

    def waiting(now):
        return [row.id for row in queries.unconfirmed(session, now=now, before=now + timedelta(hours=48))]

    def overdue(now):
        return list(session.scalars(select(Appointment.id).where(is_overdue(now=now))))

    assert waiting(at(23, 10)) == []
    assert waiting(at(23, 10) + timedelta(seconds=1)) == [visit.id]
    assert (overdue(at(25, 10, 14)), overdue(at(25, 10, 15))) == ([], [visit.id])
    actions.arrive(session, appointment_id=visit.id, by=COORDINATOR, now=at(25, 10))
    assert (overdue(at(25, 11, 29)), overdue(at(25, 11, 30))) == ([], [visit.id])


def test_a_physician_who_works_past_the_patients_evening_is_offered_to_20_00_only(clinic, find):
    clinic.physician(opens=time(18), closes=time(22))
    assert max(slot.ends_at for slot in find().slots) == at(25, 20)
