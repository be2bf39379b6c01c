"""What messaging refuses."""

from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid, NotFound


class NoSuchLane(NotFound):
    """There is no lane of that number."""

    code = "no_such_lane"


class LaneNotPaused(Conflict):
    """The lane is sending already."""

    code = "lane_not_paused"


class AlreadyStopped(Conflict):
    """Somebody stopped all texts before."""

    code = "texts_already_stopped"


class NotStopped(Conflict):
    """Texts leave, so there is nothing to start."""

    code = "texts_not_stopped"


class NoReason(Invalid):
    """Everybody reads why nothing leaves, so it has to be said."""

    code = "no_reason"


class NoSuchText(NotFound):
    """There is no text of that key."""

    code = "no_such_text"


class WordsRefused(Invalid):
    """The words of a text, or the reason for them, cannot be accepted; `field` names the box."""

    code = "words_refused"


class WordingChanged(ChangedMeanwhile):
    """Somebody gave the text other words after the asking person looked."""

    code = "wording_changed"


class UnknownTemplate(Exception):
    """No template has that key and version: a programming mistake, never a person's."""


class MissingVariable(Exception):
    """A template was planned without a value or link that its words need: a programming mistake."""


class MissingGuard(Exception):
    """Nobody said how to judge texts about this kind of subject, so none may be sent."""


class UnknownEvent(Exception):
    """The plans have no row for such an event: a programming mistake."""


class BrokenPlans(Exception):
    """The file of plans cannot be used; the message is one line that says which row is wrong and why."""
