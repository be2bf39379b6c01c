"""The calendar in words: when a row asks, what of whom, and what a version changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.queries.policies import PolicyKind, versions
from clinic.monitoring.rules.calendar import Anchor, Calendar, Call, Row
from clinic.monitoring.rules.calendar_sense import PHASES
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES

_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two calendars: where, and how it read before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One version: who wrote it when and why, and what it changed; the first is what came with the program."""

    number: int
    at: datetime | None
    who: str
    reason: str
    changes: Sequence[Change]


def by_phase(calendar: Calendar) -> list[tuple[str, list[Row]]]:
    """Return the rows of each phase under its name."""
    return [
        (PHASE_NAMES[Phase(phase)], [row for row in calendar.rows if phase in row.phases])
        for phase in PHASES
        if any(phase in row.phases for row in calendar.rows)
    ]


def asked_when(row: Row) -> str:
    """Return when a row asks: `3 days after each visit`, `every 30 days`."""
    if row.anchor is Anchor.BEFORE:
        return "on the day, before the visit"
    if row.anchor is Anchor.EVENING:
        return "the evening of the visit"
    days = _counted(row.days, "day")
    if row.every_days is not None:
        return f"every {_counted(row.every_days, 'day')}, first after {days}"
    if row.anchor is Anchor.AFTER:
        return f"{days} after each visit"
    since = "intake" if row.anchor is Anchor.INTAKE else "the phase"
    return f"when {since} begins" if not row.days else f"{days} after {since} began"


def open_for(hours: int) -> str:
    """Return `2 days`, and hours where they make no whole days."""
    whole, rest = divmod(hours, _HOURS_A_DAY)
    return _counted(hours, "hour") if rest or whole == 1 else _counted(whole, "day")


def called(call: Call | None) -> str:
    """Return when somebody calls a patient who does not answer."""
    if call is None:
        return "no call of its own"
    only = ", after a first visit or a strong effect only" if call.only else ""
    return f"a call within {_counted(call.within_hours, 'business hour')} once {call.after_hours} hours passed{only}"


def names(session: Session, calendar: Calendar) -> dict[str, str]:
    """Return what staff call the instruments, by key; what has no text yet stands under its key."""
    known = {key: one.name for key, one in instruments(session).items()}
    return {**{key: key for key in sorted(calendar.instruments)}, **known}


def history(session: Session, titles: Mapping[str, str]) -> list[Written]:
    """Return the versions of the calendar, the newest first."""
    rows = versions(session, PolicyKind.CALENDAR)
    read = [calendar_policy(session, row.number) for row in rows]
    older = [*read[1:], read[-1]]
    return [
        Written(
            number=row.number,
            at=row.at,
            who=row.who,
            reason=row.reason,
            changes=list(changes(before, after, titles=titles)),
        )
        for row, before, after in zip(rows, older, read, strict=True)
    ]


def changes(before: Calendar, after: Calendar, *, titles: Mapping[str, str]) -> Iterator[Change]:
    """Yield what is different, the settings first."""
    yield from _different("Calendar", _settings(before), _settings(after))
    for row in after.rows:
        known = before.row(row.key)
        yield from _different(row.title, _fields(known, titles) if known else {}, _fields(row, titles))


def _different(title: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for what, new in after.items():
        old = before.get(what, "\u2013")
        if old != new:
            yield Change(what=f"{title}: {what}", before=old, after=new)


def _fields(row: Row, titles: Mapping[str, str]) -> dict[str, str]:
    return {
        "when": asked_when(row),
        "asks": _asked(row.ask, titles),
        "asks for pain": _asked(row.ask_for_pain, titles),
        "required": "yes" if row.is_required else "no",
        "stays open for": open_for(row.closes_after_hours),
        "without an answer": called(row.call),
    }


def _settings(calendar: Calendar) -> dict[str, str]:
    return {
        "day": f"{calendar.day_from:%H:%M} to {calendar.day_until:%H:%M}",
        "evening": f"{calendar.evening_from:%H:%M} to {calendar.evening_until:%H:%M}",
        "evening opens after the visit by": _counted(calendar.evening_after_minutes, "minute"),
        "planned ahead for": _counted(calendar.horizon_days, "day"),
        "a call after": f"{calendar.calls_after_missed} missed in a row",
    }


def _asked(keys: Sequence[str], titles: Mapping[str, str]) -> str:
    return ", ".join(titles.get(key, key) for key in keys) or "nothing"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
