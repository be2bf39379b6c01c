"""What coordinators arrange and what physicians decide; two people never overwrite each other."""

from datetime import date, timedelta

import pytest

from clinic.kernel import journal
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.phone import NotATextablePhone
from clinic.people import queries as patients
from clinic.treatment import actions, queries
from clinic.treatment.errors import (
    HoursNotRead,
    PhysicianDecides,
    PlanningNotAllowed,
    PlanOver,
    PlanRefused,
    ProtocolRefused,
    ReasonTooShort,
    UnknownPlan,
)
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import enter

WISHES = {
    "patient_hours": [[0, "09:00", "12:00"]],
    "are_patient_hours_strict": True,
    "support_name": "Luz Invented",
    "support_phone": "305 555 0142",
    "support_hours": [[0, "08:00", "20:00"], [2, "08:00", "20:00"]],
    "place": "Side door, ring twice.",
}


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan(Phase.INDUCTION)


@pytest.fixture
def wish(course_clinic, plan, session):
    def say(**changes):
        wanted = WISHES | {"by": course_clinic.coordinator, "now": NOW, "version": plan.version} | changes
        return actions.set_preferences(session, plan_id=plan.id, **wanted)

    return say


@pytest.fixture
def decide(course_clinic, plan, session):
    def say(**changes):
        wanted = {"by": course_clinic.doctor, "now": NOW, "version": plan.version, "reason": "Agreed today"} | changes
        return actions.change_plan(session, plan_id=plan.id, **wanted)

    return say


def test_a_coordinator_arranges_when_where_and_with_whom(plan, wish, session):
    wish()
    assert (plan.patient_hours, plan.are_patient_hours_strict) == ([[0, "09:00", "12:00"]], True)
    assert (plan.support_name, plan.support_phone, plan.place) == (
        "Luz Invented",
        "+13055550142",
        "Side door, ring twice.",
    )
    (change,) = queries.changes_of(session, plan.id)
    assert change.fields == sorted(WISHES)
    assert change.reason is None
    assert queries.change_details(change)["support_name"] == (None, "Luz Invented")


def test_the_same_wishes_again_change_nothing(plan, wish, session):
    wish()
    version = plan.version
    wish()
    assert plan.version == version
    assert len(queries.changes_of(session, plan.id)) == 1
    wish(**dict.fromkeys(("support_name", "support_phone", "place"), " "))
    assert (plan.support_name, plan.support_phone, plan.place) == (None, None, None)


def test_names_and_numbers_of_the_support_person_stay_out_of_the_audit_trail(wish, session):
    journal.take_entries(session)
    wish()
    # What follows are tasks about the plan's dates.
    entry, *tasks = journal.take_entries(session)
    assert {each.subject_kind for each in tasks} <= {"task"}
    assert entry.details["fields"] == sorted(WISHES)
    assert set(entry.details["changes"]) == {"patient_hours", "are_patient_hours_strict", "support_hours"}


@pytest.mark.parametrize(
    ("field", "kind", "changes"),
    [
        ("patient_hours", HoursNotRead, {"patient_hours": [[0, "12:00", "09:00"]]}),
        ("support_hours", HoursNotRead, {"support_hours": [[9, "09:00", "12:00"]]}),
        ("support_phone", NotATextablePhone, {"support_phone": "12"}),
        ("support_name", PlanRefused, {"support_name": "x" * 121}),
        ("place", PlanRefused, {"place": "x" * 1001}),
    ],
)
def test_wishes_that_cannot_be_kept_are_refused_where_they_were_typed(plan, wish, field, kind, changes):
    with pytest.raises(kind) as caught:
        wish(**changes)
    assert caught.value.field == field
    assert plan.version == 2


def test_a_physician_of_the_team_arranges_too_and_a_stranger_does_not(course_clinic, wish):
    _, herrera = course_clinic.physician("Dr. Ben Herrera")
    with pytest.raises(PlanningNotAllowed):
        wish(by=herrera)
    assert wish(by=course_clinic.doctor).support_name == "Luz Invented"


def test_a_physician_decides_with_a_reason_and_every_value_is_kept(plan, decide, session):
    decide(adjustments={"induction.sessions": 4}, indication="Low mood", in_person_exam_on=date(2026, 11, 20))
    assert queries.rules_of_plan(session, plan).induction.sessions == 4
    assert plan.indication == "Low mood"
    assert plan.in_person_exam_on == date(2026, 11, 20)
    (change,) = queries.changes_of(session, plan.id)
    assert change.reason == "Agreed today"
    assert queries.change_details(change) == {
        "adjustments": ({}, {"induction.sessions": 4}),
        "in_person_exam_on": (None, "2026-11-20"),
        "indication": (None, "Low mood"),
    }


def test_what_is_left_out_stays_and_nothing_new_is_no_change(plan, decide, session):
    decide(adjustments={"induction.sessions": 4})
    version = plan.version
    decide(adjustments={"induction.sessions": 4, "weekly_most": 2}, prior_sessions=0)
    assert plan.version == version
    decide(indication="Low mood")
    assert plan.adjustments == {"induction.sessions": 4}


@pytest.mark.parametrize(
    ("field", "kind", "changes"),
    [
        ("induction.sessions", ProtocolRefused, {"adjustments": {"induction.sessions": 12}}),
        ("induction.visit_type", ProtocolRefused, {"adjustments": {"induction.visit_type": "follow_up"}}),
        ("in_person_exam_on", PlanRefused, {"in_person_exam_on": date(2026, 11, 24)}),
        ("prior_session_on", PlanRefused, {"prior_sessions": 2}),
        ("prior_sessions", PlanRefused, {"prior_session_on": date(2026, 1, 5)}),
        ("indication", PlanRefused, {"indication": "x" * 4001}),
        ("reason", ReasonTooShort, {"indication": "Low mood", "reason": "ok"}),
    ],
)
def test_decisions_that_cannot_be_right_are_refused_at_their_field(plan, decide, field, kind, changes):
    with pytest.raises(kind) as caught:
        decide(**changes)
    assert caught.value.field == field
    assert plan.version == 2


def test_coordinators_and_other_physicians_decide_nothing_clinical(course_clinic, decide):
    _, herrera = course_clinic.physician("Dr. Ben Herrera")
    for other in (course_clinic.coordinator, course_clinic.admin, herrera):
        with pytest.raises(PhysicianDecides, match=r"A physician of this patient decides this"):
            decide(indication="Low mood", by=other)


def test_a_plan_goes_to_another_physician_with_the_access(course_clinic, plan, session):
    herrera, bens = course_clinic.physician("Dr. Ben Herrera")
    seen = {"patient_id": plan.patient_id, "now": NOW}
    assert patients.may_see(session, actor=course_clinic.doctor, **seen)
    actions.change_physician(
        session,
        plan_id=plan.id,
        physician_id=herrera.id,
        reason="Dr. Okafor is leaving",
        version=plan.version,
        by=course_clinic.coordinator,
        now=NOW,
    )
    assert plan.physician_id == herrera.id
    assert patients.may_see(session, actor=bens, **seen)
    assert not patients.may_see(session, actor=course_clinic.doctor, **seen)
    entry = [each for each in journal.take_entries(session) if each.action == "plan.changed"][-1]
    assert entry.details["changes"] == {"physician_id": [str(course_clinic.okafor.id), str(herrera.id)]}


def test_the_second_of_two_people_hears_who_was_first(course_clinic, plan, wish, decide):
    seen = plan.version
    wish()
    with pytest.raises(ChangedMeanwhile, match=r"Dana Reyes changed this after you opened it") as caught:
        decide(indication="Low mood", version=seen)
    assert (caught.value.who, caught.value.at) == ("Dana Reyes", NOW)
    with pytest.raises(ChangedMeanwhile):
        enter(course_clinic.session, plan, Phase.MAINTENANCE, by=course_clinic.doctor, version=seen)


def test_a_plan_that_has_ended_stays_as_it_is(course_clinic, plan, wish, decide, session):
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor)
    for change in (wish, lambda: decide(indication="Low mood")):
        with pytest.raises(PlanOver, match=r"Open a new one to go on"):
            change()
    with pytest.raises(UnknownPlan):
        actions.lock_plan(session, plan.patient_id)


def test_the_physician_has_a_month_to_write_up_what_ended(course_clinic, plan, session):
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor)
    seen = {"actor": course_clinic.doctor, "patient_id": plan.patient_id}
    assert patients.may_see(session, **seen, now=NOW - timedelta(days=100))
    assert patients.may_see(session, **seen, now=NOW + timedelta(days=29))
    assert not patients.may_see(session, **seen, now=NOW + timedelta(days=30))
