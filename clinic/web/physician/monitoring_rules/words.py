"""The rules in words: by domain, each with what it looks for now, and the versions with what each changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.monitoring.queries.policies import PolicyKind, PolicyVersionRow, versions
from clinic.monitoring.rules.policy import Change, RuleSetting, SignalPolicy, changes
from clinic.monitoring.rules.signals import DOMAINS, RULES, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule with its setting, what it looks for in words, and whether a number is not as shipped."""

    rule: Rule
    setting: RuleSetting
    said: str
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One version: who wrote it when and why, and what it changed; the first is what came with the program."""

    number: int
    at: datetime | None
    who: str
    reason: str
    changes: Sequence[Change]


def rule_row(policy: SignalPolicy, rule_id: str) -> RuleRow:
    """Return one rule as it stands in a policy."""
    rule, setting = RULES[rule_id], policy.rules[rule_id]
    is_own = dict(setting.numbers) != dict(rule.defaults) or not setting.is_on
    return RuleRow(rule=rule, setting=setting, said=rule.said(setting.numbers), is_own=is_own)


def by_domain(policy: SignalPolicy) -> list[tuple[str, str, list[RuleRow]]]:
    """Return letter, name and rules of each domain, in their order."""
    rows = [rule_row(policy, rule_id) for rule_id in RULES]
    return [(letter, name, [row for row in rows if row.rule.domain == letter]) for letter, name in DOMAINS.items()]


def history(session: Session) -> list[Written]:
    """Return the versions of the rules, the newest first."""
    rows = versions(session, PolicyKind.SIGNALS)
    read = [_policy(row) for row in rows]
    older = [*read[1:], read[-1]]
    return [
        Written(number=row.number, at=row.at, who=row.who, reason=row.reason, changes=list(changes(before, after)))
        for row, before, after in zip(rows, older, read, strict=True)
    ]


def title_of(change: Change) -> str:
    """Return which rule and which of its numbers changed."""
    rule = RULES.get(change.rule_id)
    return f"{rule.title}: {change.what}" if rule else change.what


def titles() -> Mapping[str, str]:
    """Return the titles of the rules by id."""
    return {rule_id: rule.title for rule_id, rule in RULES.items()}


def _policy(row: PolicyVersionRow) -> SignalPolicy:
    if row.content is None:
        return SignalPolicy.shipped()
    return SignalPolicy.from_content(row.content, number=row.number)
