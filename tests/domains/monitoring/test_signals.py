"""All rules together: what is off stays silent, no data is never fine, keys of facts, and what flags add up to."""

from dataclasses import fields, is_dataclass, replace
from datetime import date
from uuid import UUID

import pytest

from clinic.monitoring.rules.catalogue import LOOK_BACK, RULES
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.policy import RuleSetting
from clinic.monitoring.rules.signals import Signal, Standing, escalated, evaluate
from clinic.monitoring.rules.signals.looks import LOOKS
from clinic.monitoring.rules.signals.seeing import counted, listed, ordinal
from tests.domains.monitoring import (
    test_signals_doses,
    test_signals_harm,
    test_signals_outside,
    test_signals_reports,
    test_signals_safety,
    test_signals_supply,
)
from tests.domains.monitoring.signal_makers import (
    POLICY,
    TODAY,
    asked,
    day,
    evidence,
    findings,
    found,
    given,
    level,
    policy_with,
    scored,
    signal,
)

FILES = (
    test_signals_supply,
    test_signals_doses,
    test_signals_reports,
    test_signals_outside,
    test_signals_harm,
    test_signals_safety,
)
ALL_CASES = [case for file in FILES for case in file.CASES]
WATCH, REVIEW, HOLD = Level.WATCH, Level.REVIEW, Level.HOLD


def test_every_rule_of_the_list_has_somebody_who_looks():
    assert set(RULES) == {*LOOKS, "E01", "E02"}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_says_what_it_is_where_it_comes_from_and_how_a_patient_hears_of_it(rule):
    assert rule.title
    assert rule.basis
    assert rule.evidence_class in {"S", "M", "M-", "X", "P"}
    assert set(rule.neutral) == {"en", "es"}
    assert all(parameter.least <= parameter.default <= parameter.most for parameter in rule.parameters.values())
    assert rule.said(rule.defaults).endswith(".")
    assert all(f"{{{key}}}" in rule.computation for key in rule.parameters)


def test_no_words_for_patients_name_a_medicine_a_level_or_a_score():
    words = " ".join(text for rule in RULES.values() for text in rule.neutral.values()).lower()
    assert not any(one in words for one in ("ketamin", "hold", "flag", "score", "depend", "abuse", "misuse", "review"))


def test_without_evidence_every_rule_says_no_data_and_none_that_all_is_well():
    evaluation = evaluate(POLICY, evidence())
    assert evaluation.signals == ()
    assert evaluation.no_data == tuple(LOOKS)


def test_a_rule_that_is_off_sees_nothing_and_misses_nothing():
    off = replace(POLICY, rules={**POLICY.rules, "D12": RuleSetting(is_on=False, numbers=RULES["D12"].defaults)})
    evaluation = evaluate(off, scored("sds_ketamine", "total", (2, 9)))
    assert evaluation.signals == ()
    assert "D12" not in evaluation.no_data


def test_the_worst_comes_first_then_what_is_current_then_the_newest():
    seen = evidence(
        scores={("sds_ketamine", "total"): given((20, 9), (10, 3), (2, 4)), ("craving", "now"): given((5, 4))},
        findings=findings("impaired_at_visit", 3),
    )
    evaluation = evaluate(policy_with("D12", rise=15), seen)
    assert [(each.rule_id, each.level, each.on) for each in evaluation.signals] == [
        ("D21", HOLD, day(3)),
        ("D12", HOLD, day(20)),
        ("D12", REVIEW, day(2)),
        ("D11", WATCH, day(5)),
        ("D12", WATCH, day(10)),
    ]
    assert [each.is_current for each in evaluation.signals] == [True, False, True, True, False]


def test_an_old_sign_that_the_newest_facts_still_show_counts_however_old():
    assert level("D12", scored("sds_ketamine", "total", (200, 5))) is REVIEW


@pytest.mark.parametrize(("ago", "is_raised"), [(30, True), (31, False)])
def test_a_sign_that_is_over_is_raised_within_the_look_back_only(ago: int, is_raised: bool):
    evaluation = evaluate(POLICY, scored("sds_ketamine", "total", (ago, 5), (1, 0)))
    assert bool(evaluation.signals) is is_raised
    assert LOOK_BACK.default == 30


def test_a_signal_carries_its_rule_s_domain_class_and_thresholds():
    one = signal("D12", scored("sds_ketamine", "total", (2, 5)), review_at=5)
    assert (one.rule_id, one.domain, one.evidence_class, one.level) == ("D12", "C", "M", REVIEW)
    assert one.threshold == {"watch_at": 3, "review_at": 5, "hold_at": 8, "rise": 3}


def key(seen, rule: str = "D12", **numbers: int) -> str:
    return signal(rule, seen, **numbers).facts_key


def test_the_same_facts_have_one_key_and_other_facts_another():
    same = scored("sds_ketamine", "total", (60, 1), (2, 5))
    assert key(same) == key(scored("sds_ketamine", "total", (60, 1), (2, 5)))
    assert key(same) != key(scored("sds_ketamine", "total", (60, 1), (2, 6)))
    assert key(same) != key(scored("sds_ketamine", "total", (60, 1), (3, 5)))
    assert key(found("impaired_at_visit", 2), "D21") != key(found("test_unexpected", 2), "D20")


def test_a_key_tells_the_level_after_the_colon_only():
    seen = scored("sds_ketamine", "total", (2, 5))
    review, hold = key(seen), key(seen, hold_at=5)
    assert review != hold
    assert review.split(":")[0] == hold.split(":")[0]
    assert (review.split(":")[1], hold.split(":")[1]) == ("3", "4")
    assert review == "18321335a45b6f1a51b23fb24d61d4c6:3"


def other_ids(known: object) -> object:
    """Return the same evidence as if other sessions, answers and findings had said it."""
    if isinstance(known, UUID):
        return UUID(int=known.int + 1)
    if isinstance(known, tuple):
        return tuple(other_ids(each) for each in known)
    if isinstance(known, dict):
        return {name: other_ids(each) for name, each in known.items()}
    if is_dataclass(known) and not isinstance(known, type):
        return replace(known, **{each.name: other_ids(getattr(known, each.name)) for each in fields(known)})
    return known


@pytest.mark.parametrize("rule", [rule for rule in LOOKS if rule not in {"D16", "D18"}])
def test_what_others_said_is_another_fact_with_the_same_sentence(rule: str):
    seen = [one for name, one, expected in ALL_CASES if name == rule and isinstance(expected, Level)]
    for each in seen:
        first, other = signal(rule, each), signal(rule, other_ids(each))
        assert first.sentence == other.sentence
        assert first.facts_key != other.facts_key or "forwarder" in first.sentence
    assert seen


def test_the_same_check_ins_have_one_key_whatever_day_it_is():
    seen = evidence(check_ins=asked((5, "missed")))
    assert key(seen, "D16") == key(replace(seen, today=date(2026, 11, 24)), "D16")


def flag(number: int, domain: str, ago: int, level: Level = WATCH, **more: object) -> Standing:
    return Standing(flag_id=UUID(int=number), rule_id="D11", domain=domain, level=level, raised_on=day(ago), **more)


def raised(*flags: Standing, **numbers: int) -> list[tuple[str, Level]]:
    policy = policy_with("E01", **numbers) if numbers else POLICY
    return [(each.rule_id, each.level) for each in escalated(policy, flags, TODAY)]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((flag(1, "A", 1), flag(2, "B", 2), flag(3, "B", 3)), [("E01", REVIEW)]),
        ((flag(1, "A", 1), flag(2, "B", 2)), []),
        ((flag(1, "A", 1), flag(2, "A", 2), flag(3, "A", 3)), []),
        ((flag(1, "A", 1), flag(2, "B", 2), flag(3, "B", 31)), [("E01", REVIEW)]),
        ((flag(1, "A", 1), flag(2, "B", 2), flag(3, "B", 32)), []),
        ((flag(1, "A", 30), flag(2, "B", 31), flag(3, "B", 32)), [("E01", REVIEW)]),
        ((flag(1, "A", 31), flag(2, "B", 32), flag(3, "B", 33)), []),
        ((flag(1, "A", 1, is_used=True), flag(2, "B", 2), flag(3, "B", 3)), []),
        ((flag(1, "-", 1), flag(2, "B", 2), flag(3, "A", 3)), []),
        ((flag(1, "A", 1, REVIEW), flag(2, "B", 60, REVIEW)), [("E02", HOLD)]),
        ((flag(1, "A", 1, REVIEW), flag(2, "B", 61, REVIEW)), [("E02", HOLD)]),
        ((flag(1, "A", 1, REVIEW), flag(2, "B", 62, REVIEW)), []),
        ((flag(1, "A", 1, REVIEW), flag(2, "A", 2, REVIEW)), []),
        ((flag(1, "A", 1, HOLD), flag(2, "B", 2, REVIEW)), []),
        ((flag(1, "A", 1, REVIEW), flag(2, "-", 2, REVIEW)), []),
    ],
)
def test_several_flags_of_different_kinds_weigh_more_than_each(flags, expected):
    assert raised(*flags) == expected


def test_an_escalation_says_what_it_is_made_of():
    flags = (flag(1, "C", 9), flag(2, "F", 2), flag(3, "C", 4))
    (one,) = escalated(POLICY, flags, TODAY)
    assert one.sentence == (
        "3 open signs of 2 kinds (what the patient reports and harm to body or mind) between Nov 14 and Nov 21 "
        "together deserve a review."
    )
    assert one.escalates == tuple(str(UUID(int=number)) for number in (1, 3, 2))
    assert [(each.what, each.value, each.on) for each in one.inputs] == [
        ("Craving", "watch", day(9)),
        ("Craving", "watch", day(4)),
        ("Craving", "watch", day(2)),
    ]
    assert (one.domain, one.evidence_class, one.on, one.is_current) == ("-", "P", day(2), True)
    assert one.threshold == {"count": 3, "domains": 2, "window_days": 30}


def test_two_reviews_ask_for_a_decision_before_the_next_session():
    (one,) = escalated(POLICY, (flag(1, "C", 9, REVIEW), flag(2, "F", 2, REVIEW)), TODAY)
    assert one.sentence.endswith("together deserve a physician's decision before the next session.")
    assert one.level is HOLD


def test_an_escalation_comes_again_only_with_another_flag():
    flags = [flag(1, "A", 3), flag(2, "B", 2), flag(3, "B", 1)]
    first = escalated(POLICY, flags, TODAY)[0].facts_key
    assert first.endswith(":3")
    assert escalated(POLICY, flags[::-1], TODAY)[0].facts_key == first
    assert escalated(POLICY, [*flags, flag(4, "C", 5)], TODAY)[0].facts_key == first
    assert escalated(POLICY, [*flags, flag(4, "C", 0)], TODAY)[0].facts_key != first


def test_an_escalation_that_is_off_is_silent():
    off = replace(POLICY, rules={**POLICY.rules, "E01": RuleSetting(is_on=False, numbers=RULES["E01"].defaults)})
    assert escalated(off, (flag(1, "A", 1), flag(2, "B", 2), flag(3, "B", 3)), TODAY) == ()


def test_current_gives_the_worst_sign_of_today_of_one_rule():
    evaluation = evaluate(POLICY, scored("sds_ketamine", "total", (20, 9), (2, 0)))
    assert evaluation.current("D12") is None
    assert isinstance(evaluation.signals[0], Signal)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_ordinals_read_as_they_are_said(number: int, words: str):
    assert ordinal(number) == words


def test_counts_and_lists_read_as_they_are_said():
    assert [counted(number, "pharmacy", "pharmacies") for number in (0, 1, 2)] == [
        "0 pharmacies",
        "1 pharmacy",
        "2 pharmacies",
    ]
    assert [counted(number, "unit") for number in (1, 2)] == ["1 unit", "2 units"]
    assert [listed(["a", "b", "c"][:number]) for number in (1, 2, 3)] == ["a", "a and b", "a, b and c"]
