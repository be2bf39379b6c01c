"""What a taper is made of: gaps that only grow, days that follow from them, and what is looked at before a step."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.treatment.errors import TaperRefused
from clinic.treatment.rules.tapers import (
    Limits,
    Reading,
    Readings,
    Returned,
    Verdict,
    aftercare_days,
    checked_return,
    days_from,
    gaps_of,
    gate,
    gate_of,
)

TODAY = date(2026, 11, 22)
LIMITS = Limits(phq9_rise=5, sds=4, craving=4, days=35)


def reading(value: int, days_ago: int = 3) -> Reading:
    return Reading(Decimal(value), TODAY - timedelta(days=days_ago))


WELL = Readings(phq9_before=reading(6, 200), phq9=reading(10), sds=reading(3), craving=reading(3), withdrawal_on=TODAY)


@pytest.mark.parametrize(
    ("typed", "gaps"), [("30, 45, 60, 90", (30, 45, 60, 90)), ("30 30;60", (30, 30, 60)), ("1", (1,)), ("365", (365,))]
)
def test_gaps_are_read_as_a_physician_types_them(typed, gaps):
    assert gaps_of(typed) == gaps


@pytest.mark.parametrize("typed", ["", "45, 30", "0", "366", "30, x", "-30", "٣٠", "30.5", ", ".join(["30"] * 13)])
def test_gaps_that_shrink_or_are_no_days_are_refused(typed):
    with pytest.raises(TaperRefused) as refusal:
        gaps_of(typed)
    assert refusal.value.field == "gaps"


def test_each_step_comes_its_gap_after_the_one_before():
    assert list(days_from(TODAY, [30, 45])) == [date(2026, 12, 22), date(2027, 2, 5)]


def test_checks_afterwards_are_two_four_and_twelve_weeks_later():
    assert aftercare_days(TODAY) == [(2, date(2026, 12, 6)), (4, date(2026, 12, 20)), (12, date(2027, 2, 14))]


def test_a_step_is_open_while_everything_is_known_and_under_its_limit():
    assert gate(WELL, LIMITS, today=TODAY).is_open


@pytest.mark.parametrize(
    ("changes", "index", "verdict"),
    [
        ({"phq9": reading(11)}, 0, Verdict.OVER),
        ({"phq9": reading(2)}, 0, Verdict.WITHIN),
        ({"phq9_before": None}, 0, Verdict.NO_DATA),
        ({"phq9": reading(6, 36)}, 0, Verdict.NO_DATA),
        ({"phq9": reading(6, 35)}, 0, Verdict.WITHIN),
        ({"sds": reading(4)}, 1, Verdict.OVER),
        ({"sds": None}, 1, Verdict.NO_DATA),
        ({"craving": reading(4)}, 2, Verdict.OVER),
        ({"craving": reading(0, 36)}, 2, Verdict.NO_DATA),
        ({"has_withdrawal_flag": True}, 3, Verdict.OVER),
        ({"has_withdrawal_flag": True, "withdrawal_on": None}, 3, Verdict.OVER),
        ({"withdrawal_on": None}, 3, Verdict.NO_DATA),
        ({"withdrawal_on": TODAY - timedelta(days=36)}, 3, Verdict.NO_DATA),
    ],
)
def test_one_reading_alone_decides_its_check_and_shuts_the_step_unless_it_is_within(changes, index, verdict):
    looked_at = gate(replace(WELL, **changes), LIMITS, today=TODAY)
    assert [check.verdict for check in looked_at.checks] == [
        verdict if place == index else Verdict.WITHIN for place in range(4)
    ]
    assert looked_at.is_open == (verdict is Verdict.WITHIN)


def test_a_gate_is_kept_and_read_again_with_values_and_days():
    looked_at = gate(replace(WELL, sds=None), LIMITS, today=TODAY)
    assert gate_of(looked_at.kept()) == looked_at
    assert looked_at.checks[0].value == "4"
    assert looked_at.checks[0].on == TODAY - timedelta(days=3)


@pytest.mark.parametrize(
    ("left", "returned", "field"),
    [(0, Returned.TAKE_BACK, "returned"), (2, Returned.NONE_LEFT, "returned"), (100, Returned.TAKE_BACK, "units_left")],
)
def test_what_was_left_and_what_became_of_it_have_to_agree(left, returned, field):
    with pytest.raises(TaperRefused) as refusal:
        checked_return(left, returned)
    assert refusal.value.field == field
    checked_return(0, Returned.NONE_LEFT)
    checked_return(99, Returned.MAIL_BACK)
