"""What may be changed in a text: every rule broken once, and each refusal says what to do."""

import pytest

from clinic.messaging.rules.editing import complaints, names_for, reworded, size_of, spots, words_of
from clinic.messaging.rules.lint import word_faults
from clinic.messaging.rules.templates import Template, all_templates, current

REMINDER = "{clinic}: Video visit {date}, {time}. Reply 1 to confirm, 2 to move it. Join: {link}"
IDS = [f"{template.key}-{template.version}" for template in all_templates()]


def told(key: str, spot: str, words: str) -> list[str]:
    return complaints(current(key), {**words_of(current(key)), spot: words}).get(spot, [])


@pytest.mark.parametrize("template", all_templates(), ids=IDS)
def test_the_shipped_words_pass_as_if_somebody_typed_them(template: Template):
    assert complaints(template, words_of(template)) == {}
    assert reworded(template, words_of(template)) == template


BROKEN = [
    ("does not say who writes", "Video visit {date}, {time}. Reply 1 to confirm, 2 to move it. {link}", "begin with"),
    ("names what it does not know", REMINDER.replace("{date}", "{first_name}"), "Take out {first_name}"),
    ("names what another text knows", REMINDER + " {phone}", "Take out {phone}"),
    ("formats a name", REMINDER.replace("{date}", "{date:>99}"), "Use braces only around a name"),
    ("has half a brace", REMINDER.replace("{date}", "{date"), "Use braces only around a name"),
    ("lost its link", REMINDER.replace("{link}", "our page"), "Put {link} back in"),
    ("glues words to its link", REMINDER + "now", "Put a space before and after {link}"),
    ("has a clinical word", REMINDER.replace("Video visit", "Therapy"), "Take out “Therapy”: it is a clinical word"),
    ("has a clinical word with an accent", REMINDER.replace("Video visit", "Sesión"), "clinical word"),
    ("misspells a clinical word", REMINDER.replace("Video visit", "Kétamine"), "Take out “Ketamine”"),
    ("hides a clinical word", REMINDER.replace("Video visit", "Ｄｏｓｅ on"), "Take out “Dose”"),
    ("names a drug", REMINDER.replace("Video visit", "Ketamine on"), "Take out “Ketamine”"),
    ("names a drug of another kind", REMINDER.replace("Video visit", "Lorazepam on"), "Take out “Lorazepam”"),
    ("names an amount", REMINDER.replace("Video visit", "50 mg on"), "Take out “50 mg”"),
    ("has a price", REMINDER.replace("Video visit", "$20 visit"), "Take out “$”: a price"),
    ("has a price in words", REMINDER.replace("Video visit", "20 dollars on"), "Take out “dollars”"),
    ("offers a reserved reply", REMINDER.replace("Reply 1", "Reply YES"), "Take out “YES”: whoever answers"),
    ("offers to cancel", REMINDER.replace("to move it", "to CANCEL"), "Take out “CANCEL”: whoever answers"),
    ("offers the word END", REMINDER.replace("to move it", "or END"), "Take out “END”: whoever answers"),
    ("offers STOP for something else", REMINDER + " Reply STOP to move it.", "Write STOP, HELP and START only"),
    ("offers a small stop", REMINDER + " Reply stop if late.", "Write STOP, HELP and START only"),
    ("has a foreign link", REMINDER + " bit.ly/abc", "Take out “bit.ly”: phones make it a link"),
    ("has our link by hand", REMINDER + " https://clinic.example/x", "only {link} leads to our own pages"),
    ("has a link of a new kind", REMINDER + " See doctors.app", "Take out “doctors.app”"),
    ("has a symbol that texts lack", REMINDER.replace("Video", "\U0001f600"), "sent in several parts"),
    ("has letters of another alphabet", REMINDER.replace("Video", "Видео"), "sent in several parts"),
    ("offers a third reply", REMINDER.replace("2 to move it", "2 to move it, 3 to talk"), "Offer the replies 1 and 2"),
    ("offers no reply", REMINDER.replace("Reply 1 to confirm, 2 to move it. ", ""), "Offer the replies 1 and 2"),
    ("is too long", REMINDER + " We look forward to it.", "Shorten it by"),
    ("is far too long", REMINDER + " x" * 200, "Use at most 400"),
    ("is empty", "  ", "Write the text."),
]


@pytest.mark.parametrize(("words", "what_to_do"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_reminder_that(words: str, what_to_do: str):
    assert any(what_to_do in sentence for sentence in told("VISIT_24H", "en", words)), told("VISIT_24H", "en", words)


@pytest.mark.parametrize(
    ("key", "spot", "words", "what_to_do"),
    [
        ("HELP_REPLY", "en", "{clinic}: Help: {phone}. Crisis: call 988. Reply STOP to opt out.", "Keep 911"),
        ("HELP_REPLY", "en", "{clinic}: Help: {phone}. Emergency: 911. Reply STOP to opt out.", "Keep 988"),
        ("HELP_REPLY", "es", "{clinic}: Ayuda: {phone}. Emergencia: 911. Crisis: 988.", "Keep STOP"),
        ("OPTIN_CONFIRM", "en", "{clinic}: You get texts. Reply STOP to opt out.", "Keep HELP"),
        ("STOP_REPLY", "en", "{clinic}: No more texts. Your care goes on.", "Keep START"),
        ("VISIT_CANCELED", "en_without_link", "{clinic}: No visit on {date}, {time}.", "Put {phone} back in"),
        ("VISIT_CANCELED", "en_without_link", "{clinic}: Not on {date}. {link} {phone}", "Take out {link}"),
        ("BOOK_CONFIRM", "en", "{clinic}: {date}. {link} Reply 1 to confirm. Reply STOP to opt out.", "Take out the"),
        ("VISIT_24H", "es", "{clinic}: Su tratamiento es el {date}. Responda 1 o 2. {link}", "clinical word"),
    ],
)
def test_what_a_text_cannot_do_without_stays(key: str, spot: str, words: str, what_to_do: str):
    assert any(what_to_do in sentence for sentence in told(key, spot, words)), told(key, spot, words)


@pytest.mark.parametrize(
    ("key", "spot", "words"),
    [
        ("VISIT_24H", "en", "{clinic}: See you {date}, {time}. Reply 1 to confirm or 2 to move it. Door: {link}"),
        ("VISIT_24H", "es", "{clinic}: Lo esperamos el {date}. Responda 1 para confirmar o 2 para cambiar. {link}"),
        (
            "BOOK_CONFIRM",
            "en",
            "{clinic}: All set \u2013 {date}, {time}. It\u2019s here: {link} Reply STOP to opt out.",
        ),
        ("REPLY_THANKS", "en", "{clinic}: Thank you, see you on {date}."),
        ("NOTHING_WAITING", "en", "{clinic}: Thank you. Nothing to answer."),
    ],
)
def test_other_words_that_keep_every_rule_are_taken(key: str, spot: str, words: str):
    assert told(key, spot, words) == []


def test_spanish_may_take_two_segments_and_no_more():
    spot = spots(current("REPLY_THANKS"))[1]
    start = "{clinic}: Gracias. "
    fits = size_of(current("REPLY_THANKS"), {"es": start + "a" * 260}, spot)
    assert fits
    assert (fits.segments, fits.is_too_long, fits.room) == (2, False, 306)
    assert told("REPLY_THANKS", "es", start + "a" * 280)[0].startswith("Shorten it by")


def test_how_much_is_too_much_is_counted_to_the_letter():
    start = "{clinic}: Gracias"
    exact = 160 - 20 - len(": Gracias")
    assert told("REPLY_THANKS", "en", start + "a" * exact) == []
    assert told("REPLY_THANKS", "en", start + "a" * (exact + 1)) == [
        "Shorten it by 1 character: with long names and dates it takes 161, and may take 160."
    ]


def test_names_are_those_of_the_shipped_words():
    canceled = current("VISIT_CANCELED")
    assert {spot.name: sorted(names_for(canceled, spot)) for spot in spots(canceled)} == {
        "en": ["clinic", "date", "link", "time"],
        "es": ["clinic", "date", "link", "time"],
        "en_without_link": ["clinic", "date", "phone", "time"],
        "es_without_link": ["clinic", "date", "phone", "time"],
    }


def test_new_words_leave_every_rule_of_a_text_as_it_was():
    shipped = current("VISIT_24H")
    changed = reworded(shipped, {"en": "{clinic}: Other words {link}"})
    rules = ("key", "version", "category", "lane", "policy", "about", "when_outside_window", "person_must_know")
    assert [getattr(changed, rule) for rule in rules] == [getattr(shipped, rule) for rule in rules]
    assert changed.texts["es"] == shipped.texts["es"]


def test_every_fault_of_the_linter_says_what_to_do():
    found = list(word_faults("Hello {you} }, your dose is $5 at x.com, reply YES or stop \U0001f600{link}!"))
    assert [sentence.split(" ")[0] for sentence in found] == [
        "Let", "Take", "Use", "Put", "Take", "Take", "Take", "Take", "Take",
    ]  # fmt: skip
