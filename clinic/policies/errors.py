"""Refusals of the clinic's own thresholds."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownPolicy(NotFound):
    """There is no policy of that key."""

    code = "unknown_policy"


class PolicyNotYours(Forbidden):
    """Physicians decide about clinical values, administrators about all others."""

    code = "policy_not_yours"


class PolicyRefused(Invalid):
    """The value or its reason cannot be accepted."""

    code = "policy_refused"


class PolicyChanged(Conflict):
    """Somebody set another value after the asking person looked."""

    code = "policy_changed"
