"""Free times seen by the wishes of a patient: what they break and how well they suit."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.localtime import local_day
from clinic.scheduling.rules.slots import Slot
from clinic.treatment.rules.hours import Stretch, is_within
from clinic.treatment.rules.planning import Limit, Relax, Wishes, anchor, candidates_of, day_of
from tests.domains.treatment.planning_cases import at, searches
from tests.domains.treatment.planning_makers import CHICAGO, DOCTOR, NEW_YORK, OTHER, day, slot

MONDAY_MORNING = (Stretch(0, 540, 780),)


def only(time: Slot, wishes: Wishes):
    (found,) = candidates_of([time], wishes)
    return found


def test_without_wishes_every_time_suits():
    found = only(slot(0, 10), Wishes(zone=NEW_YORK))

    assert (found.breaks, found.is_other, found.is_outside, found.clock, found.limits) == ((), False, False, 0, ())
    assert found.day == day(0)


@pytest.mark.parametrize(("is_only", "breaks"), [(False, ()), (True, (Relax.PHYSICIAN,))])
def test_another_physician_is_less_good_or_not_wanted_at_all(is_only: bool, breaks: tuple[Relax, ...]):
    found = only(slot(0, 10, physician=OTHER), Wishes(zone=NEW_YORK, physician_id=DOCTOR, is_only_physician=is_only))

    assert (found.is_other, found.breaks) == (True, breaks)


@pytest.mark.parametrize(("is_strict", "breaks"), [(False, ()), (True, (Relax.PATIENT_HOURS,))])
def test_the_patients_hours_are_wishes_unless_they_are_strict(is_strict: bool, breaks: tuple[Relax, ...]):
    wishes = Wishes(zone=NEW_YORK, patient_hours=MONDAY_MORNING, are_hours_strict=is_strict)

    assert only(slot(0, 9), wishes).is_outside is False
    assert (only(slot(0, 11), wishes).is_outside, only(slot(0, 11), wishes).breaks) == (True, breaks)


def test_the_support_person_has_to_be_there_for_the_whole_visit():
    wishes = Wishes(zone=NEW_YORK, support_hours=MONDAY_MORNING)

    assert only(slot(0, 10.5), wishes).breaks == ()
    assert only(slot(0, 10.75), wishes).breaks == (Relax.SUPPORT_HOURS,)
    assert only(slot(1, 10), wishes).breaks == (Relax.SUPPORT_HOURS,)


def test_hours_are_those_of_the_patient_and_not_of_the_physician():
    wishes = Wishes(zone=CHICAGO, support_hours=MONDAY_MORNING)

    assert only(slot(0, 9), wishes).breaks == (Relax.SUPPORT_HOURS,)
    assert only(slot(0, 10), wishes).breaks == ()


@pytest.mark.parametrize(("hour", "minutes"), [(10, 0), (11.5, 90), (8, 120)])
def test_a_time_is_as_good_as_it_is_near_to_the_usual_one(hour: float, minutes: int):
    assert only(slot(0, hour), Wishes(zone=NEW_YORK, usual_minute=600)).clock == minutes


def test_the_usual_time_is_reached_round_midnight_too():
    assert only(slot(0, 0.5), Wishes(zone=NEW_YORK, usual_minute=23 * 60 + 30)).clock == 60


def test_times_come_in_order_with_the_caps_that_they_take_a_place_of():
    def limits(time: Slot, on: int) -> list[Limit]:
        return [Limit((time.physician_id, on), 1)]

    found = candidates_of([slot(1, 10), slot(0, 10)], Wishes(zone=NEW_YORK), limits_of=limits)

    assert [one.day for one in found] == [day(0), day(1)]
    assert found[0].limits == (Limit((DOCTOR, day(0)), 1),)


@searches(300)
@given(
    zone=st.sampled_from([NEW_YORK, CHICAGO]),
    first=st.sampled_from([date(2026, 3, 7), date(2026, 10, 31), date(2026, 12, 30)]),
    offset=st.integers(0, 3),
    quarter=st.integers(0, 95),
    minutes=st.sampled_from([30, 150, 180]),
    hours=st.lists(
        st.builds(Stretch, st.integers(0, 6), st.sampled_from([0, 60, 540]), st.sampled_from([600, 1080, 1440])),
        max_size=4,
        unique_by=lambda stretch: stretch.weekday,
    ),
)
def test_days_and_hours_are_read_as_everywhere_else_when_the_clocks_change(
    zone: str, first: date, offset: int, quarter: int, minutes: int, hours: list[Stretch]
):
    starts_at = at(first + timedelta(days=offset), quarter * 15, zone)
    time = Slot(DOCTOR, starts_at, starts_at + minutes * 60)
    weekly = tuple(sorted(hours))

    found = only(time, Wishes(zone=zone, support_hours=weekly))

    begin, end = (datetime.fromtimestamp(one, UTC) for one in (time.starts_at, time.ends_at))
    assert found.day == local_day(starts_at, zone).toordinal() == day_of(starts_at, zone)
    assert anchor(starts_at, time.ends_at, zone=zone).day == found.day
    assert (found.breaks == ()) == is_within(weekly, starts_at=begin, ends_at=end, zone=zone)


def test_the_same_time_asked_about_for_a_review_needs_nobody_beside_the_patient():
    wishes = Wishes(zone=NEW_YORK, support_hours=MONDAY_MORNING)

    assert only(slot(1, 10), replace(wishes, support_hours=())).breaks == ()
