"""What the day of a session refuses, in words that say what to do next."""

from clinic.kernel.errors import Conflict, Invalid, NotFound


class NoChecklist(NotFound):
    """No checklist is open for this visit."""

    code = "no_checklist"


class ChecklistFinished(Conflict):
    """The checklist was sent already; its answers stay."""

    code = "checklist_finished"


class ReadingRefused(Invalid):
    """A reading that cannot be; `reason` is a code for words in other languages."""

    code = "reading_refused"

    def __init__(self, message: str, *, field: str, reason: str) -> None:
        """Keep the sentence, the box and the reason's code."""
        super().__init__(message, field=field)
        self.reason = reason


class TooEarlyToMeasure(Conflict):
    """The patient rests: the next reading comes later."""

    code = "too_early_to_measure"


class NoReadingWanted(Conflict):
    """The readings are complete, or the session does not take place."""

    code = "no_reading_wanted"


class ReadingsMissing(Conflict):
    """The checklist cannot be sent before the readings are complete."""

    code = "readings_missing"


class SupportRefused(Invalid):
    """This person cannot be the support person; `reason` is a code for words in other languages."""

    code = "support_refused"

    def __init__(self, message: str, *, field: str, reason: str) -> None:
        """Keep the sentence, the box and the reason's code."""
        super().__init__(message, field=field)
        self.reason = reason


class NoSupportPerson(NotFound):
    """Nobody is named for this visit, or somebody else by now."""

    code = "no_support_person"


class WatchNotOpen(Conflict):
    """Nothing can be noted: the session has not begun, is over, or the person did not say to be there."""

    code = "watch_not_open"


class NotASession(NotFound):
    """The visit is no session at home, or it is over or called off."""

    code = "not_a_session"
