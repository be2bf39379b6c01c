"""Which phase a session belongs to, and in which round of it: a plan may come back to a phase that it left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from clinic.treatment.rules.phases import SESSION_PHASES, Phase


@dataclass(frozen=True, slots=True)
class Step:
    """A plan entered `phase` at an instant."""

    at: datetime
    phase: Phase


def phase_at(steps: Sequence[Step], instant: datetime) -> Phase:
    """Return the phase of a session at `instant`: the one that the plan was in, or else the nearest with sessions.

    `steps` are in order. Sessions before the first such phase count as induction, those after the last as its own.
    """
    entered = [step.phase for step in steps if step.at <= instant and step.phase in SESSION_PHASES]
    return entered[-1] if entered else Phase.INDUCTION


def round_of(steps: Sequence[Step], phase: Phase, instant: datetime) -> int:
    """Return how often the plan had left `phase` by `instant`."""
    left = [after.at for before, after in pairwise(steps) if before.phase is phase]
    return sum(at <= instant for at in left)


def present_round(steps: Sequence[Step], phase: Phase) -> int:
    """Return the round of `phase` that the plan is in now, or was in last."""
    left = sum(before.phase is phase for before in steps[:-1])
    return left if steps and steps[-1].phase is phase else max(left - 1, 0)
