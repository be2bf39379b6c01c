"""How texts from phones are understood."""

import pytest

from clinic.messaging.rules.replies import Meaning, may_ask_to_stop, meaning_of, says_more_than_help
from clinic.messaging.rules.spelling import words_of
from tests.domains.messaging.opt_out_examples import FALSE_ALARMS, STOPS


@pytest.mark.parametrize("body", STOPS)
def test_every_reasonable_wording_stops(body: str) -> None:
    assert meaning_of(body) is Meaning.STOP


@pytest.mark.parametrize("body", FALSE_ALARMS)
def test_what_only_sounds_like_it_does_not_stop(body: str) -> None:
    assert meaning_of(body) is not Meaning.STOP


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len(STOPS) + len(FALSE_ALARMS) >= 120
    assert not set(STOPS) & set(FALSE_ALARMS)


@pytest.mark.parametrize("body", ["I can't stop coughing", "too many texts from you", "Is this spam?", "no paren"])
def test_a_doubtful_wish_is_pointed_out_to_the_person_who_reads(body: str) -> None:
    assert may_ask_to_stop(body)


@pytest.mark.parametrize("body", ["Can my sister join?", "1", "gracias"])
def test_an_ordinary_text_has_no_such_hint(body: str) -> None:
    assert not may_ask_to_stop(body)


@pytest.mark.parametrize(
    "body",
    [
        *(
            "1",
            "1.",
            " 1 ",
            "(1)",
            "#1",
            "1!",
            "one",
            "Uno",
            "uno gracias",
            "yes",
            "YES",
            "Yes please",
            "y",
            "Y!",
            "Yesss",
        ),
        *(
            "s\u00ed",
            "S\u00cd POR FAVOR",
            "Confirm",
            "1 1",
            "yes 1",
            "1 and thanks",
            "1, thank you",
            "option 1",
            "my answer is 1",
        ),
        *("1\ufe0f\u20e3", "\uff11", "\u2460", "1 ok", "1 \U0001f44d\U0001f3fd", "Yes \U0001f64f", "1 I will be there"),
        *("1, see you tomorrow", "s\u00ed, all\u00ed estar\u00e9", "opcion 1"),
    ],
)
def test_a_one_is_a_one_in_every_dress(body: str) -> None:
    assert meaning_of(body) is Meaning.CONFIRM


@pytest.mark.parametrize(
    "body", ["2", "2.", "two", "dos", "2 porfa", "2\ufe0f\u20e3", "ok 2", "option 2", "my answer is 2"]
)
def test_a_two_is_a_two(body: str) -> None:
    assert meaning_of(body) is Meaning.MOVE


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        *(
            (body, "okay")
            for body in ("ok", "Okay!", "\U0001f44d", "\U0001f44d\U0001f3fb\U0001f44d\U0001f3fb", "\u2705", "sure")
        ),
        *((body, "okay") for body in ("vale", "\U0001f44c", "ok thanks")),
        *(
            (body, "no")
            for body in ("no", "No, not yet", "nope", "todav\u00eda no", "a\u00fan no", "\U0001f44e", "\u274c")
        ),
        *((body, "reschedule") for body in ("R", "reschedule", "cambiar", "Move please")),
        *((body, "start") for body in ("START", "unstop", "please start", "empezar")),
        *((body, "help") for body in ("HELP", "ayuda", "help me", "Please help me!", "I need help", "INFO")),
        *(
            (body, "wrong_number")
            for body in ("wrong number", "You have the wrong number", "Se equivoc\u00f3 de n\u00famero")
        ),
        *((body, "wrong_number") for body in ("N\u00famero equivocado", "this isn't her number", "wrong person")),
    ],
)
def test_other_words_are_known_for_what_they_are(body: str, meaning: str) -> None:
    assert meaning_of(body) == meaning


@pytest.mark.parametrize(
    "body",
    [
        *(
            "",
            "   ",
            "1 2",
            "12",
            "9",
            "nine",
            "Yes, 2",
            "1 or 2?",
            "yes no",
            "\U0001f602",
            "\U0001f937",
            "?",
            "i am 1 hour late",
        ),
        *(
            "yes but can we do 3pm",
            "I need help with the link",
            "thanks",
            "start texting me",
            "I'll be there",
            "\u0394",
        ),
        *("Can you call me when you start", "1 visit or 2 visits", "x" * 1600),
    ],
)
def test_everything_else_is_for_a_person(body: str) -> None:
    assert meaning_of(body) is Meaning.OTHER


def test_who_writes_more_than_the_word_is_read_by_a_person_too() -> None:
    assert says_more_than_help("help me")
    assert not says_more_than_help(" HELP!! ")


def test_words_lose_what_keyboards_add_to_them() -> None:
    assert words_of("Don\u2019t  SToooooop, ni\u00f1o\u200b 1\ufe0f\u20e3 \U0001f44d\U0001f3ff") == [
        "dont",
        "stop",
        "nino",
        "1",
        "ok",
    ]
