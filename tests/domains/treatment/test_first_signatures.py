"""Signatures are asked for when the first session here is booked, wherever the patient was treated before."""

from datetime import date

import pytest
from sqlalchemy import select

from clinic.consents.actions.asking import WANTED
from clinic.kernel.outbox import Outbox
from clinic.reactions import keep_course
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import book, on


@pytest.mark.parametrize(
    ("phase", "before"),
    [
        (Phase.INDUCTION, {}),
        (Phase.MAINTENANCE, {"prior_sessions": 8, "prior_session_on": date(2026, 11, 5), "since": on("2026-11-20")}),
    ],
)
def test_whoever_has_a_first_session_here_is_asked_to_sign(session, course_clinic, phase: Phase, before):
    plan = course_clinic.plan(phase, **before)
    visit = book(session, plan, at=on("2026-12-08", 10))
    keep_course(session, subject_id=visit.id, now=NOW, by=COORDINATOR)
    wanted = session.scalars(select(Outbox.subject_id).where(Outbox.topic == WANTED)).all()
    assert set(wanted) == {plan.patient_id}


def test_a_physician_visit_alone_asks_for_no_signature(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    visit = book(session, plan, at=on("2026-12-08", 10), kind="follow_up")
    keep_course(session, subject_id=visit.id, now=NOW, by=COORDINATOR)
    assert session.scalars(select(Outbox.id).where(Outbox.topic == WANTED)).all() == []
