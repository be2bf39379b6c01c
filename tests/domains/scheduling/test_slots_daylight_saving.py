"""Every change of the clocks in the zones of Florida and New Jersey from 2026 through 2036."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from clinic.kernel.errors import Invalid
from clinic.kernel.localtime import is_open, next_open, previous_open, to_instant
from clinic.scheduling.rules.availability import WeeklyRule, expand
from clinic.scheduling.rules.slots import (
    LicencePeriod,
    PatientSide,
    PhysicianSide,
    SlotRequest,
    SlotSearch,
    search,
    window_of,
)
from clinic.scheduling.rules.visits import VisitShape, whole_visit

ZONES = ("America/New_York", "America/Chicago")
A_DAY = timedelta(days=1)
SINCE = date(2020, 1, 1)


def nth_sunday(year: int, month: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))


# By law: the second Sunday of March and the first of November (15 U.S.C. 260a).
SPRING = [nth_sunday(year, 3, 2) for year in range(2026, 2037)]
FALL = [nth_sunday(year, 11, 1) for year in range(2026, 2037)]
CHANGES = sorted(SPRING + FALL)


def local(epoch: int, zone: str) -> datetime:
    return datetime.fromtimestamp(epoch, ZoneInfo(zone))


def around(change: date, zone: str, rules: list[WeeklyRule], *, patient: PatientSide | None = None) -> SlotSearch:
    """Search from two days before a change of the clocks to two days after."""
    now = int(datetime(change.year, change.month, change.day, tzinfo=UTC).timestamp()) - 9 * 86_400
    visit = VisitShape(60, whole_visit(60), step=60)
    patient = patient or PatientSide("NJ", zone)
    request = SlotRequest(visit, patient, change - 2 * A_DAY, change + 2 * A_DAY, now)
    hours = expand(rules, [], zone=zone, window=window_of(request))
    licence = LicencePeriod("NJ", SINCE, None)
    return search(request, [PhysicianSide(UUID(int=1), zone, hours.ranges, licences=[licence])])


def every_day(opens: time, closes: time) -> list[WeeklyRule]:
    return [WeeklyRule(weekday, opens, closes, SINCE) for weekday in range(7)]


def test_these_are_the_days_on_which_the_clocks_change() -> None:
    for zone in ZONES:
        for change in CHANGES:
            midnight = datetime(change.year, change.month, change.day, tzinfo=ZoneInfo(zone))
            assert midnight.utcoffset() != (midnight + A_DAY).utcoffset()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_slots_stay_at_the_same_hours_of_the_wall_clock(change: date, zone: str) -> None:
    found = around(change, zone, every_day(time(9), time(12)))

    starts = [local(slot.starts_at, zone) for slot in found.slots]
    expected = [(change + n * A_DAY, time(hour)) for n in (-2, -1, 0, 1, 2) for hour in (9, 10, 11)]
    assert [(start.date(), start.time()) for start in starts] == expected
    assert found.removed == {}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_round_the_clock_every_real_hour_is_offered_once_and_no_other(change: date, zone: str) -> None:
    any_time = PatientSide("NJ", zone, earliest=time(0), latest=time(23))

    found = around(change, zone, every_day(time(0), time(0)), patient=any_time)

    starts = [slot.starts_at for slot in found.slots if local(slot.starts_at, zone).date() == change]
    hours = [local(start, zone).hour for start in starts]
    # The last visit of the day ends at 23:00, so 22 is the last start.
    spring = [0, 1, *range(3, 23)]
    fall = [0, 1, 1, *range(2, 23)]
    assert hours == (spring if change in SPRING else fall)
    assert found.considered == 5 * 24 + (-1 if change in SPRING else 1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", SPRING, ids=str)
def test_the_hour_that_is_jumped_over_cannot_be_named(change: date, zone: str) -> None:
    for minute in (0, 15, 59):
        with pytest.raises(Invalid) as refused:
            to_instant(change, time(2, minute), zone)
        assert refused.value.code == "nonexistent_local_time"
    assert to_instant(change, time(3), zone) - to_instant(change, time(1, 59), zone) == timedelta(minutes=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", FALL, ids=str)
def test_of_the_doubled_hour_the_first_is_meant(change: date, zone: str) -> None:
    first = to_instant(change, time(1, 30), zone)

    assert first - to_instant(change, time(0, 30), zone) == timedelta(hours=1)
    assert to_instant(change, time(2, 30), zone) - first == timedelta(hours=2)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_sending_window_holds_on_the_wall_clock(change: date, zone: str) -> None:
    begin = datetime(change.year, change.month, change.day, tzinfo=UTC) - A_DAY
    for quarters in range(4 * 24 * 4):
        instant = begin + quarters * timedelta(minutes=15)
        hour = instant.astimezone(ZoneInfo(zone)).hour
        assert is_open(instant, zone) is (8 <= hour < 20)
        after, before = next_open(instant, zone), previous_open(instant, zone)
        assert before <= instant <= after
        assert is_open(after, zone)
        assert is_open(before, zone)
        if before != instant:
            assert after.astimezone(ZoneInfo(zone)).time() == time(8)
            assert before.astimezone(ZoneInfo(zone)).time() == time(19)
            assert after - before in {timedelta(hours=hours) for hours in (12, 13, 14)}
