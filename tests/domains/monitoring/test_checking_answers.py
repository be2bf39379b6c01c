"""Checking answers: each is exactly what its question takes; what is asked next follows from what was answered."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clinic.monitoring.errors import AnswerRefused
from clinic.monitoring.rules.alarms import Alarm, alarms_of
from clinic.monitoring.rules.answering import (
    asked_items,
    checked,
    counting,
    left_out,
    missing_items,
    require_asked,
    values_of,
)
from clinic.monitoring.rules.instruments import AlarmLevel, Help, Instrument
from clinic.monitoring.rules.items import Condition, Given, Item, ItemKind
from clinic.monitoring.rules.registry import newest


def instrument(key: str) -> Instrument:
    found = newest(key)
    assert found is not None
    return found


def item(key: str, name: str) -> Item:
    found = instrument(key).item(name)
    assert found is not None
    return found


def answers(**values: int) -> dict[str, Decimal]:
    return {key: Decimal(value) for key, value in values.items()}


CHOICE, SCALE, YES = item("phq9", "q1"), item("craving", "now"), item("tolerance", "need_more")
WEIGHT, DAY = item("vitals", "weight_kg"), item("substances", "kratom_last")
WORDS = Item(key="said", text={"en": "What happened?"}, kind=ItemKind.TEXT)
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("about", "raw", "given"),
    [
        (CHOICE, 2, Given(value=Decimal(2))),
        (CHOICE, "2", Given(value=Decimal(2))),
        (CHOICE, " 0 ", Given(value=Decimal(0))),
        (CHOICE, "-0", Given(value=Decimal(0))),
        (SCALE, "10", Given(value=Decimal(10))),
        (SCALE, 0, Given(value=Decimal(0))),
        (YES, "1", Given(value=Decimal(1))),
        (YES, 0, Given(value=Decimal(0))),
        (YES, True, Given(value=Decimal(1))),
        (YES, False, Given(value=Decimal(0))),
        (WEIGHT, "70,5", Given(value=Decimal("70.5"))),
        (WEIGHT, Decimal("70.50"), Given(value=Decimal("70.5"))),
        (WEIGHT, 71, Given(value=Decimal(71))),
        (DAY, "2026-11-23", Given(on=TODAY)),
        (DAY, TODAY, Given(on=TODAY)),
        (DAY, "1900-01-01", Given(on=date(1900, 1, 1))),
        (WORDS, "x" * 2000, Given(words="x" * 2000)),
        (WORDS, " It hurt.\r\nA lot. ", Given(words="It hurt.\nA lot.")),
    ],
)
def test_what_a_question_takes_is_kept(about: Item, raw: object, given: Given) -> None:
    assert checked(about, raw, today=TODAY) == given


@pytest.mark.parametrize(
    ("about", "raw", "reason"),
    [
        *((CHOICE, raw, "choose") for raw in (True, 1.0, "1.0", "", None, "4", -1, "\u0661", "1e0", [1], Decimal(1))),
        *((YES, raw, "yes_no") for raw in (2, "yes", 1.0, None, "", "true", Decimal(1))),
        *((SCALE, raw, "whole_number") for raw in (True, 5.0, "5.0", "5,5", "", None, "five", "\u0665", "1" * 6, b"5")),
        *((SCALE, raw, "out_of_range") for raw in (11, "-1", 99999)),
        *((WEIGHT, raw, "number") for raw in (70.5, "NaN", Decimal("NaN"), "inf", "7e1", "", True, "1.2.3")),
        *((WEIGHT, raw, "too_many_decimals") for raw in ("70.55", Decimal("70.55"))),
        *((WEIGHT, raw, "out_of_range") for raw in ("19.9", "350.1")),
        *((DAY, raw, "day") for raw in ("23.11.2026", "2026-02-30", 20261123, None, "1899-12-31", "2026-11-23T10:00")),
        (DAY, datetime(2026, 11, 23, tzinfo=UTC), "day"),
        (DAY, "2026-11-24", "future"),
        *((WORDS, raw, "words") for raw in ("  ", 5, None)),
        (WORDS, "x" * 2001, "too_long"),
        (WORDS, "a\u202eb", "unseen"),
    ],
)
def test_anything_else_is_refused_at_its_question(about: Item, raw: object, reason: str) -> None:
    with pytest.raises(AnswerRefused) as refusal:
        checked(about, raw, today=TODAY)
    assert (refusal.value.field, refusal.value.reason) == (about.key, reason)


def test_the_limits_are_said() -> None:
    with pytest.raises(AnswerRefused, match=r"at most 1 digit after the point\."):
        checked(WEIGHT, "70.55")
    with pytest.raises(AnswerRefused, match=r"Enter a number from 0 to 10\.") as refusal:
        checked(SCALE, 11)
    assert (refusal.value.least, refusal.value.most) == (0, 10)


@pytest.mark.parametrize(
    ("key", "given", "asked"),
    [
        ("c_ssrs", {}, "q1 q2 q6"),
        ("c_ssrs", answers(q1=1, q2=0), "q1 q2 q6"),
        ("c_ssrs", answers(q2=1), "q1 q2 q3 q4 q5 q6"),
        ("c_ssrs", answers(q2=0, q3=1, q6=1), "q1 q2 q6 q6_recent"),
        ("tolerance", {}, "less_effect need_more"),
        ("headache_month", answers(days=0), "days"),
        ("headache_month", answers(days=1), "days moderate_days limited_days medicine_days"),
    ],
)
def test_what_is_asked_follows_from_the_answers(key: str, given: dict[str, Decimal], asked: str) -> None:
    assert [item.key for item in asked_items(instrument(key), given)] == asked.split()


@pytest.mark.parametrize(("value", "holds"), [(1, False), (2, True), (4, True), (5, False)])
def test_a_condition_holds_from_its_one_limit_to_the_other(value: int, holds: bool) -> None:
    condition = Condition(items=("q1", "q2"), at_least=Decimal(2), at_most=Decimal(4))
    assert condition.holds(answers(q2=value)) is holds
    assert not condition.holds(answers(q3=value))


def test_an_answer_that_is_no_longer_asked_for_does_not_count() -> None:
    assert counting(instrument("c_ssrs"), answers(q2=0, q3=1, q4=1)) == answers(q2=0)
    assert left_out(instrument("c_ssrs"), answers(q2=0)) == {"q3", "q4", "q5"}
    assert left_out(instrument("c_ssrs"), {}) == frozenset()


def test_missing_are_those_that_are_asked_and_have_to_be_answered() -> None:
    given = {"kratom": Given(value=Decimal(1)), "cannabis": Given(), "opioids": Given(value=Decimal(0))}
    missing = [item.key for item in missing_items(instrument("substances"), given)]
    assert missing == ["cannabis", "benzodiazepines", "stimulants", "other_ketamine"]
    assert values_of(given) == answers(kratom=1, opioids=0)


def test_an_answer_to_a_question_that_is_not_asked_is_refused() -> None:
    require_asked(instrument("c_ssrs"), ["q1", "q3"], answers(q2=1))
    with pytest.raises(AnswerRefused, match="not asked"):
        require_asked(instrument("c_ssrs"), ["q3"], answers(q2=0))


def rung(code: str, level: str, item: str, *, asks: str | None = None, shows: Help = Help.CRISIS_LINE) -> Alarm:
    return Alarm(code=code, level=AlarmLevel(level), item=item, asks=asks, shows=shows)


@pytest.mark.parametrize(
    ("key", "given", "alarms"),
    [
        ("phq9", answers(q9=0), ()),
        ("phq9", answers(q9=1), (rung("thoughts", "review", "q9", asks="c_ssrs"),)),
        ("phq9", answers(q9=2), (rung("thoughts", "urgent", "q9", asks="c_ssrs"),)),
        ("phq9", answers(q9=3), (rung("thoughts", "urgent", "q9", asks="c_ssrs"),)),
        ("pre_session", answers(thoughts=1), (rung("thoughts", "review", "thoughts", asks="c_ssrs"),)),
        ("c_ssrs", answers(q1=1), (rung("suicide_risk", "review", "q1"),)),
        ("c_ssrs", answers(q1=1, q2=1, q3=1), (rung("suicide_risk", "urgent", "q3"),)),
        ("c_ssrs", answers(q2=1, q4=1), (rung("suicide_risk", "crisis", "q4"),)),
        ("c_ssrs", answers(q2=0, q4=1), ()),
        ("c_ssrs", answers(q6=1), (rung("suicide_risk", "urgent", "q6"),)),
        ("c_ssrs", answers(q6=1, q6_recent=1), (rung("suicide_risk", "crisis", "q6_recent"),)),
        ("side_effects", answers(breathing=2), ()),
        ("side_effects", answers(breathing=3), (rung("breathing", "urgent", "breathing", shows=Help.EMERGENCY),)),
        ("headache_session", answers(any=0, red_seizure=1), ()),
        ("headache_session", answers(any=1, red_seizure=1), (
            rung("headache_seizure", "crisis", "red_seizure", shows=Help.EMERGENCY),
        )),
        ("vitals", answers(systolic=179, diastolic=119), ()),
        ("vitals", answers(systolic=180), (
            rung("blood_pressure_upper", "urgent", "systolic", shows=Help.EMERGENCY),
        )),
        ("vitals", answers(diastolic=120), (
            rung("blood_pressure_lower", "urgent", "diastolic", shows=Help.EMERGENCY),
        )),
    ],
)  # fmt: skip
def test_an_alarming_answer_rings_at_once_and_the_gravest_counts(
    key: str, given: dict[str, Decimal], alarms: tuple[Alarm, ...]
) -> None:
    assert alarms_of(instrument(key), given) == alarms


def test_every_red_flag_of_a_headache_rings_by_itself() -> None:
    red = [item.key for item in instrument("headache_session").items if item.key.startswith("red_")]
    found = alarms_of(instrument("headache_session"), answers(any=1, **dict.fromkeys(red, 1)))
    assert (len(red), [alarm.item for alarm in found]) == (6, red)


def test_the_gravest_alarm_comes_first() -> None:
    found = alarms_of(instrument("pre_session"), answers(thoughts=1, systolic=200))
    assert [alarm.code for alarm in found] == ["blood_pressure_upper", "thoughts"]
