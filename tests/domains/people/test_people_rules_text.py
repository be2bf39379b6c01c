"""Names, e-mail addresses, ZIP codes and search words, case by case."""

import pytest

from clinic.kernel.errors import Invalid
from clinic.kernel.phone import to_e164
from clinic.people import rules
from clinic.people.errors import NotAnAddress, NotAName, NotAnEmail, NotAPostalCode


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Ana", "Ana"),
        ("  José   Luis ", "José Luis"),
        ("Jose\u0301", "José"),
        ("O\u2019Neill", "O'Neill"),
        ("O`Neill", "O'Neill"),
        ("Mary-Jane", "Mary-Jane"),
        ("St. John Jr.", "St. John Jr."),
        ("Łukasz", "Łukasz"),
        ("Nguyễn", "Nguyễn"),
        ("李", "李"),
        ("x" * 60, "x" * 60),
    ],
)
def test_a_name_is_kept_as_people_write_it(typed, stored):
    assert rules.person_name(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "-",
        "'",
        ".Ana",
        "Ana2",
        "Ana_B",
        "<b>Ana</b>",
        "Ana; drop table",
        "www.example.org/x",
        "http://example.org",
        "Ana\x00",
        "Ana\nB",
        "Ana\u202e",
        "A\u200bna",
        "x" * 61,
        "a\u0301\u0301\u0301\u0301\u0301",
        "😀",
    ],
)
def test_a_name_that_is_none_is_refused(typed):
    with pytest.raises(Invalid):
        rules.person_name(typed)


def test_a_long_name_says_how_long_it_may_be():
    with pytest.raises(NotAName, match="60"):
        rules.person_name("x" * 61)


@pytest.mark.parametrize(
    ("first", "last", "preferred", "shown"),
    [
        ("Daniela", "Reyes", "Dana", "Daniela Reyes (Dana)"),
        ("Daniela", "Reyes", None, "Daniela Reyes"),
        ("José", "Reyes", "jose", "José Reyes"),
    ],
)
def test_the_preferred_name_stands_in_brackets_where_it_differs(first, last, preferred, shown):
    assert rules.display_name(first, last, preferred) == shown


@pytest.mark.parametrize("other", [("JOSE", "ONEILL"), ("José", "O'Neill"), ("jose", "o neill"), ("José", "O-Neill")])
def test_spellings_of_one_name_have_one_key(other):
    assert rules.key_of_name(*other) == rules.key_of_name("José", "O'Neill")


def test_first_and_last_name_do_not_run_together():
    assert rules.key_of_name("Ann", "Abel") != rules.key_of_name("Anna", "bel")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Dana@Example.org", "dana@example.org"),
        (" dana+clinic@mail.example.org ", "dana+clinic@mail.example.org"),
        ("\uff44ana@example.org", "dana@example.org"),
        ("o'neill@example.org", "o'neill@example.org"),
    ],
)
def test_an_email_is_stored_in_one_form(typed, stored):
    assert rules.email_address(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "dana",
        "dana@",
        "@example.org",
        "dana@example",
        "dana@example..org",
        "da..na@example.org",
        ".dana@example.org",
        "dana.@example.org",
        "dana@-example.org",
        "dana reyes@example.org",
        "dana@example.org, lee@example.org",
        "<dana@example.org>",
        "dana@example.o",
        "dana\u200b@example.org",
        "x" * 65 + "@example.org",
        "dana@" + "x" * 250 + ".org",
    ],
)
def test_a_text_that_is_no_email_is_refused(typed):
    with pytest.raises(Invalid):
        rules.email_address(typed)


def test_an_email_refusal_names_its_field_and_shows_how():
    with pytest.raises(NotAnEmail, match=r"name@example\.org") as caught:
        rules.email_address("dana")
    assert caught.value.field == "email"


@pytest.mark.parametrize("address", ["d\u0430na@example.org", "dana@ex\u0430mple.org", "\u03b1bc@example.org"])
def test_an_email_of_mixed_alphabets_is_warned_of(address):
    assert rules.email_warning(rules.email_address(address))


@pytest.mark.parametrize("address", ["dana@example.org", "dána-2@example.org", "\u0430\u0431\u0432@example.org"])
def test_an_email_whose_parts_keep_to_one_alphabet_is_not_warned_of(address):
    assert rules.email_warning(address) is None


@pytest.mark.parametrize(
    ("typed", "state", "stored"),
    [
        ("33101", "FL", "33101"),
        (" 33101-2345 ", "FL", "33101-2345"),
        ("331012345", "FL", "33101-2345"),
        ("07030", "NJ", "07030"),
    ],
)
def test_a_zip_code_of_the_state_is_taken(typed, state, stored):
    assert rules.postal_code(typed, state) == stored


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("3310", "FL"),
        ("331011", "FL"),
        ("ABCDE", "FL"),
        ("33101", "NJ"),
        ("07030", "FL"),
        ("10001", "NJ"),
        ("٣٣١٠١", "FL"),
        ("", "FL"),
    ],
)
def test_a_zip_code_of_elsewhere_is_refused(typed, state):
    with pytest.raises(NotAPostalCode):
        rules.postal_code(typed, state)


@pytest.mark.parametrize("typed", ["", "  ", "x" * 121])
def test_a_street_line_has_an_end_and_a_beginning(typed):
    with pytest.raises(NotAnAddress):
        rules.street_line(typed)


@pytest.mark.parametrize("typed", ["", "123", "x" * 61])
def test_a_city_has_letters(typed):
    with pytest.raises(NotAnAddress):
        rules.city_name(typed)


@pytest.mark.parametrize("typed", ["800 555 1234", "+44 20 7946 0958", "305 555", "911", "1-900-555-1234", "phone"])
def test_a_phone_that_cannot_get_texts_is_refused(typed):
    with pytest.raises(Invalid):
        to_e164(typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        ("   ", []),
        ("Reyes, Dána", ["reyes", "dana"]),
        ("(305) 555-0123", ["305", "555", "0123"]),
        ("+1 305 555 0123", ["305", "555", "0123"]),
        ("13055550123", ["3055550123"]),
        ("K7M-2QF4", ["k7m-2qf4"]),
        ("O\u2019Neill", ["o'neill"]),
        ("100%", ["100"]),
        ("a b c d e f g h i j", list("abcdefgh")),
    ],
)
def test_a_search_is_read_as_words_or_as_digits(typed, words):
    assert rules.search_words(typed) == words
