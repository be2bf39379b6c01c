"""What the calendar expects: by phase, from the actual session, by the patient's clock, never at night."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from clinic.kernel.localtime import in_zone, is_open
from clinic.monitoring.errors import CalendarRefused
from clinic.monitoring.rules.business import after_business_hours
from clinic.monitoring.rules.calendar import CareFacts, Part, expected
from clinic.monitoring.rules.calendar_data import from_content, to_content
from tests.domains.monitoring.calendar_cases import (
    CALENDAR,
    EAST,
    PANHANDLE,
    asked_in,
    at,
    facts,
    session_at,
    told,
)


def rows(known: CareFacts, now: str, zone: str = EAST) -> list[str]:
    return told(expected(CALENDAR, known, at(now, zone)), zone)


@pytest.mark.parametrize("zone", [EAST, PANHANDLE])
def test_a_session_is_asked_about_before_it_and_four_times_after(zone):
    known = facts(session_at("2026-11-24 14:30", zone), zone=zone, phase="taper", phase_since=at("2026-11-20", zone))
    assert rows(replace(known, phase="ended"), "2026-11-24 07:00", zone) == [
        "pre Tue 24 08:00",
        "evening Tue 24 19:00",
        "day_1 Wed 25 16:30",
        "day_3 Fri 27 16:30",
        "day_7 Tue 1 16:30",
    ]


@pytest.mark.parametrize(
    ("begins", "evening", "day_1"),
    [
        ("2026-11-24 08:15", "evening Tue 24 19:00", "day_1 Wed 25 10:15"),
        ("2026-11-24 15:15", "evening Tue 24 19:15", "day_1 Wed 25 17:15"),
        ("2026-11-24 16:50", "evening Tue 24 19:45", "day_1 Wed 25 18:50"),
        ("2026-11-24 17:15", "evening Tue 24 19:45", "day_1 Wed 25 19:00"),
        ("2026-11-24 17:45", None, "day_1 Wed 25 19:00"),
        ("2026-11-24 22:30", "evening Wed 25 19:00", "day_1 Thu 26 09:00"),
        # The clocks go back on Nov 1 and forward on Mar 14: the same time of day, not 24 hours later.
        ("2026-10-31 14:00", "evening Sat 31 19:00", "day_1 Sun 1 16:00"),
        ("2027-03-13 14:00", "evening Sat 13 19:00", "day_1 Sun 14 16:00"),
        ("2027-03-14 08:30", "evening Sun 14 19:00", "day_1 Mon 15 10:30"),
    ],
)
def test_evening_and_next_day_follow_the_end_within_their_hours(begins, evening, day_1):
    found = rows(facts(session_at(begins), phase="ended"), begins)
    assert [each for each in found if each.startswith("evening")] == ([evening] if evening else [])
    assert day_1 in found


@pytest.mark.parametrize(
    ("begins", "opens"),
    [
        ("2026-11-24 10:00", "pre Tue 24 08:00"),
        ("2026-11-24 09:00", "pre Tue 24 07:00"),
        ("2026-11-24 07:30", "pre Tue 24 05:30"),
        ("2026-11-24 01:00", "pre Tue 24 00:00"),  # readings of another day say nothing about this one
        ("2027-03-14 08:30", "pre Sun 14 06:30"),
        ("2026-11-24 00:00", None),
    ],
)
def test_the_list_before_a_session_opens_at_eight_or_two_hours_before_it(begins, opens):
    found = rows(facts(session_at(begins), phase="ended"), "2026-11-23" if begins < "2027" else "2027-03-13")
    assert [each for each in found if each.startswith("pre")] == ([opens] if opens else [])


@pytest.mark.parametrize(
    ("state", "is_asked"), [("booked", True), ("taken", True), ("missed", False), ("canceled", False)]
)
def test_only_what_takes_or_took_place_is_asked_about(state, is_asked):
    known = facts(session_at("2026-11-24 14:30", state=state), phase="ended")
    assert bool(rows(known, "2026-11-24 18:00")) == is_asked


def test_a_moved_session_takes_its_rows_along_under_the_same_causes_but_for_the_readings():
    before, after = session_at("2026-11-24 14:30"), session_at("2026-11-27 11:00")
    moved = replace(after, appointment_id=before.appointment_id)
    was, now = (
        {due.cause_key for due in expected(CALENDAR, facts(each, phase="ended"), at("2026-11-23"))}
        for each in (before, moved)
    )
    assert {cause.split(":")[0] for cause in was ^ now} == {"pre"}


def test_questionnaires_about_two_weeks_are_a_week_apart_however_many_sessions_there_are():
    sessions = [session_at(f"2026-11-{day:02d} 10:00") for day in (3, 6, 10, 13, 17, 20)]
    dues = expected(CALENDAR, facts(*sessions), at("2026-11-02 18:00"))
    days = [due.on for due in dues if due.instrument_key == "phq9"]
    assert [f"{day:%b %-d}" for day in days] == ["Nov 10", "Nov 17", "Nov 24"]
    assert all(later - earlier >= timedelta(days=7) for earlier, later in pairwise(days))


def test_maintenance_asks_everything_each_month_and_of_pain_only_who_has_it():
    known = facts(phase="maintenance", phase_since=at("2026-10-30 23:30"))
    now = at("2026-11-20")
    assert told(expected(CALENDAR, known, now)) == ["monthly Sun 29 09:00", "monthly Tue 29 09:00"]
    assert "peg" not in asked_in(expected(CALENDAR, known, now), "monthly")
    assert "peg" in asked_in(expected(CALENDAR, replace(known, has_pain_indication=True), now), "monthly")


@pytest.mark.parametrize(
    ("phase", "found"),
    [
        ("evaluation", []),
        ("induction", ["week_2", "week_4"]),
        ("maintenance", ["monthly"]),
        ("taper", ["taper_step", "monthly"]),
        ("aftercare", ["aftercare_2", "aftercare_4"]),
        ("ended", []),
    ],
)
def test_each_phase_has_its_own_rows(phase, found):
    known = facts(phase=phase, phase_since=at("2026-11-20"))
    rows_of = {due.row_key for due in expected(CALENDAR, known, at("2026-11-20"))}
    assert rows_of == set(found)


@pytest.mark.parametrize(
    ("began", "opens"),
    [
        ("2026-11-20 06:10", "intake Fri 20 09:00"),
        ("2026-11-20 14:20", "intake Fri 20 14:20"),
        ("2026-11-20 19:30", "intake Sat 21 09:00"),
        ("2026-11-20 23:59", "intake Sat 21 09:00"),
        ("2026-11-21 00:00", "intake Sat 21 09:00"),
    ],
)
def test_the_intake_is_asked_at_once_by_day(began, opens):
    assert rows(facts(phase="evaluation", intake_at=at(began)), began)[0] == opens


def test_what_is_too_late_to_ask_is_not_asked_any_more():
    known = facts(session_at("2026-11-10 10:00"), phase="ended")
    assert rows(known, "2026-11-11 11:00")[0] == "evening Tue 10 19:00"
    assert rows(known, "2026-11-17 11:30") == ["day_7 Tue 17 12:00"]
    assert rows(known, "2026-11-24 12:30") == []


@pytest.mark.parametrize("zone", [EAST, PANHANDLE])
def test_no_row_ever_opens_at_night_but_the_list_that_texts_nobody(zone):
    for hour in range(24):
        known = facts(
            session_at(f"2026-10-30 {hour:02d}:40", zone),
            zone=zone,
            phase="taper",
            phase_since=at(f"2026-10-20 {hour:02d}:05", zone),
        )
        for due in expected(CALENDAR, known, at("2026-10-29", zone)):
            assert due.part is Part.BEFORE or is_open(due.opens_at, zone)
            assert due.on == in_zone(due.opens_at, zone).date()
            assert due.closes_at > due.opens_at


def change(path: str, value: Any) -> dict[str, Any]:
    """Return the shipped calendar with something else at `row.field` or `field`."""
    content = to_content(CALENDAR)
    key, _, name = path.rpartition(".")
    target = next(row for row in content["rows"] if row["key"] == key) if key else content
    target[name] = value
    return content


CONTRADICTIONS = {
    "night": (change("evening_until", "20:30"), "nobody is asked at night"),
    "no time": (change("day_from", "nine"), "time of day"),
    "day backwards": (change("day_until", "08:30"), "end after it begins"),
    "unknown name": (change("monthly.evry", 3), "nothing called"),
    "not whole": (change("monthly.every_days", 30.5), "whole number"),
    "true is no number": (change("horizon_days", True), "whole number"),
    "two of a name": (change("monthly.key", "day_1"), "Two rows have this name"),
    "unknown phase": (change("monthly.phases", ["maintainance"]), "is no phase"),
    "no sessions there": (change("day_1.phases", ["aftercare"]), "no visits at home"),
    "unknown moment": (change("monthly.moment", "fortnightly"), "is no moment"),
    "unknown questionnaire": (change("monthly.ask", ["phq8"]), "no questionnaire that we know"),
    "asked twice": (change("monthly.ask", ["phq9", "phq9"]), "stands there twice"),
    "closes after it comes again": (change("taper_step.closes_after_hours", 400), "still be open when it comes again"),
    "spacing": (change("spacing_days", {"phq9": 20}), "never within 20 days"),
    "spacing of nothing": (change("spacing_days", {"kset": 3}), "No row asks kset"),
    "call after the end": (change("day_1.call", {"after_hours": 60, "within_hours": 4}), "closes before anybody"),
    "again after a visit": (change("day_3.every_days", 7), "comes once"),
    "evening counts days": (change("evening.days", 1), "counts no days"),
    "checklist after": (change("evening.ask", ["pre_session"]), "before a visit"),
    "same time twice": (change("week_4.days", 14), "at the same time by week_2"),
    "no rows": (change("rows", []), "1 to 60 rows"),
    "empty": ({}, "rows"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_calendar_that_contradicts_itself_is_refused_with_the_row_and_the_reason(name):
    content, sentence = CONTRADICTIONS[name]
    with pytest.raises(CalendarRefused, match=sentence):
        from_content(content, version=2)


@pytest.mark.parametrize("content", [None, [], "calendar", 3])
def test_what_is_no_calendar_at_all_is_refused(content):
    with pytest.raises(CalendarRefused):
        from_content(content, version=2)


def test_a_calendar_survives_being_stored():
    assert from_content(to_content(CALENDAR), version=1) == CALENDAR


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-24 10:00", 4, "2026-11-24 14:00"),
        ("2026-11-24 16:00", 4, "2026-11-25 11:00"),
        ("2026-11-24 20:00", 4, "2026-11-25 13:00"),
        ("2026-11-27 16:30", 4, "2026-11-30 11:30"),
        ("2026-11-28 12:00", 4, "2026-11-30 13:00"),
    ],
)
def test_business_hours_count_only_while_somebody_works(start, hours, due):
    found = after_business_hours(at(start), hours, from_hour=9, until_hour=18, days=5, zone=EAST)
    assert found == at(due)
