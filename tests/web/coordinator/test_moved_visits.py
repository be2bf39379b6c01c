"""The pages of a move: put it back, tell the patient oneself, book or move over another visit."""

from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from clinic.messaging.models import Message
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, text_of

WHY = "Cannot wait until next week"


def texts_of(office, visit):
    office.session.expire_all()
    rows = office.session.scalars(select(Message).where(Message.subject_id == visit.id))
    return sorted(row.template_key for row in rows if row.state == "pending")


def now_of(office, visit):
    office.session.expire_all()
    return office.session.get_one(Appointment, visit.id)


def moved(desk, office, visit, **more):
    ask = desk.get(f"/visits/{visit.id}").click("Move")
    return ask.form("move").submit(slot=office.slot(at(26, 11)), **more)


def test_a_moved_visit_says_when_the_text_leaves_and_can_be_put_back(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = moved(desk, office, visit, reason="clinic_request")
    assert "Moved from Wed, Nov 25, 10:00 AM ET" in page.text
    assert "The patient gets a text at 10:03 AM ET" in page.text
    assert "The clinic asked" in text_of(page.one(".history"))
    back = page.form("undo-move").submit()
    assert back.toasts == ["✓ The visit is back where it was."]
    assert (now_of(office, visit).starts_at, now_of(office, visit).sequence) == (at(25, 10), 2)
    assert "undo-move" not in back.forms
    assert "Move taken back" in text_of(back.one(".history"))


def test_after_three_minutes_there_is_nothing_to_put_back(desk: Browser, office, clock):
    visit = office.visit(at(25, 10))
    page = moved(desk, office, visit)
    clock.advance(seconds=180)
    refused = page.form("undo-move").submit()
    assert refused.status == 409
    assert "Use Move" in refused.text
    assert "undo-move" not in refused.forms


def test_the_earlier_time_taken_meanwhile_is_told(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = moved(desk, office, visit)
    office.take(at(25, 10))
    refused = page.form("undo-move").submit()
    assert (refused.status, "Somebody else has the earlier time" in refused.text) == (409, True)


def test_without_a_text_the_page_says_so(desk: Browser, office):
    visit = office.visit(at(25, 10))
    office.session.execute(Message.__table__.update().values(state="delivered"))
    office.session.commit()
    page = moved(desk, office, visit, quiet="yes")
    assert "No text waits." in page.text
    assert "No text about the move" in text_of(page.one(".history"))
    assert texts_of(office, visit) == ["VISIT_15M", "VISIT_24H"]


def test_booking_over_another_visit_names_it_first(desk: Browser, office):
    taken = office.visit(at(25, 10))
    other = office.maker.patient()
    office.session.commit()
    page = desk.get("/book", patient=str(other.id), type="follow_up")
    asked = page.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="10:00", reason=WHY)
    assert asked.h1 == "Book it all the same?"
    assert office.ana.legal_last_name in text_of(asked.one("table"))
    assert f"/visits/{taken.id}" in str(asked.one("table a").attrib["href"])
    assert office.session.scalars(select(Appointment).where(Appointment.patient_id == other.id)).all() == []
    done = asked.form("agree").submit()
    assert "Booked over another visit or outside the hours" in done.text
    assert f"{WHY} (Dana Reyes)" in done.text
    booked = office.session.scalars(select(Appointment).where(Appointment.patient_id == other.id)).one()
    assert (booked.overbook_reason, booked.starts_at) == (WHY, at(25, 10))


def test_a_free_time_becomes_an_ordinary_visit(desk: Browser, office):
    page = desk.get("/book", patient=str(office.ana.id), type="follow_up")
    asked = page.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="10:00", reason=WHY)
    assert asked.h1 == "This time is free"
    done = asked.form("agree").submit()
    assert "Booked over another visit" not in done.text


def test_what_came_in_the_way_meanwhile_is_shown_before_it_is_booked_over(desk: Browser, office):
    other = office.maker.patient()
    office.session.commit()
    page = desk.get("/book", patient=str(other.id), type="follow_up")
    asked = page.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="18:00", reason=WHY)
    assert "does not work at this time" in asked.text
    actions.overbook_now(
        office.session, visit_type_code="follow_up", patient_id=office.ana.id, physician_id=office.okafor.id,
        starts_at=at(25, 18), reason="Another urgent one", by=SAM, now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    again = asked.form("agree").submit()
    assert again.status == 409
    assert "Something else is in the way there now." in again.text
    assert office.ana.legal_last_name in text_of(again.one("table"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": "x"}, "Write why, in at least 5 letters."),
        ({"at": "07:00"}, "too early or too late in the patient"),
        ({"on": "2026-11-20"}, "This time has passed"),
        ({"physician": ""}, "Choose the physician."),
    ],
)
def test_what_cannot_be_overbooked_is_told_at_the_form(desk: Browser, office, typed, sentence):
    page = desk.get("/book", patient=str(office.ana.id), type="follow_up")
    wanted = {"physician": str(office.okafor.id), "on": "2026-11-25", "at": "10:00", "reason": WHY} | typed
    answer = page.form("over").submit(**wanted)
    assert answer.status == 422
    assert sentence in answer.text
    assert answer.form("over").values["reason"] == [wanted["reason"]]


def test_a_visit_is_moved_over_another_one_and_shown_as_such(desk: Browser, office):
    office.take(at(25, 10))
    visit = office.visit(at(26, 11))
    ask = desk.get(f"/visits/{visit.id}").click("Move")
    asked = ask.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="10:00", reason=WHY)
    assert asked.h1 == "Move it all the same?"
    done = asked.form("agree").submit()
    assert WHY in done.text
    assert now_of(office, visit).overbook_reason == WHY
    back = done.form("undo-move").submit()
    assert not back.select(".notice")


def test_an_old_page_does_not_move_over_a_colleagues_change(desk: Browser, office):
    office.take(at(25, 10))
    visit = office.visit(at(26, 11))
    ask = desk.get(f"/visits/{visit.id}").click("Move")
    asked = ask.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="10:00", reason=WHY)
    office.cancel_elsewhere(visit)
    answer = asked.form("agree").submit()
    assert answer.status == 409
    assert "was canceled" in answer.text


def test_the_reason_never_stands_in_an_address(desk: Browser, office):
    page = desk.get("/book", patient=str(office.ana.id), type="follow_up")
    asked = page.form("over").submit(physician=str(office.okafor.id), on="2026-11-25", at="10:00", reason=WHY)
    assert parse_qs(asked.path.partition("?")[2]) == {}
