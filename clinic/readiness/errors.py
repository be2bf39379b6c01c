"""What readiness refuses, in words that tell what to do next."""

from clinic.kernel.errors import Conflict, Forbidden, Invalid


class NotYourDecision(Forbidden):
    """Only a physician of the patient decides this."""

    code = "readiness_not_yours"


class OverrideRefused(Invalid):
    """What was to be set aside cannot be, or no reason was given."""

    code = "readiness_override_refused"


class NotASession(Conflict):
    """The visit is none at home, or none that is still promised, so nothing is checked before it."""

    code = "readiness_not_a_session"


class NotOver(Conflict):
    """A session that goes on or is still ahead is not written down as one that was held."""

    code = "readiness_not_over"
