"""Signs that patients report at every edge: tolerance, craving, dependence, withdrawal, use outside the plan."""

import pytest

from clinic.monitoring.rules.evidence import Evidence
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    Given,
    answered,
    day,
    evidence,
    found,
    given,
    level,
    looked,
    scored,
    signal,
    told,
)

WATCH, REVIEW, HOLD, URGENT = Level.WATCH, Level.REVIEW, Level.HOLD, Level.URGENT
SIGNS = ("anxiety", "low_mood", "poor_sleep", "shaking")


def less(*pairs: Given) -> Evidence:
    return answered("tolerance", {"less_effect": list(pairs)})


def craving(*pairs: Given) -> Evidence:
    return scored("craving", "now", *pairs)


def sds(*pairs: Given) -> Evidence:
    return scored("sds_ketamine", "total", *pairs)


def withdrawal(
    strengths: tuple[float, ...], *, timing: int | None = 1, before: tuple[float, ...] = (), **more: object
) -> Evidence:
    """Return a checklist of two days ago with these strengths, and one from before the program."""
    answers = {("withdrawal", sign): given((2, how)) for sign, how in zip(SIGNS, strengths, strict=False)}
    for sign, how in zip(SIGNS, before, strict=False):
        answers["withdrawal", sign] = (*given((90, how)), *answers.get(("withdrawal", sign), ()))
    if timing is not None:
        answers["withdrawal", "started_within"] = given((2, timing))
    answers |= more.pop("answers", {})
    return evidence(answers=answers, started_on=day(80), **more)


def with_thoughts(instrument: str, item: str, days: float, value: int = 1) -> Evidence:
    return withdrawal((2, 2, 2), answers={(instrument, item): given((days, value))})


CASES = [
    ("D10", evidence(), NO_DATA),
    ("D10", less((2, 0)), None),
    ("D10", less((2, 1)), WATCH),
    ("D10", answered("tolerance", {"need_more": [(2, 1)], "less_effect": [(2, 0)]}), WATCH),
    ("D10", less((94, 1), (2, 1)), REVIEW),
    ("D10", less((95, 1), (2, 1)), WATCH),
    ("D10", less((40, 1), (20, 0), (2, 1)), REVIEW),
    ("D10", less((40, 1), (2, 0)), None),
    ("D10", answered("tolerance", {"need_more": [(2, 1)], "less_effect": [(2, 1)]}), WATCH),
    ("D11", evidence(), NO_DATA),
    ("D11", craving((2, 3)), None),
    ("D11", craving((2, 4)), WATCH),
    ("D11", craving((2, 6)), WATCH),
    ("D11", craving((2, 7)), REVIEW),
    ("D11", craving((40, 0), (20, 3), (2, 2)), None),
    ("D11", craving((40, 0), (20, 2), (2, 3)), None),
    ("D11", craving((40, 0), (20, 3), (2, 3)), REVIEW),
    ("D11", craving((40, 0), (2, 3)), None),
    ("D11", craving((40, 4), (20, 6), (2, 6)), WATCH),
    ("D11", craving((40, 3), (20, 6), (2, 6)), REVIEW),
    ("D12", evidence(), NO_DATA),
    ("D12", sds((2, 2)), None),
    ("D12", sds((2, 3)), WATCH),
    ("D12", sds((2, 4)), REVIEW),
    ("D12", sds((2, 7)), REVIEW),
    ("D12", sds((2, 8)), HOLD),
    ("D12", sds((40, 0), (2, 2)), None),
    ("D12", sds((40, 0), (2, 3)), REVIEW),
    ("D12", sds((40, 1), (2, 3)), WATCH),
    ("D12", sds((40, 0), (20, 1), (2, 3)), REVIEW),
    ("D12", sds((40, 8), (2, 2)), None),
    ("D13", evidence(), NO_DATA),
    ("D13", withdrawal((2, 2)), None),
    ("D13", withdrawal((2, 2, 1)), None),
    ("D13", withdrawal((2, 2, 2)), REVIEW),
    ("D13", withdrawal((2, 2, 2), timing=0), None),
    ("D13", withdrawal((2, 2, 2), timing=None), None),
    ("D13", withdrawal((2, 2, 2), before=(2,)), None),
    ("D13", withdrawal((2, 2, 2), before=(1, 1)), REVIEW),
    ("D13", withdrawal((2, 2, 2, 3), before=(3,)), REVIEW),
    ("D13", with_thoughts("phq9", "q9", 2, 0), REVIEW),
    ("D13", with_thoughts("phq9", "q9", 9), URGENT),
    ("D13", with_thoughts("phq9", "q9", 10), REVIEW),
    ("D13", with_thoughts("phq9", "q9", 0), URGENT),
    ("D13", with_thoughts("pre_session", "thoughts", 3), URGENT),
    ("D13", withdrawal((2, 2, 2), scores={("c_ssrs", "risk"): given((1, 1))}), URGENT),
    ("D14", evidence(), NO_DATA),
    ("D14", answered("use_pattern", {"alone": [(2, 0)]}), None),
    *(("D14", answered("use_pattern", {item: [(2, 1)]}), REVIEW) for item in ("alone", "for_feeling", "at_work")),
    ("D14", answered("use_pattern", {"before_driving": [(2, 1)]}), HOLD),
    ("D14", answered("use_pattern", {"before_driving": [(40, 1), (2, 0)]}), None),
    ("D14", found("used_outside_plan", 2), REVIEW),
    ("D14", found("used_outside_plan", 2, how="before_driving"), HOLD),
    ("D15", evidence(), NO_DATA),
    ("D15", answered("substances", {"other_ketamine": [(2, 0)]}), None),
    ("D15", answered("substances", {"other_ketamine": [(2, 1)]}), HOLD),
    ("D15", answered("substances", {"other_ketamine": [(40, 1), (2, 0)]}), None),
    ("D15", found("outside_supply", 2), HOLD),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


def test_tolerance_is_told_with_the_checks_before():
    assert told(signal("D10", less((40, 1), (20, 1), (2, 1)))) == (
        "On Nov 3 the same amount was said to do less, or more to be needed, as on Oct 14.",
        [
            ("Same amount does less, or more needed", "1", day(40)),
            ("Same amount does less, or more needed", "1", day(20)),
        ],
        {"review_count": 2, "window_days": 92},
    )
    assert signal("D10", less((2, 1))).sentence == (
        "On Nov 21 the same amount was said to do less, or more to be needed."
    )


def test_a_second_yes_of_one_check_is_worse_than_one():
    both = answered("tolerance", {"less_effect": [(40, 1), (2, 1)], "need_more": [(40, 0), (2, 1)]})
    assert signal("D10", both, review_count=5).on == day(2)
    assert signal("D10", less((40, 1), (2, 1)), review_count=5).on == day(40)


def test_craving_is_told_against_the_first_rating():
    assert told(signal("D11", craving((60, 0), (30, 3), (3, 4)))) == (
        "Craving 4 of 10 on Nov 20, 0 at the first check on Sep 24.",
        [
            ("First craving, of 10", "0", day(60)),
            ("Craving, of 10", "3", day(30)),
            ("Craving, of 10", "4", day(3)),
        ],
        {"watch_at": 4, "review_at": 7, "rise": 3, "rise_checks": 2},
    )
    assert told(signal("D11", craving((3, 7)))) == (
        "Craving 7 of 10 on Nov 20, the first answer there is.",
        [("Craving, of 10", "7", day(3))],
        {"watch_at": 4, "review_at": 7, "rise": 3, "rise_checks": 2},
    )


def test_the_scale_of_dependence_always_says_that_its_cut_is_not_validated():
    answers = {("sds_ketamine", f"q{n}"): given((60, 0), (3, n % 4)) for n in range(1, 6)}
    seen = evidence(scores={("sds_ketamine", "total"): given((60, 2), (3, 5))}, answers=answers)
    assert told(signal("D12", seen)) == (
        "SDS 5 of 15 on Nov 20, 2 at the first check on Sep 24; the cut of 4 is not validated in prescribed patients.",
        [
            ("First SDS, of 15", "2", day(60)),
            ("SDS, of 15", "5", day(3)),
            ("Use out of control, of 3", "1", day(3)),
            ("Anxious about missing a dose, of 3", "2", day(3)),
            ("Worried about use, of 3", "3", day(3)),
            ("Wished to stop, of 3", "0", day(3)),
            ("Hard to go without, of 3", "1", day(3)),
        ],
        {"watch_at": 3, "review_at": 4, "hold_at": 8, "rise": 3},
    )
    assert told(signal("D12", sds((400, 3)))) == (
        "SDS 3 of 15 on Oct 19, 2025, the first answer there is; the cut of 4 is not validated in prescribed patients.",
        [("SDS, of 15", "3", day(400))],
        {"watch_at": 3, "review_at": 4, "hold_at": 8, "rise": 3},
    )


def test_withdrawal_is_told_with_its_signs_and_timing():
    seen = withdrawal(
        (2, 3, 2), before=(0,), answers={("withdrawal", "eased_after"): given((2, 1)), ("phq9", "q9"): given((4, 1))}
    )
    assert told(signal("D13", seen)) == (
        (
            "Checklist of Nov 21: anxiety, low mood and poor sleep, new since before the program, began within 1 "
            "to 5 days of the last dose and eased after the next one; thoughts of death or self-harm on Nov 19."
        ),
        [
            ("Anxiety, of 3", "2", day(2)),
            ("Low mood, of 3", "3", day(2)),
            ("Poor sleep, of 3", "2", day(2)),
            ("Began within 1 to 5 days of the last dose", "yes", day(2)),
            ("PHQ-9 item 9, of 3", "1", day(4)),
        ],
        {"items_at": 3, "severity_at": 2, "thoughts_days": 7},
    )
    assert signal("D13", withdrawal((2, 2, 2))).sentence == (
        "Checklist of Nov 21: anxiety, low mood and poor sleep, began within 1 to 5 days of the last dose."
    )


def test_use_outside_the_plan_is_told_as_it_was_said():
    seen = answered("use_pattern", {"alone": [(2, 1)], "at_work": [(2, 0)], "before_driving": [(2, 1)]})
    assert told(signal("D14", seen)) == (
        "Reported on Nov 21 to have used it alone and before driving.",
        [("Used alone", "yes", day(2)), ("Used before driving", "yes", day(2))],
        {},
    )
    assert told(signal("D14", found("used_outside_plan", 2, how="for_feeling"))) == (
        "A physician recorded on Nov 21 use for the feeling.",
        [("Used outside the plan", "for the feeling", day(2))],
        {},
    )
    assert told(signal("D14", found("used_outside_plan", 2)))[:2] == (
        "A physician recorded on Nov 21 use outside the plan.",
        [("Used outside the plan", "yes", day(2))],
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("prescriber", "another prescriber"),
        ("clinic", "another clinic"),
        ("friend", "a friend or relative"),
        ("street", "a purchase without prescription"),
        ("unknown", "another source"),
    ],
)
def test_an_outside_supply_is_told_with_its_source(source: str, words: str):
    assert told(signal("D15", found("outside_supply", 2, source=source))) == (
        f"A physician recorded on Nov 21 ketamine from {words}.",
        [("Ketamine from", words, day(2))],
        {},
    )


def test_an_admitted_supply_is_told_without_blame():
    assert told(signal("D15", answered("substances", {"other_ketamine": [(2, 1)]}))) == (
        "Reported on Nov 21 to have had ketamine from another source.",
        [("Ketamine from another source", "yes", day(2))],
        {},
    )


def test_what_stays_as_bad_is_said_once_and_what_gets_worse_again():
    seen = craving((20, 4), (15, 4), (10, 5), (5, 5), (2, 4))
    raised = [each for each in looked("D11", seen).signals if each.rule_id == "D11"]
    assert [(each.on, each.is_current) for each in raised] == [(day(10), True), (day(20), False)]


def test_what_was_better_in_between_is_news_again():
    seen = craving((20, 4), (15, 0), (10, 4))
    raised = [each for each in looked("D11", seen).signals if each.rule_id == "D11"]
    assert [(each.on, each.is_current) for each in raised] == [(day(10), True), (day(20), False)]


def test_a_milder_level_is_news_too():
    seen = sds((20, 9), (2, 5))
    raised = [each for each in looked("D12", seen, rise=15).signals if each.rule_id == "D12"]
    assert [(each.level, each.is_current) for each in raised] == [(HOLD, False), (REVIEW, True)]


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (with_thoughts("pre_session", "thoughts", 3), "Thoughts before a session, of 3"),
        (withdrawal((2, 2, 2), scores={("c_ssrs", "risk"): given((3, 1))}), "C-SSRS risk, of 3"),
    ],
)
def test_thoughts_beside_withdrawal_are_named_by_where_they_were_given(seen: Evidence, words: str):
    assert told(signal("D13", seen))[1][-1] == (words, "1", day(3))
