"""What somebody may write by hand into a text: the linter's sentences, and how long it may be."""

import re

import pytest

from clinic.messaging.rules.lint import (
    LONGEST_BY_HAND,
    faults_of_free_text,
    size_of_free_text,
)
from clinic.messaging.rules.templates import Facts

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="https://clinic.example")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Write the text."),
        ("   ", "Write the text."),
        ("x" * 1_601, "too long"),
        ("x" * 300, "Shorten it by"),
        ("Your next dose is ready.", "“dose”: it is a clinical word"),
        ("Su tratamiento sigue.", "“tratamiento”"),
        ("How is the anxiety?", "“anxiety”"),
        ("Chest pain? Call us.", "“pain”"),
        ("Ketamine is here.", "“Ketamine”"),
        ("It is $40.", "“$”: a price"),
        ("Look at bit.ly/abc", "“bit.ly”"),
        ("Write to dana@example.org", "“example.org”"),
        ("See https://clinic.example.evil.test/x", "phones make it a link"),
        ("See https://clinic.example@evil.test/x", "phones make it a link"),
        ("Reply YES if that suits you.", "“YES”"),
        ("Please text us to cancel.", "“cancel”"),
        ("Reply STOP if you are late.", "“STOP”"),
        ("Reply 1 for Monday or 2 for Friday.", "Take out the reply 1"),
        ("See {link} for more.", "without braces"),
        ("See you soon \U0001f600", "“\U0001f600”"),
        ("Good morning Maria, see you.", "“Maria”: others can see"),
        ("Buenos días señora Pérez.", "“Perez”"),
    ],
)
def test_words_by_hand_that_may_not_leave_are_told_one_by_one(words: str, told: str):
    found = faults_of_free_text(words, "en", FACTS, names=("Maria Luisa", "Pérez"))
    assert any(told in sentence for sentence in found), found


@pytest.mark.parametrize(
    "words",
    [
        "Yes, Thursday at 3 PM works.",
        "We will call you at 10:30 a.m. Please have your ID at hand.",
        "We moved your visit to Friday. More: https://clinic.example/terms",
        "Reply STOP to opt out.",
        "Lo llamamos mañana a las 9. ¿Le conviene?",
        "We canceled the taxi \u2013 it\u2019s fine.",
        "Please text us if you have questions about your next visit.",
    ],
)
def test_plain_words_may_leave(words: str):
    assert faults_of_free_text(words, "en", FACTS, names=("Maria",)) == []


def test_every_forbidden_word_by_hand_is_named_once():
    found = faults_of_free_text("Dose and dose, dose. Rx for $5.", "en", FACTS)
    assert [re.findall("“(.+?)”", sentence)[0] for sentence in found] == ["Dose", "dose", "Rx", "$"]


def test_words_by_hand_fill_two_segments_to_the_letter():
    longest = Facts(clinic="C" * 20, phone="+13055550100")
    assert faults_of_free_text("x" * LONGEST_BY_HAND, "en", longest) == []
    assert faults_of_free_text("x" * (LONGEST_BY_HAND + 1), "en", longest)[0].startswith("Shorten it by 1 character")
    assert size_of_free_text("x" * LONGEST_BY_HAND, "es", longest).segments == 2
