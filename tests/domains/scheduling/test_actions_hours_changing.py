"""Weekly hours that change from a day on, and what is refused about hours and exceptions."""

from datetime import date, time, timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import HoursRefused, UnknownHours
from clinic.scheduling.rules.availability import OverrideKind
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, Clinic

DECEMBER = date(2026, 12, 1)
A_DAY = timedelta(days=1)


@pytest.fixture
def okafor(session):
    return Clinic(session).physician()


@pytest.fixture
def wednesdays(session, okafor):
    return next(rule for rule in queries.hours_of(session, okafor.id) if rule.weekday == 2)


@pytest.fixture
def change(session, wednesdays):
    def make(**changes):
        wanted = {
            "rule_id": wednesdays.id,
            "from_day": DECEMBER,
            "weekday": 2,
            "starts_at_local": time(12),
            "ends_at_local": time(20),
            "effective_until": None,
        }
        return actions.change_hours(session, by=COORDINATOR, now=NOW, **(wanted | changes))

    return make


def of_weekday(session, okafor, weekday):
    return [
        (f"{rule.starts_at_local:%H}-{rule.ends_at_local:%H}", rule.effective_from, rule.effective_until)
        for rule in queries.hours_of(session, okafor.id)
        if rule.weekday == weekday
    ]


def test_from_a_day_on_the_new_hours_hold_and_before_it_the_old_ones(session, okafor, change):
    change()
    assert sorted(of_weekday(session, okafor, 2)) == [
        ("09-17", LONG_AGO, DECEMBER - A_DAY),
        ("12-20", DECEMBER, None),
    ]
    noted = [(one.action, one.details["before"]["starts_at_local"]) for one in noted_changes(session)]
    assert noted == [("hours.changed", "09:00:00")]


def noted_changes(session):
    return [one for one in session.info["journal.entries"] if one.action == "hours.changed"]


@pytest.mark.parametrize("from_day", [LONG_AGO, LONG_AGO - A_DAY])
def test_from_their_first_day_on_the_hours_themselves_change(session, okafor, wednesdays, change, from_day):
    changed = change(from_day=from_day, weekday=5, effective_until=DECEMBER)
    assert changed.id == wednesdays.id
    assert of_weekday(session, okafor, 2) == []
    assert of_weekday(session, okafor, 5) == [("12-20", from_day, DECEMBER)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_at_local": time(12)}, "ends_at_local"),
        ({"ends_at_local": time(11)}, "ends_at_local"),
        ({"weekday": 9}, "weekday"),
        ({"weekday": 3}, "starts_at_local"),
        ({"effective_until": DECEMBER - A_DAY}, "effective_until"),
    ],
)
def test_a_change_that_makes_no_sense_or_overlaps_is_refused_and_changes_nothing(
    session, okafor, change, changes, field
):
    with pytest.raises(HoursRefused) as caught:
        change(**changes)
    assert caught.value.field == field
    assert of_weekday(session, okafor, 2) == [("09-17", LONG_AGO, None)]


def test_hours_that_have_ended_are_not_changed_after_their_end(session, okafor, wednesdays, change):
    actions.end_hours(session, rule_id=wednesdays.id, last_day=DECEMBER - A_DAY, by=COORDINATOR, now=NOW)
    with pytest.raises(HoursRefused) as caught:
        change()
    assert caught.value.field == "from_day"


def test_hours_are_changed_from_the_present_version_and_while_they_are_there(session, wednesdays, change):
    with pytest.raises(ChangedMeanwhile):
        change(version=2)
    actions.end_hours(session, rule_id=wednesdays.id, last_day=LONG_AGO - A_DAY, by=COORDINATOR, now=NOW)
    with pytest.raises(UnknownHours):
        change()


def test_an_exception_beyond_everything_that_can_be_booked_is_refused(session, okafor):
    starts_at = NOW + timedelta(days=733)
    with pytest.raises(HoursRefused) as caught:
        actions.add_override(
            session,
            physician_id=okafor.id,
            kind=OverrideKind.EXTRA,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            note="",
            by=COORDINATOR,
            now=NOW,
        )
    assert caught.value.field == "starts_at"
