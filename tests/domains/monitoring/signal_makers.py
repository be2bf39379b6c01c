"""Evidence in few words: days are counted back from today, and what is given on one day is one assessment."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from clinic.monitoring.rules.evidence import CheckInFact, Evidence, FindingFact, Reading, SessionTaken, Supplied
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.policy import SignalPolicy
from clinic.monitoring.rules.signals import Evaluation, Signal, evaluate

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
NO_DATA = "no data"
POLICY = SignalPolicy.shipped()

Given = tuple[float, float]
"""How many days ago, and the value."""


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def day(days: float) -> date:
    return ago(days).date()


def same(days: float) -> UUID:
    """Return the id of what was given so many days ago."""
    return UUID(int=10_000 + int(days * 100))


def given(*pairs: Given) -> tuple[Reading, ...]:
    readings = [
        Reading(value=Decimal(str(value)), at=ago(days), on=day(days), assessment_id=same(days))
        for days, value in pairs
    ]
    return tuple(sorted(readings, key=lambda each: each.at))


def evidence(**known: Any) -> Evidence:
    return Evidence(patient_id=UUID(int=1), now=NOW, today=TODAY, **known)


def scored(instrument: str, name: str, *pairs: Given, **known: Any) -> Evidence:
    return evidence(scores={(instrument, name): given(*pairs)}, **known)


def answered(instrument: str, items: Mapping[str, list[Given]], **known: Any) -> Evidence:
    return evidence(answers={(instrument, item): given(*pairs) for item, pairs in items.items()}, **known)


def supplied(**parts: Any) -> Evidence:
    return evidence(supplied=Supplied(**parts))


def found(kind: str, *days: float, **details: Any) -> Evidence:
    return evidence(findings=findings(kind, *days, **details))


def findings(kind: str, *days: float, **details: Any) -> tuple[FindingFact, ...]:
    return tuple(FindingFact(id=same(each), kind=kind, on=day(each), details=details) for each in days)


def sessions(
    *days: float, phase: str = "induction", units: Mapping[float, int] | None = None
) -> tuple[SessionTaken, ...]:
    known = units or {}
    return tuple(
        SessionTaken(appointment_id=same(each), at=ago(each), on=day(each), phase=phase, units=known.get(each))
        for each in sorted(days, reverse=True)
    )


def asked(*states: tuple[int, str], is_required: bool = True) -> tuple[CheckInFact, ...]:
    return tuple(
        CheckInFact(
            due_on=day(days), state=state, is_required=is_required, done_on=day(days) if state == "done" else None
        )
        for days, state in states
    )


def looked(rule_id: str, seen: Evidence, **numbers: int) -> Evaluation:
    return evaluate(policy_with(rule_id, **numbers), seen)


def policy_with(rule_id: str, **numbers: int) -> SignalPolicy:
    known = POLICY.rules[rule_id].numbers
    return POLICY.with_rule(rule_id, is_on=True, numbers={**known, **numbers})


def level(rule_id: str, seen: Evidence, **numbers: int) -> Level | str | None:
    """Return the level that a rule sees by the newest facts, None for nothing, or that it has no data."""
    evaluation = looked(rule_id, seen, **numbers)
    if rule_id in evaluation.no_data:
        return NO_DATA
    signal = evaluation.current(rule_id)
    return signal.level if signal else None


def signal(rule_id: str, seen: Evidence, **numbers: int) -> Signal:
    found_signal = looked(rule_id, seen, **numbers).current(rule_id)
    assert found_signal is not None
    return found_signal


def told(one: Signal) -> tuple[str, list[tuple[str, str, date | None]], dict[str, int]]:
    """Return what explains a signal: sentence, inputs, thresholds."""
    return one.sentence, [(each.what, each.value, each.on) for each in one.inputs], dict(one.threshold)
