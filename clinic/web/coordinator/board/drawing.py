"""Draws a board of columns: what day and week have in common."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from clinic.dashboards.working_hours import WorkingHours
from clinic.kernel import journal
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.scheduling.rules.states import AppointmentState
from clinic.web.coordinator.board import reading
from clinic.web.coordinator.board.asked import GROUPS
from clinic.web.coordinator.board.columns import Column, Frame, column_of, frame_of
from clinic.web.coordinator.board.reading import Reading, Shown
from clinic.web.frame.display import STATUS_LOOKS
from clinic.web.frame.forms import FormState, blank_form
from clinic.web.frame.requests import now, runtime

_A_DAY = timedelta(days=1)
_NIL = UUID(int=0)
_CANCELED = GROUPS["canceled"][1]


@dataclass(frozen=True, slots=True)
class Board:
    """Columns with the hours beside them; `states` are those of all visits, also the ones not drawn."""

    columns: Sequence[Column]
    frame: Frame
    states: Sequence[AppointmentState]
    physicians: Sequence[Physician]

    @property
    def looks(self) -> Mapping[str, tuple[str, str, str]]:
        """Return glyph, word and look of each state; translated once, not once a visit."""
        return {state: (glyph, str(word), look) for state, (glyph, word, look) in STATUS_LOOKS.items()}

    @property
    def visit_address(self) -> str:
        """Return what stands before the id in a visit's address; building four hundred of them takes its time."""
        return url_for("coordinator.visit", appointment_id=_NIL).removesuffix(str(_NIL))

    @property
    def hours(self) -> list[datetime]:
        """Return the instants of the full hours at the left edge."""
        top = self.columns[0].top if self.columns else datetime(2000, 1, 1, tzinfo=UTC)
        return [top + timedelta(hours=hour) for hour in range(self.frame.last - self.frame.first)]


def read(session: Session, days: Sequence[date], physician_ids: Sequence[UUID]) -> Reading:
    """Fetch visits and hours of these days; the physicians are all who may be chosen."""
    zone = runtime().clinic.zone
    shown = reading.visits_of(session, days=(days[0], days[-1]), zone=zone, now=now(), physician_ids=physician_ids)
    physicians = reading.physicians_of(session, shown)
    wanted = [one for one in physicians if not physician_ids or one.id in physician_ids]
    begin, end = first_instant_of(days[0], zone), first_instant_of(days[-1] + _A_DAY, zone)
    hours = reading.hours_of(session, wanted, (int(begin.timestamp()), int(end.timestamp())))
    return Reading(shown, physicians, hours)


def board_of(found: Reading, places: Sequence[tuple[Physician, date]], state: str | None) -> Board:
    """Lay out one column for each physician and day."""
    lit = GROUPS[state][1] if state else None
    drawn = [one for one in found.shown if one.row.state not in _CANCELED or lit == _CANCELED]
    days = sorted({day for _, day in places})
    mine = {physician.id for physician, _ in places}
    visible = [one for one in drawn if one.row.physician_id in mine]
    frame = frame_of(days, visible, [found.hours.get(one, WorkingHours()) for one in mine], zone=runtime().clinic.zone)
    by_place: dict[tuple[UUID, date], list[Shown]] = defaultdict(list)
    for one in visible:
        by_place[one.row.physician_id, in_zone(one.row.starts_at, frame.zone).date()].append(one)
    columns = [
        column_of(
            physician,
            day,
            frame=frame,
            shown=by_place.get((physician.id, day), ()),
            hours=found.hours.get(physician.id, WorkingHours()),
            lit=lit,
            now=now(),
        )
        for physician, day in places
    ]
    return Board(columns, frame, [one.row.state for one in found.shown], found.physicians)


def note_seen(session: Session, action: str, shown: Sequence[Shown], **details: object) -> None:
    """Write one audit row that names everybody shown."""
    seen = tuple({one.row.patient_id for one in shown})
    journal.note(session, action, subject_kind="day", subject_id=None, at=now(), patient_ids=seen, **details)


def dialogs(session: Session, found: Reading) -> dict[str, object]:
    """Return what the dialogs of moving and booking offer; their boxes are filled when they open."""
    active = [one for one in found.physicians if one.is_active]
    return {
        "choices": [(str(one.id), one.full_name) for one in active],
        "types": [(one.code, f"{one.name}, {one.patient_minutes} min") for one in queries.visit_types(session)],
        "move_form": _blank("move"),
        "book_form": _blank("book"),
    }


def _blank(prefix: str) -> FormState:
    return blank_form(prefix=prefix, tell=True)
