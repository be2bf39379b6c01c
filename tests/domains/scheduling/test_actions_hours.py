"""Weekly hours, exceptions and kinds of visits."""

from datetime import date, time, timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.journal import take_entries
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import HoursRefused, UnknownHours, UnknownVisitType, VisitTypeRefused
from clinic.scheduling.rules.availability import OverrideKind
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, at

WEDNESDAY, SATURDAY = date(2026, 11, 25), date(2026, 11, 28)


@pytest.fixture
def starts(session, clinic, okafor):
    ana = clinic.patient()

    def of(day):
        found = queries.find_slots(
            session, visit_type_code="follow_up", patient_id=ana.id, first_day=day, last_day=day, now=NOW
        )
        return [slot.starts_at for slot in found.slots]

    return of


@pytest.fixture
def exception(session, okafor):
    def make(kind, starts_at, ends_at):
        return actions.add_override(
            session,
            physician_id=okafor.id,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            note="",
            by=COORDINATOR,
            now=NOW,
        )

    return make


def hours(session, okafor, **changes):
    wanted = {
        "physician_id": okafor.id,
        "weekday": 5,
        "starts_at_local": time(9),
        "ends_at_local": time(10),
        "effective_from": LONG_AGO,
        "effective_until": None,
    }
    return actions.add_hours(session, by=COORDINATOR, now=NOW, **(wanted | changes))


def test_added_hours_offer_times_until_they_end(session, okafor, starts):
    assert starts(SATURDAY) == []
    rule = hours(session, okafor)
    assert starts(SATURDAY) == [at(28, 9), at(28, 9, 15), at(28, 9, 30)]
    actions.end_hours(session, rule_id=rule.id, last_day=SATURDAY - timedelta(days=1), by=COORDINATOR, now=NOW)
    assert starts(SATURDAY) == []


def test_hours_that_end_before_they_began_are_removed(session, okafor):
    rule = hours(session, okafor, effective_from=SATURDAY)
    actions.end_hours(session, rule_id=rule.id, last_day=WEDNESDAY, by=COORDINATOR, now=NOW, version=1)
    assert rule.id not in {kept.id for kept in queries.hours_of(session, okafor.id)}
    with pytest.raises(UnknownHours):
        actions.end_hours(session, rule_id=rule.id, last_day=WEDNESDAY, by=COORDINATOR, now=NOW)


def test_the_same_hours_on_several_days_are_added_all_or_none(session, okafor):
    before = {kept.id for kept in queries.hours_of(session, okafor.id)}
    wanted = {
        "physician_id": okafor.id,
        "starts_at_local": time(17),
        "ends_at_local": time(19),
        "effective_from": LONG_AGO,
    }
    wanted |= {"effective_until": None, "by": COORDINATOR, "now": NOW}
    made = actions.add_hours_on(session, weekdays=(5, 1, 5), **wanted)
    assert [(rule.weekday, rule.version) for rule in made] == [(5, 1), (1, 1)]
    noted = [entry.subject_id for entry in take_entries(session) if entry.action == "hours.added"]
    assert noted[-2:] == [rule.id for rule in made]
    with pytest.raises(HoursRefused, match="on Tuesdays already"):
        actions.add_hours_on(session, weekdays=(0, 1), **wanted)
    assert {kept.id for kept in queries.hours_of(session, okafor.id)} == before | {rule.id for rule in made}


def test_hours_are_edited_from_the_present_version_only(session, okafor):
    rule = hours(session, okafor)
    with pytest.raises(ChangedMeanwhile):
        actions.end_hours(session, rule_id=rule.id, last_day=SATURDAY, by=COORDINATOR, now=NOW, version=2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"weekday": 7}, "weekday"),
        ({"ends_at_local": time(9)}, "ends_at_local"),
        ({"effective_until": LONG_AGO - timedelta(days=1)}, "effective_until"),
    ],
)
def test_hours_that_make_no_sense_are_refused_at_their_field(session, okafor, changes, field):
    with pytest.raises(HoursRefused) as caught:
        hours(session, okafor, **changes)
    assert caught.value.field == field


def test_a_closed_stretch_takes_times_away_until_it_is_removed(session, okafor, starts, exception):
    before = starts(WEDNESDAY)
    closed = exception(OverrideKind.CLOSED, at(25, 9), at(25, 16))
    assert starts(WEDNESDAY) == [at(25, 16), at(25, 16, 15), at(25, 16, 30)]
    assert [row.id for row in queries.overrides_of(session, physician_id=okafor.id, since=NOW)] == [closed.id]
    actions.remove_override(session, override_id=closed.id, by=COORDINATOR, now=NOW)
    actions.remove_override(session, override_id=closed.id, by=COORDINATOR, now=NOW)
    assert starts(WEDNESDAY) == before
    assert queries.overrides_of(session, physician_id=okafor.id, since=NOW) == []


def test_an_extra_stretch_opens_a_day_off(starts, exception):
    exception(OverrideKind.EXTRA, at(28, 12), at(28, 13))
    assert starts(SATURDAY) == [at(28, 12), at(28, 12, 15), at(28, 12, 30)]


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [(at(25, 10), at(25, 10)), (at(20, 10), at(20, 11)), (at(25, 10), at(25, 10) + timedelta(days=367))],
)
def test_an_exception_that_makes_no_sense_is_refused(exception, starts_at, ends_at):
    with pytest.raises(HoursRefused):
        exception(OverrideKind.CLOSED, starts_at, ends_at)


def test_saving_a_kind_of_visit_again_changes_it(session, clinic):
    clinic.visit_type(patient_minutes=45, physician_segments=((0, 45),), position=2)
    clinic.visit_type("retired", is_active=False)
    kept = queries.visit_types(session)
    assert [(kind.code, kind.patient_minutes, kind.version) for kind in kept] == [("follow_up", 45, 2)]
    assert queries.visit_type(session, "retired").is_active is False
    with pytest.raises(UnknownVisitType):
        queries.visit_type(session, "massage")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": "no spaces"}, "code"),
        ({"patient_minutes": 4}, "patient_minutes"),
        ({"patient_minutes": 481}, "patient_minutes"),
        ({"physician_segments": ()}, "physician_segments"),
        ({"physician_segments": ((0, 20), (15, 10))}, "physician_segments"),
        ({"physician_segments": ((0, 31),)}, "physician_segments"),
        ({"buffer_after_minutes": -5}, "buffer_after_minutes"),
        ({"min_notice_minutes": -1}, "min_notice_minutes"),
        ({"horizon_days": 0}, "horizon_days"),
    ],
)
def test_a_kind_of_visit_that_makes_no_sense_is_refused_at_its_field(clinic, changes, field):
    with pytest.raises(VisitTypeRefused) as caught:
        clinic.visit_type(**changes)
    assert caught.value.field == field
