"""Planning: once, at the right time, to those who agreed; and calling back."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.kernel.ids import new_id
from clinic.messaging import actions
from clinic.messaging.errors import MissingVariable
from clinic.messaging.rules.kinds import Subject
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk, reader


def test_planning_the_same_text_twice_keeps_one(desk: Desk) -> None:
    patient, visit = desk.patient(), new_id()
    assert desk.plan(patient, subject_id=visit) is not None
    assert desk.plan(patient, subject_id=visit) is None
    assert desk.plan(patient, subject_id=visit, version=2) is not None
    assert len(desk.messages()) == 2


def test_variables_are_sealed_and_no_body_is_stored(desk: Desk) -> None:
    message = desk.message(desk.plan(desk.patient()))
    assert message.variables_json is not None
    assert "2026-11-25" in message.variables_json
    assert b"2026" not in message.variables_sealed
    assert not hasattr(message, "body")


def test_a_text_due_now_pokes_the_workers_and_a_later_one_does_not(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    clock.wakes.clear()
    desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1))
    assert clock.wakes == []
    desk.plan(patient)
    assert clock.wakes == ["texts"]


def test_no_text_is_planned_when_no_good_time_is_left(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    assert desk.plan(patient, "VISIT_24H", due_in=-timedelta(hours=1)) is None
    clock.instant = datetime(2026, 11, 24, 1, 10, tzinfo=UTC)  # 20:10 in New York
    assert desk.plan(patient, starts_in=timedelta(hours=12, minutes=35)) is None
    assert desk.messages() == []


@pytest.mark.parametrize("stopped", [True, False])
def test_a_patient_without_texts_is_called_once_for_each_visit(desk: Desk, stopped: bool) -> None:
    patient = desk.patient(consents=stopped)
    if stopped:
        desk.receive(patient, "STOP", opt_out_type="STOP")
    visit = new_id()
    booked = desk.plan(patient, subject_id=visit)
    desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1), subject_id=visit)
    assert (desk.message(booked).state, desk.message(booked).reason) == (
        "suppressed",
        "opted_out" if stopped else "no_consent",
    )
    assert len(desk.tasks("opted_out_patient")) == 1


def test_texts_about_a_subject_are_called_back_but_those_of_its_new_version_stay(desk: Desk) -> None:
    patient, visit = desk.patient(), new_id()
    old = desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1), subject_id=visit, version=1)
    new = desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1), subject_id=visit, version=2)
    other = desk.plan(patient)
    with desk.runtime.begin(by=TESTER) as session:
        count = actions.cancel_planned(
            session, subject_kind="appointment", subject_id=visit, reason="moved", now=desk.clock(), keep_version=2
        )
    assert count == 1
    assert [desk.message(each).state for each in (old, new, other)] == ["canceled", "pending", "pending"]


def test_a_claimed_text_is_called_back_too(desk: Desk) -> None:
    message_id = desk.plan(desk.patient())
    (claimed,) = desk.claim()
    with desk.runtime.begin(by=TESTER) as session:
        visit = desk.message(message_id).subject_id
        assert visit is not None
        actions.cancel_planned(
            session, subject_kind="appointment", subject_id=visit, reason="canceled", now=desk.clock()
        )
    assert desk.intend(claimed) is None
    assert desk.message(message_id).state == "canceled"


def test_mistakes_of_a_caller_are_loud(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    for change in (
        {"link_id": None},
        {"subject": Subject(kind="patient", id=patient.id)},
        {"variables": {}},
        {"variables": {"starts_at": datetime(2026, 12, 1, 10)}},  # noqa: DTZ001 - the mistake
    ):
        wanted = {
            "template_key": "BOOK_CONFIRM",
            "recipient": reader(patient),
            "subject": Subject(kind="appointment", id=new_id(), version=1),
            "variables": {"starts_at": clock() + timedelta(days=2)},
            "link_id": new_id(),
            "due_at": clock(),
        } | change
        with pytest.raises(MissingVariable), desk.runtime.begin(by=TESTER) as session:
            actions.plan(session, **wanted, now=clock(), by=TESTER)  # type: ignore[arg-type]
