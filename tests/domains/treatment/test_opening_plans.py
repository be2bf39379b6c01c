"""Opening a plan, and whose place in the care team that makes."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic import casework
from clinic.kernel import journal
from clinic.people import actions as people
from clinic.people import queries as patients
from clinic.people.errors import PatientNotFound, PhysicianNotFound
from clinic.people.models import CareTeamMember
from clinic.people.rules import NewPhysician, PatientStatus
from clinic.scheduling.errors import PatientNotActive
from clinic.treatment import actions, queries
from clinic.treatment.errors import (
    AlreadyHasPlan,
    PhysicianDecides,
    PhysicianNotActive,
    PlanningNotAllowed,
    PlanRefused,
    UnknownProtocol,
)
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW, patient_actor
from tests.domains.treatment.plan_makers import enter, on, take

MISSING = "00000000-0000-4000-8000-000000000000"


def open_for(clinic, patient, **changes):
    wanted = {"physician_id": clinic.okafor.id, "by": clinic.coordinator, "now": NOW} | changes
    return actions.open_plan(clinic.session, patient_id=patient.id, **wanted)


def test_a_plan_begins_in_evaluation_with_the_newest_default_protocol(course_clinic, session):
    ana = course_clinic.patient()
    plan = open_for(course_clinic, ana)
    assert (plan.phase, plan.phase_since, plan.started_at, plan.version) == ("evaluation", NOW, NOW, 1)
    assert queries.protocol_named(session, plan.protocol_version_id) == ("Standard program", 1)
    assert queries.plan_of_patient(session, ana.id) == queries.plan_for(session, patient_id=ana.id) == plan
    (entered,) = queries.phases_of(session, plan.id)
    assert (entered.from_phase, entered.to_phase, entered.actor_name) == (None, "evaluation", "Dana Reyes")


def test_the_plans_physician_sees_the_record_from_then_on(course_clinic, session):
    ana = course_clinic.patient()
    seen = {"actor": course_clinic.doctor, "patient_id": ana.id}
    assert not patients.may_see(session, **seen, now=NOW)
    open_for(course_clinic, ana)
    assert patients.may_see(session, **seen, now=NOW)
    assert not patients.may_see(session, **seen, now=NOW - timedelta(seconds=1))


def test_opening_is_written_down_without_what_is_clinical(course_clinic, session):
    plan = course_clinic.plan(Phase.EVALUATION)
    actions.change_plan(
        session,
        plan_id=plan.id,
        indication="Low mood",
        reason="Seen by video today",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    entries = [entry for entry in journal.take_entries(session) if entry.subject_kind == "treatment_plan"]
    assert [entry.action for entry in entries] == ["plan.opened", "plan.changed"]
    assert all(entry.patient_ids == (plan.patient_id,) for entry in entries)
    assert entries[1].details == {"fields": ["indication"], "changes": {}}


def test_a_second_plan_waits_for_the_end_of_the_first(course_clinic, session):
    plan = course_clinic.plan(Phase.AFTERCARE)
    ana = patients.patient(session, plan.patient_id)
    with pytest.raises(AlreadyHasPlan, match=r"has a plan already. Go on with that one, or end it first"):
        open_for(course_clinic, ana)
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor)
    later = open_for(course_clinic, ana, now=NOW + timedelta(minutes=1))
    assert queries.plans_of_patient(session, ana.id) == [later, plan]
    assert queries.plan_of_patient(session, ana.id) == later


def test_a_new_plan_knows_what_the_last_one_did(course_clinic, session):
    plan = course_clinic.plan(Phase.INDUCTION)
    take(session, plan, at=on("2026-10-05"))
    take(session, plan, at=on("2026-10-09"))
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor)
    later = open_for(course_clinic, patients.patient(session, plan.patient_id))
    assert (later.prior_sessions, later.prior_session_on) == (2, date(2026, 10, 9))


@pytest.mark.parametrize(
    ("field", "prior"),
    [
        ("prior_sessions", (-1, None)),
        ("prior_sessions", (501, date(2026, 1, 1))),
        ("prior_sessions", (0, date(2026, 1, 1))),
        ("prior_session_on", (3, None)),
        ("prior_session_on", (3, date(2026, 11, 24))),
        ("prior_session_on", (3, date(1999, 12, 31))),
    ],
)
def test_what_was_before_a_plan_has_to_be_possible(course_clinic, field, prior):
    ana = course_clinic.patient()
    with pytest.raises(PlanRefused) as caught:
        open_for(course_clinic, ana, prior_sessions=prior[0], prior_session_on=prior[1])
    assert caught.value.field == field
    plan = open_for(course_clinic, ana, prior_sessions=3, prior_session_on=date(2026, 11, 23))
    assert plan.prior_sessions == 3


def test_a_patient_who_left_and_a_physician_who_left_get_no_plan(course_clinic, session):
    ana, bea = course_clinic.patient(), course_clinic.patient()
    _discharge(course_clinic, ana)
    with pytest.raises(PatientNotActive, match=r"not under our care any more, so no plan"):
        open_for(course_clinic, ana)
    _retire(course_clinic)
    with pytest.raises(PhysicianNotActive, match=r"Dr. Amara Okafor does not see patients now") as caught:
        open_for(course_clinic, bea)
    assert caught.value.field == "physician"


def test_nobody_unknown_gets_a_plan(course_clinic):
    ana = course_clinic.patient()
    with pytest.raises(PhysicianNotFound):
        open_for(course_clinic, ana, physician_id=MISSING)
    with pytest.raises(UnknownProtocol, match=r"no such protocol"):
        open_for(course_clinic, ana, protocol_version_id=MISSING)
    with pytest.raises(PatientNotFound):
        actions.open_plan(
            course_clinic.session,
            patient_id=MISSING,
            physician_id=course_clinic.okafor.id,
            by=course_clinic.coordinator,
            now=NOW,
        )


def test_strangers_and_patients_open_nothing(course_clinic):
    ana = course_clinic.patient()
    _, herrera = course_clinic.physician("Dr. Ben Herrera")
    for stranger in (herrera, patient_actor(ana)):
        with pytest.raises(PlanningNotAllowed, match=r"Ask one of them"):
            open_for(course_clinic, ana, by=stranger)
    assert open_for(course_clinic, ana, by=course_clinic.admin)


def test_only_a_physician_of_the_care_team_says_why_somebody_is_treated(course_clinic, session):
    ana = course_clinic.patient()
    with pytest.raises(PhysicianDecides):
        open_for(course_clinic, ana, indication="Low mood")
    visit = course_clinic.clinic.visit(ana, course_clinic.okafor, on("2026-11-25"))
    members = session.scalars(select(CareTeamMember).where(CareTeamMember.subject_id == visit.id)).all()
    plan = open_for(course_clinic, ana, indication=" Low mood ", by=course_clinic.doctor, now=members[0].starts_at)
    assert plan.indication == "Low mood"


def _discharge(clinic, patient):
    casework.set_status(
        clinic.session,
        patient_id=patient.id,
        status=PatientStatus.DISCHARGED,
        reason="Moved abroad",
        version=patient.version,
        by=clinic.coordinator,
        now=NOW,
    )


def _retire(clinic):
    known = {name: getattr(clinic.okafor, name) for name in NewPhysician.__dataclass_fields__}
    people.edit_physician(
        clinic.session,
        physician_id=clinic.okafor.id,
        new=NewPhysician(**known),
        version=clinic.okafor.version,
        is_active=False,
        by=clinic.admin,
        now=NOW,
    )
