"""Which part of the inbox is asked for, and what its forms send."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from clinic.conversations.rules.filters import Inbox
from clinic.conversations.rules.messages import LONGEST
from clinic.kernel.text import clean_note
from clinic.web.frame.fields import refusing
from clinic.web.frame.forms import FormModel, IsoDate, IsoInstant, LocalTime, WholeNumber

# Browsers count a line end as one character and send two, so the rule counts after they are one again.
Typed = Annotated[str, StringConstraints(max_length=2 * LONGEST), refusing(clean_note)]


class InboxQuery(FormModel):
    """Which conversations stand in the list, and whether a talk is shown whole."""

    show: Inbox = Inbox.EVERYTHING
    page: WholeNumber = Field(default=1, ge=1)
    whole: WholeNumber = Field(default=0, ge=0, le=1)


class How(StrEnum):
    """In which way the typed words go."""

    TEXT = "text"
    LATER = "later"
    SECURE = "secure"


class Draft(FormModel):
    """The box with the words as it stands, to be shown again.

    `ours` and `theirs_at` are the newest words of either side on the page, `about` whose history the text stands in.
    """

    body: Typed | None = None
    about: UUID | None = None
    on: IsoDate | None = None
    at: LocalTime | None = None
    ours: UUID | None = None
    theirs_at: IsoInstant | None = None
    key: UUID
    saved: Annotated[str, StringConstraints(max_length=40)] | None = None
    how: How | None = None

    words: ClassVar[dict[str, str]] = {
        "body": "Write what you want to say.",
        "body.long": f"Use at most {LONGEST:,} characters.",
        "on": "Choose the day.",
        "at": "Choose the time.",
    }


class Reply(Draft):
    """Words to be sent, and how."""

    body: Typed
    how: How = How.TEXT


class Marked(FormModel):
    """Up to when the page showed what they wrote."""

    theirs_at: IsoInstant | None = None


class Assigned(FormModel):
    """Whose a conversation is to be, and whose it was on the page."""

    assignee: UUID | None = None
    was: UUID | None = None


class Versioned(FormModel):
    """A patient's record as it was shown."""

    version: WholeNumber


class Keyed(FormModel):
    """A form that counts once."""

    key: UUID
