"""The phases of a treatment plan and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Phase(StrEnum):
    """Where a patient stands in the program."""

    EVALUATION = "evaluation"
    INDUCTION = "induction"
    MAINTENANCE = "maintenance"
    TAPER = "taper"
    AFTERCARE = "aftercare"
    ENDED = "ended"


_P = Phase

NEXT_PHASES: Mapping[Phase, tuple[Phase, ...]] = MappingProxyType(
    {
        _P.EVALUATION: (_P.INDUCTION, _P.ENDED),
        _P.INDUCTION: (_P.MAINTENANCE, _P.TAPER, _P.AFTERCARE, _P.ENDED),
        _P.MAINTENANCE: (_P.TAPER, _P.INDUCTION, _P.AFTERCARE, _P.ENDED),
        _P.TAPER: (_P.AFTERCARE, _P.MAINTENANCE, _P.ENDED),
        _P.AFTERCARE: (_P.ENDED, _P.EVALUATION),
        _P.ENDED: (),
    }
)
"""The phases that may follow each, the usual one first. What has ended stays so: care begins again with a new plan."""

SESSION_PHASES = (_P.INDUCTION, _P.MAINTENANCE, _P.TAPER)
"""The phases in which sessions are planned."""


def may_follow(old: Phase, new: Phase) -> bool:
    """Tell whether a plan may go from one phase to another."""
    return new in NEXT_PHASES[old]
