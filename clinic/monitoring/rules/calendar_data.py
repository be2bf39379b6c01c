"""The calendar as data: read strictly, refused where it contradicts itself, written back as it was read."""

import json
from collections.abc import Collection, Mapping
from datetime import time
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn, TypeVar

from clinic.kernel.localtime import CLOSES, OPENS
from clinic.monitoring.errors import CalendarRefused
from clinic.monitoring.rules.calendar import Anchor, Calendar, Call, CallFor, Row
from clinic.monitoring.rules.calendar_sense import require_sense
from clinic.monitoring.rules.registry import shipped, slots

Kind = TypeVar("Kind", bound=StrEnum)

_FILE = "data/calendar.json"
_TIMES = ("day_from", "day_until", "evening_from", "evening_until")
_NUMBERS = {"evening_after_minutes": (0, 360), "horizon_days": (14, 120), "calls_after_missed": (1, 10)}
_OF_CALENDAR = {"about", "rows", "spacing_days", *_TIMES, *_NUMBERS}
_OF_ROW = {
    *("key", "title", "moment", "phases", "anchor", "days", "every_days", "ask", "ask_for_pain"),
    *("is_required", "closes_after_hours", "call"),
}
_LONGEST = {"key": 40, "title": 80, "about": 2000}
_MOST_ROWS = 60


@cache
def shipped_calendar() -> Calendar:
    """Return the calendar of the package, which is version 1, or raise CalendarRefused."""
    text = files("clinic.monitoring").joinpath(_FILE).read_text(encoding="utf-8")
    return from_content(json.loads(text), version=1)


def from_content(content: object, *, version: int, known: Collection[str] | None = None) -> Calendar:
    """Return a calendar from what is stored or typed, or raise CalendarRefused, which says what and where.

    `known` are the instruments that can be asked; without them those of the package and its slots.
    """
    raw = _object(content, "calendar", _OF_CALENDAR)
    rows = _list(raw, "rows", "calendar", what="a list of rows")
    if not rows or len(rows) > _MOST_ROWS:
        _refuse("rows", f"A calendar has 1 to {_MOST_ROWS} rows.")
    calendar = Calendar(
        version=version,
        about=_words(raw, "about", "calendar"),
        rows=tuple(_row(each) for each in rows),
        spacing_days=_spacing(raw),
        **_settings(raw),
    )
    require_sense(calendar, known={key for key, _ in shipped()} | set(slots()) if known is None else set(known))
    return calendar


def to_content(calendar: Calendar) -> dict[str, Any]:
    """Return what is stored for a calendar; reading it gives the same calendar."""
    return {
        "about": calendar.about,
        **{name: f"{getattr(calendar, name):%H:%M}" for name in _TIMES},
        **{name: getattr(calendar, name) for name in _NUMBERS},
        "spacing_days": dict(calendar.spacing_days),
        "rows": [_row_content(row) for row in calendar.rows],
    }


def _row_content(row: Row) -> dict[str, Any]:
    stored: dict[str, Any] = {
        "key": row.key,
        "title": row.title,
        "moment": row.moment,
        "phases": list(row.phases),
        "anchor": row.anchor.value,
        "days": row.days,
        "ask": list(row.ask),
        "is_required": row.is_required,
        "closes_after_hours": row.closes_after_hours,
    }
    if row.ask_for_pain:
        stored["ask_for_pain"] = list(row.ask_for_pain)
    if row.every_days is not None:
        stored["every_days"] = row.every_days
    if row.call is not None:
        stored["call"] = {"after_hours": row.call.after_hours, "within_hours": row.call.within_hours}
        if row.call.only:
            stored["call"]["only"] = [each.value for each in row.call.only]
    return stored


def _settings(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _clock(raw, name) for name in _TIMES} | {
        name: _whole(raw, name, "calendar", between=limits) for name, limits in _NUMBERS.items()
    }


def _row(content: object) -> Row:
    where = str(content.get("key", "row"))[:40] if isinstance(content, Mapping) else "row"
    raw = _object(content, where, _OF_ROW)
    every = raw.get("every_days")
    is_required = raw.get("is_required")
    if not isinstance(is_required, bool):
        _refuse(where, "Say whether the row is required: true or false.")
    return Row(
        key=_words(raw, "key", where),
        title=_words(raw, "title", where),
        moment=_words(raw, "moment", where),
        phases=_names(raw, "phases", where),
        anchor=_member(Anchor, raw.get("anchor"), where),
        days=_whole(raw, "days", where, between=(0, 730)) if "days" in raw else 0,
        every_days=None if every is None else _whole(raw, "every_days", where, between=(7, 730)),
        ask=_names(raw, "ask", where),
        ask_for_pain=_names(raw, "ask_for_pain", where) if "ask_for_pain" in raw else (),
        is_required=is_required,
        closes_after_hours=_whole(raw, "closes_after_hours", where, between=(4, 720)),
        call=_call(raw["call"], where) if raw.get("call") is not None else None,
    )


def _call(content: object, where: str) -> Call:
    raw = _object(content, where, {"after_hours", "within_hours", "only"})
    return Call(
        after_hours=_whole(raw, "after_hours", where, between=(1, 720)),
        within_hours=_whole(raw, "within_hours", where, between=(1, 80)),
        only=tuple(_member(CallFor, each, where) for each in raw.get("only", ())),
    )


def _spacing(raw: Mapping[str, Any]) -> dict[str, int]:
    found = _object(raw.get("spacing_days", {}), "spacing_days", None)
    return {str(key): _whole(found, key, "spacing_days", between=(1, 90)) for key in found}


def _object(content: object, where: str, known: Collection[str] | None) -> Mapping[str, Any]:
    if not isinstance(content, Mapping):
        _refuse(where, "This has to be an object with names and values.")
    unknown = sorted(map(str, content.keys() - set(known))) if known is not None else []
    if unknown:
        _refuse(where, f"There is nothing called \u201c{unknown[0][:40]}\u201d here.")
    return content


def _list(raw: Mapping[str, Any], name: str, where: str, *, what: str) -> list[Any]:
    found = raw.get(name)
    if not isinstance(found, list):
        _refuse(where, f"\u201c{name}\u201d has to be {what}.")
    return found


def _names(raw: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    found = _list(raw, name, where, what="a list of names")
    if not found or not all(isinstance(each, str) for each in found):
        _refuse(where, f"\u201c{name}\u201d has to name at least one.")
    return tuple(found)


def _words(raw: Mapping[str, Any], name: str, where: str) -> str:
    found = raw.get(name)
    if (
        not isinstance(found, str)
        or not found.strip()
        or len(found) > _LONGEST.get(name, 40)
        or not found.isprintable()
    ):
        _refuse(where, f"\u201c{name}\u201d has to be words of at most {_LONGEST.get(name, 40)} characters.")
    return found.strip()


def _whole(raw: Mapping[str, Any], name: str, where: str, *, between: tuple[int, int]) -> int:
    found, (least, most) = raw.get(name), between
    if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
        _refuse(where, f"\u201c{name}\u201d has to be a whole number from {least} to {most}.")
    return found


def _clock(raw: Mapping[str, Any], name: str) -> time:
    try:
        found = time.fromisoformat(raw.get(name, ""))
    except (TypeError, ValueError):
        _refuse(name, f"\u201c{name}\u201d has to be a time of day, as 09:00.")
    if found.tzinfo is not None or not OPENS <= found < CLOSES:
        _refuse(name, f"\u201c{name}\u201d has to lie between 08:00 and 20:00, so that nobody is asked at night.")
    return found.replace(second=0, microsecond=0)


def _member(kind: type[Kind], value: object, where: str) -> Kind:
    try:
        return kind(str(value))
    except ValueError:
        _refuse(where, f"Choose one of {', '.join(kind)}.")


def _refuse(where: str, sentence: str) -> NoReturn:
    raise CalendarRefused(sentence if where in {"calendar", "rows"} else f"{where}: {sentence}", field=where)
