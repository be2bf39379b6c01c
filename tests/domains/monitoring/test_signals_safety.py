"""Signs around a session at every edge: headache, blood pressure, severe side effects."""

import pytest

from clinic.monitoring.rules.evidence import Evidence
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    Given,
    answered,
    day,
    evidence,
    given,
    level,
    looked,
    sessions,
    signal,
    told,
)

WATCH, REVIEW, HOLD, URGENT = Level.WATCH, Level.REVIEW, Level.HOLD, Level.URGENT
RED = {
    "red_thunderclap": "sudden worst-ever pain",
    "red_fainting": "fainting",
    "red_weakness": "weakness",
    "red_speech_vision": "loss of speech or vision",
    "red_stiff_neck": "a stiff neck",
    "red_seizure": "a seizure",
}
PRESSURE_LIMITS = {
    "watch_systolic": 140,
    "watch_diastolic": 90,
    "hold_systolic": 160,
    "hold_diastolic": 100,
    "urgent_systolic": 180,
    "urgent_diastolic": 120,
}


def headache(
    severity: tuple[Given, ...] = (), *, hours: tuple[Given, ...] = (), none: tuple[float, ...] = ()
) -> Evidence:
    """Return headache logs; sessions took place 22, 15 and 8 days ago, and `none` are days without headache."""
    given_any = [*((days, 1) for days, _ in severity), *((days, 0) for days in none)]
    return answered(
        "headache_session",
        {"any": given_any, "severity": list(severity), "hours": list(hours)},
        sessions=sessions(22, 15, 8),
    )


def pressure(upper: float | None, lower: float | None, *, instrument: str = "pre_session") -> Evidence:
    items = {"systolic": upper, "diastolic": lower}
    return answered(instrument, {item: [(2, value)] for item, value in items.items() if value is not None})


def effects(instrument: str = "side_effects", **items: float) -> Evidence:
    return answered(instrument, {item: [(2, value)] for item, value in items.items()})


CASES = [
    ("S01", evidence(), NO_DATA),
    ("S01", headache(none=(2,)), None),
    ("S01", headache(((2, 6),)), None),
    ("S01", headache(((2, 7),)), REVIEW),
    ("S01", headache(((2, 1),), hours=((2, 72),)), None),
    ("S01", headache(((2, 1),), hours=((2, 73),)), REVIEW),
    ("S01", headache(((21, 1), (14, 2), (7, 3))), WATCH),
    ("S01", headache(((21, 1), (14, 2), (7, 2))), None),
    ("S01", headache(((21, 2), (14, 2), (7, 3))), None),
    ("S01", headache(((14, 2), (7, 3))), None),
    ("S01", headache(((21, 1), (7, 3)), none=(14,)), None),
    ("S01", headache(((23, 1), (14, 2), (7, 3))), None),
    ("S01", headache(((21, 1), (20, 4), (14, 2), (7, 3))), None),
    ("S01", headache(((21, 1), (14, 1), (13, 2), (7, 3))), WATCH),
    ("S01", headache(((22, 1), (15, 2), (8, 3))), WATCH),
    *(("S01", answered("headache_session", {item: [(2, 1)]}), URGENT) for item in RED),
    *(("S01", answered("headache_session", {item: [(2, 0)]}), None) for item in RED),
    ("S01", answered("headache_month", {"medicine_days": [(2, 14)]}), None),
    ("S01", answered("headache_month", {"medicine_days": [(2, 15)]}), WATCH),
    ("S02", evidence(), NO_DATA),
    *(
        ("S02", pressure(upper, lower, instrument=instrument), expected)
        for instrument in ("pre_session", "vitals")
        for upper, lower, expected in (
            (139, 89, None),
            (140, 80, WATCH),
            (120, 90, WATCH),
            (159, 99, WATCH),
            (160, 80, HOLD),
            (120, 100, HOLD),
            (179, 119, HOLD),
            (180, 80, URGENT),
            (120, 120, URGENT),
        )
    ),
    ("S02", pressure(180, None), URGENT),
    ("S02", pressure(None, 95), WATCH),
    ("S03", evidence(), NO_DATA),
    ("S03", effects(nausea=2), None),
    ("S03", effects(nausea=3), REVIEW),
    ("S03", effects(breathing=2), None),
    ("S03", effects(breathing=3), URGENT),
    ("S03", effects("side_effects_between", memory=3), REVIEW),
    ("S03", effects("side_effects_between", memory=2), None),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


@pytest.mark.parametrize(("item", "words"), RED.items())
def test_a_red_flag_of_a_headache_is_named(item: str, words: str):
    assert told(signal("S01", answered("headache_session", {item: [(2, 1)]}))) == (
        f"Headache reported on Nov 21: {words}.",
        [(f"Headache with {words}", "yes", day(2))],
        {"review_hours": 72, "review_at": 7, "rising_sessions": 3},
    )


def test_a_headache_is_told_with_its_course():
    seen = headache(((21, 2), (14, 5), (7, 8)), hours=((7, 80),))
    assert told(signal("S01", seen))[:2] == (
        (
            "Headache reported on Nov 16: 8 of 10, 80 hours long and worse after each of the last 3 sessions "
            "(2, 5, 8 of 10)."
        ),
        [
            ("Headache, hours", "80", day(7)),
            ("Headache, of 10", "2", day(21)),
            ("Headache, of 10", "5", day(14)),
            ("Headache, of 10", "8", day(7)),
        ],
    )
    assert told(signal("S01", headache(((7, 7),))))[:2] == (
        "Headache reported on Nov 16: 7 of 10.",
        [("Headache, of 10", "7", day(7))],
    )


def test_much_medicine_for_headache_is_told_with_its_days():
    assert told(signal("S01", answered("headache_month", {"medicine_days": [(2, 16)]}))) == (
        "Medicine for headache on 16 of 28 days, reported on Nov 21; that much can itself bring headaches.",
        [("Days with medicine for headache, of 28", "16", day(2))],
        {"medicine_days": 15},
    )


def test_one_headache_reported_twice_is_one_sign_and_the_next_session_another():
    seen = headache(((14, 7), (13, 7), (7, 7)))
    assert [each.on for each in looked("S01", seen).signals] == [day(7), day(14)]


def test_a_headache_that_gets_worse_is_news():
    assert [each.on for each in looked("S01", headache(((7, 7), (6, 8)))).signals] == [day(6), day(7)]


def test_medicine_on_more_days_than_before_is_news():
    seen = answered("headache_month", {"medicine_days": [(25, 15), (15, 15), (2, 16)]})
    assert [each.on for each in looked("S01", seen).signals] == [day(2), day(25)]


def test_blood_pressure_is_told_with_the_limit_that_it_reached():
    assert told(signal("S02", pressure(165, 95))) == (
        "Blood pressure 165/95 on Nov 21, at or over 160/100.",
        [("Blood pressure, diastolic", "95", day(2)), ("Blood pressure, systolic", "165", day(2))],
        PRESSURE_LIMITS,
    )
    assert signal("S02", pressure(None, 90)).sentence == "Blood pressure ?/90 on Nov 21, at or over 140/90."


def test_the_newest_blood_pressure_counts_wherever_it_was_taken():
    seen = evidence(
        answers={("pre_session", "systolic"): given((2, 170)), ("vitals", "systolic"): given((1, 120))},
    )
    assert level("S02", seen) is None
    seen = evidence(
        answers={("pre_session", "systolic"): given((1, 120)), ("vitals", "systolic"): given((2, 170))},
    )
    assert level("S02", seen) is None


ITEMS = {
    "side_effects": {
        "detachment": "detachment",
        "unusual_perceptions": "unusual perceptions",
        "anxiety": "anxiety or panic",
        "confusion": "confusion",
        "dizziness": "dizziness",
        "blurred_vision": "blurred vision",
        "nausea": "nausea",
        "vomiting": "vomiting",
        "headache": "headache",
        "palpitations": "palpitations",
        "sleepiness": "sleepiness",
        "numbness": "numbness",
        "unsteady": "unsteadiness",
        "breathing": "trouble breathing",
    },
    "side_effects_between": {
        "fatigue": "fatigue",
        "poor_sleep": "poor sleep",
        "low_mood": "low mood",
        "irritability": "irritability",
        "memory": "memory or attention trouble",
        "headache": "headache",
        "abdominal_pain": "abdominal pain",
        "yellowing": "yellow skin or eyes",
        "felt_high": "felt high at other times",
    },
}
WHERE = {"side_effects": "after a session", "side_effects_between": "between sessions"}


@pytest.mark.parametrize(
    ("instrument", "item", "words"),
    [(one, item, words) for one, items in ITEMS.items() for item, words in items.items()],
)
def test_every_severe_side_effect_is_named(instrument: str, item: str, words: str):
    assert told(signal("S03", effects(instrument, **{item: 3}))) == (
        f"Severe side effects {WHERE[instrument]}, reported on Nov 21: {words} (3 of 3).",
        [(f"{words.capitalize()}, of 3", "3", day(2))],
        {"review_at": 3, "breathing_at": 3},
    )


def test_severe_effects_of_one_session_are_one_sign_until_there_are_more():
    seen = answered("side_effects", {"nausea": [(7, 3), (6, 3), (5, 3)], "vomiting": [(5, 3)]}, sessions=sessions(8))
    assert [each.on for each in looked("S03", seen).signals] == [day(5), day(7)]
    again = answered("side_effects", {"nausea": [(14, 3), (7, 3)]}, sessions=sessions(15, 8))
    assert [each.on for each in looked("S03", again).signals] == [day(7), day(14)]
