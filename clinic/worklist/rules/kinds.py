"""What a kind of task is made of: whose it is, by when, what the button does and how it leaves the list."""

from dataclasses import dataclass
from enum import StrEnum

from clinic.kernel.actor import Role


class Closing(StrEnum):
    """How a task leaves the list: by a person's tick, or also by itself once its reason is gone."""

    BY_PERSON = "by_person"
    ALSO_BY_ITSELF = "also_by_itself"


class Outcome(StrEnum):
    """How a task ended; `not_needed` makes it dismissed instead of done."""

    DONE = "done"
    NOT_NEEDED = "not_needed"
    SETTLED_ITSELF = "settled_itself"


class State(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"


class PutOff(StrEnum):
    """Why a task is left alone for a while."""

    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"
    LINK_SENT = "link_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a page shows of a task and where its button leads.

    `endpoint` is the name of the page that helps; it takes the task's `subject_id` as `argument`, or nothing.
    """

    title: str
    owner_role: Role
    due_in_hours: int
    action: str
    endpoint: str
    argument: str | None
    closing: Closing
