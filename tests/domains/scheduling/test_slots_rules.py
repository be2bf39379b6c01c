from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from clinic.scheduling.rules.slots import (
    LicencePeriod,
    PatientSide,
    PhysicianSide,
    RemovalReason,
    Slot,
    SlotRequest,
    objection,
    search,
    window_of,
)
from clinic.scheduling.rules.visits import Blocked, Range, Segment, VisitShape, whole_visit

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
MONDAY = date(2026, 3, 2)
ONE, TWO = UUID(int=1), UUID(int=2)
NJ = LicencePeriod("NJ", date(2020, 1, 1), None)
VISIT = VisitShape(30, whole_visit(30))


def at(hour: int, minute: int = 0, *, day: date = MONDAY) -> int:
    """An instant given on New York's clock in winter."""
    midnight = datetime(day.year, day.month, day.day, 5, tzinfo=UTC)
    return int((midnight + timedelta(hours=hour, minutes=minute)).timestamp())


def a_request(visit: VisitShape = VISIT, *, patient: PatientSide | None = None, now: int | None = None) -> SlotRequest:
    patient = patient or PatientSide("NJ", NEW_YORK)
    return SlotRequest(visit, patient, MONDAY, MONDAY, now=at(0, day=date(2026, 3, 1)) if now is None else now)


def a_physician(
    *hours: Range, busy: Sequence[Range] = (), licences: Sequence[LicencePeriod] = (NJ,), physician_id: UUID = ONE
) -> PhysicianSide:
    return PhysicianSide(physician_id, NEW_YORK, hours or [(at(9), at(12))], busy, licences)


def plain_reason(request: SlotRequest, physician: PhysicianSide, starts_at: int) -> str | None:
    """What is said of one start, without names."""
    found = objection(request, physician, starts_at)
    return found.reason if found else None


def reason_for(starts_at: int, request: SlotRequest, physician: PhysicianSide) -> str | None:
    """What is said of one start; the search must say the same of it."""
    answer = plain_reason(request, physician, starts_at)
    day = datetime.fromtimestamp(starts_at - 5 * 3600, UTC).date()
    found = search(replace(request, first_day=day, last_day=day), [physician])
    assert (starts_at in [slot.starts_at for slot in found.slots]) is (answer is None)
    return answer


def test_every_quarter_hour_that_fits_is_offered() -> None:
    found = search(a_request(), [a_physician((at(9), at(10)))])

    assert found.slots == tuple(Slot(ONE, start, start + 1800) for start in (at(9), at(9, 15), at(9, 30)))
    assert found.removed == {RemovalReason.DOES_NOT_FIT: 1}
    assert found.considered == 4


def test_the_step_is_the_visits_own() -> None:
    found = search(a_request(replace(VISIT, step=60)), [a_physician((at(9, 5), at(12)))])

    assert [slot.starts_at for slot in found.slots] == [at(10), at(11)]


@pytest.mark.parametrize(("zone", "first"), [("Asia/Kolkata", 30), (NEW_YORK, 0), ("Asia/Kathmandu", 15)])
def test_starts_are_round_on_the_physicians_clock(zone: str, first: int) -> None:
    physician = replace(a_physician((at(9), at(11))), zone=zone)

    found = search(a_request(replace(VISIT, step=60)), [physician])

    assert found.slots[0].starts_at == at(9, first)
    assert reason_for(at(9, first), a_request(replace(VISIT, step=60)), physician) is None
    assert plain_reason(a_request(replace(VISIT, step=60)), physician, at(9, first + 20)) == "off_grid"


@pytest.mark.parametrize(
    ("now", "notice", "expected"),
    [
        (at(10) - 1, 0, None),
        (at(10), 0, None),
        (at(10) + 1, 0, "in_the_past"),
        (at(9), 60, None),
        (at(9) + 1, 60, "too_soon"),
        (at(10) + 1, 60, "in_the_past"),
        (at(10), 1, "too_soon"),
    ],
)
def test_notice_is_counted_from_now(now: int, notice: int, expected: str | None) -> None:
    request = a_request(replace(VISIT, min_notice=notice), now=now)

    assert reason_for(at(10), request, a_physician()) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, "beyond_horizon"), (1, None), (2, None)])
@pytest.mark.parametrize("hour", [0, 12, 23])
def test_the_horizon_counts_the_patients_days(days: int, hour: int, expected: str | None) -> None:
    request = a_request(replace(VISIT, horizon_days=days), now=at(hour, day=date(2026, 3, 1)))

    assert reason_for(at(10), request, a_physician()) == expected


def test_the_horizon_ends_with_the_patients_day_not_with_utcs() -> None:
    late = replace(PatientSide("NJ", NEW_YORK), latest=time(23, 59))
    request = a_request(replace(VISIT, horizon_days=1), patient=late, now=at(0, day=date(2026, 3, 1)))
    physician = a_physician((at(20), at(23, 59)))

    assert reason_for(at(23), request, physician) is None  # already tomorrow in UTC


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (LicencePeriod("NJ", MONDAY, MONDAY), None),
        (LicencePeriod("NJ", MONDAY, date.max), None),
        (LicencePeriod("NJ", date(2026, 3, 3), None), "no_licence"),
        (LicencePeriod("NJ", date(2020, 1, 1), date(2026, 3, 1)), "no_licence"),
        (LicencePeriod("FL", date(2020, 1, 1), None), "no_licence"),
    ],
)
def test_the_license_must_be_valid_for_the_patients_state_on_that_day(
    period: LicencePeriod, expected: str | None
) -> None:
    assert reason_for(at(10), a_request(), a_physician(licences=[period])) == expected


def test_a_renewed_license_goes_on_without_a_gap() -> None:
    renewal = [LicencePeriod("NJ", MONDAY, MONDAY), LicencePeriod("NJ", date(2026, 3, 3), None)]
    night_owl = replace(PatientSide("NJ", NEW_YORK), earliest=time(0), latest=time(23, 59))
    physician = a_physician((at(23), at(26)), licences=renewal)

    found = search(a_request(patient=night_owl), [physician])

    assert RemovalReason.NO_LICENCE not in found.removed


def test_a_license_ends_with_the_day_of_the_patient() -> None:
    late = replace(PatientSide("NJ", CHICAGO), latest=time(23, 59))
    today_only = [LicencePeriod("NJ", MONDAY, MONDAY)]
    physician = a_physician((at(20), at(25)), licences=today_only)

    assert plain_reason(a_request(patient=late), physician, at(24)) is None  # 23:00 in Chicago
    assert plain_reason(a_request(patient=late), physician, at(24, 30)) == "outside_patient_hours"
    assert plain_reason(a_request(patient=late), physician, at(24, 45)) == "no_licence"


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ((at(9), at(10)), None),
        ((at(9), at(10) + 1), "physician_busy"),
        ((at(10, 30), at(11)), None),
        ((at(10, 30) - 1, at(11)), "physician_busy"),
        ((at(10, 10), at(10, 20)), "physician_busy"),
        ((at(9), at(12)), "physician_busy"),
        ((at(10), at(10, 30)), "physician_busy"),
    ],
)
def test_busy_ranges_are_half_open(busy: Range, expected: str | None) -> None:
    assert reason_for(at(10), a_request(), a_physician(busy=[busy])) == expected
    as_patient = PatientSide("NJ", NEW_YORK, busy=[busy])
    patients = None if expected is None else "patient_busy"
    assert reason_for(at(10), a_request(patient=as_patient), a_physician()) == patients


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ((at(9), at(9, 55)), None),
        ((at(9), at(9, 55) + 1), "physician_busy"),
        ((at(10, 40), at(11)), None),
        ((at(10, 40) - 1, at(11)), "physician_busy"),
    ],
)
def test_buffers_keep_their_distance_from_the_physicians_other_time(busy: Range, expected: str | None) -> None:
    visit = replace(VISIT, buffer_before=5, buffer_after=10)

    assert reason_for(at(10), a_request(visit), a_physician(busy=[busy])) == expected


def test_buffers_do_not_count_for_the_patient_and_may_leave_the_opening() -> None:
    visit = replace(VISIT, buffer_before=30, buffer_after=30)
    patient = PatientSide("NJ", NEW_YORK, busy=[(at(8), at(9)), (at(9, 30), at(10))])

    assert reason_for(at(9), a_request(visit, patient=patient), a_physician((at(9), at(9, 30)))) is None


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ((at(9), at(9, 30)), "physician_busy"),
        ((at(9, 30), at(11, 20)), None),
        ((at(9, 30), at(11, 20) + 1), "physician_busy"),
        ((at(11, 30), at(12)), None),
        ((at(11, 30) - 1, at(12)), "physician_busy"),
    ],
)
def test_a_session_needs_the_physician_only_in_its_stretches(busy: Range, expected: str | None) -> None:
    session = VisitShape(150, (Segment(0, 30), Segment(140, 10)))

    assert reason_for(at(9), a_request(session), a_physician(busy=[busy])) == expected


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([(at(9), at(9, 30)), (at(11, 20), at(11, 30))], None),
        ([(at(9), at(9, 30) - 1), (at(11, 20), at(11, 30))], "does_not_fit"),
        ([(at(9), at(9, 30)), (at(11, 20) + 1, at(11, 30))], "does_not_fit"),
        ([(at(9), at(9, 30)), (at(11, 20), at(11, 30) - 1)], "does_not_fit"),
        ([(at(9), at(9, 30))], "does_not_fit"),
    ],
)
def test_each_stretch_of_a_session_lies_in_an_opening(hours: list[Range], expected: str | None) -> None:
    session = VisitShape(150, (Segment(0, 30), Segment(140, 10)))

    assert reason_for(at(9), a_request(session), a_physician(*hours)) == expected


def test_the_patient_is_engaged_for_the_whole_session() -> None:
    session = VisitShape(150, (Segment(0, 30), Segment(140, 10)))
    patient = PatientSide("NJ", NEW_YORK, busy=[(at(10), at(10, 15))])

    assert reason_for(at(9), a_request(session, patient=patient), a_physician()) == "patient_busy"


@pytest.mark.parametrize(
    ("start", "rest", "expected"),
    [
        (at(8), 0, "outside_patient_hours"),
        (at(8, 15), 0, None),
        (at(19, 30), 0, None),
        (at(19, 45), 0, "outside_patient_hours"),
        (at(18, 45), 45, None),
        (at(19), 45, "outside_patient_hours"),
    ],
)
def test_a_visit_and_its_rest_lie_in_the_patients_day(start: int, rest: int, expected: str | None) -> None:
    physician = a_physician((at(6), at(23)))

    assert reason_for(start, a_request(replace(VISIT, rest=rest)), physician) == expected


def test_the_patients_day_is_on_the_patients_clock() -> None:
    patient = PatientSide("NJ", CHICAGO)
    physician = a_physician((at(6), at(23)))

    assert plain_reason(a_request(patient=patient), physician, at(9)) == "outside_patient_hours"
    assert plain_reason(a_request(patient=patient), physician, at(9, 15)) is None
    assert plain_reason(a_request(patient=patient), physician, at(20, 30)) is None
    assert plain_reason(a_request(patient=patient), physician, at(20, 45)) == "outside_patient_hours"


@pytest.mark.parametrize(
    ("start", "expected"),
    [(at(8, 45), "not_open"), (at(9), None), (at(11, 30), None), (at(11, 45), "does_not_fit"), (at(12), "not_open")],
)
def test_openings_are_half_open(start: int, expected: str | None) -> None:
    assert reason_for(start, a_request(), a_physician()) == expected


@pytest.mark.parametrize("seconds", [1, 60, 899])
def test_a_start_between_the_steps_is_off_the_grid(seconds: int) -> None:
    assert reason_for(at(10) + seconds, a_request(), a_physician()) == "off_grid"


def test_one_start_can_be_checked_whatever_days_were_asked() -> None:
    other_day = replace(a_request(), first_day=date(2026, 4, 1), last_day=date(2026, 4, 2))

    assert plain_reason(other_day, a_physician(), at(10)) is None


def test_the_days_asked_are_the_patients_and_include_the_last() -> None:
    request = replace(a_request(patient=PatientSide("NJ", CHICAGO)), last_day=date(2026, 3, 3))

    assert window_of(request) == (at(1), at(25, day=date(2026, 3, 3)))


def test_starts_outside_the_days_asked_are_not_considered() -> None:
    around_the_clock = a_physician((at(-48), at(96)))

    found = search(a_request(), [around_the_clock])

    assert found.considered == 96


def test_a_start_counts_under_the_first_of_its_reasons() -> None:
    everything_wrong = a_request(replace(VISIT, min_notice=60, horizon_days=-1), now=at(10) + 1)
    patient = PatientSide("NJ", NEW_YORK, busy=[(at(9), at(12))], earliest=time(13))
    request = replace(everything_wrong, patient=patient)
    physician = a_physician((at(10), at(10, 15)), busy=[(at(9), at(12))], licences=[])
    shut = [Blocked(at(9), at(12), "shut")]
    physician = replace(physician, closures=shut, full=shut)
    repairs: list[tuple[RemovalReason, dict[str, Any], dict[str, Any]]] = [
        (RemovalReason.IN_THE_PAST, {"now": at(10)}, {}),
        (RemovalReason.TOO_SOON, {"visit": replace(VISIT, horizon_days=-1)}, {}),
        (RemovalReason.BEYOND_HORIZON, {"visit": VISIT}, {}),
        (RemovalReason.CLINIC_CLOSED, {}, {"closures": []}),
        (RemovalReason.NO_LICENCE, {}, {"licences": [NJ]}),
        (RemovalReason.CAP_REACHED, {}, {"full": []}),
        (RemovalReason.PHYSICIAN_BUSY, {}, {"busy": []}),
        (RemovalReason.PATIENT_BUSY, {"patient": replace(patient, busy=[])}, {}),
        (RemovalReason.OUTSIDE_PATIENT_HOURS, {"patient": PatientSide("NJ", NEW_YORK)}, {}),
        (RemovalReason.DOES_NOT_FIT, {}, {"open": [(at(10), at(10, 30))]}),
    ]

    for reason, asked, sided in repairs:
        assert plain_reason(request, physician, at(10)) is reason
        assert search(request, [physician]).removed[reason] == 1
        request = replace(request, **asked)
        physician = replace(physician, **sided)

    assert plain_reason(request, physician, at(10)) is None


def test_slots_are_in_order_of_time_then_of_the_physicians_given() -> None:
    hours = (at(9), at(10))

    found = search(a_request(), [a_physician(hours, physician_id=TWO), a_physician(hours, physician_id=ONE)])

    assert [(slot.starts_at, slot.physician_id) for slot in found.slots] == [
        (start, physician) for start in (at(9), at(9, 15), at(9, 30)) for physician in (TWO, ONE)
    ]


def test_physicians_without_a_start_are_named_with_the_cause() -> None:
    closed = replace(a_physician(physician_id=TWO), open=(), closed=True)
    without = replace(a_physician(), open=())

    found = search(a_request(), [without, closed])

    assert (found.considered, found.without_hours, found.closed) == (0, (ONE,), (TWO,))
    assert dict(found.removed) == {}


def test_a_physician_with_some_hours_left_is_not_called_closed() -> None:
    assert search(a_request(), [replace(a_physician(), closed=True)]).closed == ()


def test_reversed_days_find_nothing() -> None:
    found = search(replace(a_request(), last_day=date(2026, 3, 1)), [a_physician((at(-48), at(96)))])

    assert (found.considered, found.slots) == (0, ())


def test_busy_ranges_may_come_in_any_order() -> None:
    busy = [(at(11), at(11, 30)), (at(9), at(9, 30)), (at(9, 15), at(9, 20)), (at(9), at(9, 5))]

    found = search(a_request(), [a_physician(busy=busy)])

    assert [slot.starts_at for slot in found.slots] == [
        at(9, 30),
        at(9, 45),
        at(10),
        at(10, 15),
        at(10, 30),
        at(11, 30),
    ]


def test_a_busy_range_far_beyond_the_days_asked_costs_nothing() -> None:
    found = search(a_request(), [a_physician(busy=[(at(11), at(11) + (1 << 36))])])

    assert found.slots[-1].starts_at == at(10, 30)
