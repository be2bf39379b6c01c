"""Whatever the evidence: replay gives the same signals, later evidence never lowers a level, an outage loses none."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.monitoring.rules.catalogue import RULES
from clinic.monitoring.rules.evidence import Evidence, FindingFact, SessionTaken
from clinic.monitoring.rules.policy import SignalPolicy
from clinic.monitoring.rules.signals import evaluate
from clinic.monitoring.rules.signals.signal import Evaluation
from tests.domains.monitoring import signal_makers as makers

POLICY = replace(SignalPolicy.shipped(), look_back_days=60)
DAYS = st.integers(0, 50)
SCORES = {
    ("sds_ketamine", "total"): 15,
    ("craving", "now"): 10,
    ("phq9", "total"): 27,
    ("audit_c", "total"): 12,
    ("c_ssrs", "risk"): 3,
    ("lurn_si10", "total"): 38,
}
ANSWERS = {
    ("phq9", "q9"): 3,
    ("tolerance", "less_effect"): 1,
    ("withdrawal", "anxiety"): 3,
    ("withdrawal", "low_mood"): 3,
    ("withdrawal", "fatigue"): 3,
    ("withdrawal", "started_within"): 1,
    ("side_effects", "nausea"): 3,
    ("side_effects_between", "memory"): 3,
    ("headache_session", "severity"): 10,
    ("lurn_si10", "q1"): 4,
    ("lurn_si10", "q9"): 3,
    ("substances", "kratom"): 1,
    ("pre_session", "systolic"): 200,
    ("use_pattern", "before_driving"): 1,
}
KINDS = (
    "dose_increase_request",
    "impaired_at_visit",
    "lost_or_stolen",
    "took_more_than_prescribed",
    "pdmp_other_prescribers",
    "cognitive_complaint",
)


def readings(most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    pairs = st.lists(st.tuples(DAYS, st.integers(0, most)), max_size=4, unique_by=lambda pair: pair[0])
    return pairs.map(lambda found: makers.given(*found))


def some(known: dict[tuple[str, str], int]) -> st.SearchStrategy[dict[tuple[str, str], Any]]:
    return st.fixed_dictionaries({}, optional={key: readings(most) for key, most in known.items()})


@st.composite
def all_evidence(draw: st.DrawFn) -> Evidence:
    sessions = sorted(draw(st.lists(DAYS, max_size=5, unique=True)), reverse=True)
    found = draw(st.lists(st.tuples(DAYS, st.sampled_from(KINDS)), max_size=4, unique=True))
    missed = draw(
        st.lists(st.tuples(DAYS, st.sampled_from(("missed", "done"))), max_size=5, unique_by=lambda one: one[0])
    )
    return makers.evidence(
        scores=draw(some(SCORES)),
        answers=draw(some(ANSWERS)),
        sessions=tuple(_session(days) for days in sessions),
        findings=tuple(_finding(days, kind) for days, kind in found),
        check_ins=makers.asked(*missed),
        phase="induction",
        minimum_gap=timedelta(hours=72),
        planned_per_28_days=3,
    )


def _session(days: int) -> SessionTaken:
    at = makers.ago(days) - timedelta(hours=5)
    return SessionTaken(appointment_id=makers.same(days), at=at, on=makers.day(days), phase="induction")


def _finding(days: int, kind: str) -> FindingFact:
    details = {"severity": 3, "prescribers": 2}
    return FindingFact(id=UUID(int=days * 100 + KINDS.index(kind)), kind=kind, on=makers.day(days), details=details)


def until(days: int, whole: Evidence) -> Evidence:
    """Return what was known so many days ago, looked at on that day."""
    instant, on = makers.ago(days), makers.day(days)

    def known(all_readings: Any) -> Any:
        return {
            key: kept for key, found in all_readings.items() if (kept := tuple(r for r in found if r.at <= instant))
        }

    return replace(
        whole,
        now=instant,
        today=on,
        scores=known(whole.scores),
        answers=known(whole.answers),
        sessions=tuple(each for each in whole.sessions if each.at <= instant),
        findings=tuple(each for each in whole.findings if each.on <= on),
        check_ins=tuple(each for each in whole.check_ins if each.due_on <= on),
    )


def worst(evaluation: Evaluation) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in evaluation.signals:
        found[each.rule_id] = max(found.get(each.rule_id, 0), each.level)
    return found


@settings(max_examples=60, deadline=None, derandomize=True)
@given(all_evidence())
def test_replay_gives_the_same_signals_in_whatever_order_the_facts_come(seen: Evidence):
    shuffled = replace(
        seen,
        scores=dict(reversed(seen.scores.items())),
        answers=dict(reversed(seen.answers.items())),
        sessions=seen.sessions[::-1],
        findings=seen.findings[::-1],
        check_ins=seen.check_ins[::-1],
    )
    first, again = evaluate(POLICY, seen), evaluate(POLICY, shuffled)
    assert first == evaluate(POLICY, seen)
    assert {each.facts_key for each in first.signals} == {each.facts_key for each in again.signals}
    assert first.no_data == again.no_data


@settings(max_examples=120, deadline=None, derandomize=True)
@given(all_evidence(), DAYS)
def test_later_evidence_never_lowers_a_level_and_an_outage_loses_no_sign(seen: Evidence, days: int):
    before, after = worst(evaluate(POLICY, until(days, seen))), worst(evaluate(POLICY, seen))
    assert {rule: level for rule, level in before.items() if after.get(rule, 0) < level} == {}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(all_evidence(), st.sampled_from(sorted(SCORES)), st.integers(0, 15))
def test_a_worse_newest_answer_never_lowers_what_is_seen_today(seen: Evidence, key: tuple[str, str], more: int):
    readings_of = seen.scores.get(key, ())
    if not readings_of:
        return
    newest = readings_of[-1]
    worse = replace(newest, value=min(newest.value + more, Decimal(SCORES[key])))
    harder = replace(seen, scores={**seen.scores, key: (*readings_of[:-1], worse)})
    before, after = (evaluate(POLICY, each) for each in (seen, harder))
    for each in before.signals:
        if each.is_current and len(readings_of) > 1:
            now = after.current(each.rule_id)
            assert now is not None
            assert now.level >= each.level


@settings(max_examples=60, deadline=None, derandomize=True)
@given(all_evidence())
def test_every_signal_explains_itself(seen: Evidence):
    for each in evaluate(POLICY, seen).signals:
        assert each.sentence.endswith(".")
        assert each.inputs
        assert each.facts_key.endswith(f":{int(each.level)}")
        assert each.level in RULES[each.rule_id].levels
