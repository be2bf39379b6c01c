"""Hours, exceptions, closures and caps around every change of the clocks, against a reading of the wall clock."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.scheduling.rules.availability import Override, OverrideKind, WeeklyRule, expand
from clinic.scheduling.rules.caps import Cap, CapPer, full_stretches
from clinic.scheduling.rules.closures import Closure, stretches
from clinic.scheduling.rules.slots import (
    LicencePeriod,
    PatientSide,
    PhysicianSide,
    RemovalReason,
    SlotRequest,
    search,
    window_of,
)
from clinic.scheduling.rules.visits import Blocked, Segment, VisitShape
from tests.domains.scheduling.naive import local, naive, naive_closed, naive_full, naive_open, ranges_of
from tests.domains.scheduling.test_slots_daylight_saving import CHANGES, ZONES

A_DAY = timedelta(days=1)
LICENCE = LicencePeriod("FL", date(2020, 1, 1), None)
VISITS = (
    VisitShape(60, (Segment(0, 60),), horizon_days=30, step=30),
    VisitShape(150, (Segment(0, 30), Segment(135, 15)), buffer_after=15, horizon_days=30, step=30),
)
# Half hours of the wall clock, those that jump or come twice among them more often.
CLOCK = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
TIMES = st.one_of(st.sampled_from(CLOCK), st.sampled_from(CLOCK[:8]))
SETTINGS = settings(max_examples=150, deadline=None, derandomize=True)


@st.composite
def days_around(draw: st.DrawFn, change: date) -> tuple[date, date]:
    first = change + draw(st.integers(-4, 3)) * A_DAY
    return first, first + draw(st.integers(0, 4)) * A_DAY


@st.composite
def rules_around(draw: st.DrawFn, change: date) -> list[WeeklyRule]:
    made = []
    for weekday in draw(st.lists(st.integers(0, 6), max_size=10)):
        opens, closes = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
        closes = draw(st.sampled_from([closes, closes, time(0)]))
        first, last = draw(days_around(change))
        made.append(WeeklyRule(weekday, opens, closes, first, draw(st.sampled_from([None, last]))))
    every_day = [WeeklyRule(weekday, time(0), time(0), date(2020, 1, 1)) for weekday in range(7)]
    return draw(st.sampled_from([made, [*made, *every_day]]))


@st.composite
def overrides_around(draw: st.DrawFn, change: date, zone: str) -> list[Override]:
    begin = int(datetime.combine(change, time(0), tzinfo=ZoneInfo(zone)).timestamp()) - 2 * 86_400
    places = st.tuples(st.sampled_from(OverrideKind), st.integers(0, 190), st.integers(1, 30))
    found = draw(st.lists(places, max_size=4))
    return [Override(kind, begin + at * 1800, begin + (at + length) * 1800) for kind, at, length in found]


@st.composite
def closures_around(draw: st.DrawFn, change: date) -> list[Closure]:
    made = []
    for number in range(draw(st.integers(0, 2))):
        hours = draw(st.one_of(st.none(), st.lists(TIMES, min_size=2, max_size=2, unique=True).map(sorted)))
        state = draw(st.sampled_from([None, None, "FL", "NJ"]))
        made.append(Closure(f"Holiday {number}", state, *draw(days_around(change)), *(hours or ())))
    return made


@st.composite
def caps_around(draw: st.DrawFn, change: date) -> list[Cap]:
    made = []
    for per in draw(st.lists(st.sampled_from(CapPer), max_size=2)):
        first, last = draw(days_around(change))
        most = draw(st.integers(0, 4))
        made.append(Cap(per, most, first, draw(st.sampled_from([None, last])), f"at most {most}"))
    return made


@st.composite
def situations(draw: st.DrawFn) -> tuple[SlotRequest, PhysicianSide, PhysicianSide]:
    """A search around a change of the clocks with the calendar as the rules and as the wall clock make it."""
    change, zone = draw(st.sampled_from(CHANGES)), draw(st.sampled_from(ZONES))
    patient = PatientSide("FL", draw(st.sampled_from(ZONES)), earliest=draw(st.sampled_from([time(0), time(8, 15)])))
    now = int(datetime.combine(change - 6 * A_DAY, time(12), tzinfo=ZoneInfo(zone)).timestamp())
    request = SlotRequest(draw(st.sampled_from(VISITS)), patient, *draw(days_around(change)), now)
    begin = int(datetime.combine(change - 7 * A_DAY, time(9), tzinfo=ZoneInfo(zone)).timestamp())
    starts = [begin + 3600 * hours for hours in draw(st.lists(st.integers(0, 14 * 24), max_size=12))]
    made = (
        draw(rules_around(change)),
        draw(overrides_around(change, zone)),
        draw(closures_around(change)),
        [(cap, starts) for cap in draw(caps_around(change))],
    )
    side = PhysicianSide(UUID(int=1), zone, (), licences=[LICENCE])
    return request, by_the_rules(request, side, *made), by_the_wall(request, side, *made)


def by_the_rules(request, side, rules, overrides, closures, caps):
    window, zone = window_of(request), side.zone
    counted = [(cap, Counter(local(start, zone).date() for start in starts)) for cap, starts in caps]
    return replace(
        side,
        open=expand(rules, overrides, zone=zone, window=window).ranges,
        closures=stretches(closures, zone=zone, state=request.patient.state, window=window),
        full=full_stretches(counted, zone=zone, window=window),
    )


def by_the_wall(request, side, rules, overrides, closures, caps):
    zone, state = side.zone, request.patient.state
    days = [request.first_day + number * A_DAY for number in range(-2, (request.last_day - request.first_day).days + 3)]
    full = set().union(*(naive_full(cap, starts, zone=zone, days=days) for cap, starts in caps))
    return replace(
        side,
        open=ranges_of(naive_open(rules, overrides, zone=zone, days=days)),
        closures=blocked(naive_closed(closures, zone=zone, state=state, days=days)),
        full=blocked(full),
    )


def blocked(minutes: set[int]) -> list[Blocked]:
    return [Blocked(begin, end, "") for begin, end in ranges_of(minutes)]


@SETTINGS
@given(situations())
def test_around_every_change_of_the_clocks_exactly_the_legal_times_are_offered(situation) -> None:
    request, by_rules, by_wall = situation
    expected = naive(request, by_wall)

    found = search(request, [by_rules])

    assert [slot.starts_at for slot in found.slots] == [start for start, answer in expected.items() if answer is None]
    assert dict(found.removed) == dict(Counter(answer for answer in expected.values() if answer))
    assert found.considered == len(expected) == len(found.slots) + sum(found.removed.values())


@settings(SETTINGS, max_examples=100)
@given(situations())
def test_what_took_times_away_is_named_and_nothing_else(situation) -> None:
    request, by_rules, _ = situation
    found = search(request, [by_rules])
    for reason, given_names in (
        (RemovalReason.CLINIC_CLOSED, {one.name for one in by_rules.closures}),
        (RemovalReason.CAP_REACHED, {one.name for one in by_rules.full}),
    ):
        names = set(found.names.get(reason, ()))
        assert names <= given_names
        assert bool(names) is bool(found.removed.get(reason))
