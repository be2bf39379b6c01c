"""The check-in on a phone: one question or one page, kept at once, help at once, both languages, bad input."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.kernel.ids import new_id
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.actions.check_ins import cancel_check_ins
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.models import Answer
from clinic.monitoring.rules.calendar import SessionAt
from clinic.scheduling.models import Appointment
from tests.domains.monitoring.calendar_cases import facts
from tests.domains.monitoring.check_in_makers import SWEEP, Survey, survey
from tests.domains.scheduling.calendar_makers import RING, at
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import ENGLISH


@pytest.fixture
def ask(app: Flask, practice) -> Callable[..., tuple[Survey, Page]]:
    """Ask Marisol for instruments and open the link of the text with her birth date."""

    def come(*keys: str, language: str = "en") -> tuple[Survey, Page]:
        practice.marisol.language = language
        one = survey(practice.session, practice.marisol, *keys)
        practice.session.commit()
        return one, enter(app, one)

    return come


def enter(app: Flask, one: Survey) -> Page:
    door = Browser(app.test_client()).get(f"/v/{one.token()}")
    return type_birth_date(door, one.patient.birth_date)


def begin(page: Page, layout: str = "one") -> Page:
    return page.form("begin").submit(layout)


def give(page: Page, answer: object) -> Page:
    return page.form("answer").submit(answer=answer)


def options(page: Page) -> list[str]:
    return page.texts(".pick")


def test_a_check_in_from_the_text_to_the_thank_you(ask):
    one, page = ask("phq9", "gad7")
    assert page.path == "/check-in"
    assert "16 questions, about 2 minutes" in page.text
    page = begin(page)
    assert page.h1 == "Question 1 of 16"
    assert options(page) == ["Not at all", "Several days", "More than half the days", "Nearly every day"]
    page = give(page, "1")
    assert one.rows("phq9") == [("q1", 1)]
    assert page.h1 == "Question 2 of 17"  # How difficult it makes things is asked as well now.
    while page.h1.startswith("Question"):
        page = give(page, "0")
    assert page.h1 == "Check your answers"
    page = page.form("send").submit()
    assert (page.path, page.h1) == ("/check-in/done", "Thank you, this is done")
    assert one.check_in.state == "done"
    assert not re.search(r"\b(score|total|mild|severe|points|depress\w*)\b", page.text, re.IGNORECASE)


def test_a_closed_tab_loses_nothing_and_the_same_link_goes_on(app: Flask, ask):
    one, page = ask("phq9")
    give(give(begin(page), "3"), "2")
    back = enter(app, one)
    assert (back.h1, "2 of 10 answered" in back.text) == ("Welcome back", True)
    page = begin(back)
    assert page.h1 == "Question 3 of 10"
    before = page.click("‹ Back")
    assert before.form("answer").values["answer"] == ["2"]


def test_continue_without_an_answer_says_so_and_leaving_it_out_goes_on(ask):
    _, page = ask("phq9")
    first = begin(page)
    page = first.form("answer").submit()
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert page.errors == {"answer": "Answer this question, or leave it out for now."}
    page = page.click("Leave this out for now")
    assert page.h1 == "Question 2 of 9"
    for _ in range(8):
        page = give(page, "0")
    assert (page.h1, "1 question has no answer yet." in page.text) == ("Check your answers", True)
    assert page.click("Answer what is missing").h1 == "Question 1 of 9"
    assert page.form("send").submit().h1 == "Thank you, this is done"


def test_item_nine_shows_help_at_once_tells_the_clinic_and_goes_on_with_safety(ask):
    one, page = ask("phq9", "gad7")
    page = begin(page)
    for _ in range(8):
        page = page.click("Leave this out for now")
    page = give(page, "1")
    assert page.path == "/check-in/help"
    assert {"tel:988", "sms:988", "tel:911"} <= set(page.links.values())
    assert one.told("answer.alarming") == [one.part("phq9").id]
    page = page.click("Go on with the questions")
    assert "Have you wished you were dead" in page.text
    assert "© 2008 The Research Foundation for Mental Hygiene, Inc." in page.text
    assert page.h1 == "Question 10 of 20"
    assert "tel:988" in page.links.values()
    page = give(give(page, "0"), "1")  # A wish calls for the same help as before; a plan for more.
    assert page.h1.startswith("Question 12 of 23")
    page = give(give(page, "0"), "1")
    assert page.path == "/check-in/help"
    assert set(one.told("answer.alarming")) == {one.part("phq9").id, one.part("c_ssrs").id}


def test_a_sign_of_an_emergency_names_911_first(ask):
    one, page = ask("side_effects")
    page = begin(page)
    for _ in range(13):
        page = page.click("Leave this out for now")
    page = give(page, "3")
    assert page.h1 == "Please get medical help now"
    assert "tel:988" not in page.main.itertext()
    assert page.select(".urgent a")[0].get("href") == "tel:911"
    assert one.told("answer.alarming") == [one.part("side_effects").id]


def test_one_page_keeps_every_section_and_asks_what_an_answer_leads_to(ask):
    one, page = ask("substances", "sleep")
    page = begin(page, "all")
    assert page.path == "/check-in/all"
    boxes = page.form("answers").names
    cannabis = next(name for name in boxes if name.endswith("_cannabis"))
    quality = next(name for name in boxes if name.endswith("_quality"))
    hours = quality.replace("quality", "hours")
    page = page.form("answers").submit("Save and go on", **{cannabis: "1", quality: "7"})
    assert "1 more question fits your answer." in " ".join(page.toasts)
    assert (one.newest("substances"), one.newest("sleep")) == ({"cannabis": 1}, {"quality": 7})
    last = f"{cannabis}_last"
    wrong = page.form("answers").submit(
        "Save and go on", **{f"{last}_month": "13", f"{last}_day": "1", f"{last}_year": "2026", hours: "25"}
    )
    assert wrong.status == 422
    assert set(wrong.errors) == {last, hours}
    assert wrong.form("answers").values[hours] == ["25"]
    page = wrong.form("answers").submit("Save and check", **{f"{last}_month": "11", hours: "7"})
    assert page.h1 == "Check your answers"
    assert one.newest("sleep") == {"quality": 7, "hours": 7}
    assert "cannabis_last" in one.newest("substances")
    assert "Nov 1, 2026" in page.text


def test_the_way_of_asking_is_remembered(app: Flask, ask):
    one, page = ask("phq9")
    page = begin(page).form("layout").submit()
    assert page.path == "/check-in/all"
    assert enter(app, one).form("begin").submit("Start").path == "/check-in/all"
    assert page.form("layout").submit().path == "/check-in/1"


def test_a_question_without_spanish_words_is_asked_in_english_and_said_so(ask):
    _, page = ask("phq9", "sleep", language="es")
    page = begin(page)
    assert (page.root.get("lang"), page.h1) == ("es", "Pregunta 1 de 11")
    [fieldset] = page.select("fieldset")
    assert fieldset.get("lang") == "en"
    assert "Estas preguntas están en inglés" in page.text
    for _ in range(9):
        page = page.click("Dejarla para después")
    [fieldset] = page.select("fieldset")
    assert fieldset.get("lang") is None
    assert "¿Cómo fue la calidad de su sueño?" in page.text


def test_every_page_of_it_speaks_spanish(ask):
    _, page = ask("side_effects", "headache_session", "craving", "pre_session", language="es")
    seen = [page, page.browser.get("/check-in/all"), page.browser.get("/check-in/help")]
    page = begin(page)
    seen += [page, give(page, "7"), page.browser.get("/check-in/review"), give(page, "0")]
    seen.append(seen[-2].form("send").submit() if "send" in seen[-2].forms else page)
    seen.append(page.browser.get("/check-in/review").form("send").submit())
    for each in seen:
        assert each.root.get("lang") == "es"
        words = re.sub(r"Demo Home Clinic|English", "", each.text)
        assert ENGLISH.findall(words) == [], each.path


def test_sent_answers_are_not_shown_any_more_and_a_used_link_says_it_is_done(app: Flask, ask):
    one, page = ask("craving")
    question = begin(page)
    give(question, "9")
    browser = page.browser
    browser.get("/check-in/review").form("send").submit()
    for path in ("/check-in", "/check-in/1", "/check-in/all", "/check-in/review", "/check-in/help"):
        shown = browser.get(path)
        assert shown.path == "/check-in/done", path
        assert not shown.select("input") or all(box.get("type") == "hidden" for box in shown.select("input"))
    assert enter(app, one).h1 == "Thank you, this is done"
    assert give(question, "1").h1 == "Thank you, this is done"
    assert one.rows("craving") == [("now", 9)]


def test_a_form_of_a_question_is_still_kept_after_others_came_between(ask):
    """Two tabs: the number in the address moved, the answer goes where it belongs, the newer one counts."""
    one, page = ask("phq9")
    first = begin(page)
    late = give(first, "1")
    page = first.browser.get("/check-in/9")
    page = give(page, "2").click("Go on with the questions")
    assert give(late, "3").status == 200
    assert give(first, "0").status == 200
    assert one.newest("phq9") == {"q1": 0, "q2": 3, "q9": 2}


@pytest.mark.parametrize("answer", ["7", "-1", "1.0", "", "x" * 3000, "１", "true"])
def test_a_tampered_answer_is_refused_at_its_box(ask, answer: str):
    one, page = ask("phq9")
    refused = begin(page).form("answer").send(answer=answer)
    assert refused.status == 422
    assert set(refused.errors) == {"answer"}
    assert one.rows("phq9") == []


def test_a_doubled_parameter_and_an_unknown_one_are_refused(ask):
    one, page = ask("phq9")
    form = begin(page).form("answer")
    assert form.send(answer=["1", "2"]).errors == {"answer": "This came twice. Reload the page and try again."}
    assert form.send(answer="1", more="x").status == 422
    assert one.rows("phq9") == []


def test_answers_to_questions_of_nobody_or_of_another_check_in_are_refused(ask, practice):
    one, page = ask("phq9")
    other = survey(practice.session, practice.maker.patient(phone="+13055550177", legal_first_name="Bea"), "craving")
    practice.session.commit()
    form = begin(page).form("answer")
    for part, item in (
        (new_id(), "q1"),
        (other.part("craving").id, "now"),
        (one.part("phq9").id, "q10"),
        (one.part("phq9").id, "difficulty"),
        ("not an id", "q1"),
    ):
        refused = form.send(part=part, item=item, answer="1")
        assert (refused.status, refused.title.startswith("Error:")) == (409, True)
        assert "Nothing was lost" in refused.text
    assert practice.session.scalars(select(Answer)).all() == []


def test_a_number_of_no_question_leads_to_the_next_open_one(ask):
    _, page = ask("phq9")
    for number in ("0", "99", "999"):
        assert page.browser.get(f"/check-in/{number}").h1 == "Question 1 of 9"
    for number in ("1000", "999999999999999999999"):
        assert page.browser.get(f"/check-in/{number}").status == 404


def test_a_page_that_was_open_before_another_tab_answered_takes_nothing_back(ask):
    one, page = ask("phq9", "substances", "vitals")
    late, begun = begin(page, "all"), begin(page)
    page = give(begun, "2")
    page = give(begun.browser.get("/check-in/9"), "3").click("Go on with the questions")
    give(give(page, "1"), "1")  # Two of the questions about safety, which the late page does not have.
    newer = late.browser.get("/check-in/all").form("answers")
    height = next(name for name in newer.names if name.endswith("_height_cm"))
    newer.submit("Save and check", **{height: "180"})
    kept = {key: one.newest(key) for key in ("phq9", "c_ssrs", "vitals")}
    q2 = next(name for name in late.form("answers").names if name.endswith("_q2"))
    late.form("answers").submit("Save and check", **{q2: "1"})
    assert one.newest("phq9") == kept["phq9"] | {"q2": 1}
    assert (one.newest("c_ssrs"), one.newest("vitals")) == (kept["c_ssrs"], kept["vitals"]) != ({}, {})


def test_an_emptied_box_of_the_page_takes_its_answer_back(ask):
    one, page = ask("vitals")
    form = begin(page, "all").form("answers")
    height = next(name for name in form.names if name.endswith("_height_cm"))
    form.submit("Save and check", **{height: "180"})
    page.browser.get("/check-in/all").form("answers").submit("Save and check", **{height: ""})
    assert one.newest("vitals") == {"height_cm": None}


def test_a_link_that_ran_out_or_was_guessed_opens_nothing(anybody: Browser, ask, clock):
    one, _ = ask("phq9")
    token = one.token()
    assert type_birth_date(anybody.get(f"/v/{token[:-1]}x"), one.patient.birth_date).status == 410
    assert type_birth_date(anybody.get(f"/v/{token}"), one.patient.birth_date + timedelta(days=1)).status == 422
    assert anybody.get("/check-in").status == 401
    clock.advance(days=40)
    assert type_birth_date(anybody.get(f"/v/{token}"), one.patient.birth_date).status == 410


def test_a_check_in_that_was_called_off_says_there_is_nothing_to_do(ask, practice):
    one, page = ask("phq9")
    question = begin(page)
    cancel_check_ins(practice.session, patient_id=one.patient.id, reason="left", by=SWEEP, now=practice.maker.now)
    practice.session.commit()
    shown = give(question, "1")
    assert shown.h1 in {"Nothing to answer now", "This page has closed"}
    assert one.rows("phq9") == []


def test_links_of_other_purposes_open_no_check_in(ask, open_link):
    one, _ = ask("phq9")
    page = open_link()
    assert page.browser.get("/check-in").h1 == "Nothing to answer now"
    assert page.browser.get("/check-in/1").h1 == "Nothing to answer now"
    assert one.rows("phq9") == []


def test_what_was_seen_and_sent_is_written_down_without_answers(ask, practice):
    one, page = ask("phq9")
    give(begin(page), "2")
    page.browser.get("/check-in/review").form("send").submit()
    wanted = select(AuditEvent).where(AuditEvent.action.like("check_in.%"))
    found = practice.session.scalars(wanted).all()
    assert {"check_in.viewed", "check_in.begun", "check_in.sent"} <= {event.action for event in found}
    assert one.check_in.state == "done"


def test_pages_weigh_little_and_name_nothing_in_their_title(ask):
    _, page = ask("side_effects", "headache_session", "withdrawal", "lurn_si10")
    for shown in (page, begin(page), begin(page, "all")):
        assert len(shown.response.get_data()) < 60_000
        assert "phq" not in shown.title.lower()


@pytest.fixture
def session_today(practice) -> Appointment:
    """A visit at home this afternoon, whose list of questions is open since the morning."""
    practice.maker.visit_type("induction_session", patient_minutes=120)
    visit = practice.maker.visit(practice.marisol, practice.okafor, at(23, 14), visit_type_code="induction_session")
    when = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "state": "booked", "phase": "induction"}
    taken = SessionAt(appointment_id=visit.id, **when)
    care = facts(taken, patient_id=practice.marisol.id, phase_since=practice.maker.now, intake_at=None)
    keep_calendar(practice.session, care, by=SWEEP, now=practice.maker.now)
    open_due(practice.session, now=practice.maker.now, by=SWEEP, ring=RING)
    practice.session.commit()
    return visit


def test_the_page_of_a_visit_leads_to_its_checklist(practice, session_today, open_link):
    page = open_link(session_today)
    assert "Your questions before the visit" in page.text
    assert page.click("Answer the questions").path == "/checklist"
    assert page.browser.get("/check-in").path == "/checklist"


def test_the_link_of_another_visit_does_not_lead_to_them(practice, session_today, open_link):
    browser = open_link().browser
    assert browser.get("/check-in").h1 == "Nothing to answer now"
    assert "Your questions before the visit" not in browser.get(f"/visit/{session_today.id}").text


def test_an_answer_that_comes_after_the_page_closed_is_saved_once_the_link_is_open_again(app: Flask, ask, clock):
    one, page = ask("phq9", language="es")
    question = begin(page)
    clock.advance(minutes=31)
    closed = give(question, "2")
    assert (closed.status, one.rows("phq9")) == (401, [])
    assert closed.form("again").values["answer"] == ["2"]
    assert closed.form("again").submit().form("again").values["answer"] == ["2"]
    type_birth_date(page.browser.get(f"/v/{one.token()}"), one.patient.birth_date)
    again = closed.form("again").submit()  # Whoever opens a link gets new form tokens, so this asks once more.
    assert again.form("again").submit().h1 == "Pregunta 2 de 10"
    assert one.rows("phq9") == [("q1", 2)]
