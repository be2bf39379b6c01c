"""Whether one booked session could be at another time while all others stay, by the rules of its program."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from clinic.treatment.queries.arrangement import Entry, booked_entries, troubles_of
from clinic.treatment.queries.candidates import CourseFacts


@dataclass(slots=True)
class OneMove:
    """Judges times for sessions of one course; what was wrong before stays nobody's fault.

    The hours of the support person are judged with the other wishes.
    """

    course: CourseFacts
    _before: frozenset[tuple[object, object]] = field(init=False)
    _entries: Mapping[object, Entry] = field(init=False)

    def __post_init__(self) -> None:
        """Remember the dates as they are booked."""
        self._entries = {entry.key: entry for entry in booked_entries(self.course)}
        troubles = troubles_of(self.course, list(self._entries.values()), alone_too=False)
        self._before = frozenset((trouble.key, trouble.other) for trouble in troubles)

    def judges(self, appointment_id: UUID) -> bool:
        """Tell whether a visit is a coming session of this course."""
        return appointment_id in self._entries

    def why_not(self, appointment_id: UUID, starts_at: datetime, ends_at: datetime) -> str | None:
        """Return what would be wrong with the session there, or with a later one because of it."""
        moved = {appointment_id: Entry(appointment_id, starts_at, ends_at)}
        return next(iter(self._wrong(moved).values()), None)

    def who_clash(self, moved: Mapping[UUID, tuple[datetime, datetime]]) -> Collection[object]:
        """Return those of several moved sessions that do not go together, or nobody."""
        return self._wrong({one: Entry(one, *times) for one, times in moved.items()}).keys()

    def _wrong(self, moved: Mapping[UUID, Entry]) -> dict[object, str]:
        entries: dict[object, Entry] = dict(self._entries) | dict(moved)
        found: dict[object, str] = {}
        for trouble in troubles_of(self.course, list(entries.values()), alone_too=False):
            involved = {trouble.key, trouble.other} & moved.keys()
            if not involved and (trouble.key, trouble.other) not in self._before:
                involved = set(moved)
            for key in involved:
                found.setdefault(key, trouble.sentence)
        return found
