"""What opens when, with which text: one check-in a patient a day, by day, nothing in a burst after an outage."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Planned, Send
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.check_ins import ask_again, ask_now, hand_over_check_ins
from clinic.monitoring.errors import NothingToAsk
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.check_ins import refill_hold, standing
from clinic.monitoring.queries.evidence import check_in_facts
from clinic.monitoring.queries.unanswered import silent_check_ins
from clinic.monitoring.rules.calendar import CallFor
from clinic.monitoring.sending import check_in_guard, checklist_verdict
from clinic.people.models import SmsConsent
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.monitoring.calendar_makers import SWEEP, TUESDAY, Patient
from tests.domains.scheduling.calendar_makers import NOW, RING, patient_actor
from tests.domains.treatment.plan_makers import book, enter, on, take

WEDNESDAY_NOON = on("2026-11-25", 12)


@pytest.fixture
def patient(session: Session) -> Patient:
    """A patient in induction whose intake was answered, with a session on Tuesday from 10 to 12."""
    found = Patient(session, since=on("2026-11-19", 9))
    found.keep(found.since)
    for row in session.scalars(select(Assessment).where(Assessment.moment == "intake")):
        row.state, row.done_at = "done", found.since
    for sheet in session.scalars(select(CheckIn).where(CheckIn.due_on <= found.since.date())):
        sheet.state, sheet.done_at = "done", found.since
    book(session, found.plan, at=TUESDAY)
    session.flush()
    found.keep(NOW)
    return found


def planned(message: Message) -> Planned:
    return Planned(
        message_id=message.id,
        template_key=message.template_key,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        subject_version=message.subject_version,
        due_at=message.due_at,
        expires_at=message.expires_at,
    )


def verdicts(session: Session, now: datetime) -> dict[str, object]:
    found = session.scalars(select(Message).where(Message.subject_kind == "check_in", Message.due_at <= now))
    return {one.template_key: check_in_guard(session, planned(one), now) for one in found}


def answer_all(patient: Patient, sheet: CheckIn, now: datetime) -> None:
    """Answer one question of every part and send the rest as it is."""
    session, by = patient.session, patient_actor(patient_by_id(patient.session, patient.id))
    firsts = {"side_effects": ("detachment", "0"), "headache_session": ("any", "0"), "mood": ("mood", "5")}
    firsts |= {"unit_count": ("taken", "1"), "craving": ("now", "1"), "sleep": ("quality", "5"), "phq9": ("q1", "0")}
    wanted = select(Assessment).where(Assessment.check_in_id == sheet.id, Assessment.state == "waiting")
    for row in session.scalars(wanted):
        item, value = firsts[row.instrument_key]
        answering.save_answers_of(session, assessment_id=row.id, given={item: value}, by=by, now=now)
    answering.submit(session, check_in_id=sheet.id, leaves_out=True, by=by, now=now)
    session.flush()


def test_each_check_in_of_a_session_opens_in_its_hour_with_its_own_text_and_its_reminders(patient):
    opened = [on("2026-11-24", 8), on("2026-11-24", 19), WEDNESDAY_NOON, on("2026-11-27", 12)]
    for now in opened:
        patient.sweep(now - timedelta(minutes=1))
        before = len(patient.sheets("open", "done", "missed"))
        assert patient.sweep(now) == 1
        assert len(patient.sheets("open", "done", "missed")) == before + 1
    assert [text.split()[0] for text in patient.texts()] == [
        *("POST_EVENING", "POST_24H", "SURVEY_NUDGE1", "POST_72H"),
        *("SURVEY_NUDGE1", "SURVEY_NUDGE2", "SURVEY_NUDGE2"),
    ]


def test_a_sweep_that_runs_again_opens_and_texts_nothing_more(patient):
    patient.sweep(WEDNESDAY_NOON)
    texts, sheets = patient.texts(), patient.told()
    for minutes in range(1, 5):
        assert patient.sweep(WEDNESDAY_NOON + timedelta(minutes=minutes)) == 0
    assert (patient.texts(), patient.told()) == (texts, sheets)


def test_after_an_outage_the_newest_of_each_questionnaire_is_asked_once_in_one_check_in(patient):
    patient.sweep(on("2026-11-27", 15))
    assert patient.told("open") == ["27 day open: day_1, day_3"] or patient.told("open") == ["27 day open: day_3"]
    (sheet,) = patient.sheets("open")
    assert sorted(patient.asked(sheet, "waiting")) == ["craving", "side_effects", "sleep"]
    assert [text.split()[0] for text in patient.texts()] == ["POST_72H", "SURVEY_NUDGE1", "SURVEY_NUDGE2"]
    assert patient.sweep(on("2026-11-27", 15, 30)) == 0


@pytest.mark.parametrize(("hour", "opens"), [(7, 0), (8, 1), (19, 1), (20, 0), (23, 0)])
def test_nothing_opens_outside_the_day_and_what_waited_opens_in_the_morning(patient, hour, opens):
    patient.sweep(on("2026-11-24", 9))
    assert bool([one for one in patient.sheets("open") if one.part == "day"]) is False
    now = on("2026-11-26", hour)
    patient.sweep(now)
    assert len([one for one in patient.sheets("open") if one.part == "day"]) == opens
    if not opens:
        # On Friday three days are over at noon, and what was put off shares that check-in.
        patient.sweep(on("2026-11-26", 8) if hour < 8 else on("2026-11-27", 12))
        assert len([one for one in patient.sheets("open") if one.part == "day"]) == 1


def test_what_is_due_on_one_day_shares_a_link_and_a_text(session):
    patient = Patient(session, Phase.MAINTENANCE, since=on("2026-10-20", 9))
    for row in session.scalars(select(Assessment)):
        row.state = "missed"
    visit_day = patient.plan.phase_since + timedelta(days=29)
    take(session, patient.plan, at=on(visit_day.date(), 10))
    patient.keep(visit_day)
    patient.sweep(on("2026-11-19", 12, 5))
    assert patient.told("open") == ["19 day open: day_1, monthly"]
    assert next(text.split()[0] for text in patient.texts()) == "POST_24H"
    assert session.query(CheckIn.link_id).where(CheckIn.state == "open").count() == 1


def test_a_newer_check_in_asks_for_what_an_older_one_still_asked_and_reminds_alone(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    patient.sweep(on("2026-11-26", 11))
    assert isinstance(verdicts(session, on("2026-11-26", 12))["SURVEY_NUDGE1"], Send)
    for now in (on("2026-11-27", 11, 30), on("2026-11-27", 12)):
        patient.sweep(now)
    open_now = [patient.asked(sheet, "waiting") for sheet in patient.sheets("open")]
    assert open_now == [["side_effects", "craving", "sleep"]]


def test_what_was_answered_and_never_sent_counts_when_a_newer_check_in_asks_again(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    by = patient_actor(patient_by_id(session, patient.id))
    effects = select(Assessment).where(
        Assessment.check_in_id == sheet.id, Assessment.instrument_key.in_(["side_effects", "headache_session"])
    )
    found = {row.instrument_key: row for row in session.scalars(effects)}
    row, given = found["side_effects"], {"nausea": "3"}
    answering.save_answers_of(session, assessment_id=row.id, given=given, by=by, now=WEDNESDAY_NOON)
    ask = {"patient_id": patient.id, "instrument_keys": ["side_effects", "headache_session"], "is_required": True}
    newer = ask_now(session, **ask, by=SWEEP, now=on("2026-11-26", 12))
    patient.sweep(on("2026-11-26", 12))
    assert (row.state, found["headache_session"].state) == ("done", "missed")
    assert patient.asked(session.get_one(CheckIn, newer), "waiting") == ["side_effects", "headache_session"]


def test_a_part_that_was_left_out_altogether_is_never_taken_for_answered(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    by = patient_actor(patient_by_id(session, patient.id))
    mood = select(Assessment).where(Assessment.check_in_id == sheet.id, Assessment.instrument_key == "mood")
    given = {"mood": "6"}
    answering.save_answers_of(
        session, assessment_id=session.scalars(mood).one().id, given=given, by=by, now=WEDNESDAY_NOON
    )
    answering.submit(session, check_in_id=sheet.id, leaves_out=True, by=by, now=WEDNESDAY_NOON)
    assert session.get_one(CheckIn, sheet.id).state == "open"
    patient.sweep(on("2026-11-27", 11, 30))
    assert session.get_one(CheckIn, sheet.id).state == "missed"
    held = {reason.instrument_key for reason in refill_hold(session, patient.id, on("2026-11-28"))}
    assert held == {"side_effects", "headache_session", "unit_count"}
    facts = check_in_facts(session, {patient.id: "America/New_York"}, since=on("2026-11-25"))[patient.id]
    assert [one.state for one in facts if one.due_on == sheet.due_on and one.is_required] == ["missed"]


def test_answers_end_reminders_and_the_text_is_dropped_once_done(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    answer_all(patient, sheet, WEDNESDAY_NOON + timedelta(hours=1))
    assert session.get_one(CheckIn, sheet.id).state == "done"
    assert {text.split()[1] for text in patient.texts()} == {"canceled"}
    assert {type(one) for one in verdicts(session, on("2026-12-01")).values()} == {Drop}
    assert standing(session, patient.id, on("2026-11-26")).overdue_count == 0


def test_without_consent_it_opens_without_a_text_and_somebody_calls(patient, session):
    session.scalars(select(SmsConsent)).one().opted_out_at = NOW
    patient.sweep(WEDNESDAY_NOON)
    assert patient.texts() == []
    assert [sheet.reason for sheet in patient.sheets("open") if sheet.part == "day"] == ["opted_out"]
    assert patient.tasks() == ["check_in_unsent"]
    with pytest.raises(NothingToAsk, match="Call instead"):
        ask_again(session, patient_id=patient.id, by=SWEEP, now=WEDNESDAY_NOON, ring=RING)


def test_what_is_left_of_an_earlier_day_waits_for_tomorrow_once_today_was_answered(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    answer_all(patient, sheet, WEDNESDAY_NOON)
    late = next(one for one in patient.sheets("planned") if one.part == "day")
    late.due_on, late.opens_at = TUESDAY.date(), WEDNESDAY_NOON
    session.flush()
    patient.sweep(WEDNESDAY_NOON + timedelta(hours=1))
    assert (late.state, late.opens_at.date()) == ("planned", on("2026-11-26").date())


def test_silence_after_the_first_session_asks_for_a_call_within_four_business_hours(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    patient.sweep(on("2026-11-25", 15, 59))
    assert patient.tasks() == []
    for minutes in (0, 5, 10):
        patient.sweep(on("2026-11-25", 16, minutes))
    assert patient.tasks() == ["check_in_overdue"]
    (task,) = session.scalars(select(WorkItem).where(WorkItem.kind == "check_in_overdue"))
    assert task.due_at == on("2026-11-26", 10)  # Texts are read from 8 to 18.
    assert "side" not in (task.reason or "")
    choices = [(), ("first_session",), ("severe_effect",), ("first_session", "severe_effect")]
    of_row = {"row_key": "day_1", "opened_before": on("2026-11-25", 12)}
    found = [len(silent_check_ins(session, **of_row, only=[CallFor(one) for one in only])) for only in choices]
    assert found == [1, 1, 0, 1]
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    answer_all(patient, sheet, on("2026-11-25", 17))
    assert patient.tasks() == []


def test_what_was_missed_holds_up_the_next_step_until_it_is_answered_at_any_later_time(patient, session):
    for day, hour in ((25, 12), (26, 12), (27, 12), (28, 12)):
        patient.sweep(on(f"2026-11-{day}", hour))
    held = {reason.instrument_key for reason in refill_hold(session, patient.id, on("2026-11-28"))}
    assert held == {"mood", "side_effects", "headache_session", "unit_count"}
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    answer_all(patient, sheet, on("2026-11-28", 13))
    held = {reason.instrument_key for reason in refill_hold(session, patient.id, on("2026-11-28", 14))}
    assert held == {"mood", "headache_session", "unit_count"}
    asked = ask_again(session, patient_id=patient.id, by=SWEEP, now=on("2026-11-28", 15), ring=RING)
    assert set(patient.asked(session.get_one(CheckIn, asked), "waiting")) == held


def test_two_missed_in_a_row_ask_for_a_call(patient):
    for day in ("2026-11-25", "2026-11-27", "2026-12-01", "2026-12-08"):
        patient.keep(on(day, 6))
        patient.sweep(on(day, 12, 30))
    assert "check_in_overdue" in patient.tasks()
    assert standing(patient.session, patient.id, on("2026-12-08")).overdue_count >= 2


def test_answers_that_were_never_sent_count_when_the_time_is_over(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    (sheet,) = (one for one in patient.sheets("open") if one.part == "day")
    by = patient_actor(patient_by_id(session, patient.id))
    mood = session.scalars(
        select(Assessment).where(Assessment.check_in_id == sheet.id, Assessment.instrument_key == "mood")
    )
    found = mood.one()
    answering.save_answers_of(session, assessment_id=found.id, given={"mood": "6"}, by=by, now=WEDNESDAY_NOON)
    patient.sweep(on("2026-11-27", 11, 30))
    assert session.get_one(CheckIn, sheet.id).state == "missed"
    assert session.get_one(Assessment, found.id).state == "done"


def test_a_question_of_a_physician_opens_at_once_by_day_and_joins_what_waits(patient, session):
    asked = ask_now(session, patient_id=patient.id, instrument_keys=["peg"], is_required=True, by=SWEEP, now=NOW)
    patient.sweep(NOW)
    assert [sheet.id for sheet in patient.sheets("open")] == [asked]
    same = ask_now(session, patient_id=patient.id, instrument_keys=["peg"], is_required=True, by=SWEEP, now=NOW)
    assert same == asked
    assert patient.asked(session.get_one(CheckIn, asked)) == ["peg"]
    night = ask_now(
        session, patient_id=patient.id, instrument_keys=["sleep"], is_required=True, by=SWEEP, now=on("2026-11-23", 22)
    )
    assert session.get_one(CheckIn, night).due_on == TUESDAY.date()


def test_nobody_is_told_not_to_start_whose_list_is_done_or_is_not_asked(patient, session):
    visit = session.scalars(select(Assessment).where(Assessment.moment == "pre")).one()
    message = Message(template_key="CHECKLIST_MISSING", subject_kind="appointment", subject_id=visit.appointment_id)
    message.due_at = message.expires_at = TUESDAY
    assert isinstance(checklist_verdict(session, planned(message)), Send)
    visit.state, visit.done_at = "done", TUESDAY
    session.flush()
    assert isinstance(checklist_verdict(session, planned(message)), Drop)


def test_check_ins_of_a_merged_record_go_on_with_the_other_and_two_of_a_day_become_one(patient, session):
    other = patient.clinic.patient()
    ask_now(session, patient_id=other.id, instrument_keys=["peg"], is_required=True, by=SWEEP, now=WEDNESDAY_NOON)
    ask_now(session, patient_id=patient.id, instrument_keys=["sleep"], is_required=True, by=SWEEP, now=WEDNESDAY_NOON)
    moved = hand_over_check_ins(session, from_id=patient.id, to_id=other.id, by=SWEEP, now=WEDNESDAY_NOON)
    assert moved > 1
    assert patient.sheets() == []
    waiting = session.scalars(
        select(CheckIn).where(
            CheckIn.patient_id == other.id, CheckIn.due_on == WEDNESDAY_NOON.date(), CheckIn.state == "planned"
        )
    ).one()
    assert {"peg", "sleep", "mood"} <= set(patient.asked(waiting, "waiting"))


def test_a_new_phase_leaves_what_is_open_alone(patient, session):
    patient.sweep(WEDNESDAY_NOON)
    enter(session, patient.plan, Phase.MAINTENANCE, by=patient.clinic.doctor, now=WEDNESDAY_NOON)
    patient.keep(WEDNESDAY_NOON)
    assert len([one for one in patient.sheets("open") if one.part == "day"]) == 1
