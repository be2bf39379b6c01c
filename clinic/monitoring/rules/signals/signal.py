"""A signal: what a rule saw, at which level, by which facts and thresholds, in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.monitoring.rules.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One fact that decided: what it is in words, its value, and the patient's date."""

    what: str
    value: str
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one rule says about one set of facts.

    `facts_key` is the same for the same facts at the same level; the part before the colon leaves the level out, so
    that whoever already knows the facts at a higher level can tell. `on` is the day of the newest fact that decided.
    `is_current` tells whether the newest facts still show it; an older sign within the policy's window is not current.
    """

    rule_id: str
    level: Level
    domain: str
    evidence_class: str
    inputs: tuple[Input, ...]
    threshold: Mapping[str, int]
    sentence: str
    facts_key: str
    on: date
    is_current: bool = True
    escalates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The signals of one patient, the worst first, and the rules that had nothing to look at."""

    signals: tuple[Signal, ...]
    no_data: tuple[str, ...]

    def current(self, rule_id: str) -> Signal | None:
        """Return the worst signal of a rule that the newest facts still show, or None."""
        return next((each for each in self.signals if each.rule_id == rule_id and each.is_current), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A flag as escalation looks at it; `is_used` when it is part of an escalation that is still open."""

    flag_id: UUID
    rule_id: str
    domain: str
    level: Level
    raised_on: date
    is_used: bool = False
