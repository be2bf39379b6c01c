"""Forms that come back late, twice or mangled: nothing is lost, nothing goes to somebody else, nothing breaks."""

import pytest
from sqlalchemy import select

from clinic.conversations.actions.numbers import _with_phone
from clinic.conversations.models import SecureMessage
from clinic.kernel.actor import system
from clinic.people import actions as people
from clinic.people import queries
from tests.web.html import Browser

OPERATOR = system("Operator")


def address(phone_id: object) -> str:
    return f"/inbox/{phone_id}"


def changes_number(mail, patient, e164: str) -> None:
    new = _with_phone(patient, e164)
    people.edit_patient(
        mail.session, patient_id=patient.id, new=new, version=patient.version, by=OPERATOR, now=mail.clock()
    )
    mail.session.commit()


@pytest.mark.parametrize("how", ["text", "secure"])
def test_other_words_from_the_same_form_stay_in_the_box_and_can_be_sent(desk: Browser, mail, how: str):
    page = desk.get(address(mail.comes("Can my sister come along?")))
    page.form("reply").submit(how=how, body="We will call you at noon.")
    again = page.form("reply").submit(how=how, body="We will call you at two.")
    assert again.status == 409
    assert again.form("reply").values["body"] == ["We will call you at two."]
    assert again.form("reply").submit(how=how, body="We will call you at two.").status == 200
    sent = mail.texts() if how == "text" else list(mail.session.scalars(select(SecureMessage)))
    assert len(sent) == 2


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_secure_message_never_goes_to_somebody_who_got_the_number_meanwhile(desk: Browser, mail, is_taken: bool):
    phone_id = mail.comes("Can my sister come along?")
    page, number = desk.get(address(phone_id)), queries.phone_of(mail.session, mail.ana.id).e164
    changes_number(mail, mail.ana, "+13055550198")
    if is_taken:
        changes_number(mail, mail.ben, number)
    refused = page.form("reply").submit(how="secure", body="Your result is in.")
    assert refused.status == 409
    typed = refused.form("reply").values["body"] if is_taken else [refused.text]
    assert "Your result is in." in typed[0]
    assert mail.session.scalars(select(SecureMessage)).all() == []


@pytest.mark.parametrize(
    "odd",
    [
        {"theirs_at": "0001-01-01T00:00:00+14:00"},
        {"theirs_at": "9999-12-31T23:59:59-14:00"},
        {"theirs_at": "yesterday"},
        {"about": "nobody"},
        {"ours": "nothing"},
        {"key": "none"},
        {"how": "pigeon"},
        {"how": "later", "on": "9999-12-31", "at": "19:59"},
        {"how": "later", "on": "0001-01-01", "at": "08:00"},
    ],
)
def test_a_mangled_form_is_refused_and_nothing_is_sent(desk: Browser, mail, odd: dict[str, str]):
    phone_id = mail.comes("Can my sister come along?")
    values = {name: found[0] for name, found in desk.get(address(phone_id)).form("reply").values.items() if found}
    fields = values | {"body": "We will call you.", "how": "text"} | odd
    assert desk.post(f"{address(phone_id)}/reply", fields).status in {400, 409, 422}
    assert mail.texts() == []


@pytest.mark.parametrize(
    "path",
    ["/inbox?page=99999999999999999999", "/inbox?page=-1", "/inbox?show=x", "/inbox/pulse?phone=x", "/inbox?whole=7"],
)
def test_a_mangled_address_never_fails(desk: Browser, mail, path: str):
    mail.comes("Can my sister come along?")
    assert desk.get(path).status < 500


def test_a_secure_message_does_not_go_over_a_colleagues_head(desk: Browser, mail):
    page = desk.get(address(mail.comes("Can my sister come along?")))
    mail.secure("Yes, she can.")
    asked = page.form("reply").submit(how="secure", body="No, she cannot.")
    assert asked.status == 409
    assert "Sam Whitfield has answered meanwhile" in asked.errors["body"]
    for _ in range(2):
        assert asked.form("reply").submit(how="secure", body="No, she cannot.").status == 200
    assert len(list(mail.session.scalars(select(SecureMessage)))) == 2
