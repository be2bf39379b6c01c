"""Free times seen by the wishes of one patient: which they break, and how well they suit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Protocol
from uuid import UUID

from clinic.kernel.localtime import wall_offset
from clinic.treatment.rules.hours import WeeklyHours, is_within
from clinic.treatment.rules.planning.course import Anchor, Candidate, Limit, Relax

_A_DAY, _MINUTE = 86_400, 60
_HALF_A_DAY = 720
_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_A_WEEK = 7 * _A_DAY


class FreeTime(Protocol):
    """A start that can be booked, as the slot search gives it."""

    @property
    def physician_id(self) -> UUID:
        """Whose time it is."""

    @property
    def starts_at(self) -> int:
        """The start in epoch seconds."""

    @property
    def ends_at(self) -> int:
        """The end of the patient's part in epoch seconds."""


_Suits = tuple[tuple[Relax, ...], bool, bool, int]

LimitsOf = Callable[[FreeTime, int], Sequence[Limit]]
"""The caps of which a time takes a place, given the time and the patient's day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a patient and the support person asked for, in the patient's `zone`.

    Of the patient's hours a time may lie outside at a cost, unless they are strict; outside the support person's it
    may not. `usual_minute` is the minute of the day that earlier visits began at.
    """

    zone: str
    physician_id: UUID | None = None
    is_only_physician: bool = False
    patient_hours: WeeklyHours = ()
    are_hours_strict: bool = False
    support_hours: WeeklyHours = ()
    usual_minute: int | None = None


def candidates_of(
    free: Iterable[FreeTime], wishes: Wishes, *, limits_of: LimitsOf | None = None
) -> tuple[Candidate, ...]:
    """Return the times as candidates in order of their start; a time that breaks a wish is marked, not left out."""
    local = _local_clock(wishes.zone)
    judge = _judging(wishes)
    found = []
    for time in free:
        physician_id, starts_at, ends_at = time.physician_id, time.starts_at, time.ends_at
        begin = local(starts_at)
        day = begin // _A_DAY + _EPOCH_DAY
        suits = judge(begin % _A_WEEK, local(ends_at) - begin, physician_id)
        limits = tuple(limits_of(time, day)) if limits_of else ()
        found.append(Candidate(physician_id, starts_at, ends_at, day, *suits, limits))
    found.sort(key=attrgetter("starts_at"))
    return tuple(found)


def anchor(starts_at: int, ends_at: int, *, zone: str) -> Anchor:
    """Return a session that took place, or stays, with its day where the patient is."""
    return Anchor(starts_at, ends_at, day_of(starts_at, zone))


def day_of(epoch: int, zone: str) -> int:
    """Return the ordinal of the local day at an instant."""
    return (epoch + wall_offset(epoch, zone)) // _A_DAY + _EPOCH_DAY


def _local_clock(zone: str) -> Callable[[int], int]:
    """Return what turns an instant into seconds on the wall clock; most days have one offset from end to end."""
    offsets: dict[int, int | None] = {}

    def local(epoch: int) -> int:
        day = epoch // _A_DAY
        if day not in offsets:
            begin, end = wall_offset(day * _A_DAY, zone), wall_offset((day + 1) * _A_DAY, zone)
            offsets[day] = begin if begin == end else None
        offset = offsets[day]
        return epoch + (wall_offset(epoch, zone) if offset is None else offset)

    return local


def _judging(wishes: Wishes) -> Callable[[int, int, UUID], _Suits]:
    """Return the judge of a time, in seconds of a week that begins on a Thursday by the local clock, and its length."""

    @cache
    def hours(begin: int, length: int) -> tuple[bool, bool, int]:
        is_outside = not _is_within(wishes.patient_hours, begin, length)
        is_alone = not _is_within(wishes.support_hours, begin, length)
        return is_outside, is_alone, _apart(begin % _A_DAY // _MINUTE, wishes.usual_minute)

    @cache
    def judge(begin: int, length: int, physician_id: UUID) -> _Suits:
        is_outside, is_alone, clock = hours(begin, length)
        is_other = wishes.physician_id not in {None, physician_id}
        broken = {
            Relax.PHYSICIAN: is_other and wishes.is_only_physician,
            Relax.PATIENT_HOURS: is_outside and wishes.are_hours_strict,
            Relax.SUPPORT_HOURS: is_alone,
        }
        return tuple(kind for kind in broken if broken[kind]), is_other, is_outside, clock

    return judge


def _is_within(hours: WeeklyHours, begin: int, length: int) -> bool:
    starts_at, ends_at = (datetime.fromtimestamp(at, UTC) for at in (begin, begin + length))
    return is_within(hours, starts_at=starts_at, ends_at=ends_at, zone="UTC")


def _apart(minute: int, usual: int | None) -> int:
    if usual is None:
        return 0
    apart = abs(minute - usual)
    return min(apart, 2 * _HALF_A_DAY - apart)
