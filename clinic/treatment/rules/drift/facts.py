"""What drift is judged by: a plan's phase, its numbers, what took place, what is booked and what day it is."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from clinic.kernel.localtime import edge_instant, in_zone
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.protocols import Protocol

_LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """All that the rules of drift look at; instants are aware, days are those of the patient's `zone`.

    `taken` are the starts of visits of the course that took place since the plan began, `in_phase` how many of them
    count for the present phase and `first_in_phase_at` the first of those. `planned` are booked ones that lie ahead;
    `unsettled_at` is one that is over and has no outcome. `reviews_*` are visits to the physician beside the course.
    `induction_ended_at` is the last visit of an induction that is complete or was left. `problems` are sentences about
    booked dates that no longer fit. `lead_days` is how early somebody is asked to book.
    """

    phase: Phase
    phase_since: datetime
    started_at: datetime
    protocol: Protocol
    zone: str
    now: datetime
    taken: tuple[datetime, ...] = ()
    in_phase: int = 0
    first_in_phase_at: datetime | None = None
    prior_session_on: date | None = None
    planned: tuple[datetime, ...] = ()
    unsettled_at: datetime | None = None
    induction_ended_at: datetime | None = None
    reviews_done: tuple[datetime, ...] = ()
    reviews_booked: tuple[datetime, ...] = ()
    is_physician_active: bool = True
    problems: tuple[str, ...] = ()
    lead_days: int = 14
    review_lead_days: int = 14

    def day(self, instant: datetime) -> date:
        """Return the patient's own day at an instant."""
        return in_zone(instant, self.zone).date()

    @property
    def today(self) -> date:
        """Return the patient's own day now."""
        return self.day(self.now)

    @property
    def prior_at(self) -> datetime | None:
        """Return when one before this plan was; only its day is known, so it counts to the end of that."""
        return edge_instant(self.prior_session_on, _LAST_MINUTE, self.zone) if self.prior_session_on else None

    @property
    def last_at(self) -> datetime | None:
        """Return when the last actual one began."""
        return max(filter(None, (self.prior_at, *self.taken[-1:])), default=None)

    @property
    def last_on(self) -> date | None:
        """Return the day of the last actual one."""
        return self.day(self.last_at) if self.last_at else None

    def as_if_all_took_place(self) -> "PlanFacts":
        """Return the facts once everything planned has been taken, for a look at what comes after."""
        if not self.planned:
            return self
        return replace(
            self,
            taken=(*self.taken, *self.planned),
            in_phase=self.in_phase + len(self.planned),
            first_in_phase_at=self.first_in_phase_at or self.planned[0],
            planned=(),
        )
