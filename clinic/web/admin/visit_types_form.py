"""A kind of visit as typed: its boxes, the physician's stretches row by row, and the notice in words."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from clinic.scheduling.actions import NewVisitType
from clinic.scheduling.errors import VisitTypeRefused
from clinic.scheduling.models import VisitType
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.web.frame.forms import FormState, Line, Tick, WholeNumber, filled, refusing
from clinic.web.stranding import Confirmed

ROWS = (1, 2, 3, 4, 5, 6)
"""The rows of the small table of stretches; empty ones count for nothing."""

_CODE = re.compile("[a-z][a-z0-9_]*")
_CODE_WORDS = "Enter a short code of small letters, digits and underscores, like follow_up."
_MOST_NOTICE = 60 * 24 * 60
Minute = Annotated[WholeNumber, Field(ge=0, le=480)]


class Unit(StrEnum):
    """In what the minimum notice is typed."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"

    @property
    def minutes(self) -> int:
        """Return how many minutes one of it has."""
        return {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60}[self]


class VisitTypeForm(Confirmed):
    """All that a kind of visit has, except its code."""

    name: Annotated[Line, Field(max_length=80)]
    name_es: Annotated[Line, Field(max_length=80)]
    purpose: VisitPurpose
    patient_minutes: WholeNumber
    from_1: Minute | None = None
    for_1: Minute | None = None
    from_2: Minute | None = None
    for_2: Minute | None = None
    from_3: Minute | None = None
    for_3: Minute | None = None
    from_4: Minute | None = None
    for_4: Minute | None = None
    from_5: Minute | None = None
    for_5: Minute | None = None
    from_6: Minute | None = None
    for_6: Minute | None = None
    buffer_before_minutes: WholeNumber
    buffer_after_minutes: WholeNumber
    notice: WholeNumber
    notice_unit: Unit
    horizon_days: WholeNumber
    is_patient_bookable: Tick
    is_active: Tick
    position: Annotated[WholeNumber, Field(ge=0, le=999)]

    words: ClassVar[dict[str, str]] = {
        "name": "Enter the name as staff and patients read it.",
        "name.long": "This name is too long. Use at most 80 characters.",
        "name_es": "Enter the name in Spanish.",
        "name_es.long": "This name is too long. Use at most 80 characters.",
        "purpose": "Choose what this kind of visit is for.",
        "patient_minutes": "Enter how many minutes the patient is there, as a whole number.",
        "buffer_before_minutes": "Enter minutes as a whole number, 0 for none.",
        "buffer_after_minutes": "Enter minutes as a whole number, 0 for none.",
        "notice": "Enter a whole number, 0 for none.",
        "notice_unit": "Choose minutes, hours or days.",
        "horizon_days": "Enter how many days ahead, as a whole number.",
        "position": "Enter a whole number from 0 to 999.",
        "position.range": "Enter a whole number from 0 to 999.",
        **{f"{box}_{row}": "Enter minutes as a whole number." for box in ("from", "for") for row in ROWS},
        **{f"{box}_{row}.range": "Enter minutes from 0 to 480." for box in ("from", "for") for row in ROWS},
    }

    def new(self, code: str) -> NewVisitType:
        """Return the kind of visit as the domain takes it, or raise VisitTypeRefused at the box that is wrong."""
        notice = self.notice * self.notice_unit.minutes
        if not 0 <= notice <= _MOST_NOTICE:
            raise VisitTypeRefused("The notice is at most 60 days.", field="notice")
        return NewVisitType(
            code=code,
            name=self.name,
            name_es=self.name_es,
            purpose=self.purpose,
            patient_minutes=self.patient_minutes,
            physician_segments=tuple(self._stretches()),
            buffer_before_minutes=self.buffer_before_minutes,
            buffer_after_minutes=self.buffer_after_minutes,
            min_notice_minutes=notice,
            horizon_days=self.horizon_days,
            is_patient_bookable=self.is_patient_bookable,
            is_active=self.is_active,
            position=self.position,
        )

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Give the stretches row by row, refusing the first that is half, empty, too early or too late."""
        end = 0
        for row, first, minutes in self._rows():
            if first < end:
                raise VisitTypeRefused(f"Begin at minute {end} or later, after the row above.", field=f"from_{row}")
            if minutes == 0:
                raise VisitTypeRefused("Enter at least 1 minute, or leave the row empty.", field=f"for_{row}")
            end = first + minutes
            if end > self.patient_minutes:
                raise VisitTypeRefused(
                    f"This ends at minute {end}. The visit ends at minute {self.patient_minutes}.", field=f"for_{row}"
                )
            yield first, minutes
        if end == 0:
            raise VisitTypeRefused("Enter at least one stretch of the physician's time.", field="from_1")

    def _rows(self) -> Iterator[tuple[int, int, int]]:
        for row in ROWS:
            first, minutes = getattr(self, f"from_{row}"), getattr(self, f"for_{row}")
            if first is None and minutes is None:
                continue
            if first is None or minutes is None:
                missing = "from" if first is None else "for"
                raise VisitTypeRefused("Enter both, or leave the row empty.", field=f"{missing}_{row}")
            yield row, first, minutes


def _checked_code(typed: str) -> str:
    """Return a code that an address can carry, or raise VisitTypeRefused; `new` is an address of its own."""
    if not _CODE.fullmatch(typed.strip()) or typed.strip() == "new":
        raise VisitTypeRefused(_CODE_WORDS)
    return typed.strip()


class NewVisitTypeForm(VisitTypeForm):
    """A kind of visit that the clinic did not offer before, with the code that stays."""

    code: Annotated[str, Field(max_length=40), refusing(_checked_code)]

    words: ClassVar[dict[str, str]] = {
        **VisitTypeForm.words,
        "code": _CODE_WORDS,
        "code.long": "This code is too long. Use at most 40 characters.",
    }


class SavedVisitTypeForm(VisitTypeForm):
    """A kind of visit as typed over a saved one."""

    version: WholeNumber


def filled_from(kind: VisitType) -> FormState:
    """Return the boxes with what is saved."""
    plain = {name: getattr(kind, name) for name in VisitTypeForm.model_fields if hasattr(kind, name)}
    number, unit = notice_parts(kind.min_notice_minutes)
    rows = {
        f"{box}_{row}": minutes
        for row, stretch in enumerate(kind.physician_segments, start=1)
        for box, minutes in zip(("from", "for"), stretch, strict=True)
    }
    return filled({**plain, **rows, "notice": number, "notice_unit": unit})


def notice_parts(minutes: int) -> tuple[int, Unit]:
    """Return a notice in the largest unit that says it in whole numbers: 120 minutes are 2 hours."""
    days, hours = Unit.DAYS.minutes, Unit.HOURS.minutes
    if minutes and minutes % days == 0 and minutes > days:
        return minutes // days, Unit.DAYS
    if minutes and minutes % hours == 0:
        return minutes // hours, Unit.HOURS
    return minutes, Unit.MINUTES


def notice_words(minutes: int) -> str:
    """Return `2 hours`, `1 hour`, `none`."""
    number, unit = notice_parts(minutes)
    return f"{number} {unit.removesuffix('s') if number == 1 else unit.value}" if number else "none"
