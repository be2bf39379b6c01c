"""A taper as physicians run it: growing gaps, a gate before each step, and an end that leaves nothing at home."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.treatment.actions import tapers as actions
from clinic.treatment.errors import (
    PhaseNotPossible,
    PhysicianDecides,
    ReasonTooShort,
    StepNotNext,
    TaperOver,
    TaperRefused,
    TaperRuns,
    VisitsRemain,
)
from clinic.treatment.queries import changes_of, phases_of, rules_of_plan
from clinic.treatment.queries.tapers import taper_limits, taper_of
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.tapers import Reading, Readings, Returned, gate
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import BECAUSE, CourseClinic, book, enter, on, take

TODAY = date(2026, 11, 23)


@pytest.fixture
def ward(session):
    made = CourseClinic(session)
    made.ana = made.patient()
    made.made = made.plan(Phase.MAINTENANCE, patient=made.ana)
    return made


def started(session, ward, **changes):
    wanted = {"plan_id": ward.made.id, "gaps_days": (30, 45, 60), "reason": BECAUSE, "version": ward.made.version}
    return actions.start_taper(session, **(wanted | {"by": ward.doctor, "now": NOW} | changes))


def asked(ward, taper, **changes):
    return {"taper_id": taper.id, "version": taper.version, "by": ward.doctor, "now": NOW} | changes


def looked(session, *, sds=2, craving=1):
    def reading(value):
        return Reading(Decimal(value), TODAY)

    seen = {"phq9_before": reading(5), "phq9": reading(6), "sds": reading(sds), "craving": reading(craving)}
    return gate(Readings(**seen, withdrawal_on=TODAY), taper_limits(session), today=TODAY)


def steps(session, ward):
    return [(step.number, step.state, step.planned_on) for step in taper_of(session, ward.made.id).steps]


def days(*after):
    return [TODAY + timedelta(days=each) for each in after]


def test_a_taper_begins_with_the_plan_in_that_phase_and_the_gaps_as_its_own_numbers(session, ward):
    started(session, ward, directions=["Half a step down", ""], relapse_plan="Call us first")
    assert ward.made.phase == Phase.TAPER
    assert rules_of_plan(session, ward.made).taper.gaps_days == (30, 45, 60)
    view = taper_of(session, ward.made.id)
    assert (view.taper.started_on, view.taper.relapse_plan, view.next_step.number) == (TODAY, "Call us first", 1)
    assert [step.direction for step in view.steps] == ["Half a step down", None, None]
    assert [day for _, _, day in steps(session, ward)] == days(30, 75, 135)


def test_the_first_step_is_counted_from_the_last_session(session, ward):
    take(session, ward.made, at=on("2026-11-13"))
    started(session, ward)
    assert [day for _, _, day in steps(session, ward)] == days(20, 65, 125)


def test_it_begins_once_for_a_plan_with_a_reason_by_its_physician(session, ward):
    stranger = ward.physician("Dr. Luis Herrera")[1]
    for changes, refusal in (
        ({"reason": "  "}, ReasonTooShort),
        ({"gaps_days": (45, 30)}, TaperRefused),
        ({"directions": ["a"] * 4}, TaperRefused),
        ({"by": stranger}, PhysicianDecides),
        ({"by": COORDINATOR}, PhysicianDecides),
        ({"version": 99}, ChangedMeanwhile),
    ):
        with pytest.raises(refusal):
            started(session, ward, **changes)
    assert taper_of(session, ward.made.id) is None
    started(session, ward)
    with pytest.raises(TaperRuns):
        started(session, ward)


def test_a_plan_under_evaluation_has_no_taper(session, ward):
    early = ward.plan(Phase.EVALUATION, patient=ward.patient())
    with pytest.raises(PhaseNotPossible):
        started(session, ward, plan_id=early.id, version=early.version)


def test_a_step_is_taken_with_what_was_looked_at_and_the_rest_follows_from_that_day(session, ward):
    taper = started(session, ward)
    later = NOW + timedelta(days=33)
    actions.take_step(session, number=1, gate=looked(session), **asked(ward, taper, now=later))
    assert steps(session, ward) == [
        (1, "done", days(30)[0]),
        (2, "waiting", days(33 + 45)[0]),
        (3, "waiting", days(33 + 105)[0]),
    ]
    kept = taper_of(session, ward.made.id).steps[0].gate
    assert kept["is_open"]
    assert [each["value"] for each in kept["checks"]] == ["1", "2", "1", "no flag"]


def test_a_step_whose_gate_is_not_open_needs_a_reason_that_stays_sealed_in_the_history(session, ward):
    taper = started(session, ward)
    shut = looked(session, sds=4)
    with pytest.raises(ReasonTooShort):
        actions.take_step(session, number=1, gate=shut, **asked(ward, taper))
    actions.take_step(session, number=1, gate=shut, reason="Talked it over twice", **asked(ward, taper))
    view = taper_of(session, ward.made.id)
    assert [change.reason for change in view.reasons[1]] == ["Talked it over twice"]
    assert ["taper_step_1"] in [change.fields for change in changes_of(session, ward.made.id)]


def test_holding_moves_the_step_and_what_follows_and_it_can_still_be_taken(session, ward):
    taper = started(session, ward)
    for until in (TODAY, TODAY + timedelta(days=366)):
        with pytest.raises(TaperRefused):
            actions.hold_step(
                session, number=1, gate=looked(session), until=until, reason=BECAUSE, **asked(ward, taper)
            )
    until = TODAY + timedelta(days=50)
    actions.hold_step(session, number=1, gate=looked(session), until=until, reason=BECAUSE, **asked(ward, taper))
    assert steps(session, ward) == [
        (1, "held", until),
        (2, "waiting", days(95)[0]),
        (3, "waiting", days(155)[0]),
    ]
    actions.take_step(session, number=1, gate=looked(session), **asked(ward, taper))
    assert taper_of(session, ward.made.id).next_step.number == 2


def test_skipping_counts_the_next_step_from_where_this_one_was(session, ward):
    taper = started(session, ward)
    with pytest.raises(ReasonTooShort):
        actions.skip_step(session, number=1, gate=looked(session), reason="", **asked(ward, taper))
    actions.skip_step(session, number=1, gate=looked(session), reason=BECAUSE, **asked(ward, taper))
    assert [day for _, _, day in steps(session, ward)] == days(30, 45, 105)


def test_steps_are_decided_in_their_order_over_the_version_that_was_shown(session, ward):
    taper = started(session, ward)
    with pytest.raises(StepNotNext):
        actions.take_step(session, number=2, gate=looked(session), **asked(ward, taper))
    with pytest.raises(ChangedMeanwhile):
        actions.take_step(session, number=1, gate=looked(session), **asked(ward, taper, version=taper.version + 1))


def finished(session, ward):
    taper = started(session, ward, gaps_days=(30,))
    actions.take_step(session, number=1, gate=looked(session), **asked(ward, taper))
    return taper


def test_a_taper_completes_with_the_units_left_and_aftercare_begins(session, ward):
    running = started(session, ward, gaps_days=(30,))
    with pytest.raises(StepNotNext):
        actions.complete_taper(session, units_left=0, returned=Returned.NONE_LEFT, **asked(ward, running))
    actions.take_step(session, number=1, gate=looked(session), **asked(ward, running))
    with pytest.raises(TaperRefused):
        actions.complete_taper(session, units_left=2, returned=Returned.NONE_LEFT, **asked(ward, running))
    actions.complete_taper(session, units_left=2, returned=Returned.MAIL_BACK, **asked(ward, running))
    taper = taper_of(session, ward.made.id).taper
    assert (taper.state, taper.units_left, taper.returned, taper.ended_on) == ("completed", 2, "mail_back", TODAY)
    assert ward.made.phase == Phase.AFTERCARE
    with pytest.raises(TaperOver):
        actions.change_relapse_plan(session, relapse_plan="x", **asked(ward, running))


def test_booked_sessions_have_to_be_called_off_before_aftercare(session, ward):
    taper = finished(session, ward)
    book(session, ward.made, at=on("2026-12-23"))
    nothing_left = {"units_left": 0, "returned": Returned.NONE_LEFT}
    with pytest.raises(VisitsRemain), session.begin_nested():
        actions.complete_taper(session, **nothing_left, **asked(ward, taper))
    session.refresh(taper)
    actions.complete_taper(session, **nothing_left, cancel_visits=True, **asked(ward, taper))
    assert ward.made.phase == Phase.AFTERCARE


def test_a_taper_stops_with_a_reason_and_other_steps_can_follow(session, ward):
    taper = started(session, ward)
    with pytest.raises(ReasonTooShort):
        actions.stop_taper(session, reason="", **asked(ward, taper))
    session.refresh(taper)
    actions.stop_taper(session, reason=BECAUSE, **asked(ward, taper))
    assert (taper.state, ward.made.phase) == ("stopped", Phase.TAPER)
    started(session, ward, gaps_days=(40, 50), now=NOW + timedelta(hours=1))
    view = taper_of(session, ward.made.id)
    assert [step.gap_days for step in view.steps] == [40, 50]
    back = asked(ward, view.taper, now=NOW + timedelta(hours=2))
    actions.stop_taper(session, reason=BECAUSE, next_phase=Phase.MAINTENANCE, **back)
    assert phases_of(session, ward.made.id)[-1].to_phase == Phase.MAINTENANCE


def test_a_plan_that_goes_on_to_another_phase_takes_its_taper_along(session, ward):
    taper = started(session, ward)
    enter(session, ward.made, Phase.MAINTENANCE, by=ward.doctor)
    session.refresh(taper)
    assert (taper.state, taper.reason) == ("stopped", "The plan went on to maintenance.")
