"""Periods tile from their anchor, whatever its day, and any cut of a period makes the whole again."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.billing.errors import PeriodRefused
from clinic.billing.rules.periods import Period, Segment, lapsed, period, period_at, periods, today_in
from clinic.billing.rules.proration import left_from, share, unused, used

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2060, 12, 31))
CENTS = st.integers(min_value=-100_000_00, max_value=100_000_00)


@pytest.mark.parametrize(
    ("anchor_on", "starts"),
    [
        (date(2026, 1, 31), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
        (date(2027, 12, 30), ["2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30", "2028-04-30"]),
        (date(2028, 2, 29), ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29", "2028-06-29"]),
    ],
)
def test_BIL_P3_the_last_days_of_months_are_clamped_and_come_back(anchor_on, starts):
    assert [period(Segment(anchor_on), number).start_on.isoformat() for number in range(5)] == starts


@given(DAYS, st.integers(min_value=0, max_value=1000))
def test_BIL_P2_periods_tile_and_have_28_to_31_days(anchor_on, number):
    this, following = period(Segment(anchor_on), number), period(Segment(anchor_on), number + 1)
    assert this.end_on == following.start_on
    assert this.days in {28, 29, 30, 31}
    assert this.start_on.day == anchor_on.day or (this.start_on + timedelta(days=1)).day == 1


@given(DAYS, st.integers(min_value=0, max_value=20_000))
def test_BIL_P4_each_day_lies_in_one_period(anchor_on, after):
    day = anchor_on + timedelta(days=after)
    found = period_at([Segment(anchor_on)], day)
    assert found.start_on <= day < found.end_on


def test_what_a_hold_had_left_is_a_period_of_its_own_and_the_next_counts_from_its_end():
    segments = [Segment(date(2026, 1, 31)), Segment(date(2026, 4, 10), days=12), Segment(date(2026, 4, 22))]
    assert period_at(segments, date(2026, 4, 10)) == Period(date(2026, 4, 10), date(2026, 4, 22))
    assert period_at(segments, date(2026, 4, 21)) == Period(date(2026, 4, 10), date(2026, 4, 22))
    assert period_at(segments, date(2026, 4, 22)) == Period(date(2026, 4, 22), date(2026, 5, 22))
    with pytest.raises(PeriodRefused, match="before the first"):
        period_at(segments, date(2026, 1, 30))
    with pytest.raises(PeriodRefused, match="after what the hold"):
        period_at(segments[:2], date(2026, 4, 22))
    with pytest.raises(PeriodRefused, match=r"^What a hold had left is one period\. The next counts from its end\.$"):
        period(segments[1], 1)
    with pytest.raises(PeriodRefused, match=r"^There is no period before the first\.$"):
        period(segments[0], -1)


def test_periods_up_to_a_day_begin_with_the_first_and_a_hold_left_one():
    months = list(periods(Segment(date(2026, 1, 31)), until=date(2026, 3, 31)))
    assert [each.start_on.isoformat() for each in months] == ["2026-01-31", "2026-02-28"]
    assert len(list(periods(Segment(date(2026, 1, 31), days=5), until=date(2027, 1, 1)))) == 1


@pytest.mark.parametrize(("today", "missed"), [(date(2026, 3, 30), 0), (date(2026, 3, 31), 1), (date(2026, 4, 30), 2)])
def test_periods_that_began_since_the_last_are_counted(today, missed):
    assert lapsed(date(2026, 3, 31), Segment(date(2026, 1, 31)), today) == missed


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 1, 3, 59, tzinfo=UTC), date(2026, 10, 31)),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 4, 59, tzinfo=UTC), date(2026, 11, 1)),
        (datetime(2026, 11, 2, 5, 0, tzinfo=UTC), date(2026, 11, 2)),
    ],
)
def test_BIL_P5_a_day_is_the_clinics_day_also_when_the_clocks_change(now, day):
    assert today_in("America/New_York", now) == day


@given(CENTS, st.integers(min_value=28, max_value=31), st.lists(st.integers(min_value=0, max_value=31), max_size=9))
def test_BIL_M4_the_shares_of_any_cut_make_the_whole(amount, days, cuts):
    whole = Period(date(2026, 3, 1), date(2026, 3, 1) + timedelta(days=days))
    marks = sorted({0, days, *(cut for cut in cuts if cut < days)})
    edges = [whole.start_on + timedelta(days=mark) for mark in marks]
    parts = [share(amount, whole, start_on=a, end_on=b) for a, b in pairwise(edges)]
    assert sum(parts) == amount


@given(st.integers(min_value=0, max_value=100_000_00), st.integers(min_value=28, max_value=31))
def test_BIL_M5_what_is_left_never_grows_and_goes_from_all_to_nothing(amount, days):
    rest = [unused(amount, day, days) for day in range(days + 1)]
    assert (rest[0], rest[-1]) == (amount, 0)
    assert rest == sorted(rest, reverse=True)


@given(CENTS, st.integers(min_value=1, max_value=366), st.integers(min_value=0, max_value=366))
def test_a_share_lies_within_half_a_cent_of_its_exact_part(amount, of_days, days):
    if days <= of_days:
        assert abs(2 * (used(amount, days, of_days) * of_days - amount * days)) <= of_days
        assert used(-amount, days, of_days) == -used(amount, days, of_days)


def test_days_outside_a_period_have_no_share():
    march = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert left_from(31_00, march, date(2026, 3, 31)) == 1_00
    assert share(31_00, march, start_on=date(2026, 3, 3), end_on=date(2026, 3, 3)) == 0
    with pytest.raises(PeriodRefused, match=r"^The first day lies after the last\.$"):
        left_from(31_00, march, date(2026, 4, 2))
    with pytest.raises(PeriodRefused, match=r"^-1 of 31 days is no part of a period\.$"):
        share(31_00, march, start_on=date(2026, 2, 28), end_on=date(2026, 3, 2))
    with pytest.raises(PeriodRefused, match=r"^The first day lies after the last\.$"):
        share(31_00, march, start_on=date(2026, 3, 3), end_on=date(2026, 3, 2))
    with pytest.raises(PeriodRefused, match=r"^0 of 0 days is no part of a period\.$"):
        used(31_00, 0, 0)
