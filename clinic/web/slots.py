"""How bookable times are shown and sent back: one button a time, grouped by the patient's own days."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, TypedDict
from uuid import UUID

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from clinic.kernel.localtime import in_zone
from clinic.scheduling.queries import FoundSlots, OfferedSlot
from clinic.web.frame.display import clock_text, same_wall_time, when, zone_words
from clinic.web.frame.fields import IsoDate

_DAYS_UNFOLDED = 3
_DAYS_UNFOLDED_ON_PHONE = 1
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)

NearbyDay = Annotated[IsoDate, Field(ge=_FIRST, le=_LAST)]
"""A day typed into an address; far enough from the ends of the calendar to count from."""


@dataclass(frozen=True, slots=True)
class ChosenSlot:
    """What a pressed time button sends: with whom and when (UTC)."""

    physician_id: UUID
    starts_at: datetime


class SlotButton(TypedDict):
    """One time; `detail` names the physician where that is not clear, `hint` the physician's own time."""

    value: str
    label: str
    detail: str
    hint: str


class SlotDay(TypedDict):
    """One day of buttons as `ui.slot_grid` takes it; `is_open` days are not folded away."""

    title: str
    slots: list[SlotButton]
    is_open: bool


class SlotRow(TypedDict):
    """The times of one physician on one day; `zone` names his or her zone where its clock differs."""

    name: str
    zone: str
    slots: list[SlotButton]


class OfferedDay(TypedDict):
    """One day with a row for each physician, as coordinators see it."""

    title: str
    count: int
    is_open: bool
    rows: list[SlotRow]


def _chosen(typed: object) -> ChosenSlot:
    try:
        physician, _, instant = str(typed).partition("@")
        starts_at = datetime.fromisoformat(instant)
        chosen = ChosenSlot(UUID(physician), starts_at)
    except ValueError as error:
        raise PydanticCustomError("enum", "not one of the times") from error
    if starts_at.tzinfo is None or not _FIRST < starts_at.date() < _LAST:
        raise PydanticCustomError("enum", "not one of the times")
    return chosen


SlotChoice = Annotated[ChosenSlot, BeforeValidator(_chosen)]


def value_of(slot: OfferedSlot) -> str:
    """Return what the button of a slot sends."""
    return f"{slot.physician_id}@{slot.starts_at.isoformat()}"


def offered_days(found: FoundSlots) -> list[OfferedDay]:
    """Return the offered times by the patient's days and by physician; later days are folded."""
    return [
        {
            "title": when(slots[0].starts_at, found.zone, "words"),
            "count": len(slots),
            "is_open": at < _DAYS_UNFOLDED,
            "rows": _rows(slots, found.zone),
        }
        for at, (_, slots) in enumerate(sorted(found.by_day().items()))
    ]


def days_for_patient(found: FoundSlots, *, physician_id: UUID, present: datetime | None = None) -> list[SlotDay]:
    """Return each offered time once, with the patient's present physician wherever he or she is free.

    The start that the patient has already, `present`, is no other time.
    """
    others = [[slot for slot in slots if slot.starts_at != present] for _, slots in sorted(found.by_day().items())]
    return [
        {
            "title": when(slots[0].starts_at, found.zone, "words"),
            "slots": [_plain(slot, zone=found.zone, known=physician_id) for slot in _once(slots, physician_id)],
            "is_open": at < _DAYS_UNFOLDED_ON_PHONE,
        }
        for at, slots in enumerate(filter(None, others))
    ]


def near_days(offered: Sequence[OfferedSlot], *, zone: str) -> list[SlotDay]:
    """Return up to three other times for `ui.slot_grid`, by the patient's days, the nearest day first."""
    days: dict[date, list[OfferedSlot]] = {}
    for slot in offered:
        days.setdefault(in_zone(slot.starts_at, zone).date(), []).append(slot)
    return [
        {
            "title": when(slots[0].starts_at, zone, "day"),
            "slots": [button(slot, zone=zone) for slot in slots],
            "is_open": True,
        }
        for slots in days.values()
    ]


def button(slot: OfferedSlot, *, zone: str) -> SlotButton:
    """Return one time button in the patient's zone with the physician's name and, where it differs, own time."""
    is_same = same_wall_time(slot.starts_at, zone, slot.physician_zone)
    return {
        "value": value_of(slot),
        "label": clock_text(slot.starts_at, zone),
        "detail": slot.physician_name,
        "hint": "" if is_same else clock_text(slot.starts_at, slot.physician_zone),
    }


def _rows(slots: Iterable[OfferedSlot], zone: str) -> list[SlotRow]:
    by_name = sorted(slots, key=lambda slot: (slot.physician_name, slot.physician_id, slot.starts_at))
    return [_row(list(group), zone) for _, group in groupby(by_name, key=lambda slot: slot.physician_id)]


def _row(slots: list[OfferedSlot], zone: str) -> SlotRow:
    first = slots[0]
    is_same = same_wall_time(first.starts_at, zone, first.physician_zone)
    return {
        "name": first.physician_name,
        "zone": "" if is_same else zone_words(first.physician_zone, first.starts_at),
        "slots": [
            {**button(slot, zone=zone), "label": when(slot.starts_at, zone, "bare"), "detail": ""} for slot in slots
        ],
    }


def _once(slots: Iterable[OfferedSlot], preferred: UUID) -> list[OfferedSlot]:
    by_start: dict[datetime, OfferedSlot] = {}
    for slot in slots:
        if slot.physician_id == preferred or slot.starts_at not in by_start:
            by_start[slot.starts_at] = slot
    return [by_start[start] for start in sorted(by_start)]


def _plain(slot: OfferedSlot, *, zone: str, known: UUID) -> SlotButton:
    """Return a button for the patient, who need not know where the physician sits."""
    other = "" if slot.physician_id == known else slot.physician_name
    return {"value": value_of(slot), "label": when(slot.starts_at, zone, "bare"), "detail": other, "hint": ""}
