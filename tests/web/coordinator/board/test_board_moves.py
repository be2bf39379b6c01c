"""Moves on the board: done, undone, put back with the reason."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING
from clinic.scheduling import actions
from clinic.scheduling.models import AppointmentHistory
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.board.reading import move, now_of, send
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser


def test_a_move_is_done_and_its_text_waits_three_minutes(desk: Browser, office):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.herrera, at(24, 11, 15))
    assert answer.status_code == 200
    assert (
        "Moved to Tue, Nov 24, 11:15 AM ET. The patient is texted at 10:03 AM unless you undo." in answer.json["said"]
    )
    moved = now_of(office, visit)
    assert (moved.physician_id, moved.starts_at) == (office.herrera.id, at(24, 11, 15))
    assert answer.json["version"] == moved.version


def test_undo_puts_it_back_and_no_text_is_left(desk: Browser, office):
    visit = office.visit(at(24, 10), now=at(20, 9))
    version = move(desk, visit, office.okafor, at(24, 14)).json["version"]
    answer = send(desk, f"/board/visits/{visit.id}/undo", version=version)
    assert answer.json["said"] == "Put back to Tue, Nov 24, 10:00 AM ET."
    assert now_of(office, visit).starts_at == at(24, 10)
    waiting = select(Message.template_key).where(Message.subject_id == visit.id, Message.state.in_(WAITING))
    assert "BOOK_CHANGED" not in set(office.session.scalars(waiting))
    again = send(desk, f"/board/visits/{visit.id}/undo", version=answer.json["version"])
    assert again.status_code == 409


def test_a_move_that_is_not_to_be_texted_plans_no_text(desk: Browser, office):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.okafor, at(24, 14), tell="", reason="patient_request")
    assert "The patient is not texted." in answer.json["said"]
    texts = set(office.session.scalars(select(Message.template_key).where(Message.subject_id == visit.id)))
    assert "BOOK_CONFIRM" in texts
    assert "BOOK_CHANGED" not in texts
    reasons = select(AppointmentHistory.reason).where(AppointmentHistory.appointment_id == visit.id)
    assert "patient_request" in set(office.session.scalars(reasons))


@pytest.mark.parametrize(
    ("starts_at", "status", "words"),
    [
        (at(23, 9), 422, "This time has passed"),
        (at(24, 7), 422, "does not work at this time"),
        (at(24, 11), 409, "This time is taken"),
        (at(24, 11, 7), 422, "round times"),
    ],
)
def test_a_move_that_cannot_be_is_put_back_with_the_reason_and_three_other_times(
    desk: Browser, office, starts_at, status, words
):
    visit = office.visit(at(24, 10))
    office.take(at(24, 11))
    answer = move(desk, visit, office.okafor, starts_at)
    assert answer.status_code == status
    assert words in answer.json["detail"]
    assert len(answer.json["others"]) == 3
    assert set(answer.json["others"][0]) == {"physician", "starts_at", "words"}
    assert now_of(office, visit).starts_at == at(24, 10)


def test_a_move_across_a_license_border_is_put_back(desk: Browser, office):
    newark = office.maker.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    visit = office.maker.visit(newark, office.okafor, at(24, 10))
    office.session.commit()
    answer = move(desk, visit, office.herrera, at(24, 11))
    assert "New Jersey license" in answer.json["detail"]


def test_a_move_to_a_closed_day_names_the_closure(desk: Browser, office):
    visit = office.visit(at(24, 10))
    actions.add_closure(
        office.session, name="Thanksgiving Day", state=None, first_day=date(2026, 11, 26), last_day=date(2026, 11, 26),
        by=SAM, now=office.maker.now,
    )  # fmt: skip
    office.session.commit()
    assert "Thanksgiving Day" in move(desk, visit, office.okafor, at(26, 10)).json["detail"]


def test_two_on_one_visit_the_second_is_told_what_the_first_did(desk: Browser, office):
    visit = office.visit(at(24, 10))
    seen = visit.version
    actions.move(
        office.session, appointment_id=visit.id, physician_id=office.okafor.id, starts_at=at(24, 15), by=SAM,
        now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    answer = move(desk, visit, office.okafor, at(24, 12), version=seen)
    assert answer.status_code == 409
    assert "Sam Whitfield moved it to Tue, Nov 24, 3:00 PM ET" in answer.json["detail"]
    assert "Nothing was overwritten." in answer.json["detail"]
    assert now_of(office, visit).starts_at == at(24, 15)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"version": "x"}, "number"),
        ({"physician": ""}, "Choose a physician."),
        ({"starts_at": ""}, "Enter a day and a time."),
        ({"starts_at": "tomorrow"}, ""),
        ({"starts_at": "2026-11-24T10:00:00"}, ""),
        ({"starts_at": "", "on": "2027-03-14", "at": "02:30"}, "does not exist"),
        ({"color": "red"}, ""),
    ],
)
def test_a_move_that_makes_no_sense_changes_nothing(desk: Browser, office, fields, words):
    visit = office.visit(at(24, 10))
    answer = move(desk, visit, office.okafor, at(24, 14), **fields)
    assert answer.status_code == 422
    assert words in answer.json["detail"]
    assert now_of(office, visit).starts_at == at(24, 10)


def test_a_move_of_nothing_is_not_found(desk: Browser, office):
    place = {"physician": office.okafor.id, "starts_at": at(24, 10).isoformat(), "version": 1}
    assert send(desk, f"/board/visits/{UUID(int=7)}/move", **place).status_code == 404
