"""The states of an appointment, the steps allowed between them, and which state a decision leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType


class AppointmentState(StrEnum):
    """Where an appointment stands; `expired` is a hold that ran out."""

    HELD = "held"
    BOOKED = "booked"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELED = "canceled"
    LATE_CANCELED = "late_canceled"
    NO_SHOW = "no_show"
    EXPIRED = "expired"


class CancelReason(StrEnum):
    """Why a visit was canceled."""

    PATIENT_REQUEST = "patient_request"
    CLINIC_REQUEST = "clinic_request"
    PHYSICIAN_UNAVAILABLE = "physician_unavailable"
    PATIENT_UNREACHABLE = "patient_unreachable"
    DUPLICATE = "duplicate"
    OTHER = "other"


_S = AppointmentState

TRANSITIONS: Mapping[AppointmentState, frozenset[AppointmentState]] = MappingProxyType(
    {
        _S.HELD: frozenset({_S.BOOKED, _S.CANCELED, _S.EXPIRED}),
        _S.BOOKED: frozenset({_S.CONFIRMED, _S.IN_PROGRESS, _S.CANCELED, _S.LATE_CANCELED, _S.NO_SHOW}),
        # A confirmed visit that is moved has to be confirmed again, so it goes back to booked.
        _S.CONFIRMED: frozenset({_S.BOOKED, _S.IN_PROGRESS, _S.CANCELED, _S.LATE_CANCELED, _S.NO_SHOW}),
        # "Arrived" pressed on the wrong row is taken back; a visit that breaks off is canceled by the clinic.
        _S.IN_PROGRESS: frozenset({_S.BOOKED, _S.CONFIRMED, _S.COMPLETED, _S.CANCELED}),
        _S.COMPLETED: frozenset(),
        _S.CANCELED: frozenset(),
        _S.LATE_CANCELED: frozenset(),
        _S.NO_SHOW: frozenset(),
        _S.EXPIRED: frozenset(),
    }
)

OCCUPYING = frozenset({_S.HELD, _S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS})
"""States whose time nobody else can have; the exclusion constraints use the same list."""

UPCOMING = frozenset({_S.BOOKED, _S.CONFIRMED})
"""States in which a visit is promised and has not begun: it can be moved, canceled, confirmed, reminded of."""


def may_become(old: AppointmentState, new: AppointmentState) -> bool:
    """Return whether an appointment in `old` may be given the state `new`; staying as it is is no step."""
    return new in TRANSITIONS[old]


def is_final(state: AppointmentState) -> bool:
    """Return whether nothing can follow `state`."""
    return not TRANSITIONS[state]


def occupies_time(state: AppointmentState) -> bool:
    """Return whether an appointment in `state` keeps its time from others."""
    return state in OCCUPYING


def cancel_state(
    now: datetime,
    starts_at: datetime,
    *,
    late_after: timedelta,
    reason: CancelReason = CancelReason.PATIENT_REQUEST,
) -> AppointmentState:
    """Return `late_canceled` if the patient cancels with less than `late_after` left, else `canceled`.

    A visit that the clinic calls off is never held against the patient, and exactly `late_after` before is in time.
    """
    is_late = starts_at - now < late_after
    if is_late and reason is CancelReason.PATIENT_REQUEST:
        return AppointmentState.LATE_CANCELED
    return AppointmentState.CANCELED


def is_hold_over(now: datetime, held_until: datetime) -> bool:
    """Return whether a hold has run out: it lasts up to `held_until`, which is no longer part of it."""
    return now >= held_until


def may_mark_missed(now: datetime, starts_at: datetime) -> bool:
    """Return whether a patient can be said not to have come: never before the visit was due to start."""
    return now >= starts_at
