"""The day of a session on PostgreSQL: what a checklist and the watch of a support person lead to."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel.outbox import Outbox
from clinic.messaging.rules.kinds import Drop, Send
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.errors import AnswersMissing
from clinic.monitoring.models import ClinicalFinding
from clinic.oncall.models import OnCallPage
from clinic.readiness.actions.checking import check as look
from clinic.readiness.queries.checks import reasons_of
from clinic.readiness.rules.codes import GateCode
from clinic.scheduling import actions as scheduling
from clinic.session_day.actions import checklist, watching
from clinic.session_day.errors import (
    NoChecklist,
    NoReadingWanted,
    ReadingsMissing,
    TooEarlyToMeasure,
    WatchNotOpen,
)
from clinic.session_day.models import PressureReading, SupportObservation
from clinic.session_day.queries.board import sessions_of_day
from clinic.session_day.rules.board import Urgency
from clinic.session_day.rules.pressure import Reading
from clinic.worklist.actions import close_item
from clinic.worklist.models import WorkItem
from tests.domains.monitoring.check_in_makers import SWEEP
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic, at
from tests.domains.session_day.day_makers import SUPPORT, Day, ask_checklist, home_day, judged, put_off, ready

QUIET = Reading(systolic=118, diastolic=76, pulse=66)


@pytest.fixture
def day(session) -> Day:
    return home_day(session, Clinic(session))


def test_the_list_of_an_early_session_is_filled_in_in_time_and_asked_for_by_day(session):
    maker, start = Clinic(session), at(24, 9)
    maker.visit_type("induction_session", patient_minutes=120)
    patient = maker.patient()
    visit = maker.visit(patient, maker.physician(), start, visit_type_code="induction_session")
    ask_checklist(session, patient.id, visit, now=maker.now)
    day = Day(session, patient, visit, start - timedelta(hours=2))
    (told,) = day.texts("CHECKLIST_EARLY")
    assert (told.due_at, judged(day, "CHECKLIST_EARLY")) == (at(23, 18), Send())
    assert day.standing.checklist == "none"
    open_due(session, now=day.now, by=SWEEP, ring=RING)
    day.answer()
    day.sit()
    day.measure(150, 92)
    day.measure(after=timedelta(minutes=15))
    day.finish()
    kept = look(session, appointment_id=visit.id, by=COORDINATOR, now=start)
    codes = {each.code for each in reasons_of(kept)}
    assert not codes & {GateCode.CHECKLIST_OPEN, GateCode.CHECKLIST_HELD}
    assert isinstance(judged(day, "CHECKLIST_EARLY"), Drop)


def test_a_good_list_passes_and_stands_so(day: Day):
    assert day.standing.checklist == "open"
    day.answer()
    with pytest.raises(ReadingsMissing):
        day.finish()
    day.sit()
    with pytest.raises(TooEarlyToMeasure):
        day.measure(after=timedelta(minutes=4))
    day.now = day.now - timedelta(minutes=4)
    day.measure()
    with pytest.raises(NoReadingWanted):
        day.measure()
    assert day.finish().outcome == "passed"
    assert (day.standing.checklist, day.standing.checklist_reasons) == ("passed", ())
    with pytest.raises(NoChecklist):
        day.answer()
    assert not day.tasks() & {"session_held", "session_stopped"}


def test_readings_that_stay_high_hold_the_day_and_each_of_them_is_kept(day: Day):
    day.answer()
    day.sit()
    for _ in range(3):
        day.measure(150, 92, after=timedelta(minutes=15))
    assert day.finish().reasons == ("pressure_high",)
    assert day.standing.checklist == "hold"
    assert len(list(day.session.scalars(select(PressureReading)))) == 6
    assert "session_held" in day.tasks()
    assert "session_stopped" not in day.tasks()
    assert isinstance(judged(day, "HOLD_TODAY"), Send)


def test_a_list_that_stops_the_day_may_be_sent_at_once_and_asks_a_physician(day: Day):
    day.answer(no_alcohol="0", mood=None)
    assert day.finish().outcome == "stopped"
    assert {"session_held", "session_stopped"} <= day.tasks()
    assert len(day.texts("HOLD_TODAY")) == 1


def test_what_is_missing_is_asked_for_but_never_water_of_who_may_not_drink(day: Day):
    day.answer(hydrated=None)
    day.sit()
    day.measure()
    with pytest.raises(AnswersMissing):
        day.finish()
    day.patient.is_fluid_restricted = True
    assert day.finish().outcome == "passed"


def test_a_list_that_comes_after_the_start_is_kept_and_does_not_count(day: Day):
    day.answer(safe_place="0")
    day.sit()
    day.measure()
    day.begin()
    assert day.finish().outcome == "hold"
    assert day.standing.checklist == "open"
    assert day.standing.checklist_reasons == ("place", "finished_late")
    assert "session_held" in day.tasks()
    assert day.texts("HOLD_TODAY") == []


def test_a_single_reading_in_the_range_of_danger_rings_at_once(day: Day):
    day.sit()
    reading = Reading(systolic=190, diastolic=100, pulse=80)
    later = day.now + timedelta(minutes=5)
    checklist.take_reading(day.session, appointment_id=day.visit.id, reading=reading, by=day.by, now=later)
    day.session.flush()
    assert day.session.scalars(select(Outbox.id).where(Outbox.topic == "answer.alarming")).all()


def test_a_session_that_moves_to_another_day_is_asked_anew(day: Day):
    day.answer(food_stopped="0")
    day.sit()
    day.measure()
    day.finish()
    assert day.standing.checklist == "hold"
    put_off(day)
    ask_checklist(day.session, day.patient.id, day.visit, now=day.now)
    assert day.standing.checklist == "none"


def test_silence_is_a_task_until_somebody_looks(day: Day):
    person = ready(day)
    watching.watch_checks(day.session, now=day.now + timedelta(minutes=24), by=COORDINATOR)
    assert "session_check_late" not in day.tasks()
    watching.watch_checks(day.session, now=day.now + timedelta(minutes=25), by=COORDINATOR)
    watching.watch_checks(day.session, now=day.now + timedelta(minutes=30), by=COORDINATOR)
    assert "session_check_late" in day.tasks()
    watching.note_check(day.session, person_id=person.id, is_well=True, by=SUPPORT, now=day.now + timedelta(minutes=31))
    assert "session_check_late" not in day.tasks()


def test_silence_is_asked_about_again_only_as_long_after_somebody_called(day: Day, session):
    ready(day)
    began = day.now
    for minutes, is_asked in ((25, True), (26, False), (49, False), (51, True)):
        watching.watch_checks(session, now=began + timedelta(minutes=minutes), by=COORDINATOR)
        assert ("session_check_late" in day.tasks()) is is_asked
        for item in session.scalars(select(WorkItem).where(WorkItem.kind == "session_check_late")):
            if item.state == "open":
                day.now = began + timedelta(minutes=minutes)
                close_item(session, item_id=item.id, version=item.version, by=COORDINATOR, now=day.now)


def test_a_session_that_is_called_over_early_is_watched_until_its_planned_end(day: Day, session):
    ready(day)
    scheduling.complete(session, appointment_id=day.visit.id, by=COORDINATOR, now=day.now + timedelta(minutes=30))
    watching.watch_checks(session, now=day.visit.ends_at + timedelta(minutes=1), by=COORDINATOR)
    assert "session_check_late" not in day.tasks()
    watching.watch_checks(session, now=day.now + timedelta(minutes=40), by=COORDINATOR)
    assert "session_check_late" in day.tasks()
    day.now = day.visit.ends_at + timedelta(minutes=1)
    (row,) = sessions_of_day(session, day=day.now.date(), zone=day.visit.location_zone, now=day.now)
    assert (row.urgency, row.is_watched) == (Urgency.SILENT, True)


def test_nothing_is_noted_before_the_session_begins(day: Day):
    person = day.name()
    with pytest.raises(WatchNotOpen):
        watching.note_check(day.session, person_id=person.id, is_well=True, by=SUPPORT, now=day.now)
    day.begin()
    with pytest.raises(WatchNotOpen):  # Nobody said to be there.
        watching.note_check(day.session, person_id=person.id, is_well=True, by=SUPPORT, now=day.now)


def test_the_emergency_button_calls_everybody_once_and_works_whatever_stands(day: Day):
    person = day.name()
    for seconds in (0, 20):
        watching.press_emergency(day.session, person_id=person.id, by=SUPPORT, now=day.now + timedelta(seconds=seconds))
    assert "session_emergency" in day.tasks()
    assert [one.kind for one in day.session.scalars(select(OnCallPage))] == ["session_emergency"]
    assert len(day.session.scalars(select(SupportObservation)).all()) == 1
    (finding,) = day.session.scalars(select(ClinicalFinding))
    assert (finding.kind, finding.details) == ("concern_by_other", {"who": "support_person"})


@pytest.mark.parametrize(
    ("act", "findings", "pages"),
    [
        (lambda day, who: watching.note_check(day.session, person_id=who, is_well=True, by=SUPPORT, now=day.now), 0, 0),
        (
            lambda day, who: watching.note_check(day.session, person_id=who, is_well=False, by=SUPPORT, now=day.now),
            1,
            1,
        ),
        (lambda day, who: check(day, who, is_well=True, has_vomited=True), 1, 0),
        (lambda day, who: pressure(day, who, 150, 90), 0, 0),
        (lambda day, who: pressure(day, who, 165, 90), 1, 0),
        (lambda day, who: pressure(day, who, 185, 90), 1, 1),
    ],
)
def test_what_is_not_well_reaches_the_physician(day: Day, act, findings, pages):
    person = ready(day)
    act(day, person.id)
    day.session.flush()
    assert len(day.session.scalars(select(ClinicalFinding)).all()) == findings
    assert len(day.session.scalars(select(OnCallPage)).all()) == pages


def check(day: Day, who, **how: bool):
    return watching.note_check(day.session, person_id=who, by=SUPPORT, now=day.now, **how)


def pressure(day: Day, who, upper: int, lower: int):
    reading = Reading(systolic=upper, diastolic=lower, pulse=70)
    return watching.note_pressure(day.session, person_id=who, reading=reading, by=SUPPORT, now=day.now)


def test_the_watch_ends_after_two_hours_when_all_is_well(day: Day):
    person = ready(day)
    began, steady = day.now, watching.Steady(is_awake=True, walks_steadily=True, is_nausea_gone=True)
    day.now = began + timedelta(minutes=119)
    early = watching.note_steady(day.session, person_id=person.id, steady=steady, by=SUPPORT, now=day.now)
    assert not early.may_end
    day.now = began + timedelta(minutes=120)
    watching.note_pressure(day.session, person_id=person.id, reading=QUIET, by=SUPPORT, now=day.now)
    ended = watching.note_steady(day.session, person_id=person.id, steady=steady, by=SUPPORT, now=day.now)
    assert ended.may_end
    assert person.watch_ended_at == day.now
