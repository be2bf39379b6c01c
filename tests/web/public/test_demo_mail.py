"""The demo's mailbox as a visitor uses it, over a real stand-in, and where it must not exist."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from clinic.gateways.email import CalendarPart, Method, OutgoingEmail
from clinic.gateways.email.composing import composed
from clinic.gateways.email.mailbox import Mailbox
from clinic.gateways.email.stand_in.running import Setup, running
from clinic.gateways.sms.simulator import Simulator
from clinic.gateways.sms.stand_in.running import running as phones_running
from clinic.gateways.sms.stand_in.setup import Setup as PhoneSetup
from clinic.kernel.ids import new_id
from clinic.settings import Settings
from tests.conftest import MONDAY_MORNING
from tests.web.html import Browser

FILE = b"BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running(Setup("clinic", "pw")) as found:
        yield Mailbox(found.backstage_url, "clinic", "pw")


@pytest.fixture
def web(app: Flask, mailbox: Mailbox) -> Browser:
    app.extensions["clinic"] = replace(app.extensions["clinic"], mailbox=mailbox)
    return Browser(app.test_client())


def written(subject: str, *, minutes: int = 5, calendar: CalendarPart | None = None) -> bytes:
    first = new_id()
    email = OutgoingEmail(
        to="ana@example.org",
        subject=subject,
        body="Your visit moved.\n\nhttp://localhost/v/abc\n<b>&</b>\n",
        language="en",
        attempt_id=first,
        message_id=first,
        at=MONDAY_MORNING - timedelta(minutes=minutes),
        calendar=calendar,
    )
    return composed(email, sender="care@example.org", sender_name="Demo Home Clinic").as_bytes()


def test_without_mail_the_page_says_what_will_be_here(web: Browser) -> None:
    assert "No e-mails yet" in web.get("/demo/mail").text


def test_the_mail_that_came_last_stands_first(web: Browser, mailbox: Mailbox) -> None:
    mailbox.remember([written("First", minutes=70), written("Second", calendar=CalendarPart(Method.CANCEL, FILE))])
    first, second = web.get("/demo/mail").texts(".phone-list li")
    assert first == "ana@example.org 5 min ago Second −Takes out of the calendar"
    assert second == "ana@example.org 1 h 10 ago First"


def test_a_mail_reads_as_its_reader_sees_it_with_a_link_that_works(web: Browser, mailbox: Mailbox) -> None:
    mailbox.remember([written("Moved", calendar=CalendarPart(Method.CANCEL, FILE))])
    page = web.get("/demo/mail/1")
    assert page.h1 == "Moved"
    assert page.links["http://localhost/v/abc"] == "http://localhost/v/abc"
    assert "<b>&</b>" in page.text
    assert "METHOD:CANCEL" in page.text


def test_a_mail_that_is_not_there_is_not_found(web: Browser) -> None:
    assert web.get("/demo/mail/7").status == 404


def test_while_the_stand_in_is_away_the_page_says_so(web: Browser, app: Flask) -> None:
    app.extensions["clinic"] = replace(app.extensions["clinic"], mailbox=Mailbox("http://127.0.0.1:1", "clinic", "pw"))
    for path in ("/demo/mail", "/demo/mail/1"):
        page = web.get(path)
        assert (page.status, "does not answer" in page.text) == (503, True)


@pytest.mark.parametrize("path", ["/demo/mail", "/demo/mail/1"])
def test_in_production_and_beside_a_real_mail_server_there_is_no_such_page(
    web: Browser, app: Flask, mailbox: Mailbox, path: str
) -> None:
    mailbox.remember([written("Secret")])
    app.extensions["clinic"] = replace(app.extensions["clinic"], is_production=True)
    assert web.get(path).status == 404
    app.extensions["clinic"] = replace(app.extensions["clinic"], is_production=False, mailbox=None)
    assert web.get(path).status == 404


def test_the_phones_lead_to_the_mailbox_only_where_there_is_one(app: Flask, web: Browser, settings: Settings) -> None:
    setup = PhoneSetup(settings.twilio_account_sid or "", settings.twilio_auth_token or "", "")
    with phones_running(setup) as url:
        phones = Simulator(url, setup.account_sid, setup.auth_token)
        app.extensions["clinic"] = replace(app.extensions["clinic"], simulator=phones)
        assert web.get("/phones").links["E-mails"] == "/demo/mail"
        app.extensions["clinic"] = replace(app.extensions["clinic"], mailbox=None)
        assert "E-mails" not in web.get("/phones").links
