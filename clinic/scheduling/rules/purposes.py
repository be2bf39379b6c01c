"""What a kind of visit is for."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class VisitPurpose(StrEnum):
    """Tells sessions of a course and the physician's follow-ups from other visits."""

    CONSULTATION = "consultation"
    SESSION = "session"
    FOLLOW_UP = "follow_up"


PURPOSE_WORDS: Mapping[VisitPurpose, str] = MappingProxyType(
    {
        VisitPurpose.CONSULTATION: "Consultation",
        VisitPurpose.SESSION: "Session",
        VisitPurpose.FOLLOW_UP: "Follow-up",
    }
)
"""How staff read them."""
