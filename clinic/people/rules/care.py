"""Why a physician may see a patient's record."""

from enum import StrEnum


class CareReason(StrEnum):
    """The reason of a place in a care team."""

    ASSIGNED = "assigned"
    COVER = "cover"
    VISIT = "visit"
