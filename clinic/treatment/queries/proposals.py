"""The shapes in which a course of dates is proposed, refused and explained."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from clinic.scheduling.queries import OfferedSlot
from clinic.treatment.rules.courses import ChosenVisit, CourseWish


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """How far one visit may move while all others stay: first and last day, times left, up to three of the others."""

    first_day: date
    last_day: date
    slots_left: int
    others: tuple[OfferedSlot, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedVisit:
    """One visit of a course; `number` is the session's within its phase, None for a review.

    A booked one has an `appointment_id` and no slack. `breaks` says which wishes it does not meet.
    """

    number: int | None
    kind: str
    visit_type: str
    name: str
    name_es: str
    physician_id: UUID
    physician_name: str
    starts_at: datetime
    ends_at: datetime
    slack: Slack | None = None
    breaks: tuple[str, ...] = ()
    appointment_id: UUID | None = None

    @property
    def chosen(self) -> ChosenVisit:
        """Return the visit as it is booked."""
        return ChosenVisit(self.visit_type, self.physician_id, self.starts_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """What would help: planning again with `wish`, or, without one, something that has to be changed elsewhere."""

    words: str
    wish: CourseWish | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlan:
    """Why there is no course, and what would help, the cheapest first."""

    sentences: tuple[str, ...]
    relaxations: tuple[Relaxation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseProposal:
    """A course in time order, what is booked already among it; with a refusal only that."""

    plan_id: UUID
    plan_version: int
    zone: str
    label: str
    wish: CourseWish
    visits: tuple[ProposedVisit, ...]
    sentences: tuple[str, ...]
    refusal: NoPlan | None
    warnings: tuple[str, ...]
    fingerprint: str

    @property
    def new(self) -> tuple[ProposedVisit, ...]:
        """Return the visits that are not booked yet."""
        return tuple(visit for visit in self.visits if visit.appointment_id is None)

    def chosen(self) -> tuple[ChosenVisit, ...]:
        """Return the new visits as they are booked."""
        return tuple(visit.chosen for visit in self.new)
