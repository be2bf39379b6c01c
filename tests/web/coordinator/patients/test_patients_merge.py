"""Two records of one person on pages: found, compared, made one, and the old address leads on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.people import actions
from clinic.people.models import Patient
from tests.domains.people.samples import BY_PHONE, DANA
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.web.coordinator.patients.conftest import actor_named
from tests.web.html import Browser

Browse = Callable[[str], Browser]


@pytest.fixture
def twin(session: Session, dana: Patient, now: datetime) -> Patient:
    """The same person once more, with another first name and consent."""
    new = replace(DANA, legal_first_name="Danielle", preferred_name=None, city="Hialeah")
    twin = actions.add_patient(
        session,
        new=replace(new, phone="786 555 0142", legal_last_name="Oneill"),
        consent=BY_PHONE,
        by=actor_named("colleague"),
        now=now,
        confirmed_not_duplicate_of=[dana.id],
    )
    session.commit()
    return twin


def test_a_record_is_searched_compared_and_merged(web: Browser, dana: Patient, twin: Patient, session: Session) -> None:
    clinic = Clinic(session)
    clinic.visit_type()
    clinic.visit(twin, clinic.physician(), at(26, 10))
    session.commit()
    page = web.get(f"/patients/{twin.id}").click("This is a duplicate")
    page = page.form("find-duplicate").submit(q="Daniela")
    page = page.click("Compare with O'Neill, Daniela (Dana)")
    assert f"Given up: {twin.record_number}" in page.text
    assert "Legal first name ≠differsDanielleDaniela" in " ".join(page.texts("tr"))
    assert "1 visit to come: Thu, Nov 26, 10:00 AM ET" in page.text
    assert "There is no way back" in page.text
    page = page.form("merge").submit()
    assert page.path == f"/patients/{dana.id}"
    assert page.toasts == ["✓ The two records are one now."]
    assert "Thu, Nov 26, 10:00 AM ET" in page.text


def test_every_page_of_a_merged_record_leads_on(web: Browser, dana: Patient, twin: Patient) -> None:
    web.get(f"/patients/{twin.id}/duplicate/{dana.id}").form("merge").submit()
    for rest in ("", "/edit", "/texts", "/status", "/duplicate"):
        page = web.get(f"/patients/{twin.id}{rest}")
        assert (page.status, page.path) == (200, f"/patients/{dana.id}{rest}")
        assert "! That record was merged into this one." in page.toasts or page.toasts
    found = web.get("/patients").form("search-patients").submit(q=twin.record_number)
    assert found.texts("tbody th") == ["O'Neill, Daniela (Dana)"]


def test_likely_duplicates_stand_on_the_page(web: Browser, dana: Patient, session: Session, now: datetime) -> None:
    same = replace(DANA, legal_first_name="Danielle")
    actions.add_patient(
        session,
        new=same,
        consent=None,
        by=actor_named("colleague"),
        now=now,
        confirmed_not_duplicate_of=[dana.id],
    )
    session.commit()
    page = web.get(f"/patients/{dana.id}/duplicate")
    assert "O'Neill, Danielle (Dana) =Same phone" in " ".join(page.texts("tbody th"))


def test_the_other_way_round_is_one_click(web: Browser, dana: Patient, twin: Patient) -> None:
    page = web.get(f"/patients/{twin.id}/duplicate/{dana.id}").click("Keep the other one instead")
    assert f"Lives on: {twin.record_number}" in page.text


def test_two_visits_at_one_time_say_what_to_do(web: Browser, dana: Patient, twin: Patient, session: Session) -> None:
    clinic = Clinic(session)
    clinic.visit_type()
    clinic.visit(twin, clinic.physician(), at(26, 10))
    page = web.get(f"/patients/{twin.id}/duplicate/{dana.id}")
    clinic.visit(dana, clinic.physician("Dr. Luis Herrera"), at(26, 10, 15))
    session.commit()
    late = page.form("merge").submit()
    assert late.status == 409
    assert "Cancel or move one of the two" in late.text
    assert "merge" not in late.forms
    assert "Both have a visit at the same time" in web.get(page.path).text


def test_a_colleagues_edit_in_between_is_seen_first(browse: Browse, web: Browser, dana: Patient, twin: Patient) -> None:
    page = web.get(f"/patients/{twin.id}/duplicate/{dana.id}")
    browse("colleague").get(f"/patients/{dana.id}/edit").form("edit-patient").submit(city="Opa-locka")
    late = page.form("merge").submit()
    assert late.status == 409
    assert "Lee Park changed this" in late.text
    assert "Opa-locka" in late.text


def test_a_record_is_not_its_own_duplicate(web: Browser, dana: Patient) -> None:
    page = web.get(f"/patients/{dana.id}/duplicate/{dana.id}").form("merge").submit()
    assert page.status == 409
    assert "These are the same record" in page.text


@pytest.mark.parametrize("who", ["physician", "admin"])
def test_merging_is_the_coordinators(browse: Browse, dana: Patient, twin: Patient, who: str) -> None:
    assert browse(who).get(f"/patients/{twin.id}/duplicate/{dana.id}").status == 403


def test_an_unknown_record_is_answered_as_missing(web: Browser, dana: Patient) -> None:
    assert web.get(f"/patients/{dana.id}/duplicate/{new_id()}").status == 404
    assert web.get(f"/patients/{new_id()}/duplicate").status == 404
