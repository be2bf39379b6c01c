"""Signs of frequency and dose at every edge: gaps, rising frequency, more than ordered, asking for more."""

from datetime import timedelta

import pytest

from clinic.monitoring.rules.evidence import Evidence, OrderedUnits, Supplied
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    answered,
    day,
    evidence,
    findings,
    found,
    given,
    level,
    same,
    sessions,
    signal,
    told,
)

INFO, WATCH, REVIEW, HOLD, URGENT = Level
HOURS_72 = timedelta(hours=72)
HOUR = 1 / 24


def gap(hours: float, *, least: timedelta | None = HOURS_72, phase: str = "induction") -> Evidence:
    """Return two sessions so many hours apart, the later one two days ago."""
    taken = sessions(2, 2 + hours * HOUR, phase=phase)
    return evidence(sessions=taken, minimum_gap=least, phase="induction")


def gaps(*days: float, planned: int | None = None) -> Evidence:
    """Return sessions with these gaps, the last one a day ago."""
    at = [1.0]
    for each in reversed(days):
        at.append(at[-1] + each)
    return evidence(sessions=sessions(*at), phase="induction", planned_per_28_days=planned)


def took(
    units: int, *, ordered: int = 4, symptoms: tuple[float, float] | None = None, until: int | None = None
) -> Evidence:
    """Return a session five days ago; `symptoms` are days after it and how bad."""
    worst = given((5 - symptoms[0], symptoms[1])) if symptoms else ()
    order = OrderedUnits(id=same(1), units=ordered, from_on=day(5), until_on=None if until is None else day(until))
    return evidence(
        sessions=sessions(5, units={5: units}),
        scores={("side_effects", "worst"): worst},
        supplied=Supplied(orders=(order,)),
    )


def tolerant(days: float, yes: int = 1) -> Evidence:
    return answered("tolerance", {"less_effect": [(days, yes)]}, findings=findings("dose_increase_request", 20))


CASES = [
    ("D06", evidence(minimum_gap=HOURS_72), NO_DATA),
    ("D06", gap(60, least=None), NO_DATA),
    ("D06", gap(72), None),
    ("D06", gap(71.9), WATCH),
    ("D06", gap(54), WATCH),
    ("D06", gap(53.9), REVIEW),
    ("D06", gap(36), REVIEW),
    ("D06", gap(35.9), HOLD),
    ("D06", gap(40, phase="maintenance"), None),
    ("D06", gap(2, phase="maintenance"), HOLD),
    ("D06", gap(2, least=timedelta(hours=1)), HOLD),
    ("D07", evidence(), NO_DATA),
    ("D07", gaps(8, 7), None),
    ("D07", gaps(8, 7, 6), WATCH),
    ("D07", gaps(8, 7, 6.01), None),
    ("D07", gaps(8, 8, 6), None),
    ("D07", gaps(8, 6, 6), None),
    ("D07", gaps(9, 8, 7, 8), None),
    ("D07", gaps(7, 7, 7, planned=4), None),
    ("D07", gaps(7, 7, 7, planned=3), REVIEW),
    ("D07", gaps(10, 10, 8, planned=3), None),
    ("D07", gaps(10, 10, 7.9, planned=3), REVIEW),
    ("D08", evidence(sessions=sessions(5, units={5: 9})), NO_DATA),
    ("D08", took(4), None),
    ("D08", took(5), HOLD),
    ("D08", took(6), URGENT),
    ("D08", took(5, symptoms=(1, 2)), HOLD),
    ("D08", took(5, symptoms=(1, 3)), URGENT),
    ("D08", took(5, symptoms=(3, 3)), URGENT),
    ("D08", took(5, symptoms=(3.1, 3)), HOLD),
    ("D08", took(5, symptoms=(-0.1, 3)), HOLD),
    ("D08", took(5, symptoms=(0, 3)), URGENT),
    ("D08", took(5, until=5), HOLD),
    ("D08", took(5, until=6), None),
    ("D08", found("took_more_than_prescribed", 2, units_taken=5, units_ordered=4), HOLD),
    ("D08", found("took_more_than_prescribed", 2, units_taken=6, units_ordered=4), URGENT),
    ("D08", found("took_more_than_prescribed", 2, had_symptoms=True), URGENT),
    ("D08", found("took_more_than_prescribed", 2), HOLD),
    ("D09", evidence(), NO_DATA),
    ("D09", found("dose_increase_request", 2), INFO),
    ("D09", found("dose_increase_request", 2, 92), REVIEW),
    ("D09", found("dose_increase_request", 2, 93), INFO),
    ("D09", tolerant(50), REVIEW),
    ("D09", tolerant(51), INFO),
    ("D09", tolerant(0), REVIEW),
    ("D09", tolerant(20, yes=0), INFO),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


def test_a_short_gap_is_told_in_hours_with_what_the_plan_asks():
    assert told(signal("D06", gap(30))) == (
        "The session of Nov 21 came 30 hours after the one before; the plan asks for at least 72 hours (41 % of it).",
        [
            ("Session before", "taken", day(3.25)),
            ("Session", "30 hours later", day(2)),
            ("Shortest gap of the plan", "72 hours", None),
        ],
        {"watch_percent": 100, "review_percent": 75, "hold_percent": 50},
    )
    assert signal("D06", gap(1, least=timedelta(days=21))).sentence == (
        "Two sessions took place on Nov 21, 1 hour apart; the plan asks for at least 21 days (0 % of it)."
    )
    assert "came 95 hours after the one before; the plan asks for at least 4 days" in (
        signal("D06", gap(95, least=timedelta(days=4))).sentence
    )


def test_an_earlier_short_gap_is_not_a_sign_of_today():
    seen = evidence(sessions=sessions(2, 9, 10), minimum_gap=HOURS_72, phase="induction")
    assert level("D06", seen) is None


def test_shrinking_gaps_are_told_one_by_one():
    assert told(signal("D07", gaps(8, 7, 6))) == (
        (
            "The last three gaps up to Nov 22 were each shorter than the one before: 8 days, 7 days and 6 days, "
            "together 25 % shorter."
        ),
        [("Session", "taken", day(each)) for each in (22, 14, 7, 1)],
        {"shorter_percent": 25},
    )


def test_too_many_sessions_are_told_with_the_plan():
    assert told(signal("D07", gaps(7, 7, planned=2))) == (
        "3 sessions took place in the 28 days up to Nov 22; the plan has 2.",
        [("Session", "taken", day(each)) for each in (15, 8, 1)],
        {},
    )


def test_only_sessions_of_the_running_phase_count_against_its_plan():
    taken = (*sessions(20, 17, 14), *sessions(1, phase="maintenance"))
    seen = evidence(sessions=taken, phase="maintenance", planned_per_28_days=1)
    assert level("D07", seen) is None


def test_taking_more_is_told_with_the_order():
    assert told(signal("D08", took(5, symptoms=(1, 3)))) == (
        "5 units taken where the order says 4 on Nov 18, and severe symptoms followed.",
        [
            ("Units taken", "5", day(5)),
            ("Units ordered", "4", None),
            ("Worst side effect, of 3", "3", day(4)),
        ],
        {"urgent_percent": 150, "symptom_days": 3},
    )
    learned = signal("D08", found("took_more_than_prescribed", 2))
    assert learned.sentence == "More than prescribed was taken on Nov 21."


def test_the_newest_order_of_a_day_counts():
    older = OrderedUnits(id=same(1), units=9, from_on=day(90))
    newer = OrderedUnits(id=same(2), units=2, from_on=day(5))
    seen = evidence(sessions=sessions(5, units={5: 3}), supplied=Supplied(orders=(newer, older)))
    assert signal("D08", seen).sentence == "3 units taken where the order says 2 on Nov 18."


def test_asking_for_more_is_told_with_what_makes_it_weigh():
    assert told(signal("D09", tolerant(25))) == (
        "Asked for a higher dose on Nov 3; on Oct 29 the same amount was said to do less.",
        [("Asked for a higher dose", "yes", day(20)), ("The same amount does less", "1", day(25))],
        {"review_count": 2, "window_days": 90, "together_days": 30},
    )
    assert signal("D09", found("dose_increase_request", 2, 20)).sentence == (
        "Asked for a higher dose on Nov 21, the 2nd time within 90 days."
    )
    assert signal("D09", found("dose_increase_request", 2)).sentence == "Asked for a higher dose on Nov 21."


def test_a_sign_of_several_sessions_is_of_the_day_of_the_last():
    assert signal("D07", gaps(8, 7, 6)).on == day(1)


def test_a_session_within_the_order_hides_no_later_one():
    order = OrderedUnits(id=same(1), units=2, from_on=day(90))
    seen = evidence(sessions=sessions(9, 5, units={9: 2, 5: 3}), supplied=Supplied(orders=(order,)))
    assert level("D08", seen) is URGENT
