"""The states of an appointment, the steps allowed between them, and which state a decision leads to."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.kernel.localtime import in_zone


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
    """Why a visit was canceled; reports count by these codes, so they never change their meaning."""

    PATIENT_REQUEST = "patient_request"
    PATIENT_CONFLICT = "patient_conflict"
    PATIENT_UNWELL = "patient_unwell"
    PATIENT_ELSEWHERE = "patient_elsewhere"
    PATIENT_COST = "patient_cost"
    PATIENT_NOT_INTERESTED = "patient_not_interested"
    PATIENT_UNREACHABLE = "patient_unreachable"
    CLINIC_REQUEST = "clinic_request"
    PHYSICIAN_UNAVAILABLE = "physician_unavailable"
    PHYSICIAN_ILL = "physician_ill"
    CLINIC_CLOSED = "clinic_closed"
    TECHNICAL = "technical"
    DUPLICATE = "duplicate"
    CARE_ENDED = "care_ended"
    OTHER = "other"


PATIENT_REASONS = frozenset(
    {
        CancelReason.PATIENT_REQUEST,
        CancelReason.PATIENT_CONFLICT,
        CancelReason.PATIENT_UNWELL,
        CancelReason.PATIENT_ELSEWHERE,
        CancelReason.PATIENT_COST,
        CancelReason.PATIENT_NOT_INTERESTED,
    }
)
"""Reasons that are the patient's own: only these can make a cancellation late."""


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
        # A person may find that the lateness was nobody's fault.
        _S.LATE_CANCELED: frozenset({_S.CANCELED}),
        # "No-show" pressed on the wrong row is taken back on the same day.
        _S.NO_SHOW: frozenset({_S.BOOKED, _S.CONFIRMED}),
        _S.EXPIRED: frozenset(),
    }
)

OCCUPYING = frozenset({_S.HELD, _S.BOOKED, _S.CONFIRMED, _S.IN_PROGRESS})
"""States whose time nobody else can have; the exclusion constraints use the same list."""

CALLED_OFF = frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})
"""In which a visit does not take place because somebody said so before."""

UPCOMING = frozenset({_S.BOOKED, _S.CONFIRMED})
"""States in which a visit is promised and has not begun: it can be moved, canceled, confirmed, reminded of."""

STANDING = UPCOMING | {_S.IN_PROGRESS}
"""States in which a visit is promised or goes on."""


def may_become(old: AppointmentState, new: AppointmentState) -> bool:
    """Return whether an appointment in `old` may be given the state `new`; staying as it is is no step."""
    return new in TRANSITIONS[old]


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
    if is_late and reason in PATIENT_REASONS:
        return AppointmentState.LATE_CANCELED
    return AppointmentState.CANCELED


def is_hold_over(now: datetime, held_until: datetime) -> bool:
    """Return whether a hold has run out: it lasts up to `held_until`, which is no longer part of it."""
    return now >= held_until


ARRIVES_FROM = timedelta(hours=1)
"""Nobody is early by more: "arrived" pressed sooner was pressed on the wrong row."""


def may_arrive(now: datetime, starts_at: datetime) -> bool:
    """Return whether a patient can be said to be there: from an hour before the start."""
    return now >= starts_at - ARRIVES_FROM


def may_mark_missed(now: datetime, starts_at: datetime, *, after: timedelta = timedelta()) -> bool:
    """Return whether a patient can be said not to have come: never before `after` has passed since the start."""
    return now >= starts_at + after


def may_unmark_missed(now: datetime, marked_at: datetime, *, zone: str) -> bool:
    """Return whether a no-show may still be taken back: on the local day on which it was written down."""
    return in_zone(now, zone).date() == in_zone(marked_at, zone).date()
