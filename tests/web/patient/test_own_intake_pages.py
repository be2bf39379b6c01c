"""The patient's own intake: part by part, finished later, sent, sent back, in both languages."""

from collections.abc import Callable

import pytest
from flask import Flask

from clinic.access import actions as access
from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.actions.page_link import page_link
from clinic.intake.queries.intakes import answers_of, evidence_now, intake_of
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import AskedOf, Decision, IntakeState
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.people.queries import phone_of
from clinic.people.rules import CareReason
from tests.domains.intake.intake_makers import GOOD, answered, sent, started
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import english_in


@pytest.fixture
def course(session) -> CourseClinic:
    return CourseClinic(session)


@pytest.fixture
def ana(course) -> Patient:
    patient = course.patient()
    people.join_care_team(
        course.session, patient_id=patient.id, physician_id=course.okafor.id, reason=CareReason.ASSIGNED,
        starts_at=NOW, ends_at=None, subject_id=None, by=COORDINATOR, now=NOW,
    )  # fmt: skip
    started(course.session, patient)
    course.session.commit()
    return patient


@pytest.fixture
def come(app: Flask, course, ana) -> Callable[..., Page]:
    """Open the link of the text with the right birth date."""

    def enter(language: str = "en") -> Page:
        ana.language = language
        link = page_link(course.session, ana, by=COORDINATOR, now=NOW, ring=RING)
        token = access.render_link(course.session, link_id=link.id, ring=RING)
        course.session.commit()
        return type_birth_date(Browser(app.test_client()).get(f"/v/{token}", lang=language), ana.birth_date)

    return enter


def titles(language="en"):
    return {each.key: each.title[language] for each in sections()}


def test_every_part_is_saved_by_itself_and_the_whole_is_sent_once(come, ana, session):
    page = come()
    assert (page.h1, "10 parts are left before you can send." in page.text) == ("Your intake", True)
    for key, title in titles().items():
        assert "send" not in page.forms
        page = page.click(title).form("part").submit(**GOOD[key])
        assert page.h1 == "Your intake"
        assert "Saved." in page.toasts[-1]
    again = page.click(titles()["support"])
    assert again.form("part").values["support_name"] == ["Rosa Marin"]
    done = page.form("send").submit()
    assert "With the physician." in done.text
    assert "send" not in done.forms
    assert intake_of(session, ana.id).state == IntakeState.WAITING


@pytest.mark.parametrize(
    ("part", "changes", "errors"),
    [
        (
            "support",
            {"support_phone": "own"},
            {"support_phone": "This is your own number. Enter your support person’s."},
        ),
        ("support", {"support_name": "own"}, {"support_name": "This is your own name."}),
        (
            "readings",
            {"systolic_1": "12", "diastolic_2": "300"},
            {"systolic_1": "A blood pressure", "diastolic_2": "A blood"},
        ),
        ("readings", {"systolic_1": "70", "diastolic_1": "120"}, {"systolic_1": "the upper number is the higher one"}),
        ("medicines", {"groups": ["none", "maoi"]}, {"groups": "Choose either none of these"}),
        ("medicines", {"list": "x" * 2001}, {"list": ""}),
        ("home", {"emergency_here": "no"}, {"emergency_address": "Answer this"}),
        ("heart", {"vessels": "'; drop table intake; --"}, {"vessels": "Choose one of the answers."}),
    ],
)
def test_what_cannot_be_stands_at_its_box_with_everything_that_was_typed(come, ana, session, part, changes, errors):
    own = {"support_phone": "305 555 0100", "support_name": f"{ana.legal_last_name}, {ana.legal_first_name}"}
    typed = {key: own[key] if value == "own" else value for key, value in changes.items()}
    if typed.get("support_phone"):
        typed["support_phone"] = phone_of(session, ana.id).e164
    page = come().click(titles()[part])
    wrong = page.form("part").send(**(GOOD[part] | typed))
    assert wrong.status == 422
    assert set(wrong.errors) == set(errors)
    assert all(words in wrong.errors[box] for box, words in errors.items())
    kept = wrong.form("part").values
    for key, value in typed.items():
        if key not in {"groups", "vessels"}:
            assert kept[key] == [value]
    assert answers_of(session, intake_of(session, ana.id).id) == {}


def test_danger_shows_numbers_and_a_part_that_is_asked_again_is_marked(come, course, ana, session):
    sent(session, ana, mind={"suicide": "thoughts"})
    shown = evidence_now(session, intake_of(session, ana.id), ana, now=NOW).hash
    wanted = Decided(
        decision=Decision.NEEDS_MORE, reason="Readings are too few.", asked_of=AskedOf.PATIENT, sections=["readings"]
    )
    decide(session, patient_id=ana.id, decided=wanted, shown=shown, by=course.doctor, now=NOW, ring=RING)
    session.commit()
    page = come()
    assert "Call 988" in page.links
    assert "The physician has a question." in page.text
    assert "Readings are too few" not in page.text
    assert "Look again" in page.text
    assert page.form("send").submit().h1 == "Your intake"


def test_the_address_is_changed_within_the_states_and_gulf_county_has_two_times(come, ana, session):
    page = come().click("About you and your address")
    gulf = {"city": "Wewahitchka", "postal_code": "32465", "county_fips": "12045", "zone": "America/Chicago"}
    saved = page.form("address").submit(**gulf)
    assert saved.h1 == "Your intake"
    session.refresh(ana)
    assert (ana.zone, ana.is_zone_confirmed) == ("America/Chicago", True)
    wrong = page.form("address").submit(postal_code="90210")
    assert set(wrong.errors) == {"postal_code"}
    far = page.form("address").send(state="GA")
    assert (far.status, set(far.errors)) == (422, {"state"})
    odd = page.form("address").send(zone="Europe/Paris")
    assert odd.status == 422


def test_it_all_reads_spanish(come, ana, session):
    answered(session, ana)
    session.commit()
    page = come("es")
    assert page.h1 == "Su formulario de ingreso"
    pages = [page, page.click("Sobre usted y su dirección"), *(page.click(each) for each in titles("es").values())]
    pages.append(pages[-2].form("part").send(has_cuff="yes", systolic_1="1", diastolic_1="300"))
    pages.append(page.form("send").submit())
    for each in pages:
        assert english_in(each) == [], each


def test_another_purpose_does_not_open_it_and_nobody_else_reads_it(come, anybody, app):
    assert anybody.get("/my-intake").status == 401
    assert anybody.get("/my-intake/heart").status == 401
    page = come()
    assert page.browser.get("/my-plan").status in {401, 403, 404}
    assert page.browser.get("/my-intake/gold").status == 404
