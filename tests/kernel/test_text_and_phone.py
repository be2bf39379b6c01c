import pytest

from clinic.kernel.errors import Invalid
from clinic.kernel.phone import NotATextablePhone, for_reading, to_e164
from clinic.kernel.text import UnseenCharacter, clean_line, clean_note, like_escaped, search_key


@pytest.mark.parametrize(
    ("typed", "kept"), [("  Ana   María ", "Ana María"), ("Jose\u0301", "José"), ("O'Neil-Diaz", "O'Neil-Diaz")]
)
def test_a_line_is_kept_in_one_normal_form(typed: str, kept: str):
    assert clean_line(typed) == kept


@pytest.mark.parametrize(
    "hidden", ["\x00", "\x07", "\t", "\n", "\u202e", "\u200b", "\u2066", "\ufeff", "\u2028", "\x85"]
)
def test_a_hidden_character_in_a_line_is_refused(hidden: str):
    with pytest.raises(UnseenCharacter) as refused:
        clean_line(f"An{hidden}a", field="name")
    assert refused.value.field == "name"


def test_a_note_keeps_its_lines_and_nothing_hidden():
    assert clean_note("one\r\ntwo\rthree\tfour ") == "one\ntwo\nthree four"
    with pytest.raises(Invalid):
        clean_note("one\u202etwo")


def test_search_finds_names_without_accents():
    assert search_key("Núñez", None, "José") == "nunez jose"
    assert like_escaped("50%_\\") == "50\\%\\_\\\\"


@pytest.mark.parametrize("typed", ["(305) 555-0123", "305.555.0123", "+1 305 555 0123", "1-305-555-0123", "3055550123"])
def test_a_us_number_is_read_however_it_is_typed(typed: str):
    assert to_e164(typed) == "+13055550123"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "12345",
        "305 555 012",
        "+44 20 7946 0958",
        "800 234 5678",
        "900 234 5678",
        "305 155 0123 x9",
        "abc",
        "8005550123",
    ],
)
def test_a_number_that_cannot_get_texts_is_refused_with_what_to_do(typed: str):
    with pytest.raises(NotATextablePhone) as refused:
        to_e164(typed)
    assert refused.value.message.endswith(".")


def test_a_number_is_shown_as_people_write_it():
    assert for_reading("+13055550123") == "(305) 555-0123"
