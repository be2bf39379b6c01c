"""The day of a session on a phone: the checklist with a repeat, the support person's own page, both languages."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.actions.area_sessions import start_area_session
from clinic.access.models import Link
from clinic.session_day.models import PressureReading, SupportPerson
from clinic.worklist.models import WorkItem
from tests.domains.monitoring.check_in_makers import survey
from tests.domains.scheduling.calendar_makers import RING
from tests.domains.session_day.day_makers import Day, home_day
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date

ANSWERS = {
    "you": {"thoughts": "0", "mood": "7", "seeing_hearing": "0", "racing": "0"},
    "body": {"well": "1", "not_pregnant": "1", "bladder_ok": "1"},
    "food": {"food_stopped": "1", "hydrated": "0"},
    "taken": {"no_alcohol": "1", "no_sedatives": "1"},
    "around": {"safe_place": "1", "sitter_present": "1", "no_driving": "1", "units": "1"},
}


@pytest.fixture
def today(practice) -> Day:
    """A session of Marisol's this afternoon, its checklist open."""
    day = home_day(practice.session, practice.maker, practice.marisol)
    practice.session.commit()
    return day


def fill(page: Page, **changed: str) -> Page:
    """Answer the questions of a page; the boxes begin with their part's name."""
    step = page.path.rsplit("/", 1)[-1]
    names = page.form("answers").names
    given = {name: (ANSWERS[step] | changed).get(name.partition("_")[2]) for name in names if name.startswith("p")}
    return page.form("answers").submit(**{name: value for name, value in given.items() if value is not None})


def measure(page: Page, upper: object, lower: object, pulse: object = 70) -> Page:
    return page.form("reading").submit(systolic=upper, diastolic=lower, pulse=pulse)


def support_link(day: Day) -> str:
    person = day.session.scalars(select(SupportPerson).where(SupportPerson.replaced_at.is_(None))).one()
    link = day.session.scalars(select(Link).where(Link.resource_id == person.id)).one()
    return access.render_link(day.session, link_id=link.id, ring=RING)


def supporter(app: Flask, day: Day) -> Page:
    door = Browser(app.test_client()).get(f"/v/{support_link(day)}")
    assert "Marisol" not in door.text
    return type_birth_date(door, day.patient.birth_date)


def test_the_checklist_from_the_visit_to_its_end_with_a_repeat(today: Day, open_link, clock):
    page = open_link(today.visit).click("Answer the questions")
    assert page.h1 == "Your checklist"
    page = page.click("Go on")
    for step in ANSWERS:
        assert page.path == f"/checklist/{step}"
        page = fill(page)
    assert page.path == "/checklist/readings"
    page = page.form("sit").submit()
    assert "Next reading at 10:05 AM" in page.text
    clock.advance(minutes=5)
    page = measure(page.click("It is time"), 80, 120)
    assert page.errors == {
        "diastolic": "A blood pressure cannot be like this: the upper number is the larger one. Read the cuff again."
    }
    assert page.form("reading").values["systolic"] == ["80"]
    page = measure(page, 150, 92)
    assert "Sit quietly. Next reading at 10:06 AM" in page.text
    clock.advance(minutes=1)
    page = measure(page.click("It is time"), 148, 94)
    assert "Rest, and we try again" in page.text
    assert "Next reading at 10:21 AM" in page.text
    for wait, pair in ((15, (128, 84)), (1, (126, 82))):
        clock.advance(minutes=wait)
        page = measure(page.click("It is time"), *pair)
    assert page.h1 == "Check and send"
    page = page.form("send").submit()
    assert page.h1 == "Thank you. Your checklist is complete."
    today.now = clock()
    assert today.standing.checklist == "passed"
    assert "Your questions before the visit" not in page.click("To your visit").text


def test_a_page_asks_again_for_what_is_missing_and_keeps_the_rest(today: Day, open_link):
    page = open_link(today.visit).browser.get("/checklist/around")
    page = fill(page, units="")
    assert (page.status, list(page.errors.values())) == (422, ["Answer this question."])
    assert sum(values == ["1"] for values in page.form("answers").values.values()) == 3
    assert page.browser.get("/checklist/nowhere").status == 404


def test_thoughts_of_death_show_help_at_once_and_the_next_questions_come_before_the_end(today: Day, open_link):
    page = fill(open_link(today.visit).browser.get("/checklist/you"), thoughts="2")
    assert page.h1 == "You are not alone. Help is here now."
    assert "Please do not begin your session before we have talked with you." in page.text
    page = page.click("Go on with the questions")
    assert "Question 1 of" in page.h1
    page = page.browser.get("/checklist/send")
    assert page.form("send").submit().h1 == "No session today"


def test_a_list_after_the_start_says_that_it_does_not_count(today: Day, open_link, practice):
    page = open_link(today.visit)
    today.begin()
    practice.session.commit()
    page = fill(page.browser.get("/checklist/taken"), no_alcohol="0")
    assert "Your session has begun already" in page.text
    page = page.browser.get("/checklist/send").form("send").submit()
    assert "Your checklist came after the session had begun." in page.text


def test_who_may_not_drink_is_not_asked_about_water(today: Day, open_link, practice):
    practice.marisol.is_fluid_restricted = True
    practice.session.commit()
    page = open_link(today.visit).browser.get("/checklist/food")
    assert "glasses of water" not in page.text


def test_the_patient_names_a_support_person_but_never_herself(today: Day, open_link, practice):
    page = open_link(today.visit).click("Name your support person")
    filled = {"name": "Rosa Delgado", "phone": "786 555 0142", "relation": "family", "language": "en"}
    page = page.form("support").submit(**filled)
    assert "tick the box" in page.errors["has_agreed"]
    page = page.form("support").submit(name="Marisol Benavides", has_agreed="yes")
    assert page.errors == {"name": "This is your own name. Your support person has to be somebody else."}
    page = page.form("support").submit(name="Rosa Delgado")
    assert page.path == f"/visit/{today.visit.id}"
    assert "Rosa Delgado · asked, no answer yet" in page.text
    assert page.browser.get(f"/visit/{practice.visit.id}/support").h1 == "Nobody has to be with you"


def test_the_support_person_says_yes_is_there_watches_and_may_stop(app: Flask, today: Day, practice, clock):
    today.name()
    practice.session.commit()
    clock.advance(hours=2)
    page = supporter(app, today)
    assert page.h1 == "¿Está usted con Marisol ahora?"
    page = page.browser.get("/support", lang="en")
    page = page.form("here").submit(is_adult="yes", is_sober="yes")
    assert set(page.errors) == {"here-stays", "here-knows_numbers"}
    page = page.form("here").submit(stays="yes", knows_numbers="yes")
    assert page.h1 == "You are ready"
    clock.advance(hours=2)
    today.begin(clock())
    practice.session.commit()
    page = page.browser.get("/support")
    assert page.h1 == "Watching over Marisol"
    assert page.texts(".is-huge") == ["Call 911"]
    page = page.form("well").submit()
    assert "Next check at 2:15 PM" in page.text
    page = page.form("pressure").submit(systolic="80", diastolic="120", pulse="70")
    assert page.status == 422
    clock.advance(minutes=120)
    page = page.browser.get("/support")
    page = page.form("pressure").submit(systolic="124", diastolic="80", pulse="70")
    page = page.form("steady").submit(is_awake="yes", walks_steadily="yes")
    assert "Please stay a little longer" in " ".join(page.toasts)
    clock.advance(minutes=1)
    page = page.form("steady").submit(is_awake="yes", walks_steadily="yes", is_nausea_gone="yes")
    assert page.h1 == "You may stop watching"


def test_the_emergency_button_says_to_call_911(app: Flask, today: Day, practice):
    today.name()
    practice.session.commit()
    page = supporter(app, today).form("tell-clinic").submit()
    assert any("911" in toast for toast in page.toasts)
    assert "session_emergency" in today.tasks()


def test_who_declines_or_is_locked_out_reads_own_words_and_whom_to_call(app: Flask, today: Day, practice):
    today.name()
    practice.session.commit()
    page = supporter(app, today).browser.get("/support", lang="en").form("no").submit()
    assert page.h1 == "You said that you cannot come"
    assert "Call 911" in page.text
    assert "tell-clinic" in page.forms
    door = Browser(app.test_client()).get(f"/v/{support_link(today)}", lang="en")
    assert "Send me a new link" not in door.text
    for _ in range(5):
        door = type_birth_date(door, today.patient.birth_date.replace(year=1901))
    assert "the birth date of the person who named you" in door.text
    assert "Call 911" in door.text
    (item,) = practice.session.scalars(select(WorkItem).where(WorkItem.kind == "support_link_locked"))
    assert "Call that person" in item.reason


def test_a_support_link_opens_nothing_of_the_patient_and_the_patients_opens_nothing_of_it(
    app: Flask, today: Day, practice, open_link
):
    today.name()
    practice.session.commit()
    support = supporter(app, today).browser
    assert support.get(f"/visit/{today.visit.id}").status in {403, 404}
    assert support.get("/checklist").status in {403, 404}
    assert open_link(today.visit).browser.get("/support").status in {403, 404}


def test_whoever_was_replaced_reads_that_somebody_else_comes(app: Flask, today: Day, practice, clock):
    today.name()
    practice.session.commit()
    page = supporter(app, today)
    today.name("Teresa Delgado", "+17865550143", now=clock.advance(minutes=1))
    practice.session.commit()
    assert page.browser.get("/support").status in {401, 410}


def test_the_readings_of_two_tabs_are_counted_one_after_the_other(today: Day, open_link, practice, clock):
    page = open_link(today.visit).browser.get("/checklist/readings").form("sit").submit()
    clock.advance(minutes=5)
    page = page.click("It is time")
    measure(page, 120, 80)
    again = measure(page, 120, 80)
    assert (again.status, "That reading came too early" in again.text) == (422, True)
    assert len(practice.session.scalars(select(PressureReading)).all()) == 1


def signed_in(app: Flask, today: Day) -> Browser:
    """A browser in which the patient of today signed in by a code."""
    whose = {"patient_id": today.patient.id, "phone_id": today.patient.phone_id}
    token = start_area_session(today.session, **whose, now=today.now, by=today.by)
    today.session.commit()
    browser = Browser(app.test_client())
    browser.client.set_cookie("__Host-me", token, secure=True)
    return browser


def test_on_a_phone_on_which_the_patient_is_signed_in_the_link_opens_the_support_persons_own_page(app, today: Day):
    today.name()
    shared = signed_in(app, today)
    assert shared.get("/me/home").h1 == "Hello, Marisol"
    assert shared.get("/support").status == 401
    page = type_birth_date(shared.get(f"/v/{support_link(today)}"), today.patient.birth_date)
    assert page.h1 == "¿Está usted con Marisol ahora?"
    assert shared.get("/me/home").h1 == "Hello, Marisol"


@pytest.mark.parametrize("in_hand", [None, "gad7"])
def test_who_is_signed_in_comes_to_the_list_from_the_visits_link_whatever_is_in_hand(
    app: Flask, today: Day, practice, in_hand: str | None
):
    own = signed_in(app, today)
    if in_hand:
        other = survey(today.session, today.patient, in_hand, now=today.now - timedelta(days=1))
        today.session.commit()
        assert own.get("/me/home").form("task").submit(check_in=str(other.check_in.id)).path == "/check-in"
    page = type_birth_date(own.get(f"/v/{practice.token(today.visit)}"), today.patient.birth_date)
    page = page.click("Answer the questions")
    assert (page.h1, len(page.select("nav.own"))) == ("Your checklist", 1)
    page = fill(own.get("/checklist/you"), thoughts="2")
    assert "Please do not begin your session before we have talked with you." in page.text
    assert page.click("Go on with the questions").path == "/check-in/1"


def test_the_own_bar_keeps_its_style_on_pages_with_styles_of_their_own(app: Flask, today: Day):
    own = signed_in(app, today)
    for address in ("/checklist", "/checklist/you", "/checklist/readings", f"/visit/{today.visit.id}/support"):
        page = own.get(address)
        styles = [link.get("href") for link in page.root.iter("link")]
        assert (len(page.select("nav.own")), sum("area" in href for href in styles)) == (1, 1), (address, styles)


def test_who_is_signed_in_never_comes_to_the_list_of_another_person(app: Flask, today: Day, practice):
    other = practice.maker.patient(legal_first_name="Nadia", birth_date=date(1991, 2, 3))
    stranger = signed_in(app, Day(today.session, other, today.visit, today.now))
    assert stranger.get("/checklist").h1 == "No checklist is open"
    assert stranger.get(f"/visit/{today.visit.id}").status == 404
    page = type_birth_date(stranger.get(f"/v/{practice.token(today.visit)}"), today.patient.birth_date)
    assert page.click("Answer the questions").h1 == "Your checklist"
    assert stranger.get("/me/home").h1 == "Sign in"
