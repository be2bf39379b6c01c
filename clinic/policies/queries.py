"""Reading policies: what holds now, and what held before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.memory import remembered
from clinic.policies.models import PolicyVersion
from clinic.policies.rules import POLICIES, Policy, PolicyKey

Value = int | str

VALUES = "policies.values"
"""The name under which a transaction remembers all of them; whoever changes one has it forgotten."""

_CHANGES = (
    select(PolicyVersion.key, PolicyVersion.value)
    .ext(distinct_on(PolicyVersion.key))
    .order_by(PolicyVersion.key, PolicyVersion.id.desc())
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """One policy as it holds now; `revision` counts its changes and 0 is the value it came with."""

    key: PolicyKey
    about: Policy
    value: Value
    revision: int
    changed_at: datetime | None
    changed_by: str | None


def _value(session: Session, key: PolicyKey) -> Value:
    return remembered(session, VALUES, lambda: _changed(session)).get(key, POLICIES[key].default)


def _changed(session: Session) -> dict[str, Value]:
    """Return the values that were ever changed, which are few, as they are now."""
    return {row.key: row.value for row in session.execute(_CHANGES)}


def number(session: Session, key: PolicyKey) -> int:
    """Return the whole number that a policy has now."""
    return int(_value(session, key))


def numbers_of(session: Session, keys: Collection[PolicyKey]) -> dict[PolicyKey, int]:
    """Return the whole numbers that several policies have now; all of a transaction are read with its first."""
    return {key: number(session, key) for key in keys}


def address(session: Session, key: PolicyKey) -> str:
    """Return the address that a policy has now, empty when none is set."""
    return str(_value(session, key))


def all_policies(session: Session) -> list[PolicyRow]:
    """Return every policy with its present value, in the order of the page."""
    histories = _histories(session)
    return [_row(key, histories.get(key, ())) for key in POLICIES]


def history(session: Session, key: PolicyKey) -> Sequence[PolicyVersion]:
    """Return every value that was set, the newest first; what it came with is not among them."""
    wanted = select(PolicyVersion).where(PolicyVersion.key == key).order_by(PolicyVersion.id.desc())
    return list(session.scalars(wanted))


def _histories(session: Session) -> Mapping[str, list[PolicyVersion]]:
    found: dict[str, list[PolicyVersion]] = {}
    for version in session.scalars(select(PolicyVersion).order_by(PolicyVersion.id)):
        found.setdefault(version.key, []).append(version)
    return found


def _row(key: PolicyKey, versions: Sequence[PolicyVersion]) -> PolicyRow:
    newest = versions[-1] if versions else None
    return PolicyRow(
        key=key,
        about=POLICIES[key],
        value=POLICIES[key].default if newest is None else newest.value,
        revision=len(versions),
        changed_at=newest.at if newest else None,
        changed_by=newest.actor_name if newest else None,
    )
