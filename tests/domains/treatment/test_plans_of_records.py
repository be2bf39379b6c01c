"""What becomes of a plan when the patient's care ends, and when two records turn out to be one person."""

import pytest

from clinic import casework
from clinic.people import queries as patients
from clinic.people.rules import PatientStatus
from clinic.treatment import queries
from clinic.treatment.errors import BothHavePlans
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import book, enter, follow, on, take


@pytest.mark.parametrize("status", [PatientStatus.DISCHARGED, PatientStatus.DECEASED])
def test_the_plan_ends_with_the_care(course_clinic, session, status):
    ana = course_clinic.patient()
    plan = course_clinic.plan(Phase.INDUCTION, patient=ana)
    follow(session, book(session, plan, at=on("2026-11-25")))
    assert casework.at_stake(session, patient_id=ana.id, now=NOW).has_plan
    casework.set_status(
        session,
        patient_id=ana.id,
        status=status,
        reason="The family called",
        version=ana.version,
        by=COORDINATOR,
        now=NOW,
    )
    assert plan.phase == "ended"
    assert queries.plan_of_patient(session, ana.id) is None
    assert queries.phases_of(session, plan.id)[-1].reason == "The patient is not under our care any more."
    assert [row.state for row in queries.progress(session, plan, now=NOW).sessions] == ["skipped"]
    assert not casework.at_stake(session, patient_id=ana.id, now=NOW).has_plan


def merge(session, loser, survivor):
    return casework.merge(
        session,
        loser_id=loser.id,
        survivor_id=survivor.id,
        loser_version=loser.version,
        survivor_version=survivor.version,
        by=COORDINATOR,
        now=NOW,
    )


def test_the_plan_moves_along_with_everything_sealed_in_it(course_clinic, session):
    loser, survivor = course_clinic.patient(), course_clinic.patient()
    plan = course_clinic.plan(Phase.INDUCTION, patient=loser)
    take(session, plan, at=on("2026-11-12"))
    follow(session, book(session, plan, at=on("2026-11-25")))
    merge(session, loser, survivor)
    session.expire_all()
    moved = queries.plan_for(session, patient_id=survivor.id)
    assert moved.id == plan.id
    assert [row.state for row in queries.progress(session, moved, now=NOW).sessions] == ["taken", "planned"]
    assert queries.phases_of(session, plan.id)[1].reason == "Agreed with the patient."
    assert patients.may_see(session, actor=course_clinic.doctor, patient_id=survivor.id, now=NOW)


def test_two_plans_that_go_on_are_not_made_one_in_silence(course_clinic, session):
    loser, survivor = course_clinic.patient(), course_clinic.patient()
    plans = [course_clinic.plan(Phase.INDUCTION, patient=each) for each in (loser, survivor)]
    with pytest.raises(BothHavePlans, match=r"Let a physician end one of them first"), session.begin_nested():
        merge(session, loser, survivor)
    enter(session, plans[0], Phase.ENDED, by=course_clinic.doctor)
    merge(session, loser, survivor)
    session.expire_all()
    assert queries.plans_of_patient(session, survivor.id) == sorted(plans, key=lambda plan: plan.id)
