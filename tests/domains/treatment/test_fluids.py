"""A fluid restriction: a physician's decision with a reason, sealed, and followed by every text that waits."""

import json

import pytest
from sqlalchemy import select

from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.journal import take_entries
from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.treatment import actions, queries
from clinic.treatment.errors import PhysicianDecides, ReasonTooShort
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import ADMIN, book, on

WHY = "Heart failure, told to drink little"


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


@pytest.fixture
def decide(session, course_clinic, plan):
    def run(*, restricted=True, **changes):
        known = {"reason": WHY, "version": plan.version, "by": course_clinic.doctor_of(plan), "now": NOW}
        return actions.restrict_fluids(session, plan_id=plan.id, is_restricted=restricted, **(known | changes))

    return run


def waiting(session):
    wanted = select(Message.template_key).where(Message.subject_kind == "appointment", Message.state == "pending")
    return set(session.scalars(wanted))


def test_it_is_kept_with_its_reason_and_no_value_leaves_the_plan(session, plan, decide):
    take_entries(session)
    decide()
    assert session.get_one(Patient, plan.patient_id).is_fluid_restricted
    change = queries.changes_of(session, plan.id)[0]
    assert (queries.change_details(change), change.reason) == ({"is_fluid_restricted": (False, True)}, WHY)
    noted = [entry for entry in take_entries(session) if entry.subject_kind in {"patient", "treatment_plan"}]
    assert [entry.action for entry in noted] == ["patient.care_changed", "plan.changed"]
    assert WHY not in json.dumps([dict(entry.details) for entry in noted])
    assert "true" not in json.dumps([dict(entry.details) for entry in noted])


def test_waiting_texts_change_in_the_same_transaction_and_back(session, plan, decide):
    book(session, plan, at=on("2026-12-10"))
    wet = waiting(session)
    told_to_drink = {"VISIT_TOMORROW", "FASTING", "HYDRATE_2H", "POST_REST"}
    assert told_to_drink <= wet
    decide()
    assert waiting(session) == {f"{key}_DRY" if key in told_to_drink else key for key in wet}
    decide(restricted=False)
    assert waiting(session) == wet


def test_what_is_booked_afterwards_says_nothing_about_drinking(session, plan, decide):
    decide()
    book(session, plan, at=on("2026-12-10"))
    assert {"VISIT_TOMORROW_DRY", "FASTING_DRY", "POST_REST_DRY"} <= waiting(session)


def test_the_same_again_changes_nothing(session, plan, decide):
    decide()
    version = plan.version
    decide()
    assert (plan.version, len(queries.changes_of(session, plan.id))) == (version, 1)


@pytest.mark.parametrize("by", [COORDINATOR, ADMIN])
def test_only_a_physician_of_the_patient_decides(session, plan, decide, by):
    with pytest.raises(PhysicianDecides):
        decide(by=by)
    assert not session.get_one(Patient, plan.patient_id).is_fluid_restricted


def test_it_needs_a_reason_and_the_version_that_was_seen(plan, decide):
    with pytest.raises(ReasonTooShort):
        decide(reason=" ")
    with pytest.raises(ChangedMeanwhile):
        decide(version=plan.version + 1)
