"""What a place costs, when somebody is out, and what is said where no place is found."""

from datetime import date, time

import pytest

from clinic.replacement.errors import AbsenceRefused
from clinic.replacement.rules.absences import LONGEST_DAYS, stretch
from clinic.replacement.rules.lacking import Help, Lacking, advice_on
from clinic.replacement.rules.ranking import Seen, Tier, cost_of, tier_of
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import NEW_YORK, on

HOUR, DAY = 3600, 86_400
AT_OLD = Seen(starts_at=100 * DAY, day=100, is_known=True, is_outside=False, clock=0, busy_minutes=0)
WORST = {"is_known": False, "is_outside": True, "clock": 720, "busy_minutes": 10_000}


def cost(**changes):
    return cost_of(AT_OLD._replace(**changes), old_start=AT_OLD.starts_at, old_day=100)


def test_the_same_time_is_cheaper_than_the_same_day_and_that_than_another_day_whatever_else():
    worst_same_time = cost(**WORST)
    best_same_day = cost(starts_at=AT_OLD.starts_at + 60)
    worst_same_day = cost(starts_at=AT_OLD.starts_at + DAY - 60, **WORST)
    best_other_day = cost(starts_at=AT_OLD.starts_at + 60, day=101)
    assert worst_same_time < best_same_day < worst_same_day < best_other_day


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"starts_at": AT_OLD.starts_at + HOUR}, {"starts_at": AT_OLD.starts_at + HOUR + 60}),
        ({"starts_at": AT_OLD.starts_at - HOUR}, {"starts_at": AT_OLD.starts_at + HOUR + 60}),
        ({"is_known": True}, {"is_known": False}),
        ({"is_outside": False}, {"is_outside": True}),
        ({"clock": 0}, {"clock": 10}),
        ({"busy_minutes": 0}, {"busy_minutes": 10}),
        ({"starts_at": AT_OLD.starts_at + 4 * HOUR - 60}, {"is_known": False, "starts_at": AT_OLD.starts_at + 60}),
    ],
)
def test_each_thing_counts(better, worse):
    assert cost(**better) < cost(**worse)


@pytest.mark.parametrize(
    ("changes", "tier"),
    [
        ({}, Tier.SAME_TIME),
        ({"starts_at": AT_OLD.starts_at + 60}, Tier.SAME_DAY),
        ({"starts_at": AT_OLD.starts_at + 60, "day": 101}, Tier.WINDOW),
    ],
)
def test_how_much_of_the_appointment_stays(changes, tier):
    assert tier_of(AT_OLD._replace(**changes), old_start=AT_OLD.starts_at, old_day=100) is tier


WED, THU = date(2026, 11, 25), date(2026, 11, 26)


def test_whole_days_are_the_physicians_own_and_hours_are_one_stretch():
    whole = stretch((WED, THU), (None, None), zone=NEW_YORK, now=NOW)
    assert whole == (on("2026-11-25", 0), on("2026-11-27", 0))
    hours = stretch((WED, THU), (time(13), time(9, 30)), zone=NEW_YORK, now=NOW)
    assert hours == (on("2026-11-25", 13), on("2026-11-26", 9, 30))
    assert stretch((WED, WED), (None, None), zone=NEW_YORK, now=on("2026-11-25", 23, 59))[1] == on("2026-11-26", 0)


@pytest.mark.parametrize(
    ("days", "hours", "field"),
    [
        ((THU, WED), (None, None), "last_day"),
        ((WED, date.fromordinal(WED.toordinal() + LONGEST_DAYS)), (None, None), "last_day"),
        ((WED, WED), (time(9), None), "ends"),
        ((WED, WED), (None, time(9)), "begins"),
        ((WED, WED), (time(9), time(9)), "ends"),
        ((date(2026, 11, 22), date(2026, 11, 22)), (None, None), "first_day"),
        ((date(2027, 3, 14), date(2027, 3, 14)), (time(2, 30), time(9)), "begins"),
    ],
)
def test_an_absence_that_makes_no_sense_is_refused_at_its_box(days, hours, field):
    with pytest.raises(AbsenceRefused) as refused:
        stretch(days, hours, zone=NEW_YORK, now=NOW)
    assert refused.value.field == field


def test_the_longest_absence_is_taken():
    last = date.fromordinal(WED.toordinal() + LONGEST_DAYS - 1)
    assert stretch((WED, last), (None, None), zone=NEW_YORK, now=NOW)[0] == on("2026-11-25", 0)


@pytest.mark.parametrize("lacking", list(Lacking))
def test_every_reason_is_one_sentence_with_somebody_to_call(lacking):
    for is_session in (True, False):
        advice = advice_on(lacking, is_session=is_session, detail="At most 3 visits a day.")
        assert advice.sentence.endswith(".")
        assert advice.sentence.count(". ") == 0
        assert Help.CALL in advice.helps
        assert len(advice.helps) == 2


def test_what_the_planner_can_solve_goes_there_for_sessions_only():
    assert advice_on(Lacking.COURSE, is_session=True).helps[0] is Help.PLAN
    assert advice_on(Lacking.COURSE, is_session=False).helps[0] is Help.MOVE
    assert advice_on(Lacking.CAP, is_session=True).helps[0] is Help.MOVE
