"""Whether a measure fell by half, is back to normal or got worse, from a patient's own scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

ELEVATED = Decimal(10)
"""The score from which on PHQ-9 and GAD-7 ask for treatment; a remission is only told of a start at or above it."""

NORMAL = Decimal(5)
"""A follow-up below this is a remission (HEDIS Depression Remission or Response, PHQ-9 under 5)."""

RELEVANT = Decimal(5)
"""So many points up or down are more than chance."""

_HALF = 2


class Measured(Protocol):
    """A score and the patient's day of it; readings of the evidence are such, too."""

    @property
    def value(self) -> Decimal:
        """Return the score."""

    @property
    def on(self) -> date:
        """Return the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How one score went: the baseline, the newest and the one before it.

    `is_before_treatment` says that the baseline was asked before the first session; otherwise it is the first on
    record. With one score alone there is nothing to compare.
    """

    baseline: Measured
    is_before_treatment: bool
    last: Measured
    previous: Measured | None
    has_follow_up: bool

    @property
    def since_start(self) -> Decimal | None:
        """Return the change from the baseline, below zero when the score fell."""
        return self.last.value - self.baseline.value if self.has_follow_up else None

    @property
    def since_last(self) -> Decimal | None:
        """Return the change from the score before the newest."""
        return None if self.previous is None else self.last.value - self.previous.value

    @property
    def is_response(self) -> bool:
        """Tell whether the newest score is at most half of the baseline."""
        return self.has_follow_up and responded(self.baseline.value, self.last.value)

    @property
    def is_remission(self) -> bool:
        """Tell whether the newest score is normal after a baseline that was not."""
        return self.has_follow_up and remitted(self.baseline.value, self.last.value)

    @property
    def is_better(self) -> bool:
        """Tell whether the score fell by more than chance since the baseline."""
        return self.since_start is not None and self.since_start <= -RELEVANT

    @property
    def is_worse_than_start(self) -> bool:
        """Tell whether the score rose by more than chance since the baseline."""
        return self.since_start is not None and self.since_start >= RELEVANT

    @property
    def is_worse_than_last(self) -> bool:
        """Tell whether the score rose by more than chance since the one before."""
        return self.since_last is not None and self.since_last >= RELEVANT

    @property
    def is_worse(self) -> bool:
        """Tell whether the score rose by more than chance, since the baseline or since the one before."""
        return self.is_worse_than_start or self.is_worse_than_last


def responded(baseline: Decimal, follow_up: Decimal) -> bool:
    """Tell whether a follow-up lies at least half below the baseline; from nothing there is no response."""
    return baseline > 0 and follow_up * _HALF <= baseline


def remitted(baseline: Decimal, follow_up: Decimal) -> bool:
    """Tell whether a follow-up is normal after a baseline that asked for treatment."""
    return baseline >= ELEVATED and follow_up < NORMAL


def course_of(scores: Sequence[Measured], *, started_on: date | None) -> Course | None:
    """Return how a score went, from readings of one score in order of time, oldest first; None without any.

    The baseline is the newest reading not after the day of the first session, else the first on record.
    """
    if not scores:
        return None
    before = [one for one in scores if started_on is not None and one.on <= started_on]
    baseline = before[-1] if before else scores[0]
    return Course(
        baseline=baseline,
        is_before_treatment=bool(before),
        last=scores[-1],
        previous=scores[-2] if len(scores) > 1 else None,
        has_follow_up=scores[-1] is not baseline,
    )
