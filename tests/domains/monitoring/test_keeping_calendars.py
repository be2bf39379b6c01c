"""Rows follow the sessions: planned with them, moved with them, gone with them; keeping twice changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.monitoring.actions.check_ins import cancel_check_ins
from clinic.monitoring.models import Assessment, CheckIn, MonitoringPolicyVersion
from clinic.monitoring.rules.calendar_data import shipped_calendar, to_content
from clinic.people import actions as people
from clinic.people.rules import PatientStatus
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment import actions as treatment
from clinic.treatment.errors import PlanRefused
from clinic.treatment.rules.phases import Phase
from tests.domains.monitoring.calendar_makers import SWEEP, TUESDAY, Patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import ADMIN, book, enter, on


@pytest.fixture
def patient(session: Session) -> Patient:
    found = Patient(session)
    found.keep(NOW)
    for sheet in found.sheets("planned"):
        if sheet.due_on <= NOW.date():
            sheet.state = "canceled"  # The intake of last week is none of these tests' business.
    session.query(Assessment).where(Assessment.moment == "intake").update({"state": "missed"})
    session.flush()
    return found


def test_a_booked_session_plans_its_rows_and_keeping_them_again_changes_nothing(patient, session):
    book(session, patient.plan, at=on("2026-11-25", 14))
    patient.keep(NOW)
    planned = patient.told("planned")
    assert planned == [
        "25 before planned: pre",
        "25 day planned: evening",
        "26 day planned: day_1",
        "28 day planned: day_3",
        "2 day planned: day_7",
        "18 day planned: induction_week",
    ]
    versions = [sheet.version for sheet in patient.sheets()]
    for _ in range(3):
        patient.keep(NOW + timedelta(minutes=5))
    assert patient.told("planned") == planned
    assert [sheet.version for sheet in patient.sheets()] == versions


def test_rows_move_with_the_session_and_vanish_with_it(patient, session):
    visit = book(session, patient.plan, at=on("2026-11-25", 14))
    patient.keep(NOW)
    scheduling.move(
        session,
        appointment_id=visit.id,
        physician_id=visit.physician_id,
        starts_at=on("2026-11-27", 11),
        version=visit.version,
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    patient.keep(NOW)
    assert patient.told("planned")[:5] == [
        "27 before planned: pre",
        "27 day planned: evening",
        "28 day planned: day_1",
        "30 day planned: day_3",
        "4 day planned: induction_week",
    ]
    scheduling.cancel(session, appointment_id=visit.id, reason=CancelReason.PATIENT_REQUEST, by=COORDINATOR, now=NOW)
    patient.keep(NOW)
    assert patient.told("planned") == ["4 day planned: induction_week", "18 day planned: induction_week"]


def test_a_session_that_was_not_taken_ends_what_it_had_opened_and_one_taken_after_all_asks_again(patient, session):
    visit = book(session, patient.plan, at=on("2026-11-24", 12))
    patient.keep(NOW)
    patient.sweep(on("2026-11-24", 9))
    patient.sweep(on("2026-11-24", 19, 5))
    assert "24 day open: evening" in patient.told("open")
    scheduling.mark_no_show(session, appointment_id=visit.id, by=COORDINATOR, now=on("2026-11-24", 19, 10))
    patient.keep(on("2026-11-24", 19, 10))
    assert patient.told("open") == []
    assert patient.texts() == ["POST_EVENING canceled"]
    treatment.follow_visit(session, appointment_id=visit.id, by=COORDINATOR, now=on("2026-11-25"))
    treatment.record_outcome(
        session,
        plan_id=patient.plan.id,
        appointment_id=visit.id,
        outcome="taken",
        reason="She was there after all.",
        version=patient.plan.version,
        by=patient.clinic.doctor,
        now=on("2026-11-25"),
    )
    patient.keep(on("2026-11-25"))
    assert patient.told("planned")[1:3] == ["25 day planned: day_1", "27 day planned: day_3"]


def test_a_new_phase_plans_its_rows_instead_of_the_old_ones(patient, session):
    enter(session, patient.plan, Phase.MAINTENANCE, by=patient.clinic.doctor, now=NOW)
    patient.keep(NOW)
    assert patient.told("planned") == ["23 day planned: monthly"]


def test_rows_are_planned_by_the_newest_calendar(patient, session):
    content = to_content(shipped_calendar())
    next(row for row in content["rows"] if row["key"] == "week_2")["days"] = 10
    row = MonitoringPolicyVersion(kind="calendar", number=2, content=content, reason="Sooner", at=NOW, actor_name="Dr")
    session.add(row)
    patient.keep(NOW)
    assert patient.told("planned")[0] == "30 day planned: induction_week"
    newest = session.scalars(select(Assessment).where(Assessment.state == "waiting").limit(1)).one()
    assert newest.calendar_version == 1  # It was asked for by the first one and only moved.


def test_a_patient_who_leaves_is_asked_nothing_and_nothing_comes_back(patient, session):
    book(session, patient.plan, at=on("2026-11-25", 14))
    patient.keep(NOW)
    found = people.change_status(
        session,
        patient_id=patient.id,
        status=PatientStatus.DISCHARGED,
        reason="Moved away",
        version=1,
        by=ADMIN,
        now=NOW,
    )
    cancel_check_ins(session, patient_id=found.id, reason="care_ended", by=SWEEP, now=NOW)
    patient.keep(NOW)
    assert patient.told("planned", "open") == []


def test_two_sheets_of_one_day_never_stand_beside_each_other(patient, session):
    for day in (24, 27):
        book(session, patient.plan, at=on(f"2026-11-{day}", 14))
    patient.keep(NOW)
    assert "27 day planned: day_3, evening" in patient.told("planned")
    doubled = (
        select(CheckIn.due_on)
        .where(CheckIn.state == "planned", CheckIn.part == "day")
        .group_by(CheckIn.due_on)
        .having(func.count() > 1)
    )
    assert list(session.scalars(doubled)) == []


def test_a_pause_holds_back_what_comes_due_and_afterwards_only_the_newest_is_asked(patient, session):
    plan = patient.plan
    visit = book(session, plan, at=TUESDAY)
    patient.keep(NOW)
    treatment.pause_check_ins(session, plan_id=plan.id, until=on("2026-11-27").date(), by=COORDINATOR, now=NOW)
    assert visit.state == "booked"
    for day in (24, 25, 26, 27):
        patient.keep(on(f"2026-11-{day}", 6))
        patient.sweep(on(f"2026-11-{day}", 19, 50))
    assert patient.texts() == []
    assert patient.tasks() == ["check_in_unsent"]
    patient.keep(on("2026-11-28", 6))
    patient.sweep(on("2026-11-28", 12, 30))
    opened = patient.sheets("open")
    assert [patient.asked(sheet, "waiting") for sheet in opened] == [["side_effects", "craving", "sleep"]]
    assert patient.texts()[0] == "SURVEY_LINK pending"


def test_a_pause_ends_the_reminders_of_what_is_open_too(patient, session):
    book(session, patient.plan, at=TUESDAY)
    patient.keep(NOW)
    patient.sweep(on("2026-11-25", 12))
    until = on("2026-12-10").date()
    treatment.pause_check_ins(session, plan_id=patient.plan.id, until=until, by=COORDINATOR, now=on("2026-11-25", 13))
    assert {text.split()[1] for text in patient.texts()} == {"canceled"}
    assert [sheet.part for sheet in patient.sheets("open")].count("day") == 1


@pytest.mark.parametrize("day", ["2026-11-22", "2027-03-01"])
def test_a_pause_ends_within_sixty_days(patient, session, day):
    with pytest.raises(PlanRefused, match="from today on"):
        treatment.pause_check_ins(session, plan_id=patient.plan.id, until=on(day).date(), by=COORDINATOR, now=NOW)
