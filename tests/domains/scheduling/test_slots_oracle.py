"""The slot function against a slow reading of the same rules, minute by minute, that shares no code with it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.scheduling.rules.slots import LicencePeriod, PatientSide, PhysicianSide, SlotRequest, objection, search
from clinic.scheduling.rules.visits import Blocked, Range, Segment, VisitShape, patient_range, physician_ranges
from tests.domains.scheduling.naive import naive

# The clocks change on March 8 and November 1.
FIRST_DAYS = (date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1), date(2026, 6, 10))
ZONES = ("America/New_York", "America/Chicago", "Asia/Kolkata", "UTC")
FOREVER = LicencePeriod("NJ", date(2020, 1, 1), None)
HOUR = 3600

Situation = tuple[SlotRequest, list[PhysicianSide]]

SETTINGS = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def visits(draw: st.DrawFn) -> VisitShape:
    edges = draw(st.lists(st.integers(0, 12), min_size=2, max_size=4, unique=True).map(sorted))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    segments = tuple(Segment(5 * begin, 5 * (end - begin)) for begin, end in pairs)
    return VisitShape(
        patient_minutes=draw(st.one_of(st.integers(2, 12), st.integers(2, 40))) * 5,
        engaged=segments,
        buffer_before=draw(st.sampled_from([0, 5, 10])),
        buffer_after=draw(st.sampled_from([0, 5, 15])),
        min_notice=draw(st.sampled_from([0, 30, 600])),
        horizon_days=draw(st.integers(0, 4)),
        step=draw(st.sampled_from([10, 15, 20, 30, 60])),
        rest=draw(st.sampled_from([0, 45])),
    )


@st.composite
def stretches(
    draw: st.DrawFn, begin: int, *, most: int, lengths: tuple[int, int], fewest: int = 0
) -> list[tuple[int, int]]:
    """Ranges that neither overlap nor touch, on five minutes, within three days from `begin`."""
    ranges: list[tuple[int, int]] = []
    position = 0
    for _ in range(draw(st.integers(fewest, most))):
        position += draw(st.integers(1, 120))
        length = draw(st.integers(*lengths))
        ranges.append((begin + position * 300, begin + (position + length) * 300))
        position += length
    return ranges


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    first = draw(st.sampled_from(FIRST_DAYS))
    begin = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    patient = PatientSide(
        state="NJ",
        zone=draw(st.sampled_from(ZONES)),
        busy=draw(stretches(begin, most=3, lengths=(1, 24))),
        earliest=draw(st.sampled_from([time(0), time(1, 30), time(2, 30), time(8, 15)])),
        latest=draw(st.sampled_from([time(20), time(20), time(23, 45), time(2, 30)])),
    )
    now = begin + draw(st.one_of(st.integers(-20 * HOUR, -10 * HOUR), st.integers(-10 * HOUR, 30 * HOUR)))
    last = first + timedelta(days=draw(st.integers(0, 2)))
    request = SlotRequest(draw(visits()), patient, first, last, now)
    return request, [draw(physicians(number, first=first, begin=begin)) for number in range(draw(st.integers(1, 2)))]


@st.composite
def physicians(draw: st.DrawFn, number: int, *, first: date, begin: int) -> PhysicianSide:
    days = st.integers(-2, 3).map(lambda shift: first + timedelta(days=shift))
    licence = st.builds(LicencePeriod, st.sampled_from(["NJ", "NJ", "NJ", "FL"]), days, st.one_of(st.none(), days))
    return PhysicianSide(
        UUID(int=number + 1),
        zone=draw(st.sampled_from(ZONES)),
        open=draw(stretches(begin - 6 * HOUR, most=5, lengths=(12, 200), fewest=2)),
        busy=draw(st.permutations(draw(stretches(begin, most=12, lengths=(1, 18))))),
        licences=draw(st.one_of(st.just([FOREVER]), st.lists(licence, min_size=1, max_size=3))),
        closures=blocked("holiday", draw(stretches(begin, most=2, lengths=(1, 60)))),
        full=blocked("full", draw(stretches(begin, most=1, lengths=(1, 60)))),
    )


@SETTINGS
@given(situations())
def test_the_search_agrees_with_a_minute_by_minute_reading(situation: Situation) -> None:
    request, sides = situation
    expected = {side.physician_id: naive(request, side) for side in sides}

    found = search(request, sides)

    legal = {(one, start) for one, answers in expected.items() for start, answer in answers.items() if answer is None}
    lost = Counter(answer for answers in expected.values() for answer in answers.values() if answer)
    assert {(slot.physician_id, slot.starts_at) for slot in found.slots} == legal
    assert dict(found.removed) == dict(lost)
    assert found.considered == sum(len(answers) for answers in expected.values())


@SETTINGS
@given(situations())
def test_the_reasons_add_up_and_nothing_offered_overlaps(situation: Situation) -> None:
    request, sides = situation

    found = search(request, sides)

    assert len(found.slots) + sum(found.removed.values()) == found.considered
    assert len(set(found.slots)) == len(found.slots)
    busy = {side.physician_id: side.busy for side in sides}
    for slot in found.slots:
        assert (slot.starts_at, slot.ends_at) == patient_range(request.visit, slot.starts_at)
        assert not overlapping(physician_ranges(request.visit, slot.starts_at), busy[slot.physician_id])
        assert not overlapping([(slot.starts_at, slot.ends_at)], request.patient.busy)


def blocked(name: str, ranges: list[Range]) -> list[Blocked]:
    return [Blocked(begin, end, name) for begin, end in ranges]


def overlapping(some: Iterable[Range], others: Iterable[Range]) -> bool:
    return any(begin < stop and start < end for begin, end in some for start, stop in others)


@settings(SETTINGS, max_examples=60)
@given(situations())
def test_one_check_says_what_the_search_says(situation: Situation) -> None:
    request, sides = situation
    for side in sides:
        offered = {slot.starts_at for slot in search(request, [side]).slots}
        answers = {start: objection(request, side, start) for start in naive(request, side)}

        assert {start for start, answer in answers.items() if answer is None} == offered
        assert Counter(answer.reason for answer in answers.values() if answer) == search(request, [side]).removed


@SETTINGS
@given(situations(), st.data())
def test_a_slot_that_was_taken_is_not_offered_again(situation: Situation, data: st.DataObject) -> None:
    request, sides = situation
    found = search(request, sides)
    if not found.slots:
        return
    taken = data.draw(st.sampled_from(found.slots))
    reserved = physician_ranges(request.visit, taken.starts_at)

    after = [
        replace(side, busy=[*side.busy, *reserved]) if side.physician_id == taken.physician_id else side
        for side in sides
    ]

    mine = [slot for slot in search(request, after).slots if slot.physician_id == taken.physician_id]
    assert all(not overlapping(physician_ranges(request.visit, slot.starts_at), reserved) for slot in mine)
    others = [slot for slot in found.slots if slot.physician_id != taken.physician_id]
    assert set(others) <= set(search(request, after).slots)
