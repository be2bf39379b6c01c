"""A timeline: every source on one axis, the newest answer counts, and years cost no more statements than a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from clinic.dashboards.timeline import timeline
from clinic.dashboards.timeline_rules import (
    PHQ9,
    Effect,
    Reading,
    SessionTaken,
    Span,
    Window,
    about_sessions,
    window_of,
)
from clinic.kernel.ids import new_id
from clinic.monitoring.actions.answering import submit
from clinic.people.queries import patient as patient_of
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.rules.phases import Phase
from tests.domains.monitoring.check_in_makers import PHQ9 as ITEMS
from tests.domains.monitoring.check_in_makers import every, survey
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import CourseClinic, enter, on, take

TODAY = date(2026, 11, 23)


@pytest.fixture
def plan(session):
    return CourseClinic(session).plan(Phase.MAINTENANCE, since=NOW - timedelta(days=90))


def tell(session, plan, given, *, days_ago: int, is_sent: bool = True):
    """Answer instruments that many days ago: instrument -> answers, or a list of answers one after the other."""
    at = NOW - timedelta(days=days_ago)
    found = survey(session, patient_of(session, plan.patient_id), *given, now=at)
    for key, values in given.items():
        for minute, one in enumerate(values if isinstance(values, list) else [values]):
            found.save(key, one, now=at + timedelta(minutes=minute))
    if is_sent:
        submit(session, check_in_id=found.id, leaves_out=True, by=found.by, now=at + timedelta(minutes=9))


def read(session, plan):
    session.flush()
    return timeline(session, patient_of(session, plan.patient_id), now=NOW)


def test_scores_pressures_sessions_and_item_nine_stand_on_the_patients_own_days(session, plan):
    visit = take(session, plan, at=on("2026-10-01"))
    tell(
        session, plan, {"phq9": [every(ITEMS, 1), {"q9": 0}], "vitals": {"systolic": 150, "diastolic": 80}}, days_ago=20
    )
    line = read(session, plan)
    assert (line.today, line.phase, line.started_on) == (TODAY, "maintenance", date(2026, 10, 1))
    assert [one.appointment_id for one in line.sessions] == [visit.id]
    assert [(one.on, one.value, dict(one.items)) for one in line.of(PHQ9)] == [(date(2026, 11, 3), 8, {"q9": 0})]
    assert [(one.systolic, one.diastolic, one.pulse) for one in line.pressures] == [(150, 80, None)]
    assert line.item_nine.value == 0, "the newest answer counts"


def test_a_second_course_is_told_from_its_own_start(session):
    course = CourseClinic(session)
    first = course.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    tell(session, first, {"phq9": every(ITEMS, 2)}, days_ago=190)
    take(session, first, at=NOW - timedelta(days=180))
    enter(session, first, Phase.ENDED, by=course.doctor_of(first), now=NOW - timedelta(days=100))
    again = course.plan(patient=patient_of(session, first.patient_id), since=NOW - timedelta(days=60))
    tell(session, again, {"phq9": every(ITEMS, 1)}, days_ago=50)
    take(session, again, at=NOW - timedelta(days=45), kind="follow_up")
    watch_course(session, plan=again, by=COORDINATOR, now=NOW - timedelta(days=44))
    take(session, again, at=NOW - timedelta(days=40))
    tell(session, again, {"phq9": every(ITEMS, 0)}, days_ago=20)
    line = read(session, again)
    assert len(line.sessions) == 2
    assert line.course(PHQ9).baseline.value == 9


def test_an_item_nine_that_was_never_sent_is_seen_and_has_no_score(session, plan):
    tell(session, plan, {"phq9": {"q9": 3}}, days_ago=1, is_sent=False)
    line = read(session, plan)
    assert line.item_nine.value == 3
    assert line.of(PHQ9) == ()


def test_more_check_ins_cost_no_more_statements(session, plan):
    def statements() -> int:
        seen, connection = [], session.connection()
        session.flush()

        def listen(*given):
            seen.append(given[2])

        event.listen(connection, "before_cursor_execute", listen)
        read(session, plan)
        event.remove(connection, "before_cursor_execute", listen)
        return len(seen)

    tell(session, plan, {"phq9": every(ITEMS, 1), "craving": {"now": 2}}, days_ago=60)
    take(session, plan, at=on("2026-10-01"))
    few = statements()
    for days_ago in (40, 30, 20):
        tell(session, plan, {"phq9": every(ITEMS, 0), "craving": {"now": 1}}, days_ago=days_ago)
    take(session, plan, at=on("2026-10-22"))
    assert statements() == few <= 14


@pytest.mark.parametrize(
    ("span", "window"),
    [
        (Span.START, Window(date(2026, 1, 2), TODAY)),
        (Span.YEAR, Window(TODAY - timedelta(days=364), TODAY)),
        (Span.QUARTER, Window(TODAY - timedelta(days=89), TODAY)),
    ],
)
def test_a_window_ends_today_and_begins_where_it_is_asked_to(span, window):
    assert window_of([date(2026, 5, 1), date(2026, 1, 2)], today=TODAY, span=span) == window


def test_a_window_of_a_new_patient_is_four_weeks_long():
    assert window_of([], today=TODAY, span=Span.START) == Window(TODAY - timedelta(days=27), TODAY)


def effect(value: int, at: datetime) -> Effect:
    return Effect(value=value, at=at, on=at.date(), units=None, assessment_id=new_id())


def test_a_session_has_the_worst_effect_told_about_it_with_its_units_and_others_stand_alone():
    at = datetime(2026, 10, 1, 14, tzinfo=UTC)
    taken = SessionTaken(appointment_id=new_id(), at=at, on=at.date(), phase="induction", units=3)
    evening, next_day = effect(1, at + timedelta(hours=5)), effect(2, at + timedelta(days=1))
    alone, unknown = effect(3, at - timedelta(days=9)), effect(1, at + timedelta(days=3))
    told = [(evening, taken.appointment_id), (next_day, taken.appointment_id), (alone, None), (unknown, new_id())]
    found = about_sessions(told, [taken])
    assert [(one.value, one.at, one.units) for one in found] == [
        (3, alone.at, None),
        (2, at, 3),
        (1, unknown.at, None),
    ]


@pytest.mark.parametrize(
    ("phase", "days", "is_missing"),
    [("induction", 10, False), ("induction", 11, True), ("maintenance", 35, False), ("maintenance", 36, True)],
)
def test_a_score_is_missing_when_the_phase_would_have_asked_again(session, plan, phase, days, is_missing):
    on_day = TODAY - timedelta(days=days)
    reading = Reading(value=Decimal(9), at=NOW, on=on_day, assessment_id=new_id(), items={})
    line = replace(read(session, plan), phase=phase, scores={PHQ9: (reading,)})
    assert line.days_without(PHQ9) == days
    assert line.is_missing(PHQ9) is is_missing
