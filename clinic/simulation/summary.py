"""What a simulation says about the capacity of a clinic, in words, and what would break it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from clinic.simulation.figures import Figures
from clinic.simulation.opening import Size

FULL = 0.85
"""Above this share of engaged hours, waiting grows quickly: a common rule of thumb for queues, an assumption here."""

LONG_WAIT_DAYS = 14.0
MOST_LATE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Shares are between 0 and 1, waits are medians in days, None where nobody waited."""

    utilization: float
    busiest: float
    first_visit: float | None
    first_session: float | None
    late: float
    no_shows: float
    went_elsewhere: int
    holds: bool

    @property
    def room(self) -> float:
        """Return how many times as many patients would fill the hours."""
        return FULL / self.utilization if self.utilization else float("inf")


def answer_of(figures: Figures, *, went_elsewhere: int, settling_weeks: int) -> Answer:
    """Return the answer; the first weeks, in which the clinic fills, do not count unless they are half of all."""
    mondays = sorted({week.monday for week in figures.weeks})
    settled = mondays[min(settling_weeks, len(mondays) // 2) : -1] or mondays
    weeks = [week for week in figures.weeks if week.monday in settled and week.open]
    shares = [
        sum(week.busy for week in weeks if week.monday == monday) / (sum(w.open for w in weeks if w.monday == monday))
        for monday in settled
        if any(week.monday == monday for week in weeks)
    ]
    opened, busy = sum(week.open for week in weeks), sum(week.busy for week in weeks)
    first_visit, first_session = (_median(figures.waits[name]) for name in ("first visit", "first session"))
    utilization, late = busy / opened if opened else 0.0, figures.late_gaps / figures.gaps if figures.gaps else 0.0
    kept = sum(_sum(figures, name) for name in ("first_visits", "sessions", "reviews"))
    missed = _sum(figures, "no_shows")
    return Answer(
        utilization=utilization,
        busiest=max(shares, default=0.0),
        first_visit=first_visit,
        first_session=first_session,
        late=late,
        no_shows=missed / (kept + missed) if kept + missed else 0.0,
        went_elsewhere=went_elsewhere,
        holds=utilization <= FULL and (first_visit or 0) <= LONG_WAIT_DAYS and late <= MOST_LATE and not went_elsewhere,
    )


def sentence_of(answer: Answer, size: Size) -> str:
    """Return the answer in one paragraph."""
    who = f"{size.physicians} physician{'s' if size.physicians > 1 else ''}"
    verb = ("hold" if size.physicians > 1 else "holds") if answer.holds else "would not hold"
    return (
        f"{who} {verb} {size.patients} patients: {answer.utilization:.0%} of the open hours were engaged "
        f"({answer.busiest:.0%} in the busiest week), the median wait for a first visit was "
        f"{_said(answer.first_visit)}, from the plan to the first session {_said(answer.first_session)}, "
        f"{answer.late:.0%} of sessions came later than their window, {answer.no_shows:.0%} of visits were missed, "
        f"and {answer.went_elsewhere} patients went elsewhere because there was no time for them."
    )


def breaking_of(answer: Answer, size: Size) -> str:
    """Return the numbers that would break it."""
    most = int(size.patients * answer.room) if answer.utilization else size.patients
    return (
        f"It counts as held while no more than {FULL:.0%} of the hours are engaged, half of the new patients are seen "
        f"within {LONG_WAIT_DAYS:.0f} days, at most {MOST_LATE:.0%} of sessions are late and nobody goes elsewhere. "
        f"By the hours alone, with the same mix of patients, about {most} patients would fill them."
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _said(days: float | None) -> str:
    return "not measured" if days is None else f"{days:.1f} days"


def _sum(figures: Figures, name: str) -> int:
    return sum(int(str(day[name])) for day in figures.days)
