"""The ladder, the end of a checklist, and the watch: every bound, whatever the numbers are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.session_day.errors import ReadingRefused, SupportRefused
from clinic.session_day.rules.board import Urgency, urgency
from clinic.session_day.rules.checklist import Ending, Outcome, Reason, ending
from clinic.session_day.rules.limits import LadderLimits, Pressure, WatchLimits
from clinic.session_day.rules.persons import Named, Own, Relation, checked_person
from clinic.session_day.rules.pressure import ENDED, Ladder, Reading, Step, Taken, checked_reading, ladder
from clinic.session_day.rules.standing import DayStanding
from clinic.session_day.rules.watching import DueState, Missing, Seen, SeenKind, watch

T0 = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LIMITS = LadderLimits()
WATCH = WatchLimits()


def after(**span: float) -> datetime:
    return T0 + timedelta(**span)


def taken(*pairs: tuple[int, int], every: float = 2, start: float = 5) -> list[Taken]:
    """Return readings of these pressures, so many minutes apart."""
    return [
        Taken(reading=Reading(systolic=upper, diastolic=lower, pulse=70), at=after(minutes=start + every * number))
        for number, (upper, lower) in enumerate(pairs)
    ]


def steps(readings: list[Taken], now: datetime, *, seated: datetime | None = T0) -> Ladder:
    return ladder(readings, seated_at=seated, limits=LIMITS, now=now)


def test_first_the_patient_sits_and_rests_and_measures_twice():
    assert steps([], T0, seated=None).step is Step.SIT
    resting = steps([], after(minutes=4, seconds=59))
    assert (resting.step, resting.until) == (Step.REST, after(minutes=5))
    assert steps([], after(minutes=5)).step is Step.FIRST
    one = taken((120, 80))
    paused = steps(one, after(minutes=5, seconds=59))
    assert (paused.step, paused.until) == (Step.PAUSE, after(minutes=6))
    assert steps(one, after(minutes=6)).step is Step.SECOND
    assert steps(one, after(minutes=15, seconds=1)).step is Step.FIRST  # The first one is too old by then.


@pytest.mark.parametrize(
    ("first", "second", "step"),
    [
        ((139, 89), (139, 89), Step.PASSED),
        ((139, 89), (140, 89), Step.REST),  # 139.5 counts as 140.
        ((130, 80), (148, 80), Step.PASSED),
        ((120, 89), (120, 91), Step.REST),
        ((159, 99), (159, 99), Step.REST),
        ((160, 80), (160, 80), Step.STOPPED),
        ((120, 100), (120, 100), Step.STOPPED),
        ((180, 90), (180, 90), Step.DANGER),
        ((150, 120), (150, 120), Step.DANGER),
        ((190, 90), (130, 80), Step.STOPPED),
    ],
)
def test_the_mean_of_two_readings_decides(first, second, step):
    assert steps(taken(first, second), after(minutes=8)).step is step


def test_too_high_is_measured_three_times_at_most():
    high = [(150, 92)] * 6
    readings = taken(*high[:2])
    assert steps(readings, after(minutes=8)).until == after(minutes=22)
    assert steps(readings, after(minutes=22)).round == 2
    second_round = taken(*high[2:4], start=22)
    third_round = taken(*high[4:], start=39)
    ended = steps([*readings, *second_round, *third_round], after(minutes=42))
    assert (ended.step, ended.round) == (Step.HIGH, 3)
    calmer = taken((128, 82), (126, 80), start=22)
    assert steps([*readings, *calmer], after(minutes=25)).step is Step.PASSED


def test_a_single_reading_in_the_range_of_danger_is_seen_at_once():
    assert steps(taken((182, 90)), after(minutes=5)).is_first_high
    assert not steps(taken((179, 119)), after(minutes=5)).is_first_high


_PRESSURES = st.tuples(st.integers(90, 230), st.integers(40, 89))


@given(st.lists(_PRESSURES, max_size=8), st.floats(1, 9), st.floats(0, 200))
def test_the_ladder_never_passes_what_is_high_and_never_measures_after_its_end(pairs, every, minutes):
    readings = taken(*pairs, every=every)
    found = steps(readings, after(minutes=minutes + 5 + every * len(pairs)))
    if found.step is Step.PASSED:
        assert found.mean is not None
        assert found.mean.systolic < 140
        assert found.mean.diastolic < 90
    assert found.round <= 4
    assert (found.step in ENDED) == found.is_over
    if found.step in {Step.REST, Step.PAUSE}:
        assert found.until is not None


@given(_PRESSURES, _PRESSURES, st.integers(0, 40), st.integers(0, 10))
def test_a_higher_reading_never_makes_the_verdict_milder(first, second, more_upper, more_lower):
    order = [Step.PASSED, Step.REST, Step.STOPPED, Step.DANGER]
    higher = (second[0] + more_upper, second[1] + more_lower)
    mild, grave = (steps(taken(first, one), after(minutes=8)).step for one in (second, higher))
    assert order.index(mild) <= order.index(grave)


@pytest.mark.parametrize(
    ("reading", "field", "reason"),
    [
        ((80, 120, 70, None), "diastolic", "upside_down"),
        ((120, 120, 70, None), "diastolic", "upside_down"),
        ((12, 80, 70, None), "systolic", "out_of_range"),
        ((1200, 80, 70, None), "systolic", "out_of_range"),
        ((120, 29, 70, None), "diastolic", "out_of_range"),
        ((120, 80, 29, None), "pulse", "out_of_range"),
        ((120, 80, 70, 101), "spo2", "out_of_range"),
    ],
)
def test_a_reading_that_cannot_be_is_refused_at_its_box(reading, field, reason):
    upper, lower, pulse, oxygen = reading
    with pytest.raises(ReadingRefused) as refused:
        checked_reading(Reading(systolic=upper, diastolic=lower, pulse=pulse, spo2=oxygen))
    assert (refused.value.field, refused.value.reason) == (field, reason)


GOOD = {
    **dict.fromkeys(("thoughts", "seeing_hearing", "racing"), Decimal(0)),
    **dict.fromkeys(("food_stopped", "hydrated", "no_alcohol", "no_sedatives", "well", "not_pregnant"), Decimal(1)),
    **dict.fromkeys(("bladder_ok", "safe_place", "no_driving", "sitter_present"), Decimal(1)),
    "units": Decimal(2),
}
PASSED = Ladder(step=Step.PASSED, round=1, mean=Reading(systolic=120, diastolic=80, pulse=70, spo2=97))


def end(readings: Ladder = PASSED, **changed: int) -> Ending:
    answers = GOOD | {key: Decimal(value) for key, value in changed.items()}
    return ending(answers, readings, limits=LIMITS, ordered_units=2)


def test_a_good_list_passes_and_water_is_advice_only():
    assert end() == Ending(outcome=Outcome.PASSED, reasons=())
    assert end(hydrated=0).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        ({"thoughts": 1}, Outcome.STOPPED, Reason.THOUGHTS),
        ({"seeing_hearing": 1}, Outcome.STOPPED, Reason.PERCEPTION),
        ({"racing": 1}, Outcome.STOPPED, Reason.RACING),
        ({"no_alcohol": 0}, Outcome.STOPPED, Reason.ALCOHOL),
        ({"no_sedatives": 0}, Outcome.STOPPED, Reason.SEDATIVES),
        ({"not_pregnant": 0}, Outcome.STOPPED, Reason.PREGNANT),
        ({"bladder_ok": 0}, Outcome.STOPPED, Reason.BLADDER),
        ({"well": 0}, Outcome.HOLD, Reason.ILL),
        ({"food_stopped": 0}, Outcome.HOLD, Reason.FOOD),
        ({"safe_place": 0}, Outcome.HOLD, Reason.PLACE),
        ({"no_driving": 0}, Outcome.HOLD, Reason.DRIVING),
        ({"sitter_present": 0}, Outcome.HOLD, Reason.ALONE),
        ({"units": 0}, Outcome.HOLD, Reason.UNITS),
        ({"units": 3}, Outcome.HOLD, Reason.UNITS),
    ],
)
def test_each_answer_has_its_own_end(changed, outcome, reason):
    assert end(**changed) == Ending(outcome=outcome, reasons=(reason,))


@pytest.mark.parametrize(
    ("step", "outcome", "reason"),
    [
        (Step.HIGH, Outcome.HOLD, Reason.PRESSURE_HIGH),
        (Step.STOPPED, Outcome.STOPPED, Reason.PRESSURE_STOPS),
        (Step.DANGER, Outcome.STOPPED, Reason.PRESSURE_DANGER),
    ],
)
def test_each_end_of_the_ladder_has_its_own(step, outcome, reason):
    assert end(Ladder(step=step, round=1, mean=PASSED.mean)) == Ending(outcome=outcome, reasons=(reason,))


@pytest.mark.parametrize(
    ("pulse", "oxygen", "reasons"),
    [
        (50, 94, ()),
        (49, 94, (Reason.PULSE,)),
        (110, None, ()),
        (111, None, (Reason.PULSE,)),
        (70, 93, (Reason.OXYGEN,)),
    ],
)
def test_pulse_and_oxygen_have_bounds(pulse, oxygen, reasons):
    mean = Reading(systolic=120, diastolic=80, pulse=pulse, spo2=oxygen)
    assert end(Ladder(step=Step.PASSED, round=1, mean=mean)).reasons == reasons


def test_every_reason_is_told_and_the_gravest_decides():
    found = end(thoughts=2, safe_place=0, no_alcohol=0)
    assert found == Ending(outcome=Outcome.STOPPED, reasons=(Reason.THOUGHTS, Reason.ALCOHOL, Reason.PLACE))


OWN = Own(e164="+13055550100", first_name="Marisol", last_name="Benavides", preferred_name="Mari")


@pytest.mark.parametrize(
    ("name", "e164", "reason"),
    [
        ("Rosa Benavides", "+13055550100", "own_phone"),
        ("Marisol Benavides", "+13055550101", "own_name"),
        ("benavides, mari", "+13055550101", "own_name"),
        ("   ", "+13055550101", "no_name"),
    ],
)
def test_nobody_is_their_own_support_person(name, e164, reason):
    with pytest.raises(SupportRefused) as refused:
        checked_person(Named(name=name, e164=e164, relation=Relation.FAMILY, language="en"), OWN)
    assert refused.value.reason == reason


def looked(minutes: float, kind: SeenKind = SeenKind.CHECK, *, good: bool = True, bp: tuple[int, int] | None = None):
    pressure = Pressure(systolic=bp[0], diastolic=bp[1]) if bp else None
    return Seen(kind=kind, at=after(minutes=minutes), is_good=good, pressure=pressure)


def stands(*seen: Seen, minutes: float, baseline: Pressure | None = None):
    return watch(list(seen), started_at=T0, baseline=baseline, limits=WATCH, now=after(minutes=minutes))


def test_checks_are_due_every_fifteen_minutes_and_late_after_twenty_five():
    assert stands(minutes=10).next_check_at == after(minutes=15)
    assert [stands(looked(10), minutes=m).late_level for m in (34, 35, 59, 60)] == [0, 1, 1, 2]
    assert stands(looked(10), looked(30), minutes=34).next_check_at == after(minutes=45)


def test_the_two_readings_have_their_times():
    assert [stands(minutes=m).first_pressure for m in (39, 40, 60, 61)] == [
        DueState.LATER,
        DueState.NOW,
        DueState.NOW,
        DueState.LATE,
    ]
    early, done = looked(20, SeenKind.PRESSURE, bp=(120, 80)), looked(45, SeenKind.PRESSURE, bp=(120, 80))
    assert stands(early, minutes=50).first_pressure is DueState.NOW
    assert stands(done, minutes=50).first_pressure is DueState.DONE
    assert [stands(done, minutes=m).second_pressure for m in (119, 120, 136)] == [
        DueState.LATER,
        DueState.NOW,
        DueState.LATE,
    ]


def test_the_watch_ends_when_nothing_is_missing():
    checks = (looked(100), looked(120, SeenKind.PRESSURE, bp=(128, 82)), looked(121, SeenKind.STEADY))
    assert stands(*checks, minutes=121).may_end
    assert stands(*checks[:2], minutes=121).missing == (Missing.STEADY,)
    assert Missing.TIME in stands(*checks, minutes=119).missing
    assert Missing.WELL in stands(looked(100, good=False), *checks[1:], minutes=122).missing
    assert stands(looked(90, SeenKind.PRESSURE, bp=(128, 82)), checks[2], minutes=122).missing == (Missing.PRESSURE,)
    assert Missing.STEADY in stands(*checks, looked(122, SeenKind.STEADY, good=False), minutes=123).missing


@pytest.mark.parametrize(
    ("bp", "baseline", "is_high"),
    [
        ((159, 99), None, False),
        ((160, 90), None, True),
        ((160, 90), (134, 80), False),
        ((161, 90), (134, 80), True),
        ((150, 100), (138, 84), False),
        ((150, 101), (138, 84), True),
    ],
)
def test_pressure_lets_go_below_the_limit_or_close_to_before(bp, baseline, is_high):
    before = Pressure(systolic=baseline[0], diastolic=baseline[1]) if baseline else None
    seen = (looked(120, SeenKind.PRESSURE, bp=bp), looked(121, SeenKind.STEADY))
    assert (Missing.PRESSURE_HIGH in stands(*seen, minutes=122, baseline=before).missing) is is_high


def hurts(
    state: str = "booked",
    *,
    minutes: float = 0,
    seen: tuple[Seen, ...] | None = None,
    more: dict[str, bool] | None = None,
    **standing: str,
) -> Urgency:
    watched = None if seen is None else stands(*seen, minutes=minutes)
    there = DayStanding(**{"checklist": "passed", "support_person": "attested", **standing})
    return urgency(
        state=state,
        starts_at=T0,
        missed_from=after(minutes=10),
        standing=there,
        watch=watched,
        is_watch_over=False,
        now=after(minutes=minutes),
        **more or {},
    )


def test_the_board_is_ordered_by_what_hurts():
    assert [
        hurts("in_progress", minutes=5, seen=(looked(4, SeenKind.EMERGENCY),)),
        hurts("in_progress", minutes=51, seen=()),
        hurts("in_progress", minutes=26, seen=()),
        hurts(checklist="hold", minutes=10),
        hurts(checklist="hold", minutes=9),
        hurts("in_progress", minutes=5, seen=(looked(4),)),
        hurts(checklist="open", minutes=-20),
        hurts(checklist="open", minutes=-60),
        hurts("no_show", minutes=10),
    ] == list(Urgency)


def test_a_session_called_over_early_is_not_over_while_somebody_is_to_look_or_to_call():
    assert hurts("completed", minutes=26, seen=(), more={"is_resting": True}) == Urgency.LATE
    assert hurts("completed", minutes=90, seen=(), more={"is_call_open": True}) == Urgency.SILENT
    assert hurts("completed", minutes=90, seen=()) == Urgency.OVER
