"""One visit: its steps, its texts, its history, and two people who change it at once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import ActorKind, system
from clinic.messaging import actions as messaging
from clinic.people import queries as people
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.coordinator.conftest import SAM
from tests.web.html import Browser, text_of


def open_visit(desk: Browser, visit: Appointment):
    return desk.get(f"/visits/{visit.id}")


def test_a_visit_shows_both_clocks_and_the_planned_texts(desk: Browser, office):
    page = open_visit(desk, office.maker.visit(office.ana, office.herrera, at(25, 11)))
    assert "Wed, Nov 25, 11:00 AM ET (10:00 AM CT)" in page.text
    assert "Patient’s clock now" in page.text
    assert len(page.select(".thread li")) == 3  # Booked, the day before, 15 minutes before.
    assert "Reminder: Waiting" in page.text


def test_a_visit_is_confirmed_arrives_and_is_completed(desk: Browser, office):
    visit = office.visit(at(23, 10, 15), now=at(20, 9))
    confirmed = open_visit(desk, visit).form("confirm").submit()
    assert confirmed.toasts == ["✓ Confirmed."]
    assert "by phone" in confirmed.text
    arrived = confirmed.form("arrive").submit()
    assert "In progress" in arrived.text
    back = arrived.form("undo-arrive").submit()
    assert "Confirmed" in back.text
    done = back.form("arrive").submit().form("complete").submit()
    assert office.state_of(visit.id) == "completed"
    assert not {"confirm", "arrive", "complete", "missed"} & set(done.forms)


def test_a_no_show_can_be_marked_only_ten_minutes_after_the_start(desk: Browser, office, clock):
    visit = office.visit(at(23, 10), now=at(20, 9))
    clock.advance(minutes=9)
    assert "missed" not in open_visit(desk, visit).forms
    clock.advance(minutes=1)
    page = open_visit(desk, visit)
    assert "confirm" not in page.forms
    assert "No-show" in text_of(page.form("missed").submit().one(".history"))
    assert office.state_of(visit.id) == "no_show"


def test_canceling_needs_a_reason_and_is_told_to_the_patient(desk: Browser, office):
    visit = office.visit(at(25, 10))
    ask = open_visit(desk, visit).click("Cancel visit")
    refused = ask.form("cancel-cancel-visit").submit()
    assert refused.status == 422
    assert "Choose why the visit will not take place." in refused.errors.values()
    page = ask.form("cancel-cancel-visit").submit(reason="physician_unavailable")
    assert office.state_of(visit.id) == "canceled"
    assert "The physician is not available" in page.text
    assert "Visit canceled" in page.text


def test_moving_keeps_the_uid_and_tells_from_where_to_where(desk: Browser, office):
    visit = office.visit(at(25, 10))
    uid = visit.uid
    ask = open_visit(desk, visit).click("Move")
    page = ask.form("move").submit(slot=office.slot(at(26, 11)))
    assert page.toasts == ["✓ Moved."]
    assert "from Wed, Nov 25, 10:00 AM ET to Thu, Nov 26, 11:00 AM ET" in text_of(page.one(".history"))
    office.session.expire_all()
    moved = office.session.get_one(Appointment, visit.id)
    assert (moved.uid, moved.sequence) == (uid, 1)


def test_a_time_that_went_while_moving_leaves_the_visit_where_it_was(desk: Browser, office):
    visit = office.visit(at(25, 10))
    ask = open_visit(desk, visit).click("Move")
    office.take(at(26, 11))
    answer = ask.form("move").submit(slot=office.slot(at(26, 11)))
    assert answer.status == 409
    assert "The visit has not moved." in answer.text
    assert len(answer.select("#form-move-near .slot")) == 3
    office.session.expire_all()
    assert office.session.get_one(Appointment, visit.id).starts_at == at(25, 10)


def test_moving_to_the_past_or_where_nobody_works_is_refused(desk: Browser, office):
    visit = office.visit(at(25, 10))
    ask = open_visit(desk, visit).click("Move")
    for starts_at, sentence in ((at(20, 10), "This time has passed"), (at(28, 10), "does not work at this time")):
        answer = ask.form("move").submit(slot=office.slot(starts_at))
        assert answer.status == 422
        assert sentence in answer.text


STEPS = ["confirm", "arrive", "cancel", "move"]


@pytest.mark.parametrize("step", STEPS)
def test_a_colleagues_change_in_between_is_told_and_not_overwritten(desk: Browser, office, step):
    # "Arrived" is offered from an hour before the visit.
    visit = office.visit(at(23, 10, 45), ignore_notice=True) if step == "arrive" else office.visit(at(25, 10))
    page = open_visit(desk, visit)
    ask = {"move": page.click("Move"), "cancel": page.click("Cancel visit")}.get(step, page)
    actions.move(
        office.session, appointment_id=visit.id, physician_id=office.okafor.id, starts_at=at(26, 9), by=SAM,
        now=office.maker.now, ring=RING,
    )  # fmt: skip
    office.session.commit()
    form = ask.form("cancel-cancel-visit" if step == "cancel" else step)
    more = {"cancel": {"reason": "other"}, "move": {"slot": office.slot(at(27, 9))}}.get(step, {})
    answer = form.submit(**more)
    assert answer.status == 409
    assert "Sam Whitfield moved it to Thu, Nov 26, 9:00 AM ET (Mon, Nov 23, 10:00 AM ET)." in answer.text
    assert "Nothing was overwritten." in answer.text
    assert "Thu, Nov 26, 9:00 AM ET" in answer.text
    office.session.expire_all()
    now_is = office.session.get_one(Appointment, visit.id)
    assert (now_is.state, now_is.starts_at) == ("booked", at(26, 9))


def test_a_step_that_a_canceled_visit_does_not_allow_says_what_it_is_now(desk: Browser, office):
    visit = office.visit(at(25, 10))
    page = open_visit(desk, visit)
    office.cancel_elsewhere(visit)
    answer = page.form("confirm").submit()
    assert answer.status == 409
    assert "This visit was canceled" in answer.text
    again = desk.get(f"/visits/{visit.id}/move")
    assert again.toasts == ["! This visit cannot be moved any more. Book a new one instead."]


def test_what_came_from_the_phone_since_the_first_text_is_shown(desk: Browser, office, clock):
    visit = office.visit(at(25, 10))
    phone = people.phone_of(office.session, office.ana.id)
    clock.advance(minutes=5)
    text = ReceivedText(
        provider_sid="SM" + "1" * 32,
        from_e164=phone.e164,
        to_e164="+13055550100",
        body="Can my son join?",
        opt_out_type=None,
        segments=1,
    )
    messaging.receive(office.session, text=text, has_own_replies=True, by=system("Provider"), now=clock())
    office.session.commit()
    page = open_visit(desk, visit)
    assert text_of(page.select(".thread .is-reply")[0]).startswith("Reply: Can my son join?")


def test_a_hold_of_a_colleague_says_whose_it_is(desk: Browser, office):
    held = office.take(at(24, 10))
    page = open_visit(desk, held)
    assert "by Sam Whitfield" in page.text
    released = page.form("release").submit()
    assert released.toasts == ["✓ The time is free again."]
    assert office.state_of(held.id) == "expired"


def test_a_hold_that_ran_out_offers_no_booking_even_before_it_is_put_away(desk: Browser, office):
    page = open_visit(desk, office.ran_out(at(24, 10), by=SAM))
    assert page.h1 == "Hold ended: Follow-up"
    assert not {"book-held", "release"} & set(page.forms)


@pytest.mark.parametrize("page", ["", "/move", "/cancel"])
def test_a_visit_that_is_not_there_is_not_found(desk: Browser, office, page):
    assert desk.get(f"/visits/{uuid4()}{page}").status == 404


@pytest.mark.parametrize("state", ["canceled", "late_canceled", "completed", "no_show", "in_progress", "confirmed"])
def test_a_visit_in_every_state_has_a_page(desk: Browser, office, state):
    visit = office.visit(at(25, 10))
    visit.state = state
    if state.endswith("canceled"):
        visit.canceled_at, visit.cancel_reason = office.maker.now, "patient_request"
    if state == "confirmed":
        visit.confirmed_at, visit.confirmed_via = office.maker.now, "sms"
    office.session.commit()
    assert open_visit(desk, visit).status == 200
    assert desk.get("/day", on="2026-11-25").status == 200


def test_the_history_names_who_did_it(desk: Browser, office):
    visit = office.visit(at(25, 10), by=SAM)
    patient = type(SAM)(kind=ActorKind.PATIENT, id=office.ana.id, name="Patient")
    at_noon = office.maker.now + timedelta(hours=2)
    actions.confirm(office.session, appointment_id=visit.id, via="sms", by=patient, now=at_noon)
    office.session.commit()
    lines = [text_of(item) for item in open_visit(desk, visit).select(".history li")]
    assert lines[0].startswith("Confirmed by text")
    assert lines[1].endswith("Sam Whitfield")
