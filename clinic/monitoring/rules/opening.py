"""What opens now: at most one check-in a patient a day, by day, and after an outage everything in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.kernel.localtime import edge_instant, in_zone, is_open, next_open

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A check-in of a day that is planned, or was opened and is not over."""

    id: UUID
    on: date
    is_planned: bool
    opens_at: datetime
    opened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What to do: `joining` are poured into `into`, which `is_opened` now; or all that is due waits until `later`."""

    into: UUID | None = None
    joining: tuple[UUID, ...] = ()
    is_opened: bool = False
    later: datetime | None = None


def opening_of(sheets: Sequence[Sheet], *, zone: str, now: datetime, was_asked_today: bool, day_from: time) -> Opening:
    """Return what becomes of the check-ins of one patient whose time has come; nothing if there are none.

    `was_asked_today` says that one was opened today and is over already.
    """
    due = sorted((each for each in sheets if each.is_planned and each.opens_at <= now), key=lambda one: one.on)
    if not due:
        return Opening()
    if not is_open(now, zone):
        return Opening(later=next_open(now, zone))
    today = in_zone(now, zone).date()
    coming = next((each for each in sheets if each.is_planned and each.opens_at > now and each.on == today), None)
    if coming is not None:
        return Opening(into=coming.id, joining=_ids(due))
    opened = next((each for each in sheets if _opened_on(each, today, zone)), None)
    if opened is not None:
        return Opening(into=opened.id, joining=_ids(due))
    newest = due[-1]
    if was_asked_today and newest.on < today:
        return Opening(later=edge_instant(today + _A_DAY, day_from, zone))
    return Opening(into=newest.id, joining=_ids(due[:-1]), is_opened=True)


def _opened_on(sheet: Sheet, today: date, zone: str) -> bool:
    return sheet.opened_at is not None and in_zone(sheet.opened_at, zone).date() == today


def _ids(sheets: Sequence[Sheet]) -> tuple[UUID, ...]:
    return tuple(each.id for each in sheets)
