"""What a text from a phone asks for: to stop, to start, for help, to answer a question, or a person to read it."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from clinic.messaging.rules.courtesies import COURTESIES, FRAMES
from clinic.messaging.rules.optout import Wish, wish_of
from clinic.messaging.rules.spelling import words_of


class Meaning(StrEnum):
    """What a reply was understood as.

    `CONFIRM` is a 1 or a plain yes, `MOVE` a 2; `OKAY`, `NO` and `RESCHEDULE` are words that answer some questions and
    not others. `WRONG_NUMBER`: whoever reads our texts is not our patient.
    """

    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    MOVE = "move"
    OKAY = "okay"
    NO = "no"
    RESCHEDULE = "reschedule"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"


_WORDS: Mapping[Meaning, frozenset[str]] = {
    Meaning.START: frozenset(("start", "unstop", "empezar", "iniciar", "reanudar")),
    Meaning.HELP: frozenset(("help", "info", "ayuda", "ayudame", "ayudeme", "auxilio", "socorro")),
    Meaning.CONFIRM: frozenset(("1", "one", "yes", "y", "yep", "yeah", "yess", "yup", "ya", "confirm", "confirmed"))
    | frozenset(("uno", "una", "si", "sip", "sii", "confirmo", "confirmar", "confirmado", "confirmada")),
    Meaning.MOVE: frozenset(("2", "two", "dos")),
    Meaning.OKAY: frozenset(("ok", "okay", "k", "kk", "okey", "sure", "perfect", "great", "good", "correct"))
    | frozenset(("claro", "bueno", "bien", "perfecto", "vale", "listo", "dale")),
    Meaning.NO: frozenset(("no", "nope", "nah", "not", "yet", "todavia", "aun")),
    Meaning.RESCHEDULE: frozenset(("move", "reschedule", "r", "change", "cambiar", "cambio", "mover", "cambiarla")),
}
_MEANING_OF = {word: meaning for meaning, words in _WORDS.items() for word in words}
_BESIDE_HELP = frozenset(("me", "i", "need", "us", "necesito", "now", "ahora"))
_WILL_COME = re.compile(
    r"\b(?:(?:i will|ill|we will|well|ill definitely) be there|see you(?: all)?(?: then| there| soon| tomorrow)?"
    r"|(?:alli|ahi) (?:estare|estaremos)|nos vemos(?: manana)?)\b"
)
_WRONG_NUMBER = re.compile(
    r"\b(?:wrong (?:number|person|phone|contact)"
    r"|(?:not|isnt) (?:my|his|her|their|the right|the correct) (?:number|phone)"
    r"|not the (?:right )?(?:person|patient)|(?:dont|do not) know (?:who )?(?:this|you)\b.*\b(?:person|clinic|patient)"
    r"|numero equivocado|(?:se |te )?equivoc\w+ de (?:numero|persona)|no (?:soy|es) (?:esa|la) persona"
    r"|(?:no longer|not) (?:at )?this number|this is not (?:for me|his|her)|new phone who dis)\b"
)


def meaning_of(body: str, *, but_stop: bool = False) -> Meaning:
    """Return what a text asks for; accents, case, punctuation, courtesies and skin tones do not matter.

    With `but_stop` return what else a text says that asks for no more texts.
    """
    words = words_of(body)
    if not but_stop and wish_of(words) is Wish.STOP:
        return Meaning.STOP
    sentence = " ".join(words)
    if _WRONG_NUMBER.search(sentence):
        return Meaning.WRONG_NUMBER
    return _answer(_bare(sentence))


def may_ask_to_stop(body: str) -> bool:
    """Tell whether a text that we did not take for a STOP has words that a person should weigh."""
    return wish_of(words_of(body)) is Wish.PERHAPS


def says_more_than_help(body: str) -> bool:
    """Tell whether somebody wrote more than the word HELP, so that a person should read it too."""
    return len(words_of(body)) > 1


def _bare(sentence: str) -> list[str]:
    """Return the words of an answer without courtesies, "I will be there", and `option` before a digit."""
    come = _WILL_COME.sub(" ", sentence).split() or sentence.split()
    said = [word for word in come if word not in COURTESIES] or come
    has_digit = any(word in {"1", "2"} for word in said)
    return [word for word in said if word not in FRAMES] if has_digit else said


def _answer(said: Sequence[str]) -> Meaning:
    """Read the words that are left; `1 1` and `yes 1` are one answer, `1 2` and everything longer is for a person.

    `yes` confirms and never opts in, although the provider takes it for START.
    """
    if Meaning.HELP in {_MEANING_OF.get(word) for word in said} and _asks_for_help(said):
        return Meaning.HELP
    meanings = {_MEANING_OF.get(word, Meaning.OTHER) for word in said}
    if len(meanings) > 1:
        # "ok" beside an answer is a courtesy.
        meanings.discard(Meaning.OKAY)
    if len(said) > 1 and Meaning.START in meanings:
        return Meaning.OTHER
    return meanings.pop() if len(meanings) == 1 else Meaning.OTHER


def _asks_for_help(said: Sequence[str]) -> bool:
    return all(_MEANING_OF.get(word) is Meaning.HELP or word in _BESIDE_HELP for word in said)
