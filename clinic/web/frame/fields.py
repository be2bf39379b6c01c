"""Types of form boxes: decimal strings in, strict values out, one message for each way to go wrong."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from clinic.kernel.errors import DomainError
from clinic.kernel.text import clean_line, clean_note

Item = TypeVar("Item")

_DIGITS = re.compile(r"-?[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_TICKED = "yes"


class Repeated:
    """Marks a field whose name may come more than once."""


class ThreeBoxes:
    """Marks a date typed as month, day and year in three boxes."""


class Unshown:
    """Marks a field that is never shown again."""


def refusing(rule: Callable[[str], Item]) -> AfterValidator:
    """Turn a rule that raises a DomainError into a validator, so that its sentence stands at the field."""

    def check(typed: str) -> Item:
        try:
            return rule(typed)
        except DomainError as refusal:
            raise _wrong("said", refusal.message) from refusal

    return AfterValidator(check)


def _wrong(kind: str, message: str = "") -> PydanticCustomError:
    return PydanticCustomError(kind, "{said}", {"said": message})


def _whole_number(typed: object) -> int:
    if not isinstance(typed, str) or not _DIGITS.fullmatch(typed.strip()):
        raise _wrong("number")
    return int(typed)


def _iso_date(typed: object) -> date:
    if not isinstance(typed, str) or not _DAY.fullmatch(typed.strip()):
        raise _wrong("date")
    try:
        found = date.fromisoformat(typed.strip())
    except ValueError as error:
        raise _wrong("date") from error
    # At the ends of the calendar a local time is no instant any more.
    if not date.min.year < found.year < date.max.year:
        raise _wrong("date")
    return found


def _date_parts(typed: object) -> date:
    try:
        return _iso_date(typed)
    except PydanticCustomError as error:
        raise _wrong("date_parts") from error


def _local_time(typed: object) -> time:
    if not isinstance(typed, str) or not _CLOCK.fullmatch(typed.strip()):
        raise _wrong("time")
    return time.fromisoformat(typed.strip())


def _instant(typed: object) -> datetime:
    """Read `2026-11-25T15:30:00+00:00` or with Z; an instant without an offset is refused."""
    try:
        found = datetime.fromisoformat(typed) if isinstance(typed, str) else None
        if found is None or found.tzinfo is None:
            raise _wrong("choice")
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong("choice") from error


def _ticked(typed: object) -> bool:
    if typed is False or typed is True:
        return typed
    if typed != _TICKED:
        raise _wrong("choice")
    return True


def _clean_line(typed: str) -> str:
    return clean_line(typed)


def _clean_note(typed: str) -> str:
    return clean_note(typed)


Line = Annotated[str, StringConstraints(max_length=200), refusing(_clean_line)]
Note = Annotated[str, StringConstraints(max_length=2000), refusing(_clean_note)]
Secret = Annotated[str, StringConstraints(max_length=1024), Unshown()]
WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
IsoDate = Annotated[date, BeforeValidator(_iso_date)]
DateParts = Annotated[date, BeforeValidator(_date_parts), ThreeBoxes()]
LocalTime = Annotated[time, BeforeValidator(_local_time)]
IsoInstant = Annotated[datetime, BeforeValidator(_instant)]
Tick = Annotated[bool, BeforeValidator(_ticked), Field(default=False)]
Many = Annotated[tuple[Item, ...], Field(default=()), Repeated()]

TYPED: tuple[type[Any], ...] = (int, float, bool, date, datetime, time)
"""Python types that read text too generously, so a form names one of the types above instead."""
