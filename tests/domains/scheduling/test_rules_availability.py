from datetime import UTC, date, datetime, time

import pytest

from clinic.scheduling.rules.availability import (
    Openings,
    Override,
    OverrideKind,
    WeeklyRule,
    expand,
    merged,
    subtracted,
)
from clinic.scheduling.rules.visits import Range

NEW_YORK = "America/New_York"
SINCE = date(2020, 1, 1)
MONDAY = date(2026, 3, 2)


def utc(day: date, hour: int, minute: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp())


def window(first: date, last: date) -> Range:
    return utc(first, 5), utc(last, 5) + 86_400


def expanded(
    *rules: WeeklyRule, day: date = MONDAY, zone: str = NEW_YORK, overrides: list[Override] | None = None
) -> Openings:
    return expand(rules, overrides or [], zone=zone, window=window(day, day))


def override(kind: OverrideKind, begin: int, end: int) -> Override:
    return Override(kind, utc(MONDAY, begin), utc(MONDAY, end))


def test_a_weekly_rule_opens_its_weekday_on_the_physicians_clock() -> None:
    rules = [WeeklyRule(0, time(9), time(17, 30), SINCE)]

    assert expanded(*rules).ranges == ((utc(MONDAY, 14), utc(MONDAY, 22, 30)),)
    assert expanded(*rules, zone="America/Chicago").ranges == ((utc(MONDAY, 15), utc(MONDAY, 23, 30)),)


@pytest.mark.parametrize("weekday", range(7))
def test_every_weekday_is_the_one_it_says(weekday: int) -> None:
    week = window(MONDAY, date(2026, 3, 8))

    found = expand([WeeklyRule(weekday, time(12), time(13), SINCE)], [], zone=NEW_YORK, window=week)

    days = [datetime.fromtimestamp(begin, UTC).date() for begin, _ in found.ranges]
    assert weekday in {day.weekday() for day in days}
    assert {day.weekday() for day in days} == {weekday}


def test_the_days_around_are_expanded_too() -> None:
    rules = [WeeklyRule(weekday, time(9), time(10), SINCE) for weekday in range(7)]

    days = [datetime.fromtimestamp(begin, UTC).date() for begin, _ in expanded(*rules).ranges]

    assert {date(2026, 3, 1), MONDAY, date(2026, 3, 3)} <= set(days)


@pytest.mark.parametrize(
    ("since", "until", "is_open"),
    [
        (MONDAY, None, True),
        (date(2026, 3, 3), None, False),
        (SINCE, MONDAY, True),
        (SINCE, date(2026, 3, 1), False),
        (MONDAY, MONDAY, True),
    ],
)
def test_a_rule_holds_from_its_first_day_through_its_last(since: date, until: date | None, *, is_open: bool) -> None:
    assert bool(expanded(WeeklyRule(0, time(9), time(10), since, until)).ranges) is is_open


def test_closing_at_midnight_is_the_end_of_the_day_and_joins_the_next() -> None:
    late = WeeklyRule(0, time(20), time(0), SINCE)
    early = WeeklyRule(1, time(0), time(2), SINCE)

    assert expanded(late, early).ranges == ((utc(date(2026, 3, 3), 1), utc(date(2026, 3, 3), 7)),)


def test_touching_rules_are_one_opening_and_not_a_closing() -> None:
    found = expanded(WeeklyRule(0, time(9), time(12), SINCE), WeeklyRule(0, time(12), time(17), SINCE))

    assert found == Openings(((utc(MONDAY, 14), utc(MONDAY, 22)),), closed=False)


def test_extra_hours_open_a_day_that_has_none() -> None:
    found = expanded(overrides=[override(OverrideKind.EXTRA, 15, 18)])

    assert found == Openings(((utc(MONDAY, 15), utc(MONDAY, 18)),), closed=False)


def test_closed_hours_win_over_rules_and_extra_hours() -> None:
    found = expanded(
        WeeklyRule(0, time(9), time(12), SINCE),
        overrides=[
            override(OverrideKind.CLOSED, 15, 20),
            override(OverrideKind.EXTRA, 16, 22),
        ],
    )

    assert found == Openings(((utc(MONDAY, 14), utc(MONDAY, 15)), (utc(MONDAY, 20), utc(MONDAY, 22))), closed=True)


def test_a_closing_of_the_whole_day_leaves_nothing_and_says_so() -> None:
    rule = WeeklyRule(0, time(9), time(12), SINCE)

    assert expanded(rule, overrides=[override(OverrideKind.CLOSED, 0, 23)]) == Openings((), closed=True)


def test_a_closing_outside_the_dates_asked_is_not_mentioned() -> None:
    rules = [WeeklyRule(weekday, time(9), time(12), SINCE) for weekday in range(7)]
    tuesday = Override(OverrideKind.CLOSED, utc(date(2026, 3, 3), 5), utc(date(2026, 3, 4), 5))

    found = expanded(*rules, overrides=[tuesday])

    assert not found.closed
    assert found.ranges == tuple((utc(date(2026, 3, day), 14), utc(date(2026, 3, day), 17)) for day in (1, 2, 4))


@pytest.mark.parametrize(
    ("begin", "end", "is_closed"), [(4, 5, False), (4, 6, True), (28, 29, True), (29, 30, False), (6, 7, True)]
)
def test_of_hours_across_the_edges_of_the_dates_only_the_inner_part_counts(
    begin: int, end: int, *, is_closed: bool
) -> None:
    """The dates asked begin at 5:00 UTC; the hours begin earlier and end later."""
    hours = (
        override(OverrideKind.EXTRA, 3, 7),
        Override(OverrideKind.EXTRA, utc(MONDAY, 23), utc(MONDAY, 23) + 8 * 3600),
    )
    closing = Override(OverrideKind.CLOSED, utc(MONDAY, 0) + begin * 3600, utc(MONDAY, 0) + end * 3600)

    assert expanded(overrides=[*hours, closing]).closed is is_closed


def test_a_closing_where_nothing_was_open_is_not_mentioned() -> None:
    rule = WeeklyRule(0, time(9), time(12), SINCE)

    assert not expanded(rule, overrides=[override(OverrideKind.CLOSED, 17, 20)]).closed


@pytest.mark.parametrize(
    ("opens", "closes", "begin", "end"),
    [
        (time(1), time(4), 6, 8),  # the hour from 2 to 3 is not there
        (time(2, 30), time(4), 7, 8),
        (time(1), time(2, 30), 6, 7),
    ],
)
def test_hours_on_the_day_the_clocks_go_forward(*, opens: time, closes: time, begin: int, end: int) -> None:
    sunday = date(2026, 3, 8)

    found = expanded(WeeklyRule(6, opens, closes, SINCE, sunday), day=sunday)

    assert found.ranges[-1] == (utc(sunday, begin), utc(sunday, end))


def test_hours_that_lie_in_the_jump_do_not_exist() -> None:
    sunday = date(2026, 3, 8)

    assert expanded(WeeklyRule(6, time(2), time(3), sunday), day=sunday).ranges == ()


def test_of_two_equal_local_times_the_first_is_meant() -> None:
    sunday = date(2026, 11, 1)

    assert expanded(WeeklyRule(6, time(1, 30), time(3), sunday), day=sunday).ranges == (
        (utc(sunday, 5, 30), utc(sunday, 8)),
    )
    assert expanded(WeeklyRule(6, time(0), time(1, 30), sunday), day=sunday).ranges == (
        (utc(sunday, 4), utc(sunday, 5, 30)),
    )


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([], ()),
        ([(5, 5)], ()),
        ([(7, 5)], ()),
        ([(3, 5), (1, 2)], ((1, 2), (3, 5))),
        ([(1, 3), (3, 5)], ((1, 5),)),
        ([(1, 3), (4, 5)], ((1, 3), (4, 5))),
        ([(1, 9), (2, 3)], ((1, 9),)),
        ([(1, 4), (2, 6), (5, 8)], ((1, 8),)),
    ],
)
def test_merging(ranges: list[Range], expected: tuple[Range, ...]) -> None:
    assert merged(ranges) == expected


@pytest.mark.parametrize(
    ("holes", "expected"),
    [
        ([], ((10, 20), (30, 40))),
        ([(0, 10)], ((10, 20), (30, 40))),
        ([(20, 30)], ((10, 20), (30, 40))),
        ([(0, 11)], ((11, 20), (30, 40))),
        ([(19, 31)], ((10, 19), (31, 40))),
        ([(12, 14), (16, 18)], ((10, 12), (14, 16), (18, 20), (30, 40))),
        ([(10, 20)], ((30, 40),)),
        ([(0, 50)], ()),
        ([(35, 40)], ((10, 20), (30, 35))),
    ],
)
def test_subtracting(holes: list[Range], expected: tuple[Range, ...]) -> None:
    assert subtracted([(10, 20), (30, 40)], holes) == expected


def test_closing_soon_after_midnight_is_on_the_same_day() -> None:
    assert expanded(WeeklyRule(0, time(0), time(0, 30), MONDAY, MONDAY)).ranges == (
        (utc(MONDAY, 5), utc(MONDAY, 5, 30)),
    )
