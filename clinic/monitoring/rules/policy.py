"""The policy of the signal rules: which are on and with which thresholds, read from and written to plain data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from clinic.monitoring.errors import SignalPolicyRefused
from clinic.monitoring.rules.catalogue import LOOK_BACK, RULES, Parameter, Rule

SHIPPED_NUMBER = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetting:
    """Whether a rule looks, and its thresholds by key."""

    is_on: bool
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalPolicy:
    """Every rule with its setting, in version `number`; 1 is what is shipped."""

    number: int
    rules: Mapping[str, RuleSetting]
    look_back_days: int

    @classmethod
    def shipped(cls) -> "SignalPolicy":
        """Return version 1."""
        rules = {key: RuleSetting(is_on=True, numbers=dict(rule.defaults)) for key, rule in RULES.items()}
        return cls(number=SHIPPED_NUMBER, rules=rules, look_back_days=LOOK_BACK.default)

    @classmethod
    def from_content(cls, content: object, *, number: int) -> "SignalPolicy":
        """Return the policy that `content` says, or raise SignalPolicyRefused at the dotted name of what is wrong.

        What it does not name is as shipped, so that a rule that came later is on in a policy written before it.
        """
        written = _mapping(content, "content", ("rules", "look_back_days"))
        given = _mapping(written.get("rules", {}), "rules", RULES)
        rules = {key: _setting(rule, given.get(key, {})) for key, rule in RULES.items()}
        days = _number(LOOK_BACK, written.get("look_back_days", LOOK_BACK.default), LOOK_BACK.key)
        return cls(number=number, rules=rules, look_back_days=days)

    def content(self) -> dict[str, Any]:
        """Return the whole policy as plain data."""
        return {
            "look_back_days": self.look_back_days,
            "rules": {key: {"is_on": each.is_on, "numbers": dict(each.numbers)} for key, each in self.rules.items()},
        }

    def with_rule(self, rule_id: str, *, is_on: bool, numbers: Mapping[str, int]) -> "SignalPolicy":
        """Return a policy with another setting of one rule, or raise SignalPolicyRefused."""
        checked = _setting(rule_named(rule_id), {"is_on": is_on, "numbers": dict(numbers)})
        return replace(self, rules={**self.rules, rule_id: checked})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two policies, in words."""

    rule_id: str
    what: str
    before: str
    after: str


def rule_named(rule_id: str) -> Rule:
    """Return a rule, or raise SignalPolicyRefused."""
    rule = RULES.get(rule_id)
    if rule is None:
        raise SignalPolicyRefused("There is no such rule. Open the list of rules again.", field="rules")
    return rule


def changes(before: SignalPolicy, after: SignalPolicy) -> Iterator[Change]:
    """Yield what is different, in the order of the rules."""
    if before.look_back_days != after.look_back_days:
        yield Change(
            rule_id="", what=LOOK_BACK.words, before=str(before.look_back_days), after=str(after.look_back_days)
        )
    for key, rule in RULES.items():
        yield from _rule_changes(rule, before.rules[key], after.rules[key])


def _rule_changes(rule: Rule, before: RuleSetting, after: RuleSetting) -> Iterator[Change]:
    if before.is_on != after.is_on:
        yield Change(rule_id=rule.id, what="The rule", before=_on(before), after=_on(after))
    for key, parameter in rule.parameters.items():
        old, new = before.numbers[key], after.numbers[key]
        if old != new:
            yield Change(rule_id=rule.id, what=parameter.words, before=str(old), after=str(new))


def _on(setting: RuleSetting) -> str:
    return "on" if setting.is_on else "off"


def _setting(rule: Rule, written: object) -> RuleSetting:
    place = f"rules.{rule.id}"
    given = _mapping(written, place, ("is_on", "numbers"))
    is_on = given.get("is_on", True)
    if not isinstance(is_on, bool):
        raise SignalPolicyRefused("Say whether the rule is on: yes or no.", field=f"{place}.is_on")
    if not is_on and not rule.can_be_off:
        raise SignalPolicyRefused(
            f"“{rule.title}” guards against harm and stays on. Change its thresholds instead.", field=f"{place}.is_on"
        )
    numbers = _mapping(given.get("numbers", {}), f"{place}.numbers", rule.parameters)
    known = {key: _number(one, numbers.get(key, one.default), f"{place}.{key}") for key, one in rule.parameters.items()}
    for chain in rule.rising:
        _require_order(rule, known, chain, is_rising=True)
    for chain in rule.falling:
        _require_order(rule, known, chain, is_rising=False)
    return RuleSetting(is_on=is_on, numbers=known)


def _require_order(rule: Rule, numbers: Mapping[str, int], chain: tuple[str, ...], *, is_rising: bool) -> None:
    for low, high in pairwise(chain):
        is_right = numbers[low] < numbers[high] if is_rising else numbers[low] > numbers[high]
        if is_right:
            continue
        first, second = rule.parameters[low].words, rule.parameters[high].words
        order, action = ("above", "Raise") if is_rising else ("below", "Lower")
        other = "lower" if is_rising else "raise"
        raise SignalPolicyRefused(
            f"“{second}” ({numbers[high]}) must be {order} “{first}” ({numbers[low]}). "
            f"{action} “{second}” or {other} “{first}”.",
            field=f"rules.{rule.id}.{high}",
        )


def _number(parameter: Parameter, value: object, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not parameter.least <= value <= parameter.most:
        raise SignalPolicyRefused(
            f"“{parameter.words}”: enter a whole number from {parameter.least} to {parameter.most}.", field=place
        )
    return value


def _mapping(written: object, place: str, known: Mapping[str, object] | tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(written, Mapping):
        raise SignalPolicyRefused("This is no policy. Open the list of rules and change one there.", field=place)
    unknown = [str(key) for key in written if key not in known]
    if unknown:
        raise SignalPolicyRefused(
            f"“{unknown[0][:40]}” is not known here. Take it out, or open the list of rules again.", field=place
        )
    return written
