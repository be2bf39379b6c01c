"""The form of a protocol: a box for each number, why it is written, and what to do with it."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field, create_model

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.rules.protocol_fields import Field as NumberField
from clinic.web.frame.forms import FormModel, Line, Many, WholeNumber, refusing
from clinic.web.physician.protocols.boxes import BOXES, Box

_LONGEST_LIST = 80


class Step(StrEnum):
    """What the pressed button asks for."""

    LOOK = "look"
    PUBLISH = "publish"
    BACK = "back"


def numbers(typed: str) -> list[int]:
    """Return `30, 45, 60` as numbers, or raise ProtocolRefused."""
    parts = typed.replace(",", " ").split()
    if not parts or not all(part.isascii() and part.isdigit() and len(part) <= len("0000") for part in parts):
        raise ProtocolRefused("Enter whole numbers with commas between them, like 30, 45, 60.")
    return [int(part) for part in parts]


def refusal_words(field: NumberField) -> str:
    """Return what is said at a box that holds no number."""
    if field.is_list:
        return "Enter whole numbers with commas between them, like 30, 45, 60."
    return f"Enter a whole number of {field.unit} from {field.least} to {field.most}."


NumberList = Annotated[str, Field(max_length=_LONGEST_LIST), refusing(numbers)]


def kind_of(box: Box) -> Any:  # noqa: ANN401 - a type for pydantic, which has no narrower name
    """Return the type of what is typed into a box."""
    if box.field is None:
        return Annotated[Line, Field(max_length=40)]
    return NumberList if box.is_list else WholeNumber


WORDS = {box.name: refusal_words(box.field) if box.field else "Choose a kind of visit." for box in BOXES}
"""What each box says when it is empty or holds something else."""


class _Around(FormModel):
    """What a protocol has besides its numbers; `version` numbers what the form was filled from."""

    name: Annotated[Line, Field(max_length=80)]
    reason: Annotated[Line, Field(max_length=300)]
    step: Step
    version: WholeNumber | None = None
    plans: Many[UUID]

    words: ClassVar[dict[str, str]] = {
        **WORDS,
        "name": "Enter a name that colleagues know it by.",
        "name.long": "This name is too long. Use at most 80 characters.",
        "reason": "Say in a few words why it is written so.",
        "reason.long": "This is too long. Use at most 300 characters.",
    }


_NUMBERS: dict[str, Any] = {box.name: (kind_of(box), ...) for box in BOXES}

ProtocolForm: type[_Around] = create_model("ProtocolForm", __base__=_Around, **_NUMBERS)
"""A protocol as typed."""
