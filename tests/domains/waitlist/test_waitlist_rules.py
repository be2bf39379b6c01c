"""Pure rules: what a time has to be, who comes first, until when an offer stands."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.localtime import in_zone
from clinic.waitlist.rules.offering import BEFORE_START, SHORTEST, next_offering, offered_until
from clinic.waitlist.rules.ranking import MOST_DAYS, OWN_PHYSICIAN, WHOLE_GAP, Standing, rank
from clinic.waitlist.rules.wishes import Misfit, Wanted, misfit

NEW_YORK = "America/New_York"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
OKAFOR, LINDQVIST = UUID(int=1), UUID(int=2)
AN_HOUR, A_DAY = timedelta(hours=1), timedelta(days=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, 5, minute, tzinfo=UTC) + timedelta(hours=hour)


WANTED = {
    "zone": NEW_YORK,
    "earliest_on": date(2026, 11, 24),
    "latest_on": date(2026, 11, 27),
    "weekdays": frozenset({1, 2}),
    "from_minute": 9 * 60,
    "until_minute": 12 * 60,
    "notice": timedelta(hours=24),
    "physician_id": OKAFOR,
    "present": at(27, 9),
    "gain": timedelta(hours=4),
}


@pytest.mark.parametrize(
    ("changes", "starts_at", "physician_id", "found"),
    [
        ({}, at(24, 10), OKAFOR, None),
        ({}, at(24, 9), OKAFOR, Misfit.NOTICE),
        ({"notice": timedelta(hours=23)}, at(24, 9), OKAFOR, None),
        ({"earliest_on": date(2026, 11, 25)}, at(24, 10), OKAFOR, Misfit.DATES),
        ({"latest_on": date(2026, 11, 24)}, at(24, 10), OKAFOR, None),
        ({"latest_on": date(2026, 11, 24)}, at(25, 10), OKAFOR, Misfit.DATES),
        ({"weekdays": frozenset({2})}, at(24, 10), OKAFOR, Misfit.WEEKDAY),
        ({"weekdays": frozenset()}, at(26, 10), OKAFOR, None),
        ({"from_minute": 10 * 60 + 1}, at(24, 10), OKAFOR, Misfit.HOURS),
        ({}, at(24, 11, 30), OKAFOR, None),
        ({}, at(24, 11, 31), OKAFOR, Misfit.HOURS),
        ({}, at(24, 10), LINDQVIST, Misfit.PHYSICIAN),
        ({"physician_id": None}, at(24, 10), LINDQVIST, None),
        ({"present": at(24, 14)}, at(24, 10), OKAFOR, None),
        ({"present": at(24, 13, 59)}, at(24, 10), OKAFOR, Misfit.GAIN),
        ({"present": None}, at(24, 10), OKAFOR, None),
    ],
)
def test_a_time_is_what_is_waited_for(changes, starts_at, physician_id, found):
    ends_at = starts_at + timedelta(minutes=30)
    wanted = Wanted(**(WANTED | changes))
    assert misfit(wanted, physician_id=physician_id, starts_at=starts_at, ends_at=ends_at, now=NOW) == found


def test_a_visit_past_midnight_is_outside_the_hours():
    wanted = Wanted(**(WANTED | {"until_minute": 1440, "weekdays": frozenset()}))
    begin = at(24, 23, 45)
    assert misfit(wanted, physician_id=OKAFOR, starts_at=begin, ends_at=begin + AN_HOUR, now=NOW) is Misfit.HOURS


def standing(number: int, **changes) -> Standing:
    facts = {
        "entry_id": uuid5(OKAFOR, str(number)),
        "waits_since": NOW,
        "starts_at": at(25, 10),
        "physician_id": OKAFOR,
    }
    return Standing(**(facts | changes))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"waits_since": NOW - A_DAY}, {}),
        ({"waits_since": NOW - 2 * A_DAY}, {"waits_since": NOW - A_DAY}),
        ({"present": at(27, 10)}, {"present": at(26, 10)}),
        ({"is_own_physician": True}, {}),
        ({"begins_with_gap": True}, {}),
        ({"is_own_physician": True}, {"begins_with_gap": True}),
        ({"waits_since": NOW - timedelta(seconds=1)}, {}),
        ({"waits_since": NOW - MOST_DAYS * A_DAY - timedelta(seconds=1)}, {"waits_since": NOW - MOST_DAYS * A_DAY}),
        ({"waits_since": NOW - MOST_DAYS * A_DAY, "begins_with_gap": True}, {"waits_since": NOW - 40 * A_DAY}),
    ],
)
def test_who_comes_first(better, worse):
    for numbers in ((1, 2), (2, 1)):
        first, second = standing(numbers[0], **better), standing(numbers[1], **worse)
        assert [each.standing for each in rank([second, first], now=NOW)] == [first, second]


def test_the_place_is_explained_in_one_sentence():
    one = standing(1, waits_since=NOW - 12 * A_DAY, present=at(27, 10), is_own_physician=True, begins_with_gap=True)
    (ranked,) = rank([one], now=NOW)
    assert ranked.points == 12 + 2 + OWN_PHYSICIAN + WHOLE_GAP
    assert ranked.sentence == (
        "22 points: waits 12 days, would come 2 days earlier, with the physician of the care team, "
        "begins where the gap begins."
    )
    (ranked,) = rank([standing(1, waits_since=NOW - A_DAY, present=at(25, 16))], now=NOW)
    assert ranked.sentence == "1 point: waits 1 day, would come earlier on the same day."


standings = st.lists(
    st.builds(
        Standing,
        entry_id=st.uuids(),
        waits_since=st.integers(0, 90 * 86_400).map(lambda ago: NOW - timedelta(seconds=ago)),
        starts_at=st.just(at(25, 10)),
        physician_id=st.just(OKAFOR),
        present=st.none() | st.integers(1, 60).map(lambda days: at(25, 10) + days * A_DAY),
        is_own_physician=st.booleans(),
        begins_with_gap=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda each: each.entry_id,
)


@given(standings, st.randoms())
def test_the_order_is_one_of_all_and_does_not_hang_on_who_else_waits(waiting, chance):
    order = [each.standing for each in rank(waiting, now=NOW)]
    assert sorted(order, key=waiting.index) == waiting
    shuffled = chance.sample(waiting, len(waiting))
    assert [each.standing for each in rank(shuffled, now=NOW)] == order
    without = [one for one in waiting if one is not (order[0] if order else None)]
    assert [each.standing for each in rank(without, now=NOW)] == order[1:]


@given(standings)
def test_who_waits_longer_with_all_else_alike_is_never_later(waiting):
    points = [each.points for each in rank(waiting, now=NOW)]
    assert points == sorted(points, reverse=True)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(24, 10), at(24, 11)),
        (at(24, 8), at(24, 9)),
        (at(24, 7, 59), None),
        (at(24, 19), at(24, 20)),
        (at(24, 19, 1), None),
        (at(24, 20), None),
        (at(25, 9), at(25, 9, 30)),
        (at(25, 9, 15), at(25, 9, 30)),
        (at(25, 9, 16), None),
    ],
)
def test_an_offer_stands_by_day_and_ends_before_the_visit(now, until):
    assert offered_until(now, starts_at=at(25, 10), answer_within=AN_HOUR, zone=NEW_YORK) == until


@pytest.mark.parametrize(
    ("now", "again"),
    [
        (at(24, 10), at(24, 10)),
        (at(24, 7), at(24, 8)),
        (at(24, 19), at(24, 19)),
        (at(24, 19, 1), at(25, 8)),
        (at(24, 23), at(25, 8)),
    ],
)
def test_what_cannot_be_offered_now_is_offered_in_the_morning(now, again):
    assert next_offering(now, answer_within=AN_HOUR, zone=NEW_YORK) == again


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda when: when.replace(tzinfo=UTC)),  # noqa: DTZ001
    st.integers(15, 240),
    st.integers(0, 72 * 60),
    st.sampled_from([NEW_YORK, "America/Chicago"]),
)
def test_nobody_gets_or_loses_an_offer_asleep(now, minutes, ahead, zone):
    starts_at, within = now + timedelta(minutes=ahead), timedelta(minutes=minutes)
    until = offered_until(now, starts_at=starts_at, answer_within=within, zone=zone)
    again = next_offering(now, answer_within=within, zone=zone)
    assert again >= now
    assert offered_until(again, starts_at=again + 10 * A_DAY, answer_within=within, zone=zone) is not None
    if until is None:
        return
    assert SHORTEST <= until - now <= within
    assert until <= starts_at - BEFORE_START
    first, last = in_zone(now, zone), in_zone(until, zone)
    assert first.date() == last.date()
    assert first.hour >= 8
    assert (last.hour, last.minute, last.second) <= (20, 0, 0)
