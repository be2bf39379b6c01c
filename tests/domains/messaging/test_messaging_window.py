"""When texts may leave: 08:00 to 20:00 of the patient's day, through every change of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.messaging.rules.templates import current
from clinic.messaging.rules.window import (
    day_before,
    may_leave,
    next_morning,
    planned_for,
    postponed,
    start_of_day,
    validity_seconds,
)

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
BOOKED, REMINDER, STOPPED = current("BOOK_CONFIRM"), current("VISIT_24H"), current("STOP_REPLY")


def local(day: date, hour: int, minute: int = 0, zone: str = NEW_YORK) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(zone)).astimezone(UTC)


MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)


def first_thing(now: datetime, starts_at: datetime) -> datetime | None:
    return planned_for(BOOKED, due_at=now, zone=NEW_YORK, now=now, worth_until=starts_at)


def test_by_day_a_confirmation_leaves_at_once() -> None:
    now = local(MONDAY, 10)
    assert first_thing(now, local(MONDAY, 10, 30)) == now


def test_by_night_it_waits_for_eight() -> None:
    assert first_thing(local(MONDAY, 20, 10), local(TUESDAY, 15)) == local(TUESDAY, 8)
    assert first_thing(local(MONDAY, 7, 59), local(TUESDAY, 15)) == local(MONDAY, 8)


def test_by_night_it_is_dropped_when_the_visit_is_before_nine() -> None:
    assert first_thing(local(MONDAY, 20, 10), local(TUESDAY, 8, 45)) is None
    assert first_thing(local(MONDAY, 20, 10), local(TUESDAY, 9)) == local(TUESDAY, 8)


def test_the_window_is_closed_at_its_end_and_open_at_its_start() -> None:
    assert first_thing(local(MONDAY, 20), local(TUESDAY, 15)) == local(TUESDAY, 8)
    assert first_thing(local(MONDAY, 8), local(TUESDAY, 15)) == local(MONDAY, 8)


def test_a_reminder_for_the_night_leaves_in_the_evening_before() -> None:
    due = local(MONDAY, 23)
    planned = planned_for(REMINDER, due_at=due, zone=NEW_YORK, now=local(MONDAY, 9), worth_until=local(TUESDAY, 23))
    assert planned == local(MONDAY, 19)


def test_a_reminder_for_tonight_asked_for_this_evening_leaves_at_once() -> None:
    now = local(MONDAY, 19, 30)
    assert (
        planned_for(REMINDER, due_at=local(MONDAY, 23), zone=NEW_YORK, now=now, worth_until=local(TUESDAY, 23)) == now
    )


def test_a_reminder_whose_time_has_passed_is_not_planned() -> None:
    now = local(MONDAY, 12)
    assert planned_for(REMINDER, due_at=now, zone=NEW_YORK, now=now, worth_until=local(TUESDAY, 12)) is None
    late = local(MONDAY, 21)
    assert (
        planned_for(REMINDER, due_at=local(MONDAY, 23), zone=NEW_YORK, now=late, worth_until=local(TUESDAY, 23)) is None
    )


def test_an_answer_leaves_at_any_hour() -> None:
    now = local(MONDAY, 3)
    assert planned_for(STOPPED, due_at=now, zone=NEW_YORK, now=now, worth_until=now + timedelta(hours=4)) == now
    assert may_leave(STOPPED, zone=NEW_YORK, now=now)


def test_a_text_that_must_not_come_at_another_time_is_dropped_at_night() -> None:
    from dataclasses import replace

    from clinic.messaging.rules.kinds import OutsideWindow

    dropping = replace(REMINDER, when_outside_window=OutsideWindow.DROP)
    night, day, until = local(MONDAY, 6), local(MONDAY, 9), local(TUESDAY, 9)
    assert planned_for(dropping, due_at=night, zone=NEW_YORK, now=night, worth_until=until) is None
    assert planned_for(dropping, due_at=day, zone=NEW_YORK, now=night, worth_until=until) == day
    assert postponed(dropping, zone=NEW_YORK, now=night, worth_until=until) is None


def test_the_day_before_keeps_the_wall_clock_when_the_clocks_change() -> None:
    for starts_at in (local(date(2026, 3, 8), 10), local(date(2026, 11, 1), 10)):
        before = day_before(starts_at, NEW_YORK)
        assert before.astimezone(ZoneInfo(NEW_YORK)).time() == time(10)
        assert starts_at - before in (timedelta(hours=23), timedelta(hours=25))


@pytest.mark.parametrize("zone", [NEW_YORK, CHICAGO])
@pytest.mark.parametrize("year", range(2026, 2037))
def test_the_window_holds_on_every_day_around_a_change_of_the_clocks(zone: str, year: int) -> None:
    for month, days in ((3, range(6, 17)), (10, range(30, 32)), (11, range(1, 10))):
        for day in days:
            for quarter in range(96):
                now = datetime(year, month, day, quarter // 4, quarter % 4 * 15, tzinfo=UTC)
                planned = planned_for(BOOKED, due_at=now, zone=zone, now=now, worth_until=now + timedelta(days=3))
                assert planned is not None
                hour = planned.astimezone(ZoneInfo(zone)).hour
                assert 8 <= hour < 20
                seconds = validity_seconds(BOOKED, zone=zone, now=planned, expires_at=now + timedelta(days=3))
                if seconds is not None:
                    latest = (planned + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
                    assert latest.hour < 20 or latest.time() == time(20)


def test_the_provider_may_hold_a_text_until_the_evening_or_its_end_but_not_longer_than_ten_hours() -> None:
    evening, far = local(MONDAY, 19), local(TUESDAY, 15)
    assert validity_seconds(BOOKED, zone=NEW_YORK, now=evening, expires_at=far) == 3600 - 30
    assert validity_seconds(BOOKED, zone=NEW_YORK, now=evening, expires_at=local(MONDAY, 19, 5)) == 270
    assert validity_seconds(BOOKED, zone=NEW_YORK, now=local(MONDAY, 8), expires_at=far) == 36_000
    assert validity_seconds(BOOKED, zone=NEW_YORK, now=local(MONDAY, 19, 59), expires_at=far) is None
    assert (
        validity_seconds(STOPPED, zone=NEW_YORK, now=local(MONDAY, 23), expires_at=local(TUESDAY, 3)) == 4 * 3600 - 30
    )


def test_the_last_minutes_of_the_day_are_too_short_for_the_provider() -> None:
    assert may_leave(BOOKED, zone=NEW_YORK, now=local(MONDAY, 19, 58))
    assert not may_leave(BOOKED, zone=NEW_YORK, now=local(MONDAY, 19, 59))


def test_days_begin_and_open_in_the_patients_zone() -> None:
    now = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert start_of_day(now, NEW_YORK) == local(MONDAY, 0)
    assert start_of_day(now, CHICAGO) == local(date(2026, 11, 22), 0, zone=CHICAGO)
    assert next_morning(now, NEW_YORK) == local(TUESDAY, 8)
    assert next_morning(now, CHICAGO) == local(MONDAY, 8, zone=CHICAGO)
