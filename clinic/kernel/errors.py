"""The four kinds of refusal that a domain may answer with; interfaces decide how they look."""

from datetime import datetime
from typing import ClassVar


class DomainError(Exception):
    """A refusal with a sentence for the person who asked and a stable code for machines."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        """Keep the sentence, and the name of the input field that it is about, if any."""
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(DomainError):
    """The thing does not exist, or not for the one who asks."""

    code = "not_found"


class Forbidden(DomainError):
    """The thing exists and the one who asks may not do this to it."""

    code = "forbidden"


class Conflict(DomainError):
    """The request was sound but the world has changed or is taken."""

    code = "conflict"


class Invalid(DomainError):
    """The input cannot be accepted as it stands."""

    code = "invalid"


class ChangedMeanwhile(Conflict):
    """Somebody saved the row after it was read for editing; `who` did at the instant `at`, where that is known.

    The sentence names no time, since only an interface knows the clock that its reader goes by.
    """

    code = "changed_meanwhile"

    def __init__(
        self, message: str, *, field: str | None = None, who: str | None = None, at: datetime | None = None
    ) -> None:
        """Keep the sentence, and who saved the row when."""
        super().__init__(message, field=field)
        self.who = who
        self.at = at
