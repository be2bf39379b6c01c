"""How to prepare: the list on the page of a visit at home, in both languages, with and without water."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.preparation import preparation
from tests.conftest import TestClock
from tests.domains.scheduling.calendar_makers import COORDINATOR, at
from tests.web.html import Page, text_of
from tests.web.patient.conftest import Practice

OpenLink = Callable[..., Page]
DRINKING = ("water", "drink as usual", "agua", "electrolyt", "electrolitos")


@pytest.fixture
def at_home(practice: Practice) -> Appointment:
    practice.maker.visit_type("induction_session", patient_minutes=120)
    visit = practice.maker.visit(practice.marisol, practice.okafor, at(27, 14), visit_type_code="induction_session")
    practice.session.commit()
    return visit


def part(page: Page) -> str:
    return text_of(page.one(".preparing"))


def test_it_names_the_last_food_and_the_last_sips_in_the_patient_s_zone(at_home, open_link: OpenLink) -> None:
    page = open_link(at_home)
    assert "How to prepare" in part(page)
    assert "Finish food by Fri, Nov 27, 10:00 AM ET" in part(page)
    assert "Small sips of water until Fri, Nov 27, 1:30 PM ET" in part(page)
    assert "1 or 2 extra glasses of water" in part(page)
    assert "adult support person" in part(page)
    assert "No driving" in part(page)
    assert "does not make a visit safer" in part(page)


def test_with_a_fluid_restriction_nothing_says_to_drink(practice: Practice, at_home, open_link: OpenLink) -> None:
    practice.marisol.is_fluid_restricted = True
    practice.session.commit()
    words = part(open_link(at_home)).lower()
    assert [word for word in DRINKING if word in words] == []
    assert "drink only what your physician allows you" in words
    assert "finish food by" in words


def test_another_visit_has_no_such_list(open_link: OpenLink) -> None:
    assert open_link().select(".preparing") == []


def test_afterwards_only_what_comes_then_is_left(at_home, open_link: OpenLink, clock: TestClock) -> None:
    clock.instant = at(27, 16, 10)
    words = part(open_link(at_home))
    assert "No driving" in words
    assert "Finish food" not in words
    assert "The day before" not in words


def test_a_canceled_visit_needs_no_preparation(practice: Practice, at_home, open_link: OpenLink) -> None:
    known = {"by": COORDINATOR, "now": practice.maker.now}
    actions.cancel(practice.session, appointment_id=at_home.id, reason="clinic_request", **known)
    practice.session.commit()
    assert open_link(at_home).select(".preparing") == []


def test_spanish_patients_read_it_in_spanish(practice: Practice, at_home, open_link: OpenLink) -> None:
    practice.marisol.language = "es"
    practice.session.commit()
    words = part(open_link(at_home))
    assert "Cómo prepararse" in words
    assert "Termine de comer antes de" in words
    assert "El mismo día" in words


def test_both_languages_say_as_much_and_name_no_medicine() -> None:
    for restricted in (True, False):
        english, spanish = (preparation(one, is_fluid_restricted=restricted) for one in ("en", "es"))
        assert [len(group.items) for group in english.groups] == [len(group.items) for group in spanish.groups]
        for list_ in (english, spanish):
            words = " ".join(
                [list_.title, list_.lede, list_.note, *(item for group in list_.groups for item in group.items)]
            )
            assert [
                bad for bad in ("ketamin", "dose", "dosis", " mg", "lozenge", "pastilla") if bad in words.lower()
            ] == []
    assert preparation("fr", is_fluid_restricted=False).title == "How to prepare"


def test_after_a_no_show_the_link_of_the_text_leads_to_other_times(
    practice: Practice, open_link: OpenLink, clock: TestClock
) -> None:
    clock.instant = practice.visit.starts_at + timedelta(minutes=20)
    known = {"by": COORDINATOR, "now": clock()}
    actions.mark_no_show(practice.session, appointment_id=practice.visit.id, **known)
    practice.session.commit()
    clock.advance(days=2)
    page = open_link()
    assert "Choose another time" in page.links
    assert page.click("Choose another time").status == 200
