from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from clinic.scheduling.rules.states import (
    OCCUPYING,
    TRANSITIONS,
    UPCOMING,
    AppointmentState,
    CancelReason,
    cancel_state,
    is_hold_over,
    may_become,
    may_mark_missed,
    may_unmark_missed,
)

NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)
A_DAY = timedelta(days=1)
A_MOMENT = timedelta(microseconds=1)

ALLOWED = {
    "held": "booked canceled expired",
    "booked": "confirmed in_progress canceled late_canceled no_show",
    "confirmed": "booked in_progress canceled late_canceled no_show",
    "in_progress": "booked confirmed completed canceled",
    "completed": "",
    "canceled": "",
    "late_canceled": "canceled",
    "no_show": "booked confirmed",
    "expired": "",
}


@pytest.mark.parametrize(("old", "new"), list(product(AppointmentState, AppointmentState)))
def test_only_the_steps_of_the_table_are_allowed(old: AppointmentState, new: AppointmentState) -> None:
    assert may_become(old, new) is (new in ALLOWED[old].split())


def test_every_state_has_its_steps() -> None:
    assert set(TRANSITIONS) == set(AppointmentState)


def test_every_state_can_be_reached() -> None:
    reached = {AppointmentState.HELD}.union(*TRANSITIONS.values())

    assert reached == set(AppointmentState)


@pytest.mark.parametrize("state", AppointmentState)
def test_the_states_that_keep_time_are_the_ones_before_the_end(state: AppointmentState) -> None:
    assert (state in OCCUPYING) is (state in {"held", "booked", "confirmed", "in_progress"})


def test_nothing_follows_a_visit_that_took_place_was_canceled_or_ran_out() -> None:
    assert {state for state in AppointmentState if not TRANSITIONS[state]} == {"completed", "canceled", "expired"}


@pytest.mark.parametrize("reason", CancelReason)
def test_only_the_patients_own_reasons_make_a_cancellation_late(reason: CancelReason) -> None:
    is_late = cancel_state(NOON, NOON, late_after=A_DAY, reason=reason) == "late_canceled"
    assert is_late is (reason.startswith("patient_") and reason != "patient_unreachable")


def test_a_no_show_waits_as_long_as_the_clinic_says() -> None:
    wait = timedelta(minutes=10)
    assert not may_mark_missed(NOON + wait - A_MOMENT, NOON, after=wait)
    assert may_mark_missed(NOON + wait, NOON, after=wait)


@pytest.mark.parametrize(
    ("hours", "zone", "may"),
    [(11, "America/New_York", True), (12, "America/New_York", False), (12, "America/Chicago", True)],
)
def test_a_no_show_is_taken_back_on_the_same_local_day_only(hours: int, zone: str, may: bool) -> None:
    assert may_unmark_missed(NOON + timedelta(hours=hours), NOON, zone=zone) is may


def test_upcoming_visits_are_promised_and_not_begun() -> None:
    assert {"booked", "confirmed"} == UPCOMING


@pytest.mark.parametrize(
    ("left", "reason", "state"),
    [
        (A_DAY + A_MOMENT, CancelReason.PATIENT_REQUEST, "canceled"),
        (A_DAY, CancelReason.PATIENT_REQUEST, "canceled"),
        (A_DAY - A_MOMENT, CancelReason.PATIENT_REQUEST, "late_canceled"),
        (-A_DAY, CancelReason.PATIENT_REQUEST, "late_canceled"),
        (A_DAY - A_MOMENT, CancelReason.CLINIC_REQUEST, "canceled"),
        (A_DAY - A_MOMENT, CancelReason.PHYSICIAN_UNAVAILABLE, "canceled"),
        (A_DAY - A_MOMENT, CancelReason.PATIENT_UNREACHABLE, "canceled"),
        (A_DAY - A_MOMENT, CancelReason.DUPLICATE, "canceled"),
        (A_DAY - A_MOMENT, CancelReason.OTHER, "canceled"),
    ],
)
def test_only_a_patient_cancels_late_and_only_after_the_limit(
    left: timedelta, reason: CancelReason, state: str
) -> None:
    assert cancel_state(NOON, NOON + left, late_after=A_DAY, reason=reason) == state


def test_a_cancel_without_a_reason_counts_as_the_patients() -> None:
    assert cancel_state(NOON, NOON, late_after=A_DAY) is AppointmentState.LATE_CANCELED


@pytest.mark.parametrize(("after", "over"), [(-A_MOMENT, False), (A_MOMENT * 0, True), (A_MOMENT, True)])
def test_a_hold_is_over_at_its_end(after: timedelta, *, over: bool) -> None:
    assert is_hold_over(NOON + after, NOON) is over


@pytest.mark.parametrize(("after", "may"), [(-A_MOMENT, False), (A_MOMENT * 0, True), (A_MOMENT, True)])
def test_nobody_has_missed_a_visit_before_it_starts(after: timedelta, *, may: bool) -> None:
    assert may_mark_missed(NOON + after, NOON) is may
