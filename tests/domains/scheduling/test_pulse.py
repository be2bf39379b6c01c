"""Pages that follow the calendar: one fingerprint, the rows of several days, what a colleague changed."""

from datetime import date, timedelta

import pytest

from clinic.scheduling import actions, queries
from clinic.scheduling.errors import VisitChanged
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at

DAY, ZONE = date(2026, 11, 25), "America/New_York"


@pytest.fixture
def visit(clinic, okafor):
    return clinic.visit(clinic.patient(), okafor, at(25, 10))


def beat(session, *, now=NOW, **changes):
    session.flush()
    return queries.pulse(session, **({"day": DAY, "zone": ZONE, "now": now} | changes))


def move(session, visit, starts_at, **changes):
    wanted = {"physician_id": visit.physician_id, "by": COORDINATOR, "now": NOW, "ring": RING} | changes
    return actions.move(session, appointment_id=visit.id, starts_at=starts_at, **wanted)


def closure(session, okafor):
    closed = {"name": "Staff day", "state": None, "first_day": DAY, "last_day": DAY}
    actions.add_closure(session, by=COORDINATOR, now=NOW, **closed)


def cap(session, okafor):
    most = {"visit_type_code": None, "per": CapPer.DAY, "most": 3, "effective_from": DAY, "effective_until": None}
    actions.set_cap(session, physician_id=okafor.id, by=COORDINATOR, now=NOW, **most)


def day_off(session, okafor):
    closed = {"kind": "closed", "starts_at": at(25, 12), "ends_at": at(25, 14), "note": ""}
    actions.add_override(session, physician_id=okafor.id, by=COORDINATOR, now=NOW, **closed)


def fewer_hours(session, okafor):
    rule = queries.hours_of(session, okafor.id)[0]
    actions.end_hours(session, rule_id=rule.id, last_day=date(2026, 12, 1), by=COORDINATOR, now=NOW)


@pytest.mark.parametrize("edit", [closure, cap, day_off, fewer_hours])
def test_an_edit_of_the_hours_is_a_new_pulse(session, okafor, visit, edit):
    before = beat(session)
    edit(session, okafor)
    assert beat(session) != before


def test_every_step_of_a_visit_is_a_new_pulse(session, clinic, okafor, visit):
    seen = [beat(session)]
    steps = [
        lambda: clinic.visit(clinic.patient(), okafor, at(25, 14)),
        lambda: actions.confirm(session, appointment_id=visit.id, via="staff", by=COORDINATOR, now=NOW),
        lambda: move(session, visit, at(25, 11)),
        lambda: move(session, visit, at(26, 11)),
        lambda: move(session, visit, at(25, 11)),
        lambda: actions.cancel(session, appointment_id=visit.id, reason=CancelReason.OTHER, by=COORDINATOR, now=NOW),
    ]
    for step in steps:
        step()
        seen.append(beat(session))
    assert len(set(seen)) == len(seen)


def test_a_hold_that_runs_out_is_a_new_pulse(session, clinic, okafor, visit):
    before = beat(session)
    clinic.hold(clinic.patient(), okafor, at(25, 15))
    held = beat(session)
    assert before != held
    assert beat(session, now=NOW + timedelta(minutes=10)) == before


def test_what_happens_on_another_day_is_none_of_this_one(session, clinic, okafor, visit):
    before, week = beat(session), beat(session, until=date(2026, 11, 27))
    clinic.visit(clinic.patient(), okafor, at(26, 14))
    assert beat(session) == before
    assert beat(session, until=date(2026, 11, 27)) != week


def test_looking_again_changes_nothing(session, visit):
    assert beat(session) == beat(session, now=NOW + timedelta(hours=1))
    assert len(beat(session)) == 32


def test_the_rows_of_several_days_come_in_one_read(session, clinic, okafor, visit):
    lindqvist = clinic.physician("Dr. Bea Lindqvist")
    later = clinic.visit(clinic.patient(), lindqvist, at(27, 16))
    clinic.visit(clinic.patient(), okafor, at(30, 9))
    week = {"first_day": DAY, "last_day": date(2026, 11, 27), "zone": ZONE, "now": NOW}
    assert [row.id for row in queries.board_rows(session, **week)] == [visit.id, later.id]
    assert [row.id for row in queries.board_rows(session, physician_ids=[lindqvist.id], **week)] == [later.id]
    (row,) = queries.board_rows(session, physician_ids=[okafor.id], **week)
    assert row.busy == ((at(25, 10), at(25, 10, 30)),)


def test_a_colleagues_changes_come_along_with_the_refusal(session, clinic, okafor, visit):
    seen = visit.version
    lindqvist = clinic.physician("Dr. Bea Lindqvist")
    move(session, visit, at(26, 9), physician_id=lindqvist.id, tell=False)
    actions.confirm(session, appointment_id=visit.id, via="staff", by=COORDINATOR, now=NOW + timedelta(minutes=1))
    with pytest.raises(VisitChanged) as caught:
        move(session, visit, at(27, 9), version=seen)
    moved, confirmed = caught.value.changes
    assert (moved.change, moved.starts_at, moved.from_starts_at) == ("moved", at(26, 9), at(25, 10))
    assert (moved.from_physician_name, moved.physician_name) == (okafor.full_name, lindqvist.full_name)
    assert (confirmed.change, confirmed.state, confirmed.reason) == ("confirmed", "confirmed", "staff")
    assert (caught.value.who, caught.value.at) == ("Dana Reyes", NOW + timedelta(minutes=1))
