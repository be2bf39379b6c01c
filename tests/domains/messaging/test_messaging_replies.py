"""How texts from phones are understood."""

import pytest

from clinic.messaging.rules.replies import Meaning, meaning_of


@pytest.mark.parametrize(
    "body",
    [
        *("STOP", "stop", "Stop!", "STOP.", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("ALTO", "Parar", "CANCELAR", "basta"),
        "stop please",
        "Please stop",
        "STOP STOP STOP",
        "  stop\n",
        "opt out",
        "Opt-out",
        "No more texts",
        "please stop texting me",
        "Don\u2019t text me",
        "do not contact me again",
        "remove me from this list",
        "take me off your list",
        "leave me alone",
        "Please cancel",
        "no más mensajes",
        "No me envíen más mensajes",
        "ya no quiero mensajes",
        "dejen de escribirme",
        "unsubscribe me",
    ],
)
def test_every_reasonable_wording_stops(body: str) -> None:
    assert meaning_of(body) is Meaning.STOP


@pytest.mark.parametrize(
    "body", ["1", "1.", " 1 ", "one", "Uno", "yes", "YES", "Yes please", "sí", "ok", "Confirm", "1 1"]
)
def test_a_one_confirms_and_so_do_words(body: str) -> None:
    assert meaning_of(body) is Meaning.CONFIRM


@pytest.mark.parametrize("body", ["2", "2.", "two", "dos", "R", "reschedule", "cambiar", "Move please"])
def test_a_two_asks_for_another_time(body: str) -> None:
    assert meaning_of(body) is Meaning.MOVE


@pytest.mark.parametrize(
    ("body", "meaning"), [("START", "start"), ("unstop", "start"), ("HELP", "help"), ("ayuda", "help")]
)
def test_the_providers_other_words_are_known(body: str, meaning: str) -> None:
    assert meaning_of(body) == meaning


@pytest.mark.parametrize(
    "body",
    [
        "",
        "1 2",
        "12",
        "9",
        "\U0001f44d",
        "Can I cancel my visit on Friday?",
        "I cannot stop at the store today, may I come at 5",
        "leave me a message at home",
        "no",
        "I need help with the link",
        "thanks",
        "The pain does not end",
        "Can you call me when you start",
    ],
)
def test_everything_else_is_for_a_person(body: str) -> None:
    assert meaning_of(body) is Meaning.OTHER
