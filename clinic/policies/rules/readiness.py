"""Policies of the gates before a session at home."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import Policy, WholeNumberPolicy

READINESS: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.SESSION_FLOOR_HOURS: WholeNumberPolicy(
            title="Session: shortest gap of all",
            meaning="No session begins sooner after the one before, whatever a plan says. Nobody sets this aside.",
            unit="hours between two starts",
            least=48,
            most=168,
            default=48,
            source="The clinic's own choice; published programs of care at home hold two a week at most",
            is_clinical=True,
        ),
        PolicyKey.SESSION_VISIT_DAYS: WholeNumberPolicy(
            title="Session: age of the last visit",
            meaning="No session begins unless a physician saw the patient within this time, or sets that aside.",
            unit="days before the session",
            least=14,
            most=180,
            default=90,
            source="The clinic's own choice; Florida's rule on pain (s. 456.44(3)(d), F.S.) asks for visits at least "
            "every 3 months",
            is_clinical=True,
        ),
    }
)
