"""The clinic's texts: what they may not say, how long they are, how they read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinic.messaging.errors import MissingVariable, UnknownTemplate
from clinic.messaging.rules.lint import BY_HAND, MOST_SEGMENTS, at_worst, faults, word_faults
from clinic.messaging.rules.templates import (
    Facts,
    Template,
    all_templates,
    current,
    dashed,
    render,
    textable,
    version_of,
)
from clinic.messaging.segments import Encoding, encoding_of, segments_of

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100")
LINK = "https://clinic.example/v/abcdefghijklmnopqrstuv"
HOUR = timedelta(hours=1)
OTHERS = {"carrier": "FedEx", "code": "482915", "words": "We have a free time on Thursday at 3 PM."}
IDS = [f"{template.key}-{template.version}" for template in all_templates()]


def rendered(key: str, language: str = "en", *, link: str | None = LINK, at: str = "2026-11-25T15:30:00+00:00") -> str:
    return render(
        current(key),
        variables={"starts_at": at},
        language=language,
        zone="America/New_York",
        facts=FACTS,
        link_url=link,
    )


@pytest.mark.parametrize("template", all_templates(), ids=IDS)
def test_no_template_has_a_fault(template: Template) -> None:
    assert faults(template) == []


@pytest.mark.parametrize("template", all_templates(), ids=IDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_day_and_hour_of_a_year_stays_short(template: Template, language: str) -> None:
    start = datetime(2026, 1, 1, 17, tzinfo=UTC)
    most = 2 if template.key == BY_HAND else MOST_SEGMENTS[language]
    for day in range(0, 366, 3):
        starts_at = start + timedelta(days=day, hours=day % 7)
        body = render(
            template,
            variables=OTHERS | {"starts_at": starts_at.isoformat(), "until": (starts_at + HOUR).isoformat()},
            language=language,
            zone="America/Chicago",
            facts=FACTS,
            link_url=LINK,
        )
        assert encoding_of(body) is Encoding.GSM7
        assert segments_of(body) <= most


@pytest.mark.parametrize("template", all_templates(), ids=IDS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_english_takes_one_segment_and_spanish_two_however_long_its_names_are(template: Template, language: str):
    for has_link in (True, False):
        if has_link or not template.needs_link:
            body = at_worst(template, language, has_link=has_link)
            assert segments_of(body) <= (2 if template.key == BY_HAND else {"en": 1, "es": 2}[language])
            assert encoding_of(body) is Encoding.GSM7


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("Hello {clinic}", "begin"),
        ("{clinic}: Hi {first_name}", "first_name"),
        ("{clinic}: Your ketamine visit", "clinical"),
        ("{clinic}: Your next dose", "clinical"),
        ("{clinic}: Su tratamiento sigue", "clinical"),
        ("{clinic}: Su sesión es mañana", "clinical"),
        ("{clinic}: Reply CANCEL to move", "opts out or in"),
        ("{clinic}: Reply YES to confirm", "opts out or in"),
        ("{clinic}: Reply END", "opts out or in"),
        ("{clinic}: Please pay $20", "price"),
        ("{clinic}: See bit.ly/abc", "link"),
        ("{clinic}: See https://clinic.example/x", "link"),
        ("{clinic}: Text STOP when you are late", "STOP"),
    ],
)
def test_bad_words_are_found(words: str, fault: str) -> None:
    assert any(fault in found for found in word_faults(words))


def test_rules_that_contradict_each_other_are_found() -> None:
    reminder = current("VISIT_24H")
    assert faults(replace(reminder, when_outside_window=None))
    assert faults(replace(reminder, valid_hours=4))
    assert faults(replace(reminder, texts={"en": reminder.texts["en"]}))
    assert faults(
        replace(reminder, texts={**reminder.texts, "en": reminder.texts["en"] + " See you then, and do not be late."})
    )
    assert faults(replace(current("STOP_REPLY"), when_outside_window=reminder.when_outside_window))


def test_a_reminder_reads_well_in_english_and_spanish() -> None:
    assert rendered("VISIT_24H") == (
        "Demo Home Clinic: Video visit Wed Nov 25, 10:30 AM ET. Reply 1 to confirm, 2 to move it. "
        "Join: https://clinic.example/v/abcdefghijklmnopqrstuv"
    )
    assert rendered("VISIT_24H", "es") == (
        "Demo Home Clinic: Videoconsulta el mié 25 nov, 10:30 a.m. ET. Responda 1 para confirmar, 2 para cambiarla. "
        "Entrar: https://clinic.example/v/abcdefghijklmnopqrstuv"
    )


def test_one_text_tells_of_a_whole_course():
    assert rendered("COURSE_BOOKED") == (
        "Demo Home Clinic: Your visit dates are set. Next: Wed Nov 25, 10:30 AM ET. "
        "All dates: https://clinic.example/v/abcdefghijklmnopqrstuv"
    )
    assert rendered("COURSE_CHANGED", "es").startswith("Demo Home Clinic: Las fechas de sus consultas cambiaron. La pr")
    assert rendered("COURSE_OFFER").startswith("Demo Home Clinic: Choose the dates of your next visits by Wed Nov 25")


def test_saturday_loses_its_accent_in_spanish_instead_of_costing_two_more_segments() -> None:
    assert "sab 28 nov" in rendered("BOOK_CONFIRM", "es", at="2026-11-28T15:30:00+00:00")
    assert textable("sábado, niño, José, ¿qué? \u2013 \u201cya\u201d") == 'sabado, niño, José, ¿qué? - "ya"'


def test_a_text_that_can_do_without_a_link_names_the_telephone() -> None:
    assert rendered("VISIT_CANCELED", link=None).endswith("To find another time, call 305-555-0100.")
    assert "{" not in rendered("VISIT_CANCELED")


def test_what_a_template_needs_is_asked_for() -> None:
    with pytest.raises(MissingVariable):
        rendered("BOOK_CONFIRM", link=None)
    with pytest.raises(MissingVariable):
        render(current("REPLY_THANKS"), variables={}, language="en", zone="UTC", facts=FACTS, link_url=None)
    with pytest.raises(UnknownTemplate):
        current("NO_SUCH_TEXT")
    with pytest.raises(UnknownTemplate):
        version_of("BOOK_CONFIRM", 99)


def test_braces_in_the_clinics_name_are_only_characters() -> None:
    body = render(
        current("HELP_REPLY"),
        variables={},
        language="en",
        zone="UTC",
        facts=Facts(clinic="{link}", phone="+13055550100"),
        link_url=None,
    )
    assert body.startswith("{link}: Help")


def test_the_worst_case_is_as_long_as_it_can_get() -> None:
    assert len(at_worst(current("VISIT_CANCELED"), "en", has_link=True)) == 160
    assert dashed("+13055550100") == "305-555-0100"
