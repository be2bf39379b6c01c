"""The question where the patient is: before the room opens, and what happens when the visit cannot take place there."""

import pytest

from clinic.scheduling.queries import stated_location
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import text_of

ROOM = "https://video.example.org/okafor"


@pytest.fixture
def room(practice, clock):
    practice.okafor.join_url = ROOM
    practice.session.commit()
    clock.instant = at(25, 10, 20)


def links(page):
    return [each.get("href") for each in page.select("a")]


def test_the_room_opens_after_the_patient_said_to_be_at_home(practice, open_link, room):
    page = open_link()
    assert "Where are you now?" in page.text
    assert ROOM not in links(page)
    joined = page.form("where-home").submit()
    assert joined.toasts == ["✓ Thank you. We wrote down where you will be."]
    assert ROOM in links(joined)
    assert "Where are you now?" not in joined.text


def test_from_another_state_nobody_joins_and_nothing_is_lost(practice, open_link, room):
    page = open_link().click("I am somewhere else")
    answer = page.form("where").submit(state="GA", place="Hotel Peach")
    assert "You cannot join from there" in answer.text
    assert "Georgia" in answer.text
    assert "Your visit stays as it is." in answer.text
    assert ROOM not in links(answer)
    assert practice.now_is().state == "booked"
    back = answer.click("I am somewhere else now").form("where-home").submit()
    assert ROOM in links(back)


def test_what_was_said_the_day_before_is_asked_once_more(practice, open_link, clock):
    practice.okafor.join_url = ROOM
    practice.session.commit()
    before = open_link().click("Tell us where you will be").form("where-home").submit()
    assert "You said where you will be: At home." in text_of(before.root)
    clock.instant = at(25, 10, 20)
    assert "Where are you now?" in open_link().text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"state": ""}, "Choose the state."),
        ({"state": "FL"}, "Choose the county."),
        ({"state": "FL", "county_fips": "34013"}, "Choose the county."),
        ({"state": "FL", "county_fips": "00000"}, "Choose the county."),
    ],
)
def test_a_place_that_makes_no_sense_keeps_what_was_typed(practice, open_link, typed, sentence):
    page = open_link().click("Tell us where you will be")
    answer = page.form("where").send(kind="other", place="Hotel Palm", **typed)
    assert answer.status == 422
    assert sentence in answer.text
    assert answer.form("where").values["place"] == ["Hotel Palm"]
    assert stated_location(practice.session, practice.visit.id) is None


def test_the_question_is_asked_in_spanish(practice, open_link, room):
    page = open_link(language="es")
    assert "¿Dónde está ahora?" in page.text
    assert "¿Dónde estará?" in page.click("Estoy en otro lugar").text
