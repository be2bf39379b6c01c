"""What a course of visits is planned from, and what comes out: steps, candidates, rules and answers."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Kind(StrEnum):
    """A session of the course, or a visit to the physician beside it; only sessions count for gaps and weeks."""

    SESSION = "session"
    REVIEW = "review"


class Relax(StrEnum):
    """What may be asked of people when no course fits; nothing else ever gives way."""

    PHYSICIAN = "physician"
    PATIENT_HOURS = "patient_hours"
    SUPPORT_HOURS = "support_hours"
    BEGIN = "begin"
    EARLY = "early"
    LATE = "late"
    SPAN = "span"


class Style(StrEnum):
    """What a course is chosen by among all that are possible."""

    WISHED = "wished_hours"
    EVEN = "even"
    SOONEST = "soonest"


class Limit(NamedTuple):
    """A cap's day or week of which a visit takes one place; `room` is how many are left before this course."""

    key: Hashable
    room: int


class Candidate(NamedTuple):
    """A time that can be booked, in epoch seconds; `day` is the ordinal of the patient's own day.

    `breaks` are the wishes it goes against that only a person may set aside. `is_other` is with another physician than
    the plan's, `is_outside` beside the preferred hours, `clock` minutes away from the usual time of day.
    """

    physician_id: UUID
    starts_at: int
    ends_at: int
    day: int
    breaks: tuple[Relax, ...] = ()
    is_other: bool = False
    is_outside: bool = False
    clock: int = 0
    limits: tuple[Limit, ...] = ()


class Anchor(NamedTuple):
    """A session that took place, or one that is booked and stays; in epoch seconds and the patient's day."""

    starts_at: int
    ends_at: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """How far a visit is from the session before it.

    `least_gap` is elapsed seconds from start to start, the rest are calendar days of the patient. `least_gap` and
    `least_days` always hold; `from_days` and `most_days` may give way if somebody decides so.
    """

    least_gap: int = 0
    least_days: int = 0
    from_days: int = 0
    most_days: int | None = None
    target_days: int | None = None


ANY_DISTANCE = Spacing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One visit to be planned; `number` is that of the session, or of the one that a review follows.

    A visit is on `first_day` or later and never after `closed_after`, on `last_day` or earlier unless somebody decides
    otherwise. Candidates are in order of their start. Of the physician's time a visit takes `lead` seconds before its
    start and `tail` after its end. A review that `stands_alone` may be before sessions that are booked, on
    another day than theirs.
    """

    number: int
    kind: Kind
    visit_type: str
    spacing: Spacing = ANY_DISTANCE
    first_day: int | None = None
    last_day: int | None = None
    closed_after: int | None = None
    candidates: tuple[Candidate, ...] = ()
    lead: int = 0
    tail: int = 0
    stands_alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The calendar days from the first session to the last one planned; `first_day` if the first took place."""

    least_days: int
    most_days: int
    first_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The visits to be planned in order of time and the rules that tie them together.

    At most `weekly_most` sessions are on any seven calendar days in a row, those in `anchors` included, which lie
    before the first step. `allow` is what somebody has granted. Nothing can be booked after `horizon_day`.
    """

    steps: tuple[Step, ...]
    weekly_most: int
    span: Span | None = None
    anchors: tuple[Anchor, ...] = ()
    style: Style = Style.WISHED
    allow: frozenset[Relax] = frozenset()
    horizon_day: int | None = None


class Placed(NamedTuple):
    """A step and the time chosen for it."""

    step: Step
    candidate: Candidate


class Relaxed(NamedTuple):
    """What a course asks of somebody: for the visit `at` an index, or for the whole; `amount` in days, else 1."""

    kind: Relax
    at: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The best course by its style, with what it asks for beyond the rules, nothing as a rule."""

    visits: tuple[Placed, ...]
    style: Style
    cost: int = 0
    relaxed: tuple[Relaxed, ...] = ()

    @property
    def days(self) -> tuple[int, ...]:
        """Return the patient's days of the visits."""
        return tuple(visit.candidate.day for visit in self.visits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A way out: what would have to give way, in words, at what price, and the course that comes of it."""

    words: str
    kinds: frozenset[Relax]
    price: int
    course: Course


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCourse:
    """Why nothing fits: the step that cannot be reached, the days it would belong to, and the ways out, best first.

    `index` is None when every visit can be placed but the whole is too long or too short.
    """

    index: int | None
    first_day: int | None
    last_day: int | None
    sentences: tuple[str, ...]
    relaxations: tuple[Relaxation, ...] = ()


class Slack(NamedTuple):
    """The days on which one visit may be with the others as planned, and every time there is, the planned one too."""

    first_day: int
    last_day: int
    candidates: tuple[Candidate, ...]
    words: str
