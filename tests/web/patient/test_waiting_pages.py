"""A patient waits for an earlier time: joining, the offered time, taking it or letting it go, leaving."""

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.waitlist.actions.offering import offer_by_hand
from clinic.waitlist.models import WaitlistEntry
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at
from tests.web.html import Browser
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import spanish


@pytest.fixture
def joined(practice, open_link):
    page = open_link().click("Tell me if an earlier time comes free")
    page = page.form("join").submit(part="morning", notice="2")
    assert page.toasts == ["✓ You are on the list. We tell you when a time comes free."]
    return page


@pytest.fixture
def offer(practice):
    def make(starts_at=None):
        entry = practice.session.scalars(select(WaitlistEntry)).one()
        made = offer_by_hand(
            practice.session,
            entry_id=entry.id,
            physician_id=practice.okafor.id,
            starts_at=starts_at or at(24, 9),
            by=COORDINATOR,
            now=NOW,
            ring=RING,
        )
        practice.session.commit()
        return made

    return make


def through_text(app, practice):
    """Open the link of the text that offers a time."""
    link = practice.session.scalars(select(Link).where(Link.purpose == "waitlist")).one()
    token = access.render_link(practice.session, link_id=link.id, ring=RING)
    return type_birth_date(Browser(app.test_client()).get(f"/v/{token}"), practice.marisol.birth_date)


def test_a_patient_joins_once_and_sees_the_place_and_leaves(practice, joined, open_link):
    entry = practice.session.scalars(select(WaitlistEntry)).one()
    assert (entry.weekdays, entry.from_minute, entry.until_minute, entry.notice_hours) == ([], 0, 720, 2)
    assert (str(entry.latest_on), entry.physician_id) == ("2026-11-25", None)
    assert joined.h1 == "You are on the list"
    again = open_link().click("Tell me if an earlier time comes free")
    assert again.h1 == "You are on the list"
    left = again.form("stop").submit()
    assert left.toasts == ["✓ You are off the list. What is booked stays as it is."]
    assert left.h1 == "You are not on the list any more"


def test_wishes_that_make_no_sense_come_back_filled(practice, open_link):
    page = open_link().click("Tell me if an earlier time comes free")
    page = page.form("join").send(weekdays="9", part="evening")
    assert page.status == 422
    assert page.form("join").values["part"] == ["evening"]
    assert practice.session.scalars(select(WaitlistEntry)).all() == []


def test_an_offered_time_is_taken_by_one_press_and_twice_is_fine(app, practice, joined, offer):
    offer()
    page = through_text(app, practice)
    assert page.h1 == "A time is free for you"
    assert "We hold it for you until 11:00 AM ET." in page.text
    taken = page.form("take").submit()
    assert taken.toasts == ["✓ Done. The time is yours."]
    assert "Tue" in taken.text
    assert practice.now_is().starts_at == at(24, 9)
    assert page.form("take").submit().h1 == "Your visit"


def test_letting_go_keeps_the_place(app, practice, joined, offer):
    offer()
    page = through_text(app, practice)
    gone = page.form("let-go").submit()
    assert gone.toasts == ["✓ Thank you. You keep your place on the list."]
    late = page.form("take").send()
    assert late.status == 409
    assert "That time is gone by now. You keep your place on the list, and nothing else has changed." in late.text
    assert late.h1 == "You are on the list"
    assert practice.now_is().starts_at == at(25, 10, 30)


def test_an_answer_after_the_time_is_told_kindly(app, clock, practice, joined, offer):
    offer()
    clock.advance(minutes=50)
    page = through_text(app, practice)
    clock.advance(minutes=10)
    late = page.form("take").send()
    assert late.status == 409
    assert late.h1 == "You are on the list"


def test_somebody_else_is_not_shown_the_entry(app, practice, joined, open_link):
    stranger = practice.another(at(26, 9), legal_first_name="Theo")
    entry = practice.session.scalars(select(WaitlistEntry)).one()
    page = open_link(stranger)
    assert page.browser.get(f"/waiting/{entry.id}/mine").status == 404
    assert page.browser.get(f"/visit/{practice.visit.id}/earlier").status == 404


def test_who_has_no_visit_any_more_waits_for_a_first_one(practice, open_link):
    page = open_link().click("I cannot come at all").form("cancel").submit()
    page = page.click("Choose another time").click("Tell me if a time comes free")
    page = page.form("join").submit(same="yes")
    assert page.h1 == "You are on the list"
    entry = practice.session.scalars(select(WaitlistEntry)).one()
    assert (entry.appointment_id, entry.physician_id) == (None, practice.okafor.id)


def test_everything_is_there_in_spanish(app, practice, open_link, offer):
    practice.marisol.language = "es"
    practice.session.commit()
    page = open_link().click("Avísenme si se libera una hora más temprano")
    spanish(page)
    page = page.form("join").submit()
    spanish(page)
    offer(at(24, 14))
    spanish(through_text(app, practice))
