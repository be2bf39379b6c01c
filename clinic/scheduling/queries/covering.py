"""What a patient's membership lets be booked: asked where a session is booked, and where a course is proposed."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.people.queries.allowances import allowance
from clinic.people.rules.allowances import Allowance
from clinic.scheduling.queries.sessions import count_sessions

_STOPPED = (
    "The membership lets no new session begin at present; what is booked stays. The office settles it with the "
    "patient, or a physician books the session."
)


def is_asked(by: Actor | None) -> bool:
    """Tell whether a membership is asked before somebody, or anybody, books a session; physicians are not."""
    return by is None or not by.has(Role.PHYSICIAN)


class CoveredDays(NamedTuple):
    """The days `[first, end)` of one month of a membership, how many sessions it has and how many are booked."""

    first: date
    end: date
    most: int
    booked: int

    @property
    def left(self) -> int:
        """Return how many sessions more may be booked."""
        return max(0, self.most - self.booked)

    @property
    def words(self) -> str:
        """Return that there is no room, and what helps."""
        return (
            f"The plan has {self.most} sessions in that month and {self.booked} are booked. Choose a later day or "
            "a higher plan, or let a physician book the session."
        )


@dataclass(frozen=True, slots=True)
class Cover:
    """What one membership covers of new sessions."""

    session: Session
    patient_id: UUID
    found: Allowance
    _months: dict[date, CoveredDays] = field(default_factory=dict)

    @property
    def stopped(self) -> str:
        """Return why no session can be booked on any day, or nothing."""
        return "" if self.found.is_open else _STOPPED

    def around(self, day: date) -> CoveredDays | None:
        """Return the month that a day of the membership's zone counts in, None where nothing is counted."""
        days, most = self.found.days_around(day), self.found.most_sessions
        if days is None or most is None:
            return None
        if days[0] not in self._months:
            booked = count_sessions(self.session, self.patient_id, days=days, zone=self.found.zone)
            self._months[days[0]] = CoveredDays(*days, most, booked)
        return self._months[days[0]]

    def day_of(self, at: datetime) -> date:
        """Return the day on which an instant counts."""
        return in_zone(at, self.found.zone).date()

    def edges(self, days: CoveredDays) -> tuple[int, int]:
        """Return a month as a stretch in epoch seconds."""
        first, end = (first_instant_of(day, self.found.zone) for day in (days.first, days.end))
        return int(first.timestamp()), int(end.timestamp())

    def why_not(self, at: datetime) -> str:
        """Return why a new session cannot begin at an instant, or nothing."""
        if self.stopped:
            return self.stopped
        days = self.around(self.day_of(at))
        return days.words if days is not None and not days.left else ""

    def months(self, first: date, last: date) -> tuple[CoveredDays, ...]:
        """Return every month that counts on the days from first to last, in order."""
        if self.found.period is None or self.found.most_sessions is None:
            return ()
        found, day = [], max(first, self.found.period[0])
        while day <= last and (days := self.around(day)) is not None:
            found.append(days)
            day = days.end
        return tuple(found)


def cover_of(session: Session, patient_id: UUID, *, now: datetime) -> Cover:
    """Return what the patient's membership covers now."""
    return Cover(session, patient_id, allowance(session, patient_id, now=now))
