"""What a protocol says about dates: sessions, gaps, weekly maximum, reviews and lengths; doses are never in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Induction:
    """`sessions` visits of a kind within `least_days` to `most_days` from the first to the last.

    Two in a row are at least `least_gap_hours` apart (elapsed time) and at most `most_gap_days` calendar days;
    `target_gap_days` is what the planner aims at.
    """

    visit_type: str
    sessions: int
    least_days: int
    most_days: int
    least_gap_hours: int
    target_gap_days: int
    most_gap_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """One visit every `from_days` to `until_days`, at best every `target_days`, never closer than `least_gap_days`."""

    visit_type: str
    least_gap_days: int
    from_days: int
    target_days: int
    until_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Taper:
    """The gaps in days before each further visit, which only grow; a date may be `leeway_days` later, never earlier."""

    visit_type: str
    gaps_days: tuple[int, ...]
    leeway_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftercare:
    """Checks so many weeks after the last session, each within `leeway_days` after its day."""

    visit_type: str
    after_weeks: tuple[int, ...]
    leeway_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """When the physician sees the patient.

    After session 1 within `after_first_from_days` to `after_first_until_days`, within `after_induction_days` of the
    last induction session, then every `every_days` days or `every_sessions` sessions, whichever comes first.
    """

    visit_type: str
    after_first_from_days: int
    after_first_until_days: int
    after_induction_days: int
    every_days: int
    every_sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """A protocol's numbers; `weekly_most` counts sessions in any seven calendar days of the patient in a row.

    After `restart_after_days` without a session the physician has to see the patient again. A session visit blocks
    at least `least_session_minutes` of the patient's time.
    """

    induction: Induction
    maintenance: Maintenance
    taper: Taper
    aftercare: Aftercare
    reviews: Reviews
    weekly_most: int
    restart_after_days: int
    least_session_minutes: int
