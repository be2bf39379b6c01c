"""Overbooking: explicit, with a reason and an author, never past a license or the patient's own day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Role, system
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import (
    NotOffered,
    OverbookChanged,
    OverbookNotAllowed,
    PatientBusy,
    ReasonTooShort,
    SlotTaken,
)
from clinic.scheduling.rules.caps import CapPer
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor

TEN = at(25, 10)
WHY = "Needs to be seen before the weekend"


@pytest.fixture
def taken(clinic, okafor):
    return clinic.visit(clinic.patient(), okafor, TEN)


@pytest.fixture
def overbook(session, ana, okafor):
    def make(starts_at=TEN, *, reason=WHY, by=COORDINATOR, now=NOW, **changes):
        wanted = {"visit_type_code": "follow_up", "patient_id": ana.id, "physician_id": okafor.id}
        return actions.overbook_now(
            session, starts_at=starts_at, reason=reason, by=by, now=now, ring=RING, **(wanted | changes)
        )

    return make


@pytest.fixture
def look(session, ana, okafor):
    def at_(starts_at=TEN, **changes):
        wanted = {"visit_type_code": "follow_up", "patient_id": ana.id, "physician_id": okafor.id}
        return queries.overbook_preview(session, starts_at=starts_at, now=NOW, **(wanted | changes))

    return at_


def move(session, visit, starts_at, **changes):
    wanted = {"physician_id": visit.physician_id, "by": COORDINATOR, "now": NOW}
    return actions.move(session, appointment_id=visit.id, starts_at=starts_at, ring=RING, **(wanted | changes))


def test_a_visit_over_another_one_has_its_reason_and_author(session, taken, overbook):
    visit = overbook()
    assert (visit.state, visit.starts_at) == ("booked", TEN)
    assert (visit.overbook_reason, visit.overbook_by, visit.overbook_by_name) == (WHY, COORDINATOR.id, "Dana Reyes")
    changes = [(row.change, row.reason, row.actor_name) for row in queries.history_of(session, visit.id)]
    assert changes == [("booked", None, "Dana Reyes"), ("overbooked", WHY, "Dana Reyes")]


def test_every_list_shows_it_as_one(session, ana, okafor, taken, overbook):
    visit = overbook()
    day = queries.day_list(session, day=date(2026, 11, 25), zone="America/New_York", now=NOW)
    assert {row.id: row.overbook_reason for row in day} == {taken.id: None, visit.id: WHY}
    (row,) = queries.upcoming_for_patient(session, patient_id=ana.id, now=NOW)
    assert (row.is_overbooked, row.overbook_by_name) == (True, "Dana Reyes")


@pytest.mark.parametrize("reason", ["", "  x  ", "busy"])
def test_without_a_reason_that_says_something_nothing_is_overbooked(taken, overbook, reason):
    with pytest.raises(ReasonTooShort):
        overbook(reason=reason)


def test_only_staff_overbook(ana, taken, overbook):
    for by in (patient_actor(ana), system("Reminder worker"), replace(COORDINATOR, roles=frozenset())):
        with pytest.raises(OverbookNotAllowed):
            overbook(by=by)
    assert overbook(by=replace(COORDINATOR, roles=frozenset({Role.PHYSICIAN}))).overbook_reason == WHY


def test_a_time_that_is_free_after_all_makes_an_ordinary_visit(session, overbook):
    visit = overbook()
    assert (visit.overbook_reason, visit.overbook_by) == (None, None)
    assert [row.change for row in queries.history_of(session, visit.id)] == ["booked"]


def test_a_patient_is_never_in_two_places(clinic, ana, overbook):
    clinic.visit(ana, clinic.physician("Dr. Bea Lindqvist"), TEN)
    with pytest.raises(PatientBusy):
        overbook(at(25, 10, 15))


def test_the_license_and_the_patients_own_day_cannot_be_passed(clinic, overbook):
    florida_only = clinic.physician("Dr. Luis Herrera", states=("FL",))
    in_jersey = clinic.patient(state="NJ", county_fips="34013", city="Newark", postal_code="07101")
    with pytest.raises(NotOffered, match="license"):
        overbook(patient_id=in_jersey.id, physician_id=florida_only.id)
    for starts_at in (at(25, 8), at(25, 19, 45)):
        with pytest.raises(NotOffered, match="patient's day"):
            overbook(starts_at)


def test_neither_the_past_nor_the_horizon_nor_the_grid_can_be_passed(overbook):
    for starts_at in (NOW - timedelta(hours=1), NOW + timedelta(days=90), at(25, 10, 7)):
        with pytest.raises(NotOffered):
            overbook(starts_at)


def test_hours_closures_and_notice_may_be_passed(session, okafor, overbook):
    actions.add_closure(
        session,
        name="Staff day",
        state=None,
        first_day=date(2026, 11, 27),
        last_day=date(2026, 11, 27),
        by=COORDINATOR,
        now=NOW,
    )
    evening, closed = overbook(at(25, 18)), overbook(at(27, 10))
    assert (evening.overbook_reason, closed.overbook_reason) == (WHY, WHY)
    assert overbook(NOW + timedelta(minutes=15)).overbook_reason is None, "notice alone is the clinic's to pass"


def test_a_full_day_may_be_passed(session, clinic, okafor, taken, overbook):
    actions.set_cap(
        session,
        physician_id=okafor.id,
        visit_type_code=None,
        per=CapPer.DAY,
        most=1,
        effective_from=date(2026, 11, 1),
        effective_until=None,
        by=COORDINATOR,
        now=NOW,
    )
    with pytest.raises(NotOffered):
        clinic.visit(clinic.patient(), okafor, at(25, 14))
    assert overbook(at(25, 14)).overbook_reason == WHY


def test_what_it_would_sit_on_is_named_before(clinic, okafor, taken, look):
    held = clinic.hold(clinic.patient(), okafor, at(25, 10, 30))
    seen = look(at(25, 10, 15))
    assert ([row.id for row in seen.visits], seen.passes, seen.is_free) == ([taken.id, held.id], None, False)
    assert look(at(25, 14)).is_free
    assert "does not work" in look(at(25, 18)).passes
    assert isinstance(look(at(25, 8)).refusal, NotOffered)


def test_what_was_agreed_to_is_what_is_booked_over(clinic, okafor, taken, look, overbook):
    seen = look(at(25, 10, 15)).seen
    assert look(at(25, 10, 15)).seen == seen
    clinic.visit(clinic.patient(), okafor, at(25, 10, 30))
    with pytest.raises(OverbookChanged, match="Look at it again"):
        overbook(at(25, 10, 15), seen=seen)
    assert overbook(at(25, 10, 15), seen=look(at(25, 10, 15)).seen).overbook_reason == WHY


def test_nobody_books_over_an_overbooked_visit_by_accident(clinic, okafor, overbook):
    overbook(at(25, 16, 45))
    with pytest.raises(SlotTaken):
        clinic.visit(clinic.patient(), okafor, at(25, 16, 30))


def test_the_database_refuses_an_overbooking_without_an_author(session, taken, overbook):
    visit = overbook()

    def forget_the_author():
        with session.begin_nested():
            visit.overbook_by = None
            session.flush()

    with pytest.raises(IntegrityError, match="overbook_has_author"):
        forget_the_author()


def test_a_visit_moves_over_another_one_and_stops_being_one_at_a_free_time(session, clinic, ana, okafor, taken):
    visit = clinic.visit(ana, okafor, at(26, 9))
    with pytest.raises(SlotTaken):
        move(session, visit, TEN)
    assert move(session, visit, TEN, overbook_reason=WHY).overbook_reason == WHY
    assert [row.change for row in queries.history_of(session, visit.id)][-2:] == ["moved", "overbooked"]
    freed = move(session, visit, at(26, 15))
    assert (freed.overbook_reason, freed.overbook_by, freed.overbook_by_name) == (None, None, None)


def test_an_overbooked_visit_put_back_by_undo_is_one_again_with_its_first_author(session, taken, overbook):
    visit = overbook()
    other = replace(COORDINATOR, id=taken.id, name="Sam Whitfield")
    move(session, visit, at(26, 15), by=other)
    undone = {"version": visit.version, "by": other, "now": NOW, "ring": RING}
    actions.undo_move(session, appointment_id=visit.id, **undone)
    assert (visit.overbook_reason, visit.overbook_by, visit.overbook_by_name) == (WHY, COORDINATOR.id, "Dana Reyes")
    assert visit.starts_at == TEN


def test_the_trail_keeps_who_overbooked_and_why(runtime, begin, clinic, taken, ana, okafor, session):
    session.commit()
    wanted = {"visit_type_code": "follow_up", "patient_id": ana.id, "physician_id": okafor.id}
    with begin(by=COORDINATOR) as own:
        actions.overbook_now(own, starts_at=TEN, reason=WHY, by=COORDINATOR, now=NOW, ring=RING, **wanted)
    with begin(by=COORDINATOR) as own:
        noted = own.query(AuditEvent).filter(AuditEvent.action == "appointment.overbooked").one()
    assert (noted.actor_name, noted.details["reason"]) == ("Dana Reyes", WHY)
