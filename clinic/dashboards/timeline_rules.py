"""What a patient's timeline is made of, which stretch of it is shown, and when a score is missing for too long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from clinic.monitoring.rules.response import Course, course_of

ScoreKey = tuple[str, str]
"""Instrument and score, such as `("phq9", "total")`."""

PHQ9: ScoreKey = ("phq9", "total")
GAD7: ScoreKey = ("gad7", "total")
SDS: ScoreKey = ("sds_ketamine", "total")
CRAVING: ScoreKey = ("craving", "now")
BLADDER: ScoreKey = ("lurn_si10", "total")
PAIN: ScoreKey = ("peg", "mean")
SIDE_EFFECTS: ScoreKey = ("side_effects", "worst")
HEADACHE: ScoreKey = ("headache_session", "severity")

_A_DAY = timedelta(days=1)
_SHORTEST = timedelta(days=27)
"""A timeline shows four weeks at least, else two points of one day would fill it."""

_WAIT = {"induction": timedelta(days=10), "taper": timedelta(days=17)}
_LONGEST_WAIT = timedelta(days=35)
"""Weekly, two-weekly and monthly questions with a few days for those who answer late."""


class Span(StrEnum):
    """How far back a timeline goes."""

    START = "start"
    YEAR = "year"
    QUARTER = "quarter"


SPAN_WORDS: Mapping[Span, str] = {Span.START: "Since start", Span.YEAR: "1 year", Span.QUARTER: "90 days"}
_BACK = {Span.YEAR: timedelta(days=364), Span.QUARTER: timedelta(days=89)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One score of the patient's, with the answers that are shown beside it by item."""

    value: Decimal
    at: datetime
    on: date
    assessment_id: UUID
    items: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """One blood pressure in mmHg, taken at home."""

    at: datetime
    on: date
    systolic: int
    diastolic: int
    pulse: int | None
    assessment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTaken:
    """One session that took place; `units` is what the patient said to have taken, or to be about to take."""

    appointment_id: UUID
    at: datetime
    on: date
    phase: str
    units: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The worst side effect (0-3) or headache (0-10) told about one session, or of one day without a session.

    It stands at the session's time; `assessment_id` is where the worst of it was told.
    """

    value: int
    at: datetime
    on: date
    units: int | None
    assessment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInMark:
    """A day on which the patient was asked, and whether an answer came."""

    due_on: date
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagMark:
    """A flag on the day it was raised; `level` from 1 (info) to 5 (urgent)."""

    id: UUID
    rule_id: str
    level: int
    sentence: str
    at: datetime
    on: date
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemNine:
    """The newest answer to the question about thoughts of death or self-harm, finished or not."""

    value: int
    at: datetime
    on: date
    assessment_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything on one time axis, each list oldest first; `today` and every day are the patient's own.

    `started_on` is the day of the first session of the newest plan, as on the panel: a second course has its own start.
    """

    today: date
    zone: str
    phase: str | None
    started_on: date | None
    scores: Mapping[ScoreKey, tuple[Reading, ...]]
    pressures: tuple[Pressure, ...]
    sessions: tuple[SessionTaken, ...]
    side_effects: tuple[Effect, ...]
    headaches: tuple[Effect, ...]
    blood: tuple[date, ...]
    check_ins: tuple[CheckInMark, ...]
    flags: tuple[FlagMark, ...]
    item_nine: ItemNine | None

    def of(self, key: ScoreKey) -> tuple[Reading, ...]:
        """Return the readings of one score."""
        return self.scores.get(key, ())

    def course(self, key: ScoreKey) -> Course | None:
        """Return how one score went since before the first session."""
        return course_of(self.of(key), started_on=self.started_on)

    def days_without(self, key: ScoreKey) -> int | None:
        """Return how many days ago the newest score of this kind is, None without any."""
        found = self.of(key)
        return (self.today - found[-1].on).days if found else None

    def is_missing(self, key: ScoreKey) -> bool:
        """Tell whether a score is missing for longer than this phase's questions are apart."""
        days = self.days_without(key)
        return days is not None and timedelta(days=days) > _WAIT.get(self.phase or "", _LONGEST_WAIT)

    @property
    def days(self) -> tuple[date, ...]:
        """Return the day of everything there is; days that only lie ahead or were never asked do not count."""
        parts: tuple[Sequence[Reading | Pressure | SessionTaken | Effect | FlagMark], ...] = (
            *self.scores.values(),
            self.pressures,
            self.sessions,
            self.side_effects,
            self.headaches,
            self.flags,
        )
        return tuple(one.on for part in parts for one in part) + tuple(one.due_on for one in self.check_ins)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not self.days


@dataclass(frozen=True, slots=True)
class Window:
    """The days that are shown, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """Return how many days there are."""
        return (self.last - self.first).days + 1

    def holds(self, day: date) -> bool:
        """Tell whether a day is shown."""
        return self.first <= day <= self.last


def window_of(days: Iterable[date], *, today: date, span: Span) -> Window:
    """Return the days to show: a stretch that ends today, or all since the first thing on record."""
    if span in _BACK:
        return Window(today - _BACK[span], today)
    first = min([*days, today - _SHORTEST])
    return Window(first, max(today, first + _SHORTEST))


def about_sessions(told: Iterable[tuple[Effect, UUID | None]], sessions: Iterable[SessionTaken]) -> tuple[Effect, ...]:
    """Return one effect for each session, the worst told, and each one that belongs to no session, in time order."""
    known = {each.appointment_id: each for each in sessions}
    worst: dict[UUID, Effect] = {}
    alone: list[Effect] = []
    for effect, appointment_id in told:
        if appointment_id is None or appointment_id not in known:
            alone.append(effect)
        elif appointment_id not in worst or effect.value > worst[appointment_id].value:
            worst[appointment_id] = effect
    placed = [_at_session(effect, known[key]) for key, effect in worst.items()]
    return tuple(sorted([*placed, *alone], key=lambda one: one.at))


def _at_session(effect: Effect, taken: SessionTaken) -> Effect:
    return Effect(value=effect.value, at=taken.at, on=taken.on, units=taken.units, assessment_id=effect.assessment_id)
