"""Pure rules of drift: whether a plan's next dates are booked in time, and what to say and do when they are not."""

from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.findings import drift_of, findings
from clinic.treatment.rules.drift.headline import NextStep, next_step
from clinic.treatment.rules.drift.statuses import (
    CALM,
    NEEDS_ATTENTION,
    RANK,
    STATUS_WORDS,
    DriftStatus,
    Finding,
    worst_first,
)
from clinic.treatment.rules.drift.windows import Window, next_window

__all__ = [
    "CALM",
    "NEEDS_ATTENTION",
    "RANK",
    "STATUS_WORDS",
    "DriftStatus",
    "Finding",
    "NextStep",
    "PlanFacts",
    "Window",
    "drift_of",
    "findings",
    "next_step",
    "next_window",
    "worst_first",
]
