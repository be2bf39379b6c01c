"""The visits of a course as a page lists and draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flask import url_for

from clinic.kernel.localtime import in_zone
from clinic.treatment.queries import Progress, SessionRow
from clinic.treatment.queries.courses import CourseProposal, ProposedVisit
from clinic.treatment.rules.courses import ChosenVisit
from clinic.treatment.rules.sessions import SessionState
from clinic.web.coordinator.courses.asked import value_of
from clinic.web.coordinator.courses.calendar import Mark, Month, Placed, months
from clinic.web.frame.display import day_text, when

_REVIEW = "\u25c7"
_MOST_DAYS_BACK = 45
_LOOKS = {SessionState.TAKEN: ("taken", "taken"), SessionState.SKIPPED: ("missed", "did not take place")}


class AddressOf(Protocol):
    """Gives the address of the course in which a visit is at another time."""

    def __call__(self, *, one: ProposedVisit, chosen: ChosenVisit) -> str:
        """Return the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTime:
    """Another time for one visit: choosing it opens the same page with that choice."""

    label: str
    physician: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRow:
    """One visit of a proposal; `label` is its number, or the sign of a physician visit."""

    label: str
    title: str
    visit: ProposedVisit
    value: str
    slack: str
    others: Sequence[OtherTime]

    @property
    def is_booked(self) -> bool:
        """Tell whether the visit stands on the board already."""
        return self.visit.appointment_id is not None


def rows_of(found: CourseProposal, *, at: AddressOf) -> list[CourseRow]:
    """Return the visits of a proposal in time order; `at` gives the address that chooses another time."""
    return [_row(one, found.zone, at) for one in found.visits]


def _row(one: ProposedVisit, zone: str, at: AddressOf) -> CourseRow:
    return CourseRow(
        label=_label(one.number),
        title=title_of(one.number),
        visit=one,
        value=value_of(one.visit_type, one.physician_id, one.starts_at),
        slack=one.slack.words if one.slack is not None else "",
        others=_others(one, zone, at),
    )


def title_of(number: int | None) -> str:
    """Return `Visit 4`; what has no number is a visit to the physician between or after the others."""
    return "Physician visit" if number is None else f"Visit {number}"


def span_words(first: date, last: date) -> str:
    """Return `Mar 12 to Mar 19`, or `Mar 12` for a single day."""
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return day_text(day, "week")


def _others(one: ProposedVisit, zone: str, at: AddressOf) -> list[OtherTime]:
    slots = one.slack.others if one.slack is not None else ()
    return [
        OtherTime(
            label=when(slot.starts_at, zone, "short"),
            physician="" if slot.physician_id == one.physician_id else slot.physician_name,
            href=at(one=one, chosen=ChosenVisit(one.visit_type, slot.physician_id, slot.starts_at)),
        )
        for slot in slots
    ]


def months_of(found: CourseProposal, progress: Progress, *, today: date) -> list[Month]:
    """Return the calendar of what took place, what is booked and what is proposed."""
    shown = {one.appointment_id for one in found.visits if one.appointment_id is not None}
    earlier = [one for one in progress.sessions if one.appointment_id not in shown and one.state in _LOOKS]
    first = min((one.starts_at for one in found.visits), default=None)
    recent = earlier if first is None else [one for one in earlier if (first - one.starts_at).days <= _MOST_DAYS_BACK]
    placed = [*(_past(one, found.zone) for one in recent), *(_placed(one, found.zone) for one in found.visits)]
    return months(placed, today=today)


def _placed(one: ProposedVisit, zone: str) -> Placed:
    is_booked = one.appointment_id is not None
    word = "booked" if is_booked else "proposed"
    mark = Mark(
        label=_label(one.number),
        time=_short_time(one.starts_at, zone),
        word=f"{title_of(one.number)}, {word},",
        look=f"{'review' if one.number is None else 'session'} is-{word}",
        href=_visit_page(one.appointment_id),
    )
    slack = one.slack
    window = (slack.first_day, slack.last_day) if slack is not None else None
    return Placed(day=in_zone(one.starts_at, zone).date(), mark=mark, window=window)


def _past(one: SessionRow, zone: str) -> Placed:
    look, word = _LOOKS[one.state]
    mark = Mark(
        label=_label(one.number),
        time=_short_time(one.starts_at, zone),
        word=f"{title_of(one.number)}, {word},",
        look=f"session is-{look}",
        href=_visit_page(one.appointment_id),
    )
    return Placed(day=in_zone(one.starts_at, zone).date(), mark=mark)


def _short_time(instant: datetime, zone: str) -> str:
    """Return `10 AM` or `10:30`, which fits a cell; the list beside it has the whole."""
    local = in_zone(instant, zone)
    return f"{local:%-I:%M}" if local.minute else f"{local:%-I %p}"


def _label(number: int | None) -> str:
    return _REVIEW if number is None else str(number)


def _visit_page(appointment_id: UUID | None) -> str | None:
    return url_for("coordinator.visit", appointment_id=appointment_id) if appointment_id else None


def spread(found: CourseProposal) -> str:
    """Return `Nov 30 to Dec 18` of the visits that a proposal would book."""
    days = [in_zone(one.starts_at, found.zone).date() for one in found.new]
    return span_words(min(days), max(days)) if days else ""
