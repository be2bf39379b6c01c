"""An intake from its start to a decision: saved in versions, sent, decided once, opened again, watched."""

import json
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from clinic.access.models import Link
from clinic.casework import merge
from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.actions.saving import save_section, send_intake
from clinic.intake.actions.starting import resend_link, start_intake
from clinic.intake.actions.watching import watch_intakes
from clinic.intake.errors import (
    DecisionRefused,
    EvidenceChanged,
    NoIntake,
    NotWaiting,
    PhysicianDecidesIntake,
    SectionsMissing,
)
from clinic.intake.models import Intake, IntakeDecision, IntakeSection
from clinic.intake.queries.board import intakes_under_way, waiting_intakes
from clinic.intake.queries.intakes import answers_of, evidence_now, intake_of, is_accepted, is_missing
from clinic.intake.rules.answers import Refused
from clinic.intake.rules.states import AskedOf, Decision, IntakeState, Source
from clinic.intake.sending import intake_guard
from clinic.kernel.actor import system
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, Send
from clinic.oncall.queries import open_pages
from clinic.people.queries import panel_of
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.treatment import actions as treatment
from clinic.treatment.errors import IntakeNotAccepted
from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.intake.intake_makers import GOOD, answered, person, sent, started, tasks
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic

DAY = timedelta(days=1)
WHY = "History fits, readings are calm."


def shown(session, patient, now=NOW):
    return evidence_now(session, intake_of(session, patient.id), patient, now=now).hash


def decided(session, courses, patient, decision=Decision.ACCEPT, now=NOW, **changes):
    wanted = Decided(decision=decision, reason=WHY, **changes)
    known = {"patient_id": patient.id, "shown": shown(session, patient, now), "ring": RING}
    return decide(session, decided=wanted, by=courses.doctor, now=now, **known)


def texts(session):
    rows = session.scalars(select(Message).where(Message.subject_kind == "intake").order_by(Message.due_at))
    return [(row.template_key, row.due_at - NOW) for row in rows]


def required(session, courses):
    set_policy(
        session, key=PolicyKey.INTAKE_REQUIRED, value=1, reason="as agreed", revision=0, by=courses.doctor, now=NOW
    )


def test_a_start_texts_the_link_and_a_nudge_that_is_dropped_once_it_is_sent(session, patient):
    found = started(session, patient)
    assert started(session, patient).id == found.id
    assert texts(session) == [("INTAKE_LINK", timedelta()), ("INTAKE_NUDGE", 2 * DAY)]
    assert session.scalars(select(Link.purpose).where(Link.resource_kind == "intake_page")).all() == ["intake"]
    planned = session.scalars(select(Message).where(Message.template_key == "INTAKE_NUDGE")).one()
    assert isinstance(intake_guard(session, planned, NOW), Send)
    sent(session, patient)
    assert intake_guard(session, planned, NOW) == Drop("intake_finished")
    assert intake_guard(session, replace_subject(planned), NOW) == Drop("no_subject")


def replace_subject(planned):
    class Other:
        subject_id = new_id()
        template_key = planned.template_key

    return Other()


def test_sections_are_kept_in_versions_and_the_same_again_writes_nothing(session, patient):
    found = started(session, patient)
    by, known = person(patient), {"patient_id": patient.id, "key": "heart"}
    save_section(session, given=GOOD["heart"], by=by, now=NOW, **known)
    save_section(session, given=GOOD["heart"], by=by, now=NOW + DAY, **known)
    assert found.last_saved_at == NOW
    save_section(session, given=GOOD["heart"] | {"heart_other": "yes"}, by=by, now=NOW + DAY, **known)
    rows = session.scalars(select(IntakeSection).order_by(IntakeSection.number)).all()
    assert [(row.number, json.loads(row.answers)["heart_other"]) for row in rows] == [(1, "no"), (2, "yes")]
    assert b"heart_other" not in rows[0].answers_sealed
    assert answers_of(session, found.id)["heart"]["heart_other"] == "yes"
    with pytest.raises(Refused):
        save_section(session, given={}, by=by, now=NOW, **known)
    with pytest.raises(SectionsMissing):
        send_intake(session, patient_id=patient.id, by=by, now=NOW)


def test_a_physician_decides_once_on_what_was_shown_and_it_is_kept_with_everything(session, courses, patient):
    found = sent(session, patient)
    assert tasks(session) == ["intake_waiting"]
    assert [row.patient_id for row in waiting_intakes(session, panel_of(courses.okafor.id, NOW))] == [patient.id]
    evidence = evidence_now(session, found, patient, now=NOW)
    row = decided(session, courses, patient)
    assert (found.state, tasks(session), tasks(session, "done")) == (IntakeState.ACCEPTED, [], ["intake_waiting"])
    assert json.loads(row.evidence) == json.loads(json.dumps(evidence.content))
    assert (row.evidence_hash, row.outcome, row.engine_version, row.reason) == (evidence.hash, "review", 1, WHY)
    assert row.policy["intake_mean_systolic"] == 140
    assert WHY.encode() not in row.reason_sealed
    with pytest.raises(NotWaiting):
        decided(session, courses, patient)
    assert is_accepted(session, patient.id, now=NOW + 89 * DAY)
    assert not is_accepted(session, patient.id, now=NOW + 90 * DAY)


def test_a_decision_is_refused_to_others_on_other_evidence_and_without_its_parts(session, courses, patient):
    found = sent(session, patient)
    known = {"patient_id": patient.id, "now": NOW, "ring": RING}
    accept = Decided(decision=Decision.ACCEPT, reason=WHY)
    for by in (COORDINATOR, courses.admin):
        with pytest.raises(PhysicianDecidesIntake):
            decide(session, decided=accept, shown=shown(session, patient), by=by, **known)
    before = shown(session, patient)
    save_section(
        session,
        patient_id=patient.id,
        key="body",
        given=GOOD["body"] | {"liver": "severe"},
        by=person(patient),
        now=NOW,
    )
    with pytest.raises(EvidenceChanged):
        decide(session, decided=accept, shown=before, by=courses.doctor, **known)
    for wrong, field in (
        (replace(accept, reason="ok"), "reason"),
        (replace(accept, decision=Decision.NEEDS_MORE), "asked_of"),
        (replace(accept, decision=Decision.NEEDS_MORE, asked_of=AskedOf.PATIENT), "sections"),
        (replace(accept, sections=("gold",)), "sections"),
    ):
        with pytest.raises(DecisionRefused) as refused:
            decide(session, decided=wrong, shown=shown(session, patient), by=courses.doctor, **known)
        assert refused.value.field == field
    assert (found.state, session.scalar(select(func.count()).select_from(IntakeDecision))) == (IntakeState.WAITING, 0)


@pytest.mark.parametrize("asked_of", list(AskedOf))
def test_what_is_missing_is_asked_by_a_text_or_a_task(session, courses, patient, asked_of):
    found = sent(session, patient)
    row = decided(session, courses, patient, Decision.NEEDS_MORE, asked_of=asked_of, sections=("readings", "heart"))
    assert (found.state, row.sections) == (IntakeState.NEEDS_MORE, ["heart", "readings"])
    is_text = asked_of is AskedOf.PATIENT
    assert texts(session).count(("INTAKE_LINK", timedelta())) == (2 if is_text else 1)
    assert tasks(session) == ([] if is_text else ["intake_call"])
    if not is_text:
        reason = session.scalars(select(WorkItem).where(WorkItem.kind == "intake_call")).one().reason
        assert reason.endswith("again: heart and blood pressure, blood pressure at home.")
    send_intake(session, patient_id=patient.id, by=person(patient), now=NOW + DAY)
    assert found.state == IntakeState.WAITING


def test_a_changed_answer_leads_back_to_the_physician_and_the_first_decision_stays(session, courses, patient):
    found = sent(session, patient)
    decided(session, courses, patient)
    save_section(
        session, patient_id=patient.id, key="substances", given=GOOD["substances"] | {"kratom": "recent"},
        by=person(patient), now=NOW + DAY,
    )  # fmt: skip
    assert found.state == IntakeState.WAITING
    assert not is_accepted(session, patient.id, now=NOW + DAY)
    row = decided(session, courses, patient, Decision.DECLINE, now=NOW + DAY)
    assert (row.number, row.outcome) == (2, "stop")
    with pytest.raises(NotWaiting):
        send_intake(session, patient_id=patient.id, by=person(patient), now=NOW + DAY)


def test_a_plan_begins_with_an_accepted_intake_or_with_a_written_reason(session, courses, patient):
    plan = treatment.open_plan(
        session, patient_id=patient.id, physician_id=courses.okafor.id, by=courses.doctor, now=NOW
    )
    known = {"plan_id": plan.id, "phase": Phase.INDUCTION, "by": courses.doctor, "now": NOW}
    assert not is_missing(session, patient.id, now=NOW)
    required(session, courses)
    assert is_missing(session, patient.id, now=NOW)
    with pytest.raises(IntakeNotAccepted) as refused:
        treatment.enter_phase(session, reason=None, version=plan.version, **known)
    assert refused.value.field == "without_intake"
    with pytest.raises(Exception, match="few words"):
        treatment.enter_phase(session, reason="", version=plan.version, without_intake=True, **known)
    sent(session, patient)
    decided(session, courses, patient)
    treatment.enter_phase(session, reason=None, version=plan.version, **known)
    assert plan.phase == Phase.INDUCTION


def test_a_written_reason_begins_a_plan_without_an_intake(session, courses, patient):
    required(session, courses)
    plan = treatment.open_plan(
        session, patient_id=patient.id, physician_id=courses.okafor.id, by=courses.doctor, now=NOW
    )
    treatment.enter_phase(
        session, plan_id=plan.id, phase=Phase.INDUCTION, reason="Came from our other clinic.", without_intake=True,
        version=plan.version, by=courses.doctor, now=NOW,
    )  # fmt: skip
    assert plan.phase == Phase.INDUCTION


@pytest.mark.parametrize(
    ("key", "changes"),
    [("mind", {"suicide": "intent"}), ("readings", {"systolic_1": "180", "diastolic_1": "90"})],
)
def test_an_answer_of_danger_calls_a_physician_once(session, patient, key, changes):
    started(session, patient)
    for _ in range(2):
        given = GOOD[key] | changes
        save_section(session, patient_id=patient.id, key=key, given=given, by=person(patient), now=NOW)
    assert [(page.patient_id, page.kind.value) for page in open_pages(session)] == [(patient.id, "urgent_flag")]


def test_one_that_stands_still_asks_for_a_call_once_until_something_moves(session, patient):
    found = started(session, patient)
    by = system("Watch")
    watch_intakes(session, by=by, now=NOW + 4 * DAY)
    assert tasks(session) == []
    for _ in range(2):
        watch_intakes(session, by=by, now=NOW + 4 * DAY + timedelta(seconds=1))
    assert tasks(session) == ["intake_stuck"]
    save_section(
        session, patient_id=patient.id, key="heart", given=GOOD["heart"], by=person(patient), now=NOW + 5 * DAY
    )
    assert tasks(session) == []
    watch_intakes(session, by=by, now=NOW + 10 * DAY)
    assert tasks(session) == ["intake_stuck"]
    resend_link(session, patient_id=patient.id, by=COORDINATOR, now=NOW + 10 * DAY, ring=RING)
    watch_intakes(session, by=by, now=NOW + 11 * DAY)
    assert (tasks(session), found.state) == ([], IntakeState.OPEN)
    assert len(intakes_under_way(session)) == 1


def test_a_link_is_sent_only_while_there_is_something_to_do(session, patient):
    with pytest.raises(NoIntake):
        resend_link(session, patient_id=patient.id, by=COORDINATOR, now=NOW, ring=RING)
    sent(session, patient)
    with pytest.raises(NotWaiting):
        resend_link(session, patient_id=patient.id, by=COORDINATOR, now=NOW, ring=RING)


@pytest.mark.parametrize("both", [True, False])
def test_a_merge_hands_the_intake_over_or_closes_the_second(session, courses, patient, both):
    other = courses.clinic.patient()
    mine = started(session, patient)
    theirs = started(session, other) if both else None
    merge(
        session, loser_id=patient.id, survivor_id=other.id, loser_version=patient.version,
        survivor_version=other.version, by=COORDINATOR, now=NOW,
    )  # fmt: skip
    living = intake_of(session, other.id)
    assert living is not None
    assert living.id == (theirs.id if theirs else mine.id)
    assert (mine.state, mine.patient_id) == (IntakeState.CLOSED if both else IntakeState.OPEN, other.id)


def test_two_starts_at_one_time_make_one_intake(database):
    with database.begin(by=COORDINATOR) as session:
        patient_id = Clinic(session).patient().id
    barrier, made = Barrier(2), []

    def start():
        with database.begin(by=COORDINATOR) as session:
            barrier.wait(timeout=10)
            found = start_intake(session, patient_id=patient_id, source=Source.DESK, by=COORDINATOR, now=NOW, ring=RING)
            made.append(found.id)

    threads = [Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 2
    assert len(set(made)) == 1
    with database.begin(by=COORDINATOR) as session:
        assert session.scalar(select(func.count()).select_from(Intake)) == 1


def test_answered_by_the_whole_list_is_complete(session, patient):
    answered(session, patient)
    assert send_intake(session, patient_id=patient.id, by=person(patient), now=NOW).sent_at == NOW
