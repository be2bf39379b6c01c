"""Secure messages behind the link of a text: opened on purpose, answered, in the patient's language."""

from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.audit.models import AuditEvent
from clinic.conversations import actions
from clinic.conversations.models import SecureMessage
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.oncall.models import OnCallPage
from tests.domains.scheduling.calendar_makers import RING
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date

SAM = Actor(kind=ActorKind.STAFF, id=new_id(), name="Sam Whitfield", roles=frozenset({Role.COORDINATOR}))


def write(practice, body: str) -> UUID:
    found = actions.send_secure_message(
        practice.session,
        patient_id=practice.marisol.id,
        body=body,
        key=new_id(),
        by=SAM,
        now=practice.maker.now,
        ring=RING,
    )
    practice.session.commit()
    return found


@pytest.fixture
def token(practice) -> str:
    write(practice, "Please bring your list.")
    wanted = select(Link).where(Link.patient_id == practice.marisol.id, Link.purpose == "messages")
    return access.render_link(practice.session, link_id=practice.session.scalars(wanted).one().id, ring=RING)


def come(browser: Browser, practice, token: str) -> Page:
    return type_birth_date(browser.get(f"/v/{token}"), practice.marisol.birth_date)


def test_the_door_tells_nothing_of_the_message(anybody: Browser, practice, token: str):
    body = anybody.get(f"/v/{token}").response.get_data(as_text=True)
    for secret in ("list", "Sam", "Marisol", "message"):
        assert secret not in body


def test_the_birth_date_opens_the_messages_and_that_is_written_down(anybody: Browser, practice, token: str):
    page = come(anybody, practice, token)
    assert page.h1 == "Your messages"
    assert page.path.startswith("/my-messages")
    assert "Please bring your list." in page.text
    practice.session.expire_all()
    [message] = practice.session.scalars(select(SecureMessage))
    assert message.read_at == practice.maker.now
    actions_noted = set(practice.session.scalars(select(AuditEvent.action)))
    assert {"secure_message.read", "secure_messages.viewed"} <= actions_noted


def test_a_message_that_comes_later_waits_behind_a_button(anybody: Browser, practice, token: str):
    come(anybody, practice, token)
    write(practice, "One more thing.")
    page = anybody.get("/my-messages")
    assert "You have 1 new message" in page.text
    assert "One more thing." not in page.text
    assert "One more thing." in page.form("open").submit().text


def test_an_answer_stands_there_at_once_and_twice_is_once(anybody: Browser, practice, token: str):
    page = come(anybody, practice, token)
    for _ in range(2):
        told = page.form("answer").submit(body="I will.\nThank you.")
        assert told.toasts == ["✓ Sent. We read it on workdays and answer here."]
    assert "I will." in told.text
    found = practice.session.scalars(select(SecureMessage).where(SecureMessage.author_kind == "patient")).all()
    assert [one.body for one in found] == ["I will.\nThank you."]


@pytest.mark.parametrize("body", ["", "  ", "x" * 4001])
def test_an_answer_that_cannot_be_sent_stays_in_the_box(anybody: Browser, practice, token: str, body: str):
    page = come(anybody, practice, token).form("answer").submit(body=body)
    assert page.status == 422
    assert page.errors["body"]
    assert page.form("answer").values["body"][0].strip() == body.strip()


def test_words_of_danger_call_for_a_person_and_name_who_helps_now(anybody: Browser, practice, token: str):
    page = come(anybody, practice, token).form("answer").submit(body="I want to die")
    assert "988" in page.toasts[0]
    [called] = practice.session.scalars(select(OnCallPage))
    assert (called.kind, called.patient_id) == ("danger_words", practice.marisol.id)


def test_a_link_to_a_visit_opens_no_messages(anybody: Browser, practice, token: str):
    type_birth_date(anybody.get(f"/v/{practice.token()}"), practice.marisol.birth_date)
    assert anybody.get("/my-messages").status in {403, 404, 410}


def test_a_link_to_messages_opens_no_visit(anybody: Browser, practice, token: str):
    come(anybody, practice, token)
    assert anybody.get(f"/visit/{practice.visit.id}").status in {403, 404, 410}


def test_the_page_speaks_spanish_to_who_reads_spanish(anybody: Browser, practice, token: str):
    practice.marisol.language = "es"
    practice.session.commit()
    page = come(anybody, practice, token)
    assert page.h1 == "Sus mensajes"
    assert page.form("answer").submit(body="").errors["body"] == "Escriba primero su mensaje."
