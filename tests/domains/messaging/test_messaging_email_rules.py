"""The e-mails of the package: what they may never say, who judges them, how they read."""

from dataclasses import replace

import pytest

from clinic.messaging.errors import UnknownTemplate
from clinic.messaging.rules import emails
from clinic.messaging.rules.emails import all_emails, current_email, email_faults, email_version, write
from clinic.messaging.rules.kinds import Category
from clinic.messaging.rules.templates import Facts
from clinic.messaging.rules.wording import MAIL_NAMES
from clinic.reactions import ENCLOSURES, GUARDS

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="https://clinic.example")


@pytest.mark.parametrize("key", [template.key for template in all_emails()])
def test_every_shipped_email_keeps_the_rules_of_texts(key: str):
    assert email_faults(current_email(key)) == []
    assert MAIL_NAMES[key].startswith("E-mail: ")


def test_every_email_about_something_that_changes_has_its_judge_and_every_invitation_its_maker():
    about = {template.about for template in all_emails()} - {"any"}
    assert about <= set(GUARDS)
    assert {template.about for template in all_emails() if template.has_calendar} == set(ENCLOSURES)


@pytest.mark.parametrize(
    ("words", "bad"),
    [
        ("Your ketamine visit", "ketamine"),
        ("Your session is booked", "session"),
        ("It is $40", "$"),
        ("See www.example.com", "www"),
        ("Dear {first_name}", "first_name"),
        ("Reply STOP now", "STOP"),
    ],
)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("part", ["subject", "body", "body_without_link"])
def test_a_forbidden_word_is_found_in_every_part_and_language(words: str, bad: str, language: str, part: str):
    shipped = current_email("CARE_NEWS")
    wrong = replace(shipped, **{part: {**getattr(shipped, part), language: words}})
    assert any(bad in fault and language in fault for fault in email_faults(wrong))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"subject": {"en": "{clinic}: x"}}, "every language"),
        ({"body_without_link": {"en": "x"}}, "every language"),
        ({"valid_hours": None}, "valid_hours"),
        ({"is_valid_until_start": True}, "valid_hours"),
        ({"passes_stop": True}, "staff"),
        ({"subject": {"en": "x" * 121, "es": "y"}}, "too long"),
    ],
)
def test_a_wrong_rule_of_an_email_is_found(changes: dict[str, object], found: str):
    assert any(found in fault for fault in email_faults(replace(current_email("CARE_NEWS"), **changes)))  # type: ignore[arg-type]


def test_unknown_emails_are_a_mistake_of_the_program():
    with pytest.raises(UnknownTemplate):
        current_email("NOTHING")
    with pytest.raises(UnknownTemplate):
        email_version("CARE_NEWS", 99)


def test_an_email_reads_in_the_language_and_zone_of_its_reader():
    variables = {"starts_at": "2026-11-25T15:30:00+00:00"}
    english, spanish = (
        write(
            current_email("VISIT_INVITATION"),
            variables=variables,
            language=language,
            zone="America/Chicago",
            facts=FACTS,
            link_url="https://clinic.example/v/x",
        )
        for language in ("en", "es")
    )
    assert english.subject == "Demo Home Clinic: your visit on Wed Nov 25"
    assert "9:30 AM CT" in english.body
    assert "\nhttps://clinic.example/v/x\n" in english.body
    assert spanish.subject == "Demo Home Clinic: su cita del mié 25 nov"
    assert "9:30" in spanish.body


def test_an_invitation_without_a_live_link_gives_the_telephone():
    written = write(
        current_email("VISIT_INVITATION"),
        variables={"starts_at": "2026-11-25T15:30:00+00:00"},
        language="en",
        zone="America/New_York",
        facts=FACTS,
        link_url=None,
    )
    assert "http" not in written.body
    assert "305-555-0100" in written.body


def test_only_staff_mail_has_the_category_staff():
    assert {template.key for template in all_emails() if template.category is Category.STAFF} == {
        "STAFF_PAGE",
        "STAFF_ALERT",
    }
    assert emails.keys_past_stop() == {"STAFF_PAGE", "STAFF_ALERT"}
