"""Reasons that people choose from lists, in the words of the clinic's own pages."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clinic.scheduling.rules.states import CancelReason

LEAST_REASON = 5
"""So many characters at least has a reason that a person writes."""

_R = CancelReason


class MoveReason(StrEnum):
    """Who wanted another time."""

    PATIENT_REQUEST = "patient_request"
    CLINIC_REQUEST = "clinic_request"


CANCEL_WORDS: Mapping[CancelReason, str] = MappingProxyType(
    {
        _R.PATIENT_REQUEST: "The patient asked",
        _R.PATIENT_CONFLICT: "The patient has something else at that time",
        _R.PATIENT_UNWELL: "The patient is not well",
        _R.PATIENT_ELSEWHERE: "The patient will be in another state",
        _R.PATIENT_COST: "The patient named the cost",
        _R.PATIENT_NOT_INTERESTED: "The patient does not want the visit any more",
        _R.PATIENT_UNREACHABLE: "The patient could not be reached",
        _R.CLINIC_REQUEST: "The clinic asked",
        _R.PHYSICIAN_UNAVAILABLE: "The physician is not available",
        _R.PHYSICIAN_ILL: "The physician is ill",
        _R.CLINIC_CLOSED: "The clinic is closed",
        _R.TECHNICAL: "Video or phone does not work",
        _R.DUPLICATE: "Booked twice by mistake",
        _R.CARE_ENDED: "The patient is not in our care any more",
        _R.OTHER: "Another reason",
    }
)
"""Every reason in the order of the lists."""

MOVE_WORDS: Mapping[MoveReason, str] = MappingProxyType(
    {MoveReason.PATIENT_REQUEST: "The patient asked", MoveReason.CLINIC_REQUEST: "The clinic asked"}
)

OFFERED_TO_PATIENTS = (
    _R.PATIENT_CONFLICT,
    _R.PATIENT_UNWELL,
    _R.PATIENT_ELSEWHERE,
    _R.PATIENT_COST,
    _R.PATIENT_NOT_INTERESTED,
)
"""What patients may choose from when they cancel by themselves; saying nothing is fine too."""


def is_reason(text: str) -> bool:
    """Tell whether somebody wrote a reason and not just a letter or two."""
    return len(text.strip()) >= LEAST_REASON
