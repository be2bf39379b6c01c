"""A change of hours, closures or caps and the visits that it strands: previewed, agreed to, made a task, settled."""

from datetime import date, time, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from clinic.kernel.ids import new_id
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import HoursRefused
from clinic.scheduling.models import AvailabilityOverride, ClinicClosure
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.states import CancelReason
from clinic.watching import keep_watch
from clinic.worklist.queries import open_items
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, RING, Clinic, at

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def clinic(session):
    made = Clinic(session)
    made.visit_type()
    made.visit_type("session", name="Session", patient_minutes=120, physician_segments=((0, 30), (110, 10)))
    return made


@pytest.fixture
def okafor(clinic):
    return clinic.physician()


@pytest.fixture
def visit(clinic, okafor):
    def make(starts_at, **changes):
        return clinic.visit(changes.pop("patient", None) or clinic.patient(), okafor, starts_at, **changes)

    return make


@pytest.fixture
def closing(okafor):
    return away(okafor, at(25, 12), at(25, 13))


def away(physician, starts_at, ends_at):
    return edit(
        actions.add_override,
        physician_id=physician.id,
        kind=OverrideKind.CLOSED,
        starts_at=starts_at,
        ends_at=ends_at,
        note="",
    )


def edit(action, **wanted):
    return partial(action, by=COORDINATOR, now=NOW, **wanted)


def closure(**changes):
    wanted = {"name": "Staff day", "state": None, "first_day": WEDNESDAY, "last_day": WEDNESDAY}
    return edit(actions.add_closure, **(wanted | changes))


def cap(physician, most, **changes):
    wanted = {"visit_type_code": None, "per": CapPer.DAY, "effective_from": LONG_AGO, "effective_until": None}
    return edit(actions.set_cap, physician_id=physician.id, most=most, **(wanted | changes))


def looked_at(session, change, physician=None):
    return actions.preview(session, change, physician_id=physician and physician.id, now=NOW)


def made(session, change, physician=None, *, seen=()):
    return actions.apply(session, change, physician_id=physician and physician.id, by=COORDINATOR, now=NOW, seen=seen)


def stranded_tasks(session):
    found = open_items(session, roles=["coordinator"])
    return {item.subject_id: item.reason for item in found if item.kind == "stranded_visit"}


def why(preview):
    return {found.visit.id: found.why for found in preview.stranded}


def test_a_preview_names_the_visits_and_leaves_everything_as_it_was(session, okafor, visit, closing):
    hit, _beside = visit(at(25, 12)), visit(at(25, 13))
    noted = list(session.info["journal.entries"])
    seen = looked_at(session, closing, okafor)
    assert why(seen) == {hit.id: ("Outside the physician's hours.",)}
    assert seen.ids == {hit.id}
    assert session.scalar(select(func.count()).select_from(AvailabilityOverride)) == 0
    assert session.info["journal.entries"] == noted
    assert stranded_tasks(session) == {}


def test_a_change_that_strands_visits_nobody_saw_is_refused_with_their_names(session, okafor, visit, closing):
    hit = visit(at(25, 12))
    with pytest.raises(actions.WouldStrand) as caught:
        made(session, closing, okafor)
    assert caught.value.preview.ids == {hit.id}
    assert "1 booked visit outside" in caught.value.message


def test_a_change_opens_a_task_for_each_visit_it_strands(session, okafor, visit, closing):
    hit = visit(at(25, 12))
    done = made(session, closing, okafor, seen=looked_at(session, closing, okafor).ids)
    assert done.ids == {hit.id}
    assert stranded_tasks(session) == {
        hit.id: "Outside the physician's hours. Move the visit to another time, or to another physician."
    }
    assert [row.id for row in queries.visits_outside_hours(session, physician_id=okafor.id, now=NOW)] == [hit.id]


def test_a_change_that_strands_nothing_is_made_at_once(session, okafor, visit, closing):
    visit(at(25, 13))
    assert made(session, closing, okafor) == actions.Preview((), ())
    assert session.scalar(select(func.count()).select_from(AvailabilityOverride)) == 1


def test_a_visit_that_was_stranded_before_is_not_this_changes_doing(session, okafor, visit, closing):
    hit = visit(at(25, 12))
    made(session, closing, okafor, seen=[hit.id])
    assert made(session, away(okafor, at(25, 11, 30), at(25, 12, 30)), okafor).ids == frozenset()


def test_a_task_closes_when_the_hours_cover_the_visit_again(session, okafor, visit, closing):
    hit = visit(at(25, 12))
    made(session, closing, okafor, seen=[hit.id])
    (standing,) = queries.overrides_of(session, physician_id=okafor.id, since=NOW)
    done = made(session, edit(actions.remove_override, override_id=standing.id), okafor)
    assert [row.id for row in done.covered_again] == [hit.id]
    assert stranded_tasks(session) == {}


def test_a_task_closes_when_the_visit_is_moved_or_canceled(session, okafor, visit, closing):
    moved, canceled = visit(at(25, 12)), visit(at(25, 12, 30))
    made(session, closing, okafor, seen=[moved.id, canceled.id])
    assert set(stranded_tasks(session)) == {moved.id, canceled.id}
    actions.move(
        session,
        appointment_id=moved.id,
        physician_id=okafor.id,
        starts_at=at(25, 15),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    actions.cancel(session, appointment_id=canceled.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=NOW)
    assert stranded_tasks(session) == {}


def test_a_closure_strands_visits_of_everybody_who_is_there(session, clinic, okafor, visit):
    lindqvist = clinic.physician("Dr. Bea Lindqvist", zone="America/Chicago")
    newark = clinic.patient(state="NJ", city="Newark", postal_code="07101", county_fips="34013")
    mine, other = visit(at(25, 10)), clinic.visit(clinic.patient(), lindqvist, at(25, 16))
    jersey = visit(at(25, 14), patient=newark)
    assert looked_at(session, closure()).ids == {mine.id, other.id, jersey.id}
    assert looked_at(session, closure(state="NJ")).ids == {jersey.id}
    hours = {"starts_at_local": time(14), "ends_at_local": time(15)}
    seen = looked_at(session, closure(**hours))
    assert why(seen) == {jersey.id: ("The clinic is closed (Staff day).",)}
    assert session.scalar(select(func.count()).select_from(ClinicClosure)) == 0


def test_holidays_are_taken_with_the_same_look_at_visits(session, visit):
    hit = visit(at(26, 10))
    change = edit(actions.take_holidays, keys=["2026-11-26/US-FL+NJ"])
    assert looked_at(session, change).ids == {hit.id}


def test_a_cap_strands_those_who_booked_last(session, okafor, visit):
    first, second, third = (
        visit(starts_at, now=NOW + number * timedelta(minutes=1))
        for number, starts_at in enumerate([at(25, 15), at(25, 9), at(25, 12)])
    )
    assert looked_at(session, cap(okafor, 2), okafor).ids == {third.id}
    assert why(looked_at(session, cap(okafor, 1, per=CapPer.WEEK), okafor)) == {
        one.id: ("More than the physician takes: at most 1 visit a week.",) for one in (second, third)
    }
    assert looked_at(session, cap(okafor, 0), okafor).ids == {first.id, second.id, third.id}
    assert looked_at(session, cap(okafor, 0, visit_type_code="session"), okafor).ids == frozenset()


def test_a_cap_of_zero_with_visits_booked_is_made_only_by_somebody_who_saw_them(session, okafor, visit):
    booked = visit(at(25, 15))
    with pytest.raises(actions.WouldStrand):
        made(session, cap(okafor, 0), okafor, seen=[new_id()])
    session.expunge_all()
    (standing,) = queries.caps_of(session, okafor.id)
    actions.remove_cap(session, cap_id=standing.id, by=COORDINATOR, now=NOW)
    assert made(session, cap(okafor, 0), okafor, seen=[booked.id]).ids == {booked.id}


def test_a_visit_that_fits_again_because_a_colleague_made_room_leaves_the_list(session, okafor, visit):
    first, last = visit(at(25, 9)), visit(at(25, 12), now=NOW + timedelta(minutes=1))
    made(session, cap(okafor, 1), okafor, seen=[last.id])
    keep_watch(session, now=NOW, by=COORDINATOR)
    assert set(stranded_tasks(session)) == {last.id}
    actions.cancel(session, appointment_id=first.id, reason=CancelReason.CLINIC_REQUEST, by=COORDINATOR, now=NOW)
    keep_watch(session, now=NOW, by=COORDINATOR)
    assert stranded_tasks(session) == {}


def test_an_overbooked_visit_is_never_stranded(session, clinic, okafor, visit, closing):
    visit(at(25, 12))
    over = actions.overbook_now(
        session,
        visit_type_code="follow_up",
        patient_id=clinic.patient().id,
        physician_id=okafor.id,
        starts_at=at(25, 12),
        reason="Agreed with the physician",
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    assert over.id not in looked_at(session, closing, okafor).ids
    assert over.id not in looked_at(session, cap(okafor, 0), okafor).ids
    # It came on top of the places that there are, so it takes none of them away.
    assert looked_at(session, cap(okafor, 1), okafor).ids == frozenset()


def test_only_the_stretches_that_engage_the_physician_count(session, okafor, visit):
    visit(at(25, 10), visit_type_code="session")
    assert looked_at(session, away(okafor, at(25, 10, 30), at(25, 11, 50)), okafor).ids == frozenset()
    assert looked_at(session, away(okafor, at(25, 11), at(25, 11, 51)), okafor).ids != frozenset()
    between = closure(starts_at_local=time(10, 30), ends_at_local=time(11, 50))
    assert looked_at(session, between).ids == frozenset()
    assert looked_at(session, partial(between, ends_at_local=time(11, 55))).ids != frozenset()


def test_visits_that_have_begun_or_are_over_are_left_alone(session, okafor, visit, closing):
    hit = visit(at(25, 12))
    later = partial(actions.preview, physician_id=okafor.id, now=hit.starts_at)
    whole_day = partial(
        actions.add_override,
        physician_id=okafor.id,
        kind=OverrideKind.CLOSED,
        starts_at=at(25, 8),
        ends_at=at(25, 18),
        note="",
        by=COORDINATOR,
        now=hit.starts_at,
    )
    assert later(session, whole_day).ids == frozenset()


def test_a_change_that_is_refused_is_refused_in_its_preview_too(session, okafor, visit):
    visit(at(25, 12))
    with pytest.raises(HoursRefused):
        looked_at(session, away(okafor, at(25, 13), at(25, 12)), okafor)
    assert looked_at(session, away(okafor, at(25, 12), at(25, 13)), okafor).ids


def test_hours_that_end_or_change_strand_what_lies_beyond(session, okafor, visit):
    hit = visit(at(25, 10))
    rule = next(rule for rule in queries.hours_of(session, okafor.id) if rule.weekday == 2)
    ending = edit(actions.end_hours, rule_id=rule.id, last_day=WEDNESDAY - timedelta(days=1))
    later = edit(
        actions.change_hours,
        rule_id=rule.id,
        from_day=WEDNESDAY,
        weekday=2,
        starts_at_local=time(10, 15),
        ends_at_local=time(18),
        effective_until=None,
    )
    assert looked_at(session, ending, okafor).ids == {hit.id}
    assert looked_at(session, later, okafor).ids == {hit.id}
    assert looked_at(session, partial(later, starts_at_local=time(10)), okafor).ids == frozenset()
    assert rule.effective_until is None
