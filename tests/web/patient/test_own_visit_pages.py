"""The patient's visit: confirm, another time, cancel, calendar; all of it with plain forms and links."""

from datetime import timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from clinic.kernel.actor import Role
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, at
from tests.web.html import text_of


def event_of(page):
    """Return METHOD and the event of a calendar file."""
    calendar = Calendar.from_ical(page.response.data)
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def test_the_page_says_when_with_whom_and_how_long_in_the_patients_zone(practice, open_link):
    page = open_link()
    hero = text_of(page.one(".hero"))
    assert "Wednesday, November 25 10:30 AM Eastern time" in hero
    assert "with Dr. Amara Okafor" in hero
    assert "about 30 minutes" in hero
    assert "Not confirmed yet" in hero
    assert "988" in text_of(page.root)


def test_a_patient_in_central_time_reads_central_time(practice, open_link):
    visit = practice.another(
        at(25, 12), city="Pensacola", postal_code="32501", county_fips="12033", legal_first_name="Theo"
    )
    assert "11:00 AM Central time" in open_link(visit).text


def test_no_word_of_the_page_says_what_the_visit_is_about(practice, open_link):
    assert "Follow-up" not in open_link().text


def test_confirming_twice_is_fine(practice, open_link):
    page = open_link()
    form = page.form("confirm")
    first, second = form.submit(), form.submit()
    assert first.toasts == ["✓ Thank you. Your visit is confirmed."]
    assert second.status == 200
    assert "confirm" not in second.forms
    assert (practice.now_is().state, practice.now_is().confirmed_via) == ("confirmed", "page")


def test_another_time_is_taken_and_the_old_one_given_back(practice, open_link):
    page = open_link().click("Another time")
    assert "It stays yours until you choose another." in page.text
    moved = page.form("move").submit(slot=practice.slot(at(26, 11)))
    assert moved.toasts == ["✓ Done. Your visit has moved."]
    assert "Thursday, November 26" in moved.text
    assert practice.now_is().starts_at == at(26, 11)
    assert practice.another(at(25, 10, 30)).state == "booked"


def test_every_time_shown_is_shown_once_and_can_be_taken(practice, open_link):
    practice.maker.physician("Dr. Second Choice")
    practice.session.commit()
    page = open_link().click("Another time")
    values = [each.get("value") for each in page.select("#form-move .slot")]
    starts = [value.partition("@")[2] for value in values]
    assert len(starts) == len(set(starts))
    assert all(value.startswith(str(practice.okafor.id)) for value in values if "T15:30" not in value)
    assert page.form("move").submit(slot=values[-1]).h1 == "Your visit"


def test_the_time_that_the_patient_has_is_not_another_time_until_the_visit_is_canceled(practice, open_link):
    def offered(page):
        return [each.get("value") for each in page.select("#form-move .slot")]

    page = open_link()
    assert practice.slot(at(25, 10, 30)) not in offered(page.click("Another time"))
    canceled = page.click("I cannot come at all").form("cancel").submit()
    assert practice.slot(at(25, 10, 30)) in offered(canceled.click("Choose another time"))


def test_a_time_just_gone_leaves_the_old_one_and_offers_three(practice, open_link):
    page = open_link().click("Another time")
    practice.another(at(26, 11))
    answer = page.form("move").submit(slot=practice.slot(at(26, 11)))
    assert answer.status == 409
    assert "That time has just gone. You still have your present time." in answer.text
    assert len(answer.select("#form-move-near .slot")) == 3
    assert practice.now_is().starts_at == at(25, 10, 30)
    nearby = answer.select("#form-move-near .slot")[0].get("value")
    assert answer.form("move-near").submit(slot=nearby).toasts == ["✓ Done. Your visit has moved."]


@pytest.mark.parametrize("slot", ["nonsense", "1@2026-11-26"])
def test_a_forged_time_leads_back_to_the_times(practice, open_link, slot):
    answer = open_link().click("Another time").form("move").send(slot=slot)
    assert answer.h1 == "Choose another time"
    assert practice.now_is().starts_at == at(25, 10, 30)


def test_a_past_time_is_refused_kindly(practice, open_link):
    answer = open_link().click("Another time").form("move").submit(slot=practice.slot(at(20, 11)))
    assert answer.status == 422
    assert "That time can no longer be chosen." in answer.text


def test_no_time_in_two_weeks_leads_to_later_ones(practice, open_link):
    page = open_link()
    far = page.browser.get(f"/visit/{practice.visit.id}/move", start="2027-02-01")
    assert "No other time in these two weeks" in far.text
    assert far.click("Earlier dates").status == 200


@pytest.mark.parametrize("start", ["9999-12-31", "0001-01-01", "tomorrow", "2060-01-01"])
def test_a_day_that_makes_no_sense_is_refused(practice, open_link, start):
    page = open_link()
    assert page.browser.get(f"/visit/{practice.visit.id}/move", start=start).status == 422


def test_canceling_asks_once_more_and_frees_the_time(practice, open_link):
    ask = open_link().click("I cannot come at all")
    page = ask.form("cancel").submit()
    assert page.h1 == "Your visit is canceled"
    assert practice.now_is().state == "canceled"
    assert practice.another(at(25, 10, 30)).state == "booked"
    assert ask.form("cancel").submit().status == 200


def test_a_visit_that_the_clinic_canceled_cannot_be_confirmed(practice, open_link):
    page = open_link()
    reason = CancelReason.PHYSICIAN_UNAVAILABLE
    actions.cancel(practice.session, appointment_id=practice.visit.id, reason=reason, by=COORDINATOR, now=at(23, 11))
    practice.session.commit()
    answer = page.form("confirm").submit()
    assert answer.status == 409
    assert answer.h1 == "Your visit is canceled"
    assert "so this cannot be done here any more" in answer.text
    assert practice.now_is().state == "canceled"
    assert page.browser.get(f"/visit/{practice.visit.id}/cancel").h1 == "Your visit is canceled"


def called_off(practice):
    reason = CancelReason.PHYSICIAN_UNAVAILABLE
    actions.cancel(practice.session, appointment_id=practice.visit.id, reason=reason, by=COORDINATOR, now=at(23, 11))
    practice.session.commit()


def test_a_canceled_visit_leads_to_a_new_one_as_its_text_promised(practice, open_link):
    called_off(practice)
    choose = open_link().click("Choose another time")
    assert "It stays yours" not in choose.text
    form = choose.form("move")
    booked = form.submit(slot=practice.slot(at(26, 11)))
    assert booked.toasts == ["✓ Done. Your new visit is booked."]
    assert "Thursday, November 26" in booked.text
    again = form.submit(slot=practice.slot(at(26, 11)))
    assert again.path == booked.path
    states = [one.state for one in practice.session.query(type(practice.visit)).order_by("starts_at")]
    assert states == ["canceled", "booked"]


def test_a_time_just_gone_books_nothing_in_place_of_a_canceled_visit(practice, open_link):
    called_off(practice)
    choose = open_link().click("Choose another time")
    practice.another(at(26, 11))
    answer = choose.form("move").submit(slot=practice.slot(at(26, 11)))
    assert answer.status == 409
    assert "present time" not in answer.text
    assert len(answer.select("#form-move-near .slot")) == 3


def test_a_kind_of_visit_that_patients_may_not_book_is_booked_by_phone(practice, open_link):
    practice.maker.visit_type(is_patient_bookable=False)
    called_off(practice)
    page = open_link()
    assert "Choose another time" not in page.links
    assert "To find another time, call (305) 555-0100." in page.text
    assert page.browser.get(f"/visit/{practice.visit.id}/move").h1 == "Your visit is canceled"


def test_nothing_can_be_changed_once_the_visit_began(practice, open_link, clock):
    clock.instant = at(25, 10, 31)
    page = open_link()
    assert page.h1 == "Your visit"
    assert not {"confirm", "cancel"} & set(page.forms)
    assert page.browser.get(f"/visit/{practice.visit.id}/move").h1 == "Your visit"


def test_the_calendar_file_asks_moves_and_takes_back_one_entry(practice, open_link):
    page = open_link()
    method, first = event_of(page.click("Add to calendar"))
    assert (method, first["UID"]) == ("REQUEST", practice.visit.uid)
    moved = page.click("Another time").form("move").submit(slot=practice.slot(at(26, 11)))
    _, second = event_of(moved.click("Add to calendar"))
    canceled = moved.click("I cannot come at all").form("cancel").submit()
    last_method, last = event_of(canceled.click("Take it off my calendar"))
    assert (last_method, last["STATUS"]) == ("CANCEL", "CANCELLED")
    assert first["UID"] == second["UID"] == last["UID"]
    assert [first["SEQUENCE"], second["SEQUENCE"], last["SEQUENCE"]] == [0, 1, 2]
    assert second["DTSTART"].dt == at(26, 11)
    assert str(last["CLASS"]) == "PRIVATE"
    assert "Benavides" not in canceled.click("Take it off my calendar").response.get_data(as_text=True)


def test_the_join_button_appears_a_quarter_of_an_hour_before(practice, open_link, clock):
    practice.okafor.join_url = "https://video.example.org/room"
    practice.session.commit()
    clock.instant = at(25, 10, 14)
    early = open_link()
    assert "Join the video visit" not in early.links
    assert "appears here 15 minutes before" in early.text
    clock.instant = at(25, 10, 15)
    assert open_link().form("where-home").submit().links["Join the video visit"] == "https://video.example.org/room"
    clock.instant = at(25, 11)
    assert "Join the video visit" not in open_link().links


def test_a_canceled_visit_has_no_join_button(practice, open_link, clock):
    practice.okafor.join_url = "https://video.example.org/room"
    actions.cancel(
        practice.session, appointment_id=practice.visit.id, reason=CancelReason.OTHER, by=COORDINATOR, now=at(23, 11)
    )
    practice.session.commit()
    clock.instant = at(25, 10, 20)
    assert "Join the video visit" not in open_link().links


def test_somebody_elses_visit_does_not_exist_here(practice, open_link):
    other = practice.another(at(25, 14))
    browser = open_link().browser
    for rest in ("", "/move", "/cancel", "/calendar.ics"):
        theirs, nobodys = (browser.get(f"/visit/{one}{rest}") for one in (other.id, uuid4()))
        assert theirs.status == nobodys.status == 404
        assert theirs.text == nobodys.text
    token = open_link().form("confirm").values["csrf_token"][0]
    for step in ("confirm", "move", "cancel"):
        fields = {"csrf_token": token, "slot": practice.slot(at(26, 9))}
        assert browser.post(f"/visit/{other.id}/{step}", fields).status in {400, 404}
    assert practice.now_is(other.id).state == "booked"


def test_the_patient_reaches_the_other_own_visits(practice, open_link):
    second = practice.maker.visit(practice.marisol, practice.okafor, at(30, 9))
    practice.session.commit()
    page = open_link().click("Mon, Nov 30, 9:00 AM ET")
    assert page.path.endswith(str(second.id))


def test_a_patients_link_opens_no_page_of_the_staff(practice, open_link):
    browser = open_link().browser
    for path in ("/today", "/book", f"/visits/{practice.visit.id}", "/my-day", "/admin/staff"):
        assert browser.get(path).path.startswith("/sign-in")


def test_the_page_needs_no_script(practice, open_link):
    page = open_link()
    for shown in (page, page.click("Another time"), page.click("I cannot come at all")):
        assert not [item for item in shown.select("button") if item.get("type") != "submit"]
        assert not shown.select("[hidden]")


def test_two_windows_of_one_patient_do_not_lose_a_move(practice, open_link):
    first, second = open_link().click("Another time"), open_link().click("Another time")
    first.form("move").submit(slot=practice.slot(at(26, 9)))
    answer = second.form("move").submit(slot=practice.slot(at(26, 9, 15)))
    assert answer.status == 200
    assert practice.now_is().starts_at == at(26, 9, 15)
    assert practice.now_is().sequence == 2


def test_what_the_patient_did_is_told_to_the_coordinator(practice, open_link, sign_in_as):
    open_link().form("confirm").submit()
    page = sign_in_as(Role.COORDINATOR).get(f"/visits/{practice.visit.id}")
    assert "on the patient’s page" in page.text


def test_the_session_ends_with_the_link(practice, open_link, clock):
    page = open_link()
    clock.instant = practice.visit.ends_at + timedelta(hours=1)
    assert page.browser.get(page.path).status == 401
