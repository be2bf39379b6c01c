"""From a patient's evidence to signals: every rule that is on looks once."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import timedelta

from clinic.monitoring.rules.catalogue import RULES, Rule
from clinic.monitoring.rules.evidence import Evidence
from clinic.monitoring.rules.policy import RuleSetting, SignalPolicy
from clinic.monitoring.rules.signals.looks import LOOKS
from clinic.monitoring.rules.signals.seeing import Seen
from clinic.monitoring.rules.signals.signal import Evaluation, Signal


def evaluate(policy: SignalPolicy, evidence: Evidence) -> Evaluation:
    """Return what the rules see, and which of them had nothing to look at; a rule that is off does neither.

    Each set of facts inside the policy's look-back gives its signal, also where newer facts are better, so that an
    outage loses none; and whatever the newest facts still show does, however old they are.
    """
    signals: list[Signal] = []
    no_data: list[str] = []
    for rule_id, look in LOOKS.items():
        setting = policy.rules[rule_id]
        if not setting.is_on:
            continue
        seen = look(evidence, setting.numbers)
        if seen is None:
            no_data.append(rule_id)
            continue
        signals.extend(_signals(RULES[rule_id], setting, seen, oldest=_oldest(policy, evidence)))
    return Evaluation(signals=_worst_first(signals), no_data=tuple(no_data))


def _oldest(policy: SignalPolicy, evidence: Evidence) -> int:
    return (evidence.today - timedelta(days=policy.look_back_days)).toordinal()


def _signals(rule: Rule, setting: RuleSetting, seen: Iterable[Seen], *, oldest: int) -> Iterator[Signal]:
    for each in seen:
        is_recent = each.on.toordinal() >= oldest
        if each.holds or is_recent:
            yield _signal(rule, setting, each)


def _signal(rule: Rule, setting: RuleSetting, seen: Seen) -> Signal:
    return Signal(
        rule_id=rule.id,
        level=seen.level,
        domain=rule.domain,
        evidence_class=rule.evidence_class,
        inputs=seen.inputs,
        threshold={key: setting.numbers[key] for key in seen.used},
        sentence=seen.sentence,
        facts_key=facts_key(rule.id, seen.facts, seen.level),
        on=seen.on,
        is_current=seen.holds is not False,
    )


def facts_key(rule_id: str, facts: Iterable[str], level: int) -> str:
    """Return the same key for the same facts at the same level; before the colon stands what leaves the level out."""
    told = "\n".join([rule_id, *sorted(facts)])
    return f"{hashlib.sha256(told.encode()).hexdigest()[:32]}:{level}"


def _worst_first(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return each set of facts once, the worst and newest first; of two sights of it the current one."""
    ordered = sorted(signals, key=lambda each: (-each.level, not each.is_current, -each.on.toordinal(), each.rule_id))
    return tuple({each.facts_key: each for each in reversed(ordered)}.values())[::-1]
