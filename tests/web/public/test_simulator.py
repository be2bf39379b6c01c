"""The demo's phones as a visitor uses them, over a real stand-in, and where they must not exist."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.app import create_app
from clinic.gateways.sms import OutgoingText
from clinic.gateways.sms.simulator import Conduct, PastText, Simulator
from clinic.gateways.sms.stand_in.running import running
from clinic.gateways.sms.stand_in.server import Server
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER, Setup
from clinic.gateways.sms.twilio import TwilioGateway
from clinic.kernel.actor import Actor, Role, system
from clinic.kernel.ids import new_id
from clinic.messaging.models import InboundText
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.runtime import Runtime
from clinic.settings import Settings
from clinic.web.public.demo_company import PERSONAS, next_evening
from tests.conftest import MONDAY_MORNING, Database, TestClock
from tests.domains.people.samples import DANA
from tests.gateways.conftest import eventually
from tests.web.html import Browser, Page

Add = Callable[..., Patient]
Texted = Callable[..., None]


@pytest.fixture
def stand_in(settings: Settings) -> Iterator[Simulator]:
    setup = setup_of(settings)
    with running(setup) as url:
        yield Simulator(url, setup.account_sid, setup.auth_token)


def setup_of(settings: Settings, **changes: str) -> Setup:
    return replace(
        Setup(settings.twilio_account_sid or "", settings.twilio_auth_token or "", "", speed=50.0), **changes
    )


@pytest.fixture
def web(app: Flask, stand_in: Simulator) -> Browser:
    """A visitor's browser, in a clinic whose texts go to the stand-in."""
    app.extensions["clinic"] = replace(app.extensions["clinic"], simulator=stand_in)
    return Browser(app.test_client())


@pytest.fixture
def texted(stand_in: Simulator, clock: TestClock) -> Callable[..., None]:
    """Let a phone have got a text some minutes ago."""

    def text(number: str, body: str, *, minutes: int = 5, status: str = "delivered") -> None:
        sent = PastText(
            sid=f"SM{new_id().hex}",
            to=number,
            from_=EXAMPLE_NUMBER,
            body=body,
            direction="outbound-api",
            status=status,
            at=clock() - timedelta(minutes=minutes),
        )
        stand_in.remember([sent])

    return text


@pytest.fixture
def add(runtime: Runtime, coordinator: Actor, clock: TestClock) -> Callable[..., Patient]:
    """Add a patient like Dana with some details of their own."""

    def make(**changes: object) -> Patient:
        with runtime.begin(by=coordinator) as session:
            new = replace(DANA, **changes)  # type: ignore[arg-type]
            return people.add_patient(session, new=new, consent=None, by=coordinator, now=clock())

    return make


OTHER = {"legal_first_name": "Luz", "legal_last_name": "Ibarra", "preferred_name": None, "phone": "(305) 555-0124"}
DANAS, LUZES, STRANGER = "+13055550123", "+13055550124", "+13055550125"


def phones_on(page: Page) -> list[str]:
    return page.texts(".phone-list li")


def bubbles_on(page: Page) -> list[str]:
    return [words.partition(": ")[2] for words in page.texts(".bubble")]


def test_the_phone_that_was_texted_last_comes_first(web: Browser, add: Add, texted: Texted) -> None:
    add()
    add(**OTHER)
    texted(DANAS, "Demo Home Clinic: Reply 1 to confirm, 2 to move it.", minutes=70)
    texted(LUZES, "Demo Home Clinic: Your visit moved.")
    page = web.get("/phones")
    first, second = phones_on(page)
    assert first == "Ibarra, Luz (305) 555-0124 5 min ago Your visit moved."
    assert second.startswith("O'Neill, Daniela (Dana) (305) 555-0123 1 h 10 ago Reply 1 to confirm")
    assert second.endswith("Asked to reply")
    assert page.links["Phones"] == "/phones"


def test_a_search_finds_phones_by_owner_without_a_name_in_the_address(web: Browser, add: Add, texted: Texted) -> None:
    add()
    add(**OTHER)
    texted(DANAS, "Hello")
    found = web.get("/phones").form("find-phone").submit(q="ibar")
    assert (found.path, [words.partition(" (")[0] for words in phones_on(found)]) == ("/phones", ["Ibarra, Luz"])
    assert "No texts yet" in found.text
    assert "No phone found" in found.form("find-phone").submit(q="Zimmermann").text


def test_without_texts_the_list_says_what_will_be_here(web: Browser) -> None:
    assert "No texts yet" in web.get("/phones").text


def test_two_hundred_phones_fit_on_the_page(web: Browser, stand_in: Simulator, texted: Texted, add: Add) -> None:
    add()
    for number in range(200):
        texted(f"+1{200 + number}5550111", "A number that an earlier demo knew")
    texted(DANAS, "Hello")
    assert phones_on(web.get("/phones")) == ["O'Neill, Daniela (Dana) (305) 555-0123 5 min ago Hello"]


def test_a_phone_shows_its_texts_with_links_that_work(web: Browser, add: Add, texted: Texted) -> None:
    patient = add()
    texted(DANAS, "Details: http://localhost/v/abc Reply STOP to opt out. <b>&</b>", minutes=9)
    texted(DANAS, "Too late", status="undelivered")
    page = web.get("/phones")
    page = page.click(next(words for words in page.links if "Dana" in words))
    assert page.path == f"/phones/{patient.phone_id}"
    assert page.h1 == "Phone of Daniela O'Neill (Dana)"
    assert bubbles_on(page) == ["Details: http://localhost/v/abc Reply STOP to opt out. <b>&</b>", "Too late"]
    assert page.links["http://localhost/v/abc"] == "http://localhost/v/abc"
    assert [note.partition(" \u00b7 ")[2] for note in page.texts(".bubble-note")] == ["Delivered", "Never arrived"]
    assert "March 12, 1984" in page.text


def test_a_reply_stands_on_the_phone_at_once(web: Browser, add: Add) -> None:
    page = web.get(f"/phones/{add().phone_id}")
    assert "No texts yet" in page.text
    page = page.form("reply").submit(body="Can my sister join?")
    assert bubbles_on(page) == ["Can my sister join?"]
    page = page.form("reply").submit("STOP")
    assert bubbles_on(page)[1] == "STOP"
    assert "This phone said STOP" in page.text
    assert "Said STOP" in web.get("/phones").text


def test_a_blank_reply_is_not_sent(web: Browser, add: Add, stand_in: Simulator) -> None:
    page = web.get(f"/phones/{add().phone_id}").form("reply").submit(body="   ")
    assert (page.status, stand_in.phones()) == (422, ())
    assert "Type a reply, or press one of the words below." in page.text


def test_the_phone_of_a_stranger_can_be_answered_too(
    web: Browser, runtime: Runtime, texted: Texted, clock: TestClock
) -> None:
    with runtime.begin(by=system("Test")) as session:
        phone_id = people.keep_phone(session, e164=STRANGER, now=clock()).id
    texted(STRANGER, "Thanks, our team will read this.")
    assert phones_on(web.get("/phones"))[0].startswith("Unknown number (305) 555-0125")
    assert web.get(f"/phones/{phone_id}").h1 == "A stranger\u2019s phone"


def test_an_unknown_phone_is_not_there(web: Browser) -> None:
    assert web.get(f"/phones/{new_id()}").status == 404


def test_without_the_stand_in_the_page_says_so_and_nothing_breaks(app: Flask, add: Add) -> None:
    web, phone_id = Browser(app.test_client()), add().phone_id
    for path in ("/phones", f"/phones/{phone_id}"):
        page = web.get(path)
        assert (page.status, page.h1) == (503, "The demo phones are off")


def test_a_reply_that_cannot_leave_is_reported(app: Flask, web: Browser, add: Add) -> None:
    page = web.get(f"/phones/{add().phone_id}")
    app.extensions["clinic"] = replace(
        app.extensions["clinic"], simulator=Simulator("http://127.0.0.1:1", "AC" + "0" * 32, "x")
    )
    assert "The text was not sent" in " ".join(page.form("reply").submit("1").toasts)


@pytest.mark.parametrize("change", [{"simulator": None}, {"is_production": True}])
def test_beside_a_real_provider_and_in_production_there_is_no_such_page(
    app: Flask, web: Browser, add: Add, change: dict[str, object]
) -> None:
    phone_id = add().phone_id
    token = web.get("/phones").form("find-phone").values["csrf_token"]
    app.extensions["clinic"] = replace(app.extensions["clinic"], **change)
    assert [web.get(path).status for path in ("/phones", f"/phones/{phone_id}")] == [404, 404]
    sent = {"csrf_token": token[0]}
    assert web.post("/phones", sent).status == 404
    assert web.post(f"/phones/{phone_id}", sent | {"quick": "1"}).status == 404


def test_staff_see_the_phones_in_their_own_menu(web: Browser, sign_in_as: Callable[..., Browser]) -> None:
    assert {"Today", "Phones"} <= set(sign_in_as(Role.COORDINATOR).get("/phones").links)


def test_a_reply_reaches_the_clinic_by_its_signed_webhook(settings: Settings, database: Database) -> None:
    server = Server(Flask("not yet"))
    base = f"http://localhost:{server.server_port}"
    told = settings.model_copy(update={"public_base_url": base})
    app = create_app(told, sessions=database.sessions, wake=lambda _queues: None)
    server.app = app
    with database.begin(by=system("Test")) as session:
        phone_id = people.keep_phone(session, e164=STRANGER, now=MONDAY_MORNING).id
    with served(server), running(setup_of(settings, inbound_url=f"{base}/webhooks/twilio/inbound")) as url:
        stand_in = Simulator(url, settings.twilio_account_sid or "", settings.twilio_auth_token or "")
        app.extensions["clinic"] = replace(app.extensions["clinic"], simulator=stand_in)
        Browser(app.test_client()).get(f"/phones/{phone_id}").form("reply").submit("HELP")
        eventually(lambda: meanings_in(database) == ["help"])


@contextmanager
def served(server: Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def meanings_in(database: Database) -> list[str]:
    with database.sessions() as session:
        return list(session.scalars(select(InboundText.meaning)))


def test_a_phone_can_be_switched_off_and_on(web: Browser, add: Add, stand_in: Simulator, texted: Texted) -> None:
    texted(DANAS, "Hello")
    page = web.get(f"/phones/{add().phone_id}")
    assert "Texts arrive at once." in page.text
    page = page.form("phone-off").submit()
    assert stand_in.thread(DANAS).conduct.is_off
    assert "Off" in web.get("/phones").texts(".chip")[0]
    page = page.form("phone-on").submit()
    assert not stand_in.thread(DANAS).conduct.is_off
    assert "Texts arrive at once." in page.text


def test_texts_can_be_held_until_nine_where_the_phone_is(web: Browser, add: Add, stand_in: Simulator) -> None:
    page = web.get(f"/phones/{add().phone_id}").form("hold").submit()
    lands_at = stand_in.thread(DANAS).conduct.lands_at
    assert lands_at is not None
    assert lands_at.astimezone(ZoneInfo("America/New_York")).hour == 21
    assert "9:00 PM ET" in page.text
    page.form("let-through").submit()
    assert stand_in.thread(DANAS).conduct.lands_at is None


@pytest.mark.parametrize("persona", list(PERSONAS))
def test_an_owner_may_answer_without_a_visitor(web: Browser, add: Add, stand_in: Simulator, persona: str) -> None:
    page = web.get(f"/phones/{add().phone_id}").form("persona").submit(persona=persona)
    assert stand_in.thread(DANAS).conduct.persona == persona
    page.form("persona").submit(persona="")
    assert stand_in.thread(DANAS).conduct.persona is None


def test_the_clock_of_the_company_is_stopped_moved_and_put_right(web: Browser, add: Add, stand_in: Simulator) -> None:
    page = web.get(f"/phones/{add().phone_id}")
    assert "Back to now" not in page.text
    page = page.form("clock").submit("stop")
    assert stand_in.clock().is_frozen
    assert "Stopped" in page.text
    before = stand_in.clock().now
    page.form("clock").submit("hour")
    eventually(lambda: stand_in.clock().now - before == timedelta(hours=1))
    page.form("clock").submit("evening")
    eventually(lambda: stand_in.clock().now.astimezone(ZoneInfo("America/New_York")).hour == 21)
    page = page.form("clock").submit("run")
    assert "Moved" in page.text
    page.form("clock").submit("real")
    assert stand_in.clock().is_real


@pytest.mark.parametrize(
    ("now", "evening"),
    [
        ("2026-11-24T01:59:00+00:00", "2026-11-24T02:00:00+00:00"),
        ("2026-11-24T02:00:00+00:00", "2026-11-25T02:00:00+00:00"),
        ("2026-10-31T12:00:00+00:00", "2026-11-01T01:00:00+00:00"),
        ("2026-11-01T12:00:00+00:00", "2026-11-02T02:00:00+00:00"),
    ],
)
def test_the_next_evening_is_by_the_wall_clock_also_when_clocks_are_set_back(now: str, evening: str) -> None:
    found = next_evening(datetime.fromisoformat(now), "America/New_York")
    assert found == datetime.fromisoformat(evening)


def test_buttons_that_do_not_exist_change_nothing(web: Browser, add: Add, stand_in: Simulator) -> None:
    phone_id = add().phone_id
    token = web.get(f"/phones/{phone_id}").form("clock").values["csrf_token"][0]
    for path, asked in (("conduct", {"order": "explode"}), ("clock", {"move": "back"}), ("clock", {})):
        page = web.post(f"/phones/{phone_id}/{path}", {"csrf_token": token} | asked)
        assert "press one of the buttons" in " ".join(page.toasts)
    assert stand_in.thread(DANAS).conduct == Conduct()
    assert stand_in.clock().is_real


def test_the_company_shows_what_it_knows_about_each_text(settings: Settings, web: Browser, add: Add) -> None:
    phone_id = add(phone="(305) 555-0180").phone_id
    simulator: Simulator = web.client.application.extensions["clinic"].simulator
    assert "handed over no text" in web.get(f"/phones/{phone_id}").text
    gateway = TwilioGateway(
        account_sid=settings.twilio_account_sid or "",
        auth_token=settings.twilio_auth_token or "",
        messaging_service_sid=settings.twilio_messaging_service_sid or "",
        base_url=simulator.address,
    )
    attempt = new_id()
    gateway.send(OutgoingText("+13055550180", "Hello", attempt, f"http://localhost:1/status/{attempt}", 600))
    eventually(lambda: simulator.dump()[0].status == "undelivered")
    page = web.get(f"/phones/{phone_id}")
    assert page.texts(".record-way") == ["accepted › queued › sending › sent › undelivered · code 30003"]
    assert "The phone was off or out of reach." in page.text
    assert page.texts(".bubble-note")[0].endswith("Never arrived: the phone was off")


def test_a_company_that_does_not_answer_is_reported(app: Flask, web: Browser, add: Add) -> None:
    page = web.get(f"/phones/{add().phone_id}")
    away = Simulator("http://127.0.0.1:1", "AC" + "0" * 32, "x")
    app.extensions["clinic"] = replace(app.extensions["clinic"], simulator=away)
    assert "Nothing changed" in " ".join(page.form("phone-off").submit().toasts)
    assert "Nothing changed" in " ".join(page.form("clock").submit("stop").toasts)
