"""The inbox: who wrote, what was said, and answering without losing a word."""

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.conversations.models import SecureMessage
from clinic.kernel.ids import new_id
from clinic.messaging.rules.kinds import MessageState
from clinic.people import queries as people
from clinic.worklist.queries import open_items
from tests.web.html import Browser

QUESTION = "Can my sister come along?"


def address(phone_id, **_):
    return f"/inbox/{phone_id}"


def reply(page, **typed):
    return page.form("reply").submit(how="text", **typed)


def test_an_empty_inbox_says_what_will_stand_there(desk: Browser):
    page = desk.get("/inbox")
    assert "No conversations yet" in page.text


def test_the_list_names_who_wrote_and_what_and_opens_the_talk(desk: Browser, mail):
    mail.comes(QUESTION)
    page = desk.get("/inbox")
    assert "Iriarte, Ana" in page.text
    assert QUESTION in page.text
    [href] = [href for text, href in page.links.items() if QUESTION in text]
    talk = desk.get(href)
    assert talk.h1 == "Ana Iriarte"
    assert QUESTION in talk.text


def test_the_menu_counts_what_is_unread(desk: Browser, mail):
    assert "Inbox" in desk.get("/today").links
    mail.comes(QUESTION)
    assert "Inbox 1 unread" in desk.get("/today").links


@pytest.mark.parametrize(
    ("view", "word"), [("unread", "All read"), ("urgent", "Nothing urgent"), ("mine", "None is yours")]
)
def test_a_view_without_anything_says_so(desk: Browser, mail, view: str, word: str):
    mail.comes("1")
    assert word in desk.get(f"/inbox?show={view}").text


def test_two_hundred_conversations_come_in_pages(desk: Browser, mail):
    for number in range(60):
        mail.comes(QUESTION, e164=f"+1786555{100 + number:04}")
    page = desk.get("/inbox")
    assert len(page.select(".talk-line")) == 50
    assert "1–50 of 60" in page.text
    assert len(desk.get("/inbox?page=2").select(".talk-line")) == 10
    assert len(desk.get("/inbox?page=99").select(".talk-line")) == 10


def test_a_search_finds_by_name_and_by_number_and_leaves_no_name_in_an_address(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    number = people.phones_by_id(mail.session, [phone_id])[phone_id].e164[-4:]
    for typed in ("iriarte", number):
        found = desk.get("/inbox").form("search-inbox").submit(q=typed)
        assert "Iriarte, Ana" in found.text
        assert found.response.request.path == "/inbox/search"
    assert "No conversation with" in desk.get("/inbox").form("search-inbox").submit(q="Whitcombe").text
    assert "Type a name or a number" in desk.get("/inbox").form("search-inbox").submit(q="").text


def test_a_reply_is_sent_and_the_conversation_counts_as_read(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    page = reply(desk.get(address(phone_id)), body="Of course, bring her along.")
    assert page.toasts == ["✓ Sent."]
    assert "Of course, bring her along." in page.text
    assert "by Dana Reyes" in page.text
    assert "All read" in desk.get("/inbox?show=unread").text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("Your ketamine is ready.", "Take out “ketamine”"),
        ("It costs $40 a visit.", "Take out"),
        ("Dear Ana, we will call.", "Ana"),
        ("x" * 500, "Shorten it"),
    ],
)
def test_refused_words_stay_in_the_box_with_what_to_put_right(desk: Browser, mail, words: str, told: str):
    phone_id = mail.comes(QUESTION)
    page = reply(desk.get(address(phone_id)), body=words)
    assert page.status == 422
    assert told in page.errors["body"]
    assert page.form("reply").values["body"] == [words]
    assert mail.texts() == []


def test_words_that_no_text_may_say_can_go_as_a_secure_message_from_the_same_box(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    page = reply(desk.get(address(phone_id)), body="Your ketamine is ready.")
    told = page.form("reply").submit(how="secure")
    assert told.toasts == ["✓ Secure message saved. They are told that one waits, with a link."]
    assert "Not read yet" in told.text
    [message] = mail.session.scalars(select(SecureMessage))
    assert message.body == "Your ketamine is ready."


def test_after_a_colleagues_answer_one_is_asked_and_may_send_anyway(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    page = desk.get(address(phone_id))
    mail.colleague_answers("Of course, bring her along.")
    asked = reply(page, body="Please call us.")
    assert asked.status == 409
    assert "Sam Whitfield has answered meanwhile" in asked.errors["body"]
    assert "Of course, bring her along." in asked.text
    assert asked.form("reply").values["body"] == ["Please call us."]
    assert "Send anyway" in asked.text
    assert reply(asked).toasts == ["✓ Sent."]
    assert len(mail.texts()) == 2


def test_the_same_form_sent_twice_sends_one_text(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    page = desk.get(address(phone_id))
    for _ in range(2):
        assert reply(page, body="We will call you at noon.").status == 200
    assert len(mail.texts()) == 1


def test_a_text_for_later_shows_its_time_and_can_be_called_back(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    form = desk.get(address(phone_id)).form("reply")
    page = form.submit(how="later", body="We will call you at noon.", on="2026-11-24", at="09:30")
    assert page.toasts == ["✓ Planned. It leaves on Tue Nov 24 at 9:30 AM ET."]
    assert "Leaves on Tue Nov 24 at 9:30 AM ET" in page.text
    [text] = mail.texts()
    back = page.form(f"call-back-{text.id}").submit()
    assert back.toasts == ["✓ Called back. The text will not be sent."]
    assert mail.texts()[0].state == MessageState.CANCELED


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "on"),
        ({"on": "2026-11-24"}, "at"),
        ({"on": "2026-11-24", "at": "21:00"}, "at"),
        ({"on": "2026-11-20", "at": "10:00"}, "at"),
        ({"on": "2027-11-20", "at": "10:00"}, "on"),
    ],
)
def test_a_time_that_is_no_good_is_told_at_its_box(desk: Browser, mail, typed: dict[str, str], field: str):
    phone_id = mail.comes(QUESTION)
    page = desk.get(address(phone_id)).form("reply").submit(how="later", body="We will call you.", **typed)
    assert page.status == 422
    assert field in page.errors
    assert page.form("reply").values["body"] == ["We will call you."]


def test_a_number_that_opted_out_offers_the_other_ways_and_no_text(desk: Browser, mail):
    phone_id = mail.comes("STOP")
    page = desk.get(address(phone_id))
    assert "This number asked for no texts" in page.text
    assert page.form("reply").buttons == ["Send as a secure message", "Check it"]
    refused = page.form("reply").send(how="text", body="We will call you.", key=str(new_id()))
    assert refused.status == 409
    assert refused.form("reply").values["body"] == ["We will call you."]


def test_the_size_is_told_before_sending(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    form = desk.get(address(phone_id)).form("reply")
    action = f"/inbox/{phone_id}/preview"
    told = desk.client.post(
        action,
        data={**form.values, "body": "Your dose of ketamine"},
        headers={"X-Fragment": "1"},
    )
    words = told.get_data(as_text=True)
    assert "characters, 1 segment" in words
    assert "Take out" in words


def test_taking_a_conversation_shows_whose_it_is_and_the_second_is_told(desk: Browser, mail, sign_in_as):
    from clinic.kernel.actor import Role

    phone_id = mail.comes(QUESTION)
    lee = sign_in_as(Role.COORDINATOR, name="Lee Park")
    late = lee.get(address(phone_id))
    assert desk.get(address(phone_id)).form("assign-me").submit().toasts == ["✓ Assigned."]
    assert "Yours" in desk.get("/inbox?show=mine").text
    [toast] = late.form("assign-me").submit().toasts
    assert "Dana Reyes" in toast
    given = lee.get(address(phone_id)).form("assign").submit(assignee="")
    assert given.toasts == ["✓ Nobody has it now."]


def test_marking_handled_closes_the_task_and_unread_brings_the_mark_back(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    [task] = [one for one in open_items(mail.session, roles=["coordinator"]) if one.kind == "reply_unclear"]
    opened = desk.get(f"/inbox/{task.subject_id}")
    assert opened.status == 200
    assert opened.form("mark-read").submit().toasts == ["✓ Marked as handled."]
    assert [one for one in open_items(mail.session, roles=["coordinator"]) if one.kind == "reply_unclear"] == []
    assert desk.get(address(phone_id)).form("mark-unread").submit().toasts == ["✓ Marked as unread."]


def test_a_text_that_came_meanwhile_keeps_the_conversation_unread(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    page = desk.get(address(phone_id))
    mail.clock.advance(minutes=1)
    mail.comes("And which floor?")
    assert page.form("mark-read").submit().toasts == ["! Another text came meanwhile. Read it first."]


def test_danger_is_told_in_words(desk: Browser, mail):
    phone_id = mail.comes("I want to die")
    assert "! Urgent" in desk.get("/inbox?show=urgent").text
    assert "! Sounds like danger" in desk.get(address(phone_id)).text


def test_a_shared_phone_names_both_and_says_that_both_read(desk: Browser, mail):
    twin = mail.maker.patient(
        legal_first_name="Zoe", legal_last_name="Iriarte", phone=people.phone_of(mail.session, mail.ana.id).e164
    )
    mail.session.commit()
    phone_id = mail.comes(QUESTION)
    page = desk.get(address(phone_id))
    assert page.h1 == "Ana Iriarte · Zoe Iriarte"
    assert "share this phone: whatever you text, both can read" in page.text
    reply(page, body="Of course, bring her along.", about=str(twin.id))
    assert mail.texts()[0].recipient_id == twin.id


def test_a_number_of_nobody_becomes_a_patients_own(desk: Browser, mail):
    phone_id = mail.comes("It is Ana, I have a new phone", e164="+17865550142")
    page = desk.get(address(phone_id))
    assert page.h1 == "(786) 555-0142"
    assert "Nobody has this number yet" in page.text
    found = desk.get(f"/inbox/{phone_id}/owner").form("find-owner").submit(q="Iriarte")
    given = found.form(f"give-{mail.ana.id}").submit()
    assert given.h1 == "Ana Iriarte"
    assert "Nobody has agreed to texts on this number" in given.toasts[1]


def test_a_new_patient_begins_with_the_number_that_wrote(desk: Browser, mail):
    phone_id = mail.comes("Hello, I would like a visit", e164="+17865550143")
    page = desk.get(f"/patients/new?phone_id={phone_id}")
    assert page.form("add-patient").values["phone"] == ["(786) 555-0143"]


def test_the_id_of_a_patient_leads_to_the_conversation(desk: Browser, mail):
    assert desk.get(f"/inbox/{mail.ana.id}").h1 == "Ana Iriarte"


def test_an_unknown_phone_is_not_found(desk: Browser):
    assert desk.get(f"/inbox/{new_id()}").status == 404


def test_the_patients_page_and_the_visit_lead_to_the_conversation(desk: Browser, mail):
    page = desk.get(f"/patients/{mail.ana.id}")
    assert desk.get(page.links["Conversation"]).h1 == "Ana Iriarte"


def test_who_looked_at_a_talk_is_written_down_with_everybody_shown(desk: Browser, mail):
    phone_id = mail.comes(QUESTION)
    mail.comes(QUESTION, patient=mail.ben)
    desk.get(address(phone_id))
    seen = mail.session.scalars(select(AuditEvent).where(AuditEvent.action == "conversation.viewed")).all()
    assert [set(one.patient_ids) for one in seen] == [{mail.ana.id, mail.ben.id}]


def test_the_pulse_changes_when_a_text_comes(desk: Browser, mail):
    first = desk.client.get("/inbox/pulse").get_json()
    mail.comes(QUESTION)
    assert desk.client.get("/inbox/pulse").get_json() != first


def test_the_link_to_messages_is_sent_anew_or_switched_off(desk: Browser, mail):
    mail.secure("Your result is in.")
    page = desk.get(address(mail.ana.phone_id))
    assert page.form(f"link-{mail.ana.id}").submit().toasts == [
        "✓ A new link is on its way. The old one no longer works."
    ]
    off = desk.get(address(mail.ana.phone_id)).form(f"revoke-{mail.ana.id}").submit()
    assert off.toasts == ["✓ The link no longer works. The next secure message sends a new one."]
    assert "Send a new link" not in off.text
