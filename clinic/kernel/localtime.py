"""Instants and local wall-clock times: clocks that jump, hours for sending, and the names of zones."""

from bisect import bisect_left
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from clinic.kernel.errors import Invalid

OPENS = time(8)
CLOSES = time(20)
"""Nothing is sent to patients outside [08:00, 20:00) of their own day."""

_A_DAY = timedelta(days=1)
_MONTHS_A_YEAR = 12

_LOCALES = {"en": "en_US", "es": "es_US"}
_ZONE_NAMES = {
    ("en", "ET"): "Eastern time",
    ("en", "CT"): "Central time",
    ("en", "MT"): "Mountain time",
    ("en", "PT"): "Pacific time",
    ("es", "ET"): "hora del Este",
    ("es", "CT"): "hora del Centro",
    ("es", "MT"): "hora de la Montaña",
    ("es", "PT"): "hora del Pacífico",
}
_DAYS = {"en": "EEE MMM d", "es": "EEE d MMM"}
_LONG_DAYS = {"en": "EEEE, MMMM d, y", "es": "EEEE, d 'de' MMMM 'de' y"}


class NonexistentLocalTime(Invalid):
    """The clocks jump over this local time on that day."""

    code = "nonexistent_local_time"


class UnknownZone(Invalid):
    """The name is not one of the IANA time zones."""

    code = "unknown_zone"


def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone of that name (`America/New_York`), or raise UnknownZone."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as missing:
        raise UnknownZone("We do not know this time zone. Choose one from the list.", field="zone") from missing


def in_zone(instant: datetime, zone: str) -> datetime:
    """Return the same aware instant on the wall clock of `zone`."""
    return instant.astimezone(zone_of(zone))


def to_instant(day: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a local time; of two equal local times the first.

    Raises NonexistentLocalTime when the clocks jump over it.
    """
    instant = _as_if_it_existed(day, at.replace(fold=0), zone)
    if in_zone(instant, zone).replace(tzinfo=None) != datetime.combine(day, at):
        raise NonexistentLocalTime(
            f"The clocks go forward on {day:%B} {day.day}, so {at:%H:%M} does not exist. Choose another time."
        )
    return instant


def edge_instant(day: date, at: time, zone: str) -> datetime:
    """Return the UTC instant of a local time, or the first instant after the jump that leaves it out.

    For the ends of stretches: opening hours from 02:30 begin at 03:00 on the day that has no 02:30.
    """
    try:
        return to_instant(day, at, zone)
    except NonexistentLocalTime:
        return _end_of_jump(day, at, zone)


@lru_cache(maxsize=16_384)
def edge_epoch(day: date, at: time, zone: str) -> int:
    """Return `edge_instant` in epoch seconds, remembered because calendars ask for the same ones again and again."""
    return int(edge_instant(day, at, zone).timestamp())


def first_instant_of(day: date, zone: str) -> datetime:
    """Return the UTC instant at which a local day begins, which is not midnight where the clocks jump then."""
    return edge_instant(day, time(0), zone)


def local_day(epoch: int, zone: str) -> date:
    """Return the local date at an instant given in epoch seconds."""
    return datetime.fromtimestamp(epoch, zone_of(zone)).date()


def wall_offset(epoch: int, zone: str) -> int:
    """Return how many seconds the wall clock of `zone` is ahead of UTC at an instant in epoch seconds."""
    offset = datetime.fromtimestamp(epoch, zone_of(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def is_open(instant: datetime, zone: str, *, opens: time = OPENS, closes: time = CLOSES) -> bool:
    """Return whether the wall clock of `zone` is within `[opens, closes)`."""
    return opens <= in_zone(instant, zone).time() < closes


def next_open(instant: datetime, zone: str, *, opens: time = OPENS, closes: time = CLOSES) -> datetime:
    """Return `instant` (in UTC) if it lies within the hours, else the next instant at which they begin."""
    local = in_zone(instant, zone)
    if local.time() < opens:
        return edge_instant(local.date(), opens, zone)
    if local.time() < closes:
        return instant.astimezone(UTC)
    return edge_instant(local.date() + _A_DAY, opens, zone)


def previous_open(
    instant: datetime,
    zone: str,
    *,
    opens: time = OPENS,
    closes: time = CLOSES,
    margin: timedelta = timedelta(hours=1),
) -> datetime:
    """Return `instant` (in UTC) if it lies within the hours, else `margin` before they last ended.

    The margin leaves a late worker time to send while the hours still last.
    """
    local = in_zone(instant, zone)
    if local.time() >= closes:
        return edge_instant(local.date(), closes, zone) - margin
    if local.time() >= opens:
        return instant.astimezone(UTC)
    return edge_instant(local.date() - _A_DAY, closes, zone) - margin


def zone_letters(instant: datetime, zone: str) -> str:
    """Return the short name that people say all year (`ET`, `CT`); the two languages use the same letters."""
    return _formatted(instant, zone, pattern="v", language="en")


def zone_name(instant: datetime, zone: str, *, language: str) -> str:
    """Return the zone in words: `Eastern time`, `hora del Este`."""
    known = _ZONE_NAMES.get((language, zone_letters(instant, zone)))
    return known or _formatted(instant, zone, pattern="vvvv", language=language)


def day_label(instant: datetime, zone: str, *, language: str) -> str:
    """Return the local day in short: `Wed Nov 25`, `mié 25 nov`."""
    return _formatted(instant, zone, pattern=_DAYS[language], language=language)


def time_label(instant: datetime, zone: str, *, language: str) -> str:
    """Return the local time with its zone: `10:30 AM ET`, `10:30 a.m. ET`."""
    clock = _formatted(instant, zone, pattern="h:mm a", language=language)
    return f"{clock} {zone_letters(instant, zone)}"


def long_label(instant: datetime, zone: str, *, language: str) -> str:
    """Return the local day and time in full.

    `Wednesday, November 25, 2026, 10:30 AM (Eastern time)`,
    `miércoles, 25 de noviembre de 2026, 10:30 a.m. (hora del Este)`.
    """
    when = _formatted(instant, zone, pattern=f"{_LONG_DAYS[language]}, h:mm a", language=language)
    return f"{when} ({zone_name(instant, zone, language=language)})"


# A page of free times asks for the same few labels hundreds of times; formatting one takes 0.1 ms.
@lru_cache(maxsize=16_384)
def _formatted(instant: datetime, zone: str, *, pattern: str, language: str) -> str:
    return format_datetime(instant, pattern, tzinfo=zone_of(zone), locale=_LOCALES[language])


def _as_if_it_existed(day: date, at: time, zone: str) -> datetime:
    return datetime.combine(day, at, tzinfo=zone_of(zone)).astimezone(UTC)


def _end_of_jump(day: date, at: time, zone: str) -> datetime:
    later = int(_as_if_it_existed(day, at.replace(fold=0), zone).timestamp())
    earlier = int(_as_if_it_existed(day, at.replace(fold=1), zone).timestamp())
    before = wall_offset(earlier, zone)
    seconds = range(earlier, later)
    jump = bisect_left(seconds, True, key=lambda second: wall_offset(second, zone) != before)
    return datetime.fromtimestamp(earlier + jump, UTC)


def months_after(day: date, months: int) -> date:
    """Return the same day `months` later; in a month without that day, its last one."""
    years, month = divmod(day.month - 1 + months, _MONTHS_A_YEAR)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
