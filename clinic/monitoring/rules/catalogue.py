"""The rules by id as shipped: what each looks at, its source, its thresholds with their limits, and its levels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from clinic.monitoring.rules.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One threshold: a whole number of `unit` from `least` to `most`."""

    key: str
    words: str
    unit: str
    least: int
    most: int
    default: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a rule looks at (`computation` has its thresholds in braces), by what source, and in words for the patient.

    Each chain of `rising` and `falling` names thresholds that must rise or fall. `supplied_by` is what the facts come
    from where another part of the product keeps them. A rule with `is_safety` cannot be switched off.
    """

    id: str
    title: str
    domain: str
    evidence_class: str
    levels: tuple[Level, ...]
    is_safety: bool
    supplied_by: str | None
    computation: str
    basis: str
    parameters: Mapping[str, Parameter]
    rising: tuple[tuple[str, ...], ...]
    falling: tuple[tuple[str, ...], ...]
    neutral: Mapping[str, str]

    @property
    def defaults(self) -> Mapping[str, int]:
        """Return the thresholds as shipped."""
        return {key: each.default for key, each in self.parameters.items()}

    @property
    def can_be_off(self) -> bool:
        """Tell whether a clinic may do without this rule."""
        return not self.is_safety

    def said(self, numbers: Mapping[str, int]) -> str:
        """Return the computation in words with these thresholds."""
        return self.computation.format_map(numbers)


@cache
def _shipped() -> Mapping[str, Any]:
    return MappingProxyType(json.loads((files("clinic.monitoring") / "data" / "signals.json").read_text("utf-8")))


def _parameter(key: str, written: Mapping[str, Any]) -> Parameter:
    return Parameter(key=key, **written)


def _rule(rule_id: str, written: Mapping[str, Any]) -> Rule:
    return Rule(
        id=rule_id,
        title=written["title"],
        domain=written["domain"],
        evidence_class=written["evidence"],
        levels=tuple(Level(each) for each in written["levels"]),
        is_safety=written["is_safety"],
        supplied_by=written["supplied_by"],
        computation=written["computation"],
        basis=written["basis"],
        parameters={key: _parameter(key, each) for key, each in written["parameters"].items()},
        rising=tuple(tuple(chain) for chain in written["rising"]),
        falling=tuple(tuple(chain) for chain in written["falling"]),
        neutral=written["neutral"],
    )


RULES: Mapping[str, Rule] = MappingProxyType({key: _rule(key, each) for key, each in _shipped()["rules"].items()})
"""Every rule in the order of the list."""

LOOK_BACK = _parameter("look_back_days", _shipped()["look_back_days"])
"""How long a sign that newer facts no longer show is still raised."""

DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "A": "Supply",
        "B": "Frequency and dose",
        "C": "What the patient reports",
        "D": "Keeping in touch",
        "E": "From outside",
        "F": "Harm to body or mind",
        "-": "Across domains",
    }
)
"""The kinds of signs; several kinds together weigh more than one alone."""
