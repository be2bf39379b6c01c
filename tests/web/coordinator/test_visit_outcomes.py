"""The visit's page after it went wrong: late cancellation waived, no-show taken back, another video room."""

import pytest

from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import at, patient_actor
from tests.web.html import Browser, text_of

ROOM = "https://video.example.org/for-this-one"


def page_of(desk: Browser, visit: Appointment):
    return desk.get(f"/visits/{visit.id}")


@pytest.fixture
def late(office):
    """A visit that its patient canceled an hour before."""
    visit = office.visit(at(23, 11), now=at(20, 9))
    why = {"reason": CancelReason.PATIENT_UNWELL, "by": patient_actor(office.ana), "now": office.maker.now}
    actions.cancel(office.session, appointment_id=visit.id, **why)
    office.session.commit()
    return visit


def test_a_late_cancellation_is_waived_with_a_reason(desk: Browser, office, late):
    page = page_of(desk, late)
    assert "It counts as a late cancellation." in page.text
    refused = page.form("waive").submit(reason="no")
    assert (refused.status, refused.errors) == (
        422,
        {"waive-reason": "Write why, in at least 5 letters. Colleagues will read it."},
    )
    done = page.form("waive").submit(reason="Called the night before")
    assert done.toasts == ["✓ The cancellation no longer counts as late."]
    assert "waive" not in done.forms
    assert "Lateness waived Called the night before" in text_of(done.one(".history"))


def test_a_patients_reason_stands_in_words(desk: Browser, late):
    assert "The patient is not well" in text_of(page_of(desk, late).one(".history"))


def test_a_note_for_colleagues_stands_on_the_visit(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = page_of(desk, visit).click("Cancel visit")
    done = page.form("cancel-cancel-visit").submit(reason="technical", note="Camera broken until Friday")
    assert "Camera broken until Friday" in done.text
    assert "Video or phone does not work" in done.text


def test_no_show_on_the_wrong_row_is_taken_back(desk: Browser, office, clock):
    visit = office.visit(at(23, 10), now=at(20, 9))
    clock.advance(minutes=10)
    missed = page_of(desk, visit).form("missed").submit()
    back = missed.form("undo-missed").submit()
    assert office.state_of(visit.id) == "booked"
    assert "No-show taken back" in text_of(back.one(".history"))
    assert "undo-missed" not in back.forms


def test_the_next_day_a_no_show_stays(desk: Browser, office):
    visit = office.visit(at(20, 10), now=at(18, 9))
    actions.mark_no_show(office.session, appointment_id=visit.id, by=office.maker.by, now=at(20, 10, 15))
    office.session.commit()
    assert "undo-missed" not in page_of(desk, visit).forms


def test_a_visit_gets_a_room_of_its_own_and_back(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = page_of(desk, visit)
    assert "No video room is set" in page.text
    refused = page.form("room").submit(join_url="http://video.example.org/x")
    assert refused.status == 422
    assert "beginning with https://" in refused.text
    set_ = page.form("room").submit(join_url=ROOM)
    assert "This visit has a room of its own." in set_.text
    assert "Open the video room" not in set_.links
    back = set_.form("room").submit(join_url="")
    assert "No video room is set" in back.text


def test_the_room_is_open_to_the_coordinator_when_it_is_due(desk: Browser, office):
    visit = office.visit(at(23, 10, 15), now=at(20, 9))
    done = page_of(desk, visit).form("room").submit(join_url=ROOM)
    assert done.links["Open the video room"] == ROOM


def test_an_old_page_does_not_change_the_room_of_a_canceled_visit(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = page_of(desk, visit)
    office.cancel_elsewhere(visit)
    answer = page.form("room").submit(join_url=ROOM)
    assert answer.status == 409
    assert "was canceled" in answer.text
    assert queries.visit_row(office.session, visit.id).own_join_url is None
