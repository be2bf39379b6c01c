"""What a text from a phone asks for: to stop, to start, for help, to confirm, to move, or something for a person.

The list of words and the duty to honor any reasonable wording: 47 CFR 64.1200(a)(10), in force since 2025-04-11.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a reply was understood as."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    CONFIRM = "confirm"
    MOVE = "move"
    OTHER = "other"


_STOP_WORDS = frozenset(
    ("stop", "stopall", "stopp", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt-out")
) | frozenset(
    ("alto", "parar", "pare", "parenlo", "basta", "cancelar", "cancele", "terminar", "fin", "detener", "baja")
)
_START_WORDS = frozenset(("start", "unstop", "empezar", "iniciar", "reanudar"))
_HELP_WORDS = frozenset(("help", "info", "ayuda"))
_CONFIRM_WORDS = frozenset(("1", "one", "yes", "y", "yep", "yeah", "ok", "okay", "confirm", "confirmed")) | frozenset(
    ("uno", "si", "sip", "confirmo", "confirmar", "confirmado")
)
_MOVE_WORDS = frozenset(("2", "two", "dos", "move", "reschedule", "r", "change", "cambiar", "cambio", "mover"))
_COURTESIES = frozenset(("please", "pls", "thanks", "thank", "you", "ok", "por", "favor", "gracias", "muchas"))

# Free wordings that a reasonable person reads as "do not text me any more".
_STOP_PHRASES = re.compile(
    r"\b(stop (texting|messaging|sending|contacting|all|these|this|the texts?|it|now)"
    r"|(do not|dont|don t) (text|message|contact|send)"
    r"|no (more|mas) (texts?|messages?|sms|mensajes|textos)"
    r"|remove me\b|take me off|leave me alone|unsubscribe|opt(ing)? ?out|opt me out"
    r"|(quit|end|cancel) (texting|messaging|texts?|messages|the texts)"
    r"|no (me )?(envien?|manden?|mande|envies|mandes|escriban?|quiero (mas )?(mensajes|textos))"
    r"|(dejen?|paren?) de (enviar|mandar|escribir|textear)\w*|ya no (quiero|envien|manden|escriban))"
)
_WORD = re.compile(r"[a-z0-9-]+")


def meaning_of(body: str) -> Meaning:
    """Return what a text asks for; accents, case, punctuation and courtesies do not matter."""
    words = _WORD.findall(_plain(body))
    asked = [word for word in words if word not in _COURTESIES] or words
    if _asks_to_stop(asked, " ".join(words)):
        return Meaning.STOP
    if len(asked) != 1:
        return _repeated(asked)
    return _single(asked[0])


def _asks_to_stop(asked: list[str], sentence: str) -> bool:
    if len(asked) == 1 and asked[0] in _STOP_WORDS:
        return True
    # "stop" itself, in a short text or shouted again and again, is an opt-out; in a long sentence a person reads it.
    is_short = len(asked) <= 3 and any(word in {"stop", "stopall", "alto", "optout", "opt-out"} for word in asked)  # noqa: PLR2004
    return is_short or bool(_STOP_PHRASES.search(sentence))


def _single(word: str) -> Meaning:
    """Read one word. `yes` confirms and never opts in, although the provider takes it for START."""
    for words, meaning in (
        (_START_WORDS, Meaning.START),
        (_HELP_WORDS, Meaning.HELP),
        (_CONFIRM_WORDS, Meaning.CONFIRM),
        (_MOVE_WORDS, Meaning.MOVE),
    ):
        if word in words:
            return meaning
    return Meaning.OTHER


def _repeated(asked: list[str]) -> Meaning:
    """Read `1 1` or `yes yes` like one; `1 2` and everything longer is for a person."""
    meanings = {_single(word) for word in asked}
    return meanings.pop() if len(meanings) == 1 else Meaning.OTHER


def _plain(body: str) -> str:
    folded = unicodedata.normalize("NFKD", body.casefold().replace("'", " ").replace("\u2019", " "))
    return "".join(symbol for symbol in folded if not unicodedata.combining(symbol))
