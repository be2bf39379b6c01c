"""How instants, days, ages and numbers read on a page, in the reader's language and a named zone."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache

from babel.dates import format_date, format_datetime
from flask import Flask
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup, escape

from clinic.billing.rules.money import shown
from clinic.kernel import localtime
from clinic.kernel.phone import for_reading
from clinic.web.frame.language import language

STATUS_LOOKS = {
    "unconfirmed": ("?", lazy_gettext("Unconfirmed"), "unconfirmed"),
    "booked": ("?", lazy_gettext("Unconfirmed"), "unconfirmed"),
    "confirmed": ("✓", lazy_gettext("Confirmed"), "confirmed"),
    "action": ("!", lazy_gettext("Needs action"), "action"),
    "in_progress": ("▸", lazy_gettext("In progress"), "progress"),
    "done": ("●", lazy_gettext("Done"), "done"),
    "completed": ("●", lazy_gettext("Done"), "done"),
    "held": ("○", lazy_gettext("Held"), "held"),
    "expired": ("○", lazy_gettext("Hold ended"), "canceled"),
    "canceled": ("\u00d7", lazy_gettext("Canceled"), "canceled"),
    "late_canceled": ("\u00d7", lazy_gettext("Canceled late"), "canceled"),
    "missed": ("\u2013", lazy_gettext("No-show"), "missed"),
    "no_show": ("\u2013", lazy_gettext("No-show"), "missed"),
}
"""State -> glyph, word, look; a state is never told by color alone."""

_LOCALES = {"en": "en_US", "es": "es_US"}
_DAY_WORDS = {"en": "EEEE, MMMM d", "es": "EEEE d 'de' MMMM"}
_WEEK_DATES = {"en": "EEE, MMM d", "es": "EEE d MMM"}
_SHORT_DATES = {"en": "MMM d, y", "es": "d MMM y"}
_LONG_DATES = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_ANY = datetime.fromisoformat("2026-07-01T12:00:00+00:00")
"""Any instant will do for a zone's name that does not change over the year."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def install(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.globals["status_looks"] = STATUS_LOOKS
    app.jinja_env.filters.update(
        when=when,
        day=day_text,
        clock=clock_text,
        zone_short=zone_short,
        zone_words=zone_words,
        phone=for_reading,
        linked=linked,
        ago=ago,
        wait=wait_text,
        cents=shown,
    )


def when(instant: datetime, zone: str, style: str = "short") -> str:
    """Return an instant on the wall clock of `zone`, always with the zone's name.

    Styles: short `Wed, Nov 25, 10:30 AM ET`; long `Wednesday, November 25 at 10:30 AM Eastern time`; full adds the
    year; words `Wednesday, November 25`; day `Wed, Nov 25`; clock `10:30 AM ET`; bare `10:30 AM`.
    """
    return _STYLES[style](instant, zone)


def day_text(day: date, style: str = "short") -> str:
    """Return a date: short `Nov 25, 2026`, long `November 25, 2026`, week `Wed, Nov 25`."""
    patterns = {"short": _SHORT_DATES, "long": _LONG_DATES, "week": _WEEK_DATES, "words": _DAY_WORDS}
    return format_date(day, patterns[style][language()], locale=_LOCALES[language()])


def clock_text(instant: datetime, zone: str) -> str:
    """Return `10:30 AM ET`."""
    return localtime.time_label(instant, zone, language=language())


def zone_short(zone: str, instant: datetime | None = None) -> str:
    """Return `ET`: the letters people use all year."""
    return localtime.zone_letters(instant or _ANY, zone)


def zone_words(zone: str, instant: datetime | None = None) -> str:
    """Return `Eastern time`, `hora del Este`."""
    return localtime.zone_name(instant or _ANY, zone, language=language())


def wait_text(since: datetime, now: datetime) -> str:
    """Return how long something has waited: `4 min`, `2 h 10`, `3 d`."""
    waited = max(now - since, timedelta(0))
    minutes = int(waited.total_seconds() // 60)
    if waited < _HOUR:
        return gettext("%(count)s min", count=minutes)
    if waited < _DAY:
        return gettext("%(hours)s h %(minutes)02d", hours=minutes // 60, minutes=minutes % 60)
    return gettext("%(count)s d", count=waited.days)


def ago(since: datetime, now: datetime) -> str:
    """Return `2 h 10 ago`, or `just now` within the first minute."""
    if now - since < timedelta(minutes=1):
        return gettext("just now")
    return gettext("%(wait)s ago", wait=wait_text(since, now))


def linked(text: str) -> Markup:
    """Return text with web addresses as links; everything else is escaped."""
    parts: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = escape(found.group())
        parts += [escape(text[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


def same_wall_time(instant: datetime, one: str, other: str) -> bool:
    """Tell whether two zones show the same time at that instant."""
    return localtime.in_zone(instant, one).utcoffset() == localtime.in_zone(instant, other).utcoffset()


def _shaped(instant: datetime, zone: str, patterns: dict[str, str]) -> str:
    return _formatted(instant, zone, pattern=patterns[language()], locale=_LOCALES[language()])


@lru_cache(maxsize=16_384)
def _formatted(instant: datetime, zone: str, *, pattern: str, locale: str) -> str:
    return format_datetime(instant, pattern, tzinfo=localtime.zone_of(zone), locale=locale)


def _bare(instant: datetime, zone: str) -> str:
    return _shaped(instant, zone, {"en": "h:mm a", "es": "h:mm a"})


def _short(instant: datetime, zone: str) -> str:
    return f"{_shaped(instant, zone, _WEEK_DATES)}, {clock_text(instant, zone)}"


def _words(instant: datetime, zone: str) -> str:
    return _shaped(instant, zone, _DAY_WORDS)


def _long(instant: datetime, zone: str) -> str:
    return gettext(
        "%(day)s at %(clock)s %(zone)s",
        day=_words(instant, zone),
        clock=_bare(instant, zone),
        zone=zone_words(zone, instant),
    )


def _full(instant: datetime, zone: str) -> str:
    return localtime.long_label(instant, zone, language=language())


_STYLES: dict[str, Callable[[datetime, str], str]] = {
    "short": _short,
    "long": _long,
    "full": _full,
    "words": _words,
    "day": lambda instant, zone: _shaped(instant, zone, _WEEK_DATES),
    "clock": clock_text,
    "bare": _bare,
}
