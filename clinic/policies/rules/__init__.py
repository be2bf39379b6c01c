"""The policies that exist: what each means, its unit and limits, the value it starts with and where that comes from."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.errors import UnknownPolicy
from clinic.policies.rules.intake import INTAKE
from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import DAYS_OF_WEEK, HOUR_OF_DAY, AddressPolicy, Policy, WholeNumberPolicy
from clinic.policies.rules.medication import MEDICATION
from clinic.policies.rules.memberships import MEMBERSHIPS
from clinic.policies.rules.readiness import READINESS
from clinic.policies.rules.session_day import SESSION_DAY
from clinic.policies.rules.visits_and_texts import VISITS_AND_TEXTS

__all__ = [
    "DAYS_OF_WEEK",
    "HOUR_OF_DAY",
    "POLICIES",
    "AddressPolicy",
    "Policy",
    "PolicyKey",
    "WholeNumberPolicy",
    "policy_named",
]

POLICIES: Mapping[PolicyKey, Policy] = MappingProxyType(
    {**VISITS_AND_TEXTS, **SESSION_DAY, **READINESS, **INTAKE, **MEDICATION, **MEMBERSHIPS}
)
"""In the order in which pages list them."""


def policy_named(key: str) -> tuple[PolicyKey, Policy]:
    """Return the key and its definition, or raise UnknownPolicy."""
    try:
        known = PolicyKey(key)
    except ValueError:
        raise UnknownPolicy("There is no such setting. Open the list of settings again.") from None
    return known, POLICIES[known]
