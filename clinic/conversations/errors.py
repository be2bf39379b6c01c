"""What may go wrong when people talk with patients."""

from datetime import datetime

from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid, NotFound


class NoSuchConversation(NotFound):
    """No phone has this id, or no text of it this one."""

    code = "no_such_conversation"


class ReplyRefused(Invalid):
    """The words may not stand in a text, or it is too long."""

    code = "reply_refused"


class TimeRefused(Invalid):
    """The time is no good for a text that leaves later."""

    code = "time_refused"


class NotTextable(Conflict):
    """The number may not or cannot be texted; the sentence says what else can be done."""

    code = "not_textable"


class RepliedMeanwhile(Conflict):
    """A colleague wrote to this person after the page was shown."""

    code = "replied_meanwhile"

    def __init__(self, who: str, at: datetime) -> None:
        """Keep who wrote, and when."""
        super().__init__(f"{who} has answered meanwhile. Read it above; your words are still here.", field="body")
        self.who = who
        self.at = at


class SentAlready(Conflict):
    """The same form came again with other words than those that were sent."""

    code = "sent_already"


class ReaderChanged(Conflict):
    """The one who was written to does not use this phone any more."""

    code = "reader_changed"


class TakenMeanwhile(ChangedMeanwhile):
    """A colleague took the conversation, or gave it to somebody else."""

    code = "taken_meanwhile"


class LeftAlready(Conflict):
    """The text is on its way, so it cannot be called back."""

    code = "left_already"


class MessageRefused(Invalid):
    """A secure message without words, or with too many."""

    code = "message_refused"


class NotInCare(Conflict):
    """The patient is not under our care, so no secure message can be read."""

    code = "not_in_care"
