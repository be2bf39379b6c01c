"""What messaging refuses."""

from clinic.kernel.errors import Conflict, NotFound


class NoSuchLane(NotFound):
    """There is no lane of that number."""

    code = "no_such_lane"


class LaneNotPaused(Conflict):
    """The lane is sending already."""

    code = "lane_not_paused"


class UnknownTemplate(Exception):
    """No template has that key and version: a programming mistake, never a person's."""


class MissingVariable(Exception):
    """A template was planned without a value or link that its words need: a programming mistake."""


class MissingGuard(Exception):
    """Nobody said how to judge texts about this kind of subject, so none may be sent."""
