"""The policy of memberships: whether care begins without one."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import Policy, WholeNumberPolicy

MEMBERSHIPS: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.MEMBERSHIPS_REQUIRED: WholeNumberPolicy(
            title="Membership: needed",
            meaning="1 lets new sessions and shipments begin only for patients with a membership, 0 for everybody who "
            "never had one. Safety, monitoring, records and tapers never ask for one.",
            unit="1 is yes, 0 is no",
            least=0,
            most=1,
            default=0,
            source="The clinic's own choice",
        ),
    }
)
