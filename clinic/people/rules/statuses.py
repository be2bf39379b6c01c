"""Whether a patient is under the clinic's care, and which changes of that make sense."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.kernel.text import clean_line
from clinic.people.errors import StatusReasonNeeded
from clinic.people.rules.patients import PatientStatus

_S = PatientStatus
SHORTEST_REASON, LONGEST_REASON = 5, 300

NEXT: Mapping[PatientStatus, frozenset[PatientStatus]] = MappingProxyType(
    {
        _S.ACTIVE: frozenset({_S.DISCHARGED, _S.DECEASED}),
        _S.DISCHARGED: frozenset({_S.ACTIVE, _S.DECEASED}),
        _S.DECEASED: frozenset({_S.ACTIVE, _S.DISCHARGED}),
        _S.MERGED: frozenset(),
    }
)
"""What a status can become. Back from `deceased` is the correction of a mistake, and an administrator's."""


def is_correction(old: PatientStatus) -> bool:
    """Tell whether leaving this status takes back something that should never have been written."""
    return old is PatientStatus.DECEASED


def status_reason(typed: str) -> str:
    """Return the reason of a change in one line, or raise StatusReasonNeeded when nothing is said."""
    reason = clean_line(typed, field="reason")
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise StatusReasonNeeded(f"Write why, in {SHORTEST_REASON} to {LONGEST_REASON} characters.", field="reason")
    return reason
