"""The patient's own area: signing in by a code, what can be done there, who looked, and leaving."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, select

from clinic import casework
from clinic.access.models import PatientSession
from clinic.kernel.actor import Role
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.people.queries import phone_of
from clinic.people.rules import NewPatient, PatientStatus
from clinic.runtime import Runtime
from clinic.worklist import queries as worklist
from tests.domains.messaging.conftest import provider
from tests.domains.messaging.provider import Provider
from tests.domains.monitoring.check_in_makers import survey
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser, Page, text_of
from tests.web.patient.conftest import Practice, type_birth_date
from workers import work

__all__ = ["provider"]

PLAIN = NewPatient(
    legal_first_name="Maribel",
    legal_last_name="Invented",
    birth_date=date(1990, 1, 22),
    phone="305 555 0123",
    address_line="12 Palm Way",
    city="Miami",
    state="FL",
    postal_code="33101",
    county_fips="12086",
)


@pytest.fixture
def sending(runtime: Runtime, provider: Provider) -> Runtime:
    """The process as a worker has it, with a phone company."""
    return replace(runtime, texting=replace(runtime.texting, gateway=provider, segments_per_second=1e6))


@pytest.fixture
def worker(sending: Runtime) -> Callable[[], None]:
    """Let a worker react and send until nothing is due."""

    def look() -> None:
        while work.react(sending) or work.send(sending, seconds=5):
            pass

    return look


def ask(browser: Browser, practice: Practice, patient: Patient, address: str = "/me", **other: object) -> Page:
    born = patient.birth_date
    typed = {"phone": phone_of(practice.session, patient.id).e164, "born_month": born.month, "born_day": born.day}
    form = "ask-code" if address == "/me" else "ask-link"
    return browser.get(address).form(form).submit(**(typed | {"born_year": born.year} | other))


def codes_in(provider: Provider) -> list[str]:
    return [one.body.split("code is ")[1][:6] for one in provider.calls if "code is" in one.body]


def links_in(provider: Provider) -> list[str]:
    return [one.body.split("asked for: ")[1].split()[0] for one in provider.calls if "asked for: " in one.body]


@pytest.fixture
def signed_in(app: Flask, practice: Practice, provider: Provider, worker: Callable[[], None]) -> Page:
    """The area of Marisol, who asked for a code and typed it."""
    page = ask(Browser(app.test_client()), practice, practice.marisol)
    assert page.h1 == "Type the code"
    worker()
    return page.form("use-code").submit(code=codes_in(provider)[-1])


def test_a_code_by_text_opens_the_own_page(signed_in: Page, provider: Provider, practice: Practice):
    assert signed_in.h1 == "Hello, Marisol"
    assert "tel:988" in signed_in.response.get_data(as_text=True)
    cookie = next(one for one in signed_in.browser.client._cookies.values() if one.key.endswith("me"))  # noqa: SLF001 - the only place that shows attributes
    assert (cookie.key, cookie.http_only, cookie.same_site, cookie.path) == ("__Host-me", True, "Lax", "/")
    assert cookie.decoded_value not in str(practice.session.execute(select(PatientSession.token_hash)).all())


@pytest.mark.parametrize("hour", [5, 23])
def test_a_code_leaves_at_any_hour_since_somebody_waits(
    app: Flask, practice: Practice, provider: Provider, worker: Callable, clock, *, hour: int
):
    clock.instant = practice.maker.now.replace(hour=hour) + timedelta(days=1)
    ask(Browser(app.test_client()), practice, practice.marisol)
    worker()
    assert len(codes_in(provider)) == 1


def test_known_and_unknown_get_the_same_answers_from_the_same_statements(
    app: Flask, practice: Practice, provider: Provider, worker: Callable
):
    stopped = practice.maker.patient(legal_first_name="Sol", phone="+13055550177")
    people.opt_out(
        practice.session, phone_id=stopped.phone_id, source="text_reply", by=practice.maker.by, now=practice.maker.now
    )
    practice.session.commit()
    strangers = ({}, {"phone": "305 555 0199"}, {"born_year": 1931}, {"phone": "305 555 0177"})
    seen = []
    for typed in strangers:
        browser, written = Browser(app.test_client()), []
        page = browser.get("/me").form("ask-code")
        connection = practice.session.connection()
        listen = lambda _c, _cursor, statement, *_rest, into=written: into.append(statement)  # noqa: E731 - removed below
        event.listen(connection, "before_cursor_execute", listen)
        born = practice.marisol.birth_date
        own = {"phone": phone_of(practice.session, practice.marisol.id).e164, "born_month": born.month}
        answer = page.submit(**(own | {"born_day": born.day, "born_year": born.year} | typed))
        event.remove(connection, "before_cursor_execute", listen)
        worker()
        wrong = answer.form("use-code").submit(code="000000")
        asked = [one for one in written if "SAVEPOINT" not in one]
        seen.append((answer.status, answer.text, wrong.status, wrong.text, asked))
    assert len(codes_in(provider)) == 1
    for one in seen:
        assert one == seen[0]


def test_two_who_share_number_and_birth_date_are_asked_to_call(
    app: Flask, practice: Practice, provider: Provider, worker: Callable
):
    own = phone_of(practice.session, practice.marisol.id).e164
    twin = replace(PLAIN, phone=own, birth_date=practice.marisol.birth_date)
    alike = {practice.marisol.id}
    people.add_patient(
        practice.session,
        new=twin,
        consent=None,
        confirmed_not_duplicate_of=alike,
        by=practice.maker.by,
        now=practice.maker.now,
    )
    practice.session.commit()
    ask(Browser(app.test_client()), practice, practice.marisol)
    worker()
    assert codes_in(provider) == []


def test_wrong_codes_end_and_a_used_one_is_over(app: Flask, practice: Practice, provider: Provider, worker: Callable):
    page = ask(Browser(app.test_client()), practice, practice.marisol)
    worker()
    (code,) = codes_in(provider)
    for left in (4, 3, 2, 1):
        page = page.form("use-code").submit(code="12345")
        assert (page.status, f"{left} tr" in page.text) == (422, True)
    assert page.form("use-code").submit(code="12345").status == 410
    assert page.browser.get("/me/code").h1 == "Sign in"
    assert code not in page.text


def test_a_number_is_asked_for_five_times_in_half_an_hour(app: Flask, practice: Practice):
    for _ in range(5):
        assert ask(Browser(app.test_client()), practice, practice.marisol).status == 200
    refused = ask(Browser(app.test_client()), practice, practice.marisol)
    assert (refused.status, "Wait half an hour" in refused.text) == (429, True)


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"phone": "12"}, "10 digits"), ({"phone": ""}, "10 digits"), ({"born_month": 13}, "birth date")],
)
def test_what_cannot_be_read_is_said_at_its_box_and_kept(app: Flask, practice: Practice, typed: dict, said: str):
    page = ask(Browser(app.test_client()), practice, practice.marisol, **typed)
    assert (page.status, said in page.text, page.title.startswith("Error:")) == (422, True, True)


def test_every_page_of_the_own_opens_without_a_second_proof(signed_in: Page, practice: Practice):
    visit = f"/visit/{practice.visit.id}"
    for address in (
        "/my-visits",
        "/my-deliveries",
        "/my-messages",
        "/my-forms",
        "/my-plan",
        "/my-plan/invoices",
        visit,
    ):
        page = signed_in.browser.get(address)
        assert (page.status, len(page.select("nav.own"))) == (200, 1), address
    assert signed_in.browser.client.get(f"{visit}/calendar.ics").mimetype == "text/calendar"
    confirmed = signed_in.browser.get(visit).form("confirm").submit()
    assert "Your visit is confirmed" in " ".join(confirmed.toasts)


def test_nobody_elses_pages_open(signed_in: Page, practice: Practice):
    other = practice.another(at(26, 10), legal_first_name="Nadia")
    assert signed_in.browser.get(f"/visit/{other.id}").status == 404


def test_a_link_of_another_person_ends_the_session_before_it(signed_in: Page, practice: Practice):
    other = practice.another(at(26, 10), legal_first_name="Nadia", birth_date=date(1990, 1, 22))
    door = signed_in.browser.get(f"/v/{practice.token(other)}")
    opened = type_birth_date(door, practice.session.get_one(Patient, other.patient_id).birth_date)
    assert opened.h1 == "Your visit"
    assert signed_in.browser.get("/me/home").h1 == "Sign in"
    assert signed_in.browser.get(f"/visit/{practice.visit.id}").status == 404


def test_signing_out_shuts_every_page_and_the_browser_forgets(signed_in: Page, practice: Practice):
    kept = signed_in.browser.client.get_cookie("__Host-me").decoded_value
    token = signed_in.one("nav.own [name=csrf_token]").get("value")
    left = signed_in.browser.client.post("/me/sign-out", data={"csrf_token": token})
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert signed_in.browser.get("/me/home").h1 == "Sign in"
    assert signed_in.browser.get(f"/visit/{practice.visit.id}").status == 401
    thief = Browser(signed_in.browser.client.application.test_client()).sign_in_with(kept, kind="me")
    assert thief.get("/me/home").h1 == "Sign in"


def test_a_session_ends_after_twenty_minutes_without_a_page(signed_in: Page, clock):
    clock.advance(minutes=20)
    assert signed_in.browser.get("/me/home").h1 == "Hello, Marisol"
    clock.advance(minutes=20, seconds=1)
    assert signed_in.browser.get("/me/home").h1 == "Sign in"


def stop(practice: Practice, **who: object) -> None:
    people.opt_out(practice.session, phone_id=practice.marisol.phone_id, source="text_reply", **who)


def change_number(practice: Practice, **who: object) -> None:
    new = replace(PLAIN, legal_first_name="Marisol", phone="305 555 0188", birth_date=practice.marisol.birth_date)
    version = practice.marisol.version
    people.edit_patient(practice.session, patient_id=practice.marisol.id, new=new, version=version, **who)


def leave_care(practice: Practice, **who: object) -> None:
    status, version = PatientStatus.DISCHARGED, practice.marisol.version
    about = {"patient_id": practice.marisol.id, "status": status, "reason": "Moved away.", "version": version}
    casework.set_status(practice.session, **about, **who)


def merge_away(practice: Practice, **who: object) -> None:
    other = practice.maker.patient(legal_first_name="Mari")
    pair = {"loser_id": practice.marisol.id, "survivor_id": other.id}
    versions = {"loser_version": practice.marisol.version, "survivor_version": other.version}
    casework.merge(practice.session, **pair, **versions, **who)


@pytest.mark.parametrize("what", [stop, change_number, leave_care, merge_away])
def test_a_stop_another_number_the_end_of_care_and_a_merge_sign_out_at_once(
    signed_in: Page, practice: Practice, what: Callable
):
    practice.session.refresh(practice.marisol)
    what(practice, by=practice.maker.by, now=practice.maker.now)
    practice.session.commit()
    assert signed_in.browser.get("/me/home").h1 == "Sign in"


def test_a_locked_link_is_sent_anew_to_the_own_number_and_the_task_stays_till_then(
    app: Flask, practice: Practice, provider: Provider, worker: Callable
):
    dead = practice.token()
    for _ in range(5):
        gone = type_birth_date(
            Browser(app.test_client()).get(f"/v/{dead}"), practice.marisol.birth_date + timedelta(days=1)
        )
    assert len(worklist.open_items(practice.session, roles=[Role.COORDINATOR])) == 1
    page = gone.click("Send me a new link")
    sent = ask(page.browser, practice, practice.marisol, address=page.path)
    assert sent.h1 == "Look at your texts"
    worker()
    (link,) = links_in(provider)
    fresh = link.split("/v/")[1]
    assert fresh != dead
    opened = type_birth_date(Browser(app.test_client()).get(f"/v/{fresh}"), practice.marisol.birth_date)
    assert opened.h1 == "Your visit"
    assert worklist.open_items(practice.session, roles=[Role.COORDINATOR]) == []


def test_where_no_link_can_be_made_the_text_leads_to_the_code(
    app: Flask, practice: Practice, provider: Provider, worker: Callable, clock
):
    dead = practice.token()
    clock.instant = practice.visit.ends_at + timedelta(days=1)
    ask(Browser(app.test_client()), practice, practice.marisol, address=f"/v/{dead}/new")
    worker()
    assert [link.endswith("/me") for link in links_in(provider)] == [True]


def test_without_an_old_link_the_newest_is_sent_once_more(
    app: Flask, practice: Practice, provider: Provider, worker: Callable
):
    ask(Browser(app.test_client()), practice, practice.marisol, address="/me/new-link")
    worker()
    assert [link.split("/v/")[1] for link in links_in(provider)] == [practice.token()]


def test_a_strangers_birth_date_gets_no_link_and_the_same_page(
    app: Flask, practice: Practice, provider: Provider, worker: Callable
):
    sent = ask(Browser(app.test_client()), practice, practice.marisol, address="/me/new-link", born_year=1931)
    worker()
    assert (sent.h1, links_in(provider)) == ("Look at your texts", [])


def test_who_looked_is_told_by_day_in_plain_words(signed_in: Page, practice: Practice, sign_in_as: Callable):
    desk = sign_in_as(Role.COORDINATOR)
    for _ in range(2):
        desk.get(f"/patients/{practice.marisol.id}")
    page = signed_in.browser.get("/me/who-looked")
    assert page.h1 == "Who looked at my chart"
    assert "Care coordinator Opened your record 2 times" in page.text
    assert "Dana Reyes" not in page.text
    assert "You, or somebody with your phone" in page.text
    assert signed_in.browser.get("/me/who-looked", page="0").status == 422


def test_what_others_looked_at_is_not_told(signed_in: Page, practice: Practice, sign_in_as: Callable):
    other = practice.another(at(26, 10), legal_first_name="Nadia")
    sign_in_as(Role.COORDINATOR).get(f"/patients/{other.patient_id}")
    assert "Opened your record 2" not in signed_in.browser.get("/me/who-looked").text
    assert "Care coordinator" not in signed_in.browser.get("/me/who-looked").text


def test_a_check_in_is_begun_from_the_own_page_and_leaves_it_when_done(signed_in: Page, practice: Practice):
    survey(practice.session, practice.marisol, "gad7")
    practice.session.commit()
    assert signed_in.browser.get("/check-in").h1 == "Nothing to answer now"
    home = signed_in.browser.get("/me/home")
    assert home.one(".first-task h2").text == "Check-in"
    page = home.form("task").submit()
    assert (page.path, "7 questions" in page.text) == ("/check-in", True)


def test_nobody_elses_check_in_is_taken_in_hand(signed_in: Page, practice: Practice):
    survey(practice.session, practice.marisol, "gad7")
    other = survey(practice.session, practice.maker.patient(legal_first_name="Nadia"), "phq9")
    practice.session.commit()
    taken = signed_in.browser.get("/me/home").form("task").submit(check_in=str(other.check_in.id))
    assert taken.status == 404


def test_a_link_to_a_check_in_leads_there_although_another_is_in_hand(signed_in: Page, practice: Practice):
    one = survey(practice.session, practice.marisol, "gad7")
    practice.session.commit()
    opened = type_birth_date(signed_in.browser.get(f"/v/{one.token()}"), practice.marisol.birth_date)
    assert (opened.path, "7 questions" in opened.text) == ("/check-in", True)


def test_without_anything_to_do_the_page_says_so(signed_in: Page, practice: Practice):
    visit = f"/visit/{practice.visit.id}"
    assert "Confirm your visit" in signed_in.text
    signed_in.browser.get(visit).form("confirm").submit()
    assert "Confirm your visit" not in signed_in.browser.get("/me/home").text


def test_staff_see_the_last_sign_in_and_end_all(signed_in: Page, practice: Practice, sign_in_as: Callable):
    desk = sign_in_as(Role.COORDINATOR)
    record = desk.get(f"/patients/{practice.marisol.id}")
    assert "Last signed in" in text_of(record.root)
    ended = record.form("end-sign-ins").submit()
    assert ended.toasts == ["✓ Signed out on 1 device."]
    assert signed_in.browser.get("/me/home").h1 == "Sign in"


@pytest.mark.parametrize(("address", "late"), [("/me", True), ("/me", False), ("/me/new-link", False)])
def test_what_is_late_or_for_a_number_given_up_does_not_leave(
    app: Flask, practice: Practice, provider: Provider, sending: Runtime, clock, *, address: str, late: bool
):
    ask(Browser(app.test_client()), practice, practice.marisol, address=address)
    while work.react(sending):
        pass
    if late:
        clock.advance(minutes=9, seconds=1)
    else:
        practice.session.refresh(practice.marisol)
        change_number(practice, by=practice.maker.by, now=practice.maker.now)
        practice.session.commit()
    work.send(sending, seconds=5)
    assert (codes_in(provider), links_in(provider)) == ([], [])


def test_a_wish_that_no_worker_saw_in_time_sends_nothing(
    app: Flask, practice: Practice, provider: Provider, worker: Callable, clock
):
    ask(Browser(app.test_client()), practice, practice.marisol)
    clock.advance(minutes=10)
    worker()
    assert codes_in(provider) == []
