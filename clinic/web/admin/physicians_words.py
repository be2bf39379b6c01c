"""How licenses, weekly hours and exceptions read on the pages about physicians."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from clinic.kernel.localtime import in_zone
from clinic.people.models import Licence
from clinic.people.rules import STATES
from clinic.scheduling.models import AvailabilityOverride, AvailabilityRule, VisitCap
from clinic.scheduling.rules.caps import cap_words
from clinic.watching import RENEWAL_TAKES
from clinic.web.frame.display import day_text


class Weekday(StrEnum):
    """The days of the week in their order."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Return 0 for Monday."""
        return list(Weekday).index(self)


WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENDING_SEEN = timedelta(days=60)
"""A license that ends sooner says so on the pages; the task to renew it comes later, by `RENEWAL_TAKES`."""

_A_DAY = timedelta(days=1)
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRow:
    """A license with what to say of its dates today; `is_replaced` when a later one follows it."""

    licence: Licence
    state: str
    word: str
    tone: str
    glyph: str
    is_replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRow:
    """Weekly hours with what to say of their dates today; the word is empty when they hold without end."""

    rule: AvailabilityRule
    times: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Hours that hold now or later, for each day of the week, and those that are over."""

    days: tuple[tuple[str, list[HoursRow]], ...]
    over: list[tuple[str, HoursRow]]

    @property
    def is_empty(self) -> bool:
        """Tell whether no hours hold now or later."""
        return not any(rows for _, rows in self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """One exception with its stretch in the physician's own zone."""

    override: AvailabilityOverride
    is_closed: bool
    stretch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapRow:
    """One cap in words, with what to say of its dates today."""

    cap: VisitCap
    said: str
    word: str
    tone: str


def licence_rows(licences: Sequence[Licence], *, today: date) -> list[LicenceRow]:
    """Return licenses by state, the ones that matter first: a replaced one that is over comes last."""
    rows = [_licence_row(each, licences, today=today) for each in licences]
    return sorted(rows, key=lambda row: (row.is_replaced, row.licence.state, row.licence.valid_from))


def week_of(rules: Sequence[AvailabilityRule], *, today: date) -> Week:
    """Return the week with every day, also those without hours."""
    rows = [(rule, _hours_row(rule, today=today)) for rule in rules]
    over = [(WEEKDAYS[rule.weekday], row) for rule, row in rows if _is_over(rule, today)]
    days = tuple(
        (name, [row for rule, row in rows if rule.weekday == number and not _is_over(rule, today)])
        for number, name in enumerate(WEEKDAYS)
    )
    return Week(days=days, over=over)


def exception_rows(overrides: Sequence[AvailabilityOverride], *, zone: str) -> list[ExceptionRow]:
    """Return exceptions as the page shows them, the next one first."""
    return [
        ExceptionRow(
            override=each,
            is_closed=each.kind == "closed",
            stretch=stretch(in_zone(each.starts_at, zone), in_zone(each.ends_at, zone)),
        )
        for each in overrides
    ]


def cap_rows(caps: Sequence[VisitCap], *, names: Mapping[str, str], today: date) -> list[CapRow]:
    """Return caps that hold now or later; `names` has the kinds of visits by their code."""
    rows = []
    for cap in caps:
        if cap.effective_until is not None and cap.effective_until < today:
            continue
        kind = names.get(cap.visit_type_code) if cap.visit_type_code else None
        said = cap_words(cap.most, cap.per, kind)
        word, tone = ("not yet", "info") if cap.effective_from > today else ("", "good")
        rows.append(CapRow(cap=cap, said=f"{said[:1].upper()}{said[1:]}", word=word, tone=tone))
    return rows


def stretch(begin: datetime, end: datetime) -> str:
    """Return a stretch of local time: `Dec 21, 2026, all day`, or its day and times, or both days with theirs."""
    if begin.time() == end.time() == _MIDNIGHT:
        last = end.date() - _A_DAY
        days = day_text(begin.date()) if last == begin.date() else f"{day_text(begin.date())} to {day_text(last)}"
        return f"{days}, all day"
    if begin.date() == end.date():
        return f"{day_text(begin.date())}, {clock(begin.time())} to {clock(end.time())}"
    return f"{day_text(begin.date())}, {clock(begin.time())} to {day_text(end.date())}, {clock(end.time())}"


def clock(at: time) -> str:
    """Return `9:30 AM`."""
    return f"{at:%-I:%M %p}"


def times_of(rule: AvailabilityRule) -> str:
    """Return `9:00 AM to 12:00 PM`."""
    return f"{clock(rule.starts_at_local)} to {clock(rule.ends_at_local)}"


def _licence_row(licence: Licence, beside: Sequence[Licence], *, today: date) -> LicenceRow:
    is_replaced = any(other.state == licence.state and other.valid_until > licence.valid_until for other in beside)
    word, tone, glyph = _licence_word(licence, is_replaced=is_replaced, today=today)
    return LicenceRow(
        licence=licence,
        state=STATES[licence.state],
        word=word,
        tone=tone,
        glyph=glyph,
        is_replaced=is_replaced and licence.valid_until < today,
    )


def _licence_word(licence: Licence, *, is_replaced: bool, today: date) -> tuple[str, str, str]:
    if licence.valid_from > today:
        return f"from {day_text(licence.valid_from)}", "info", "…"
    left = (licence.valid_until - today).days
    if left < 0:
        return ("replaced", "neutral", "\u00d7") if is_replaced else ("ended", "bad", "!")
    if is_replaced or left > ENDING_SEEN.days:
        return "valid", "good", "✓"
    tone, glyph = ("warn", "!") if left <= RENEWAL_TAKES.days else ("info", "…")
    return {0: "ends today", 1: "ends tomorrow"}.get(left, f"ends in {left} days"), tone, glyph


def _hours_row(rule: AvailabilityRule, *, today: date) -> HoursRow:
    word, tone = _hours_word(rule, today=today)
    return HoursRow(rule=rule, times=times_of(rule), word=word, tone=tone)


def _hours_word(rule: AvailabilityRule, *, today: date) -> tuple[str, str]:
    if _is_over(rule, today):
        return "over", "neutral"
    if rule.effective_from > today:
        return "not yet", "info"
    return ("ending", "warn") if rule.effective_until else ("", "good")


def _is_over(rule: AvailabilityRule, today: date) -> bool:
    return rule.effective_until is not None and rule.effective_until < today
