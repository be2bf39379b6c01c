"""Whether a text asks to get no more texts: single words, free wording, misspellings, and what only sounds like it.

The list of words and the duty to honor any reasonable wording: 47 CFR 64.1200(a)(10), in force since 2025-04-11.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import cache

from clinic.messaging.rules.courtesies import COURTESIES


class Wish(StrEnum):
    """What a text says about texts: stop them, perhaps stop them, or nothing."""

    STOP = "stop"
    PERHAPS = "perhaps"
    NONE = "none"


_MISSPELT = frozenset(
    ("stpo", "sotp", "tsop", "sttop", "sstop", "stopp", "stoop", "stp", "sto", "stopo", "st0p", "stob", "stip", "srop")
) | frozenset(("dtop", "atop", "stopit", "stoptexting", "stopall", "stopplease", "stopnow", "unsuscribe", "unsubcribe"))
_STOP_WORDS = (
    _MISSPELT
    | frozenset(
        ("stop", "unsubscribe", "unsub", "cancel", "end", "quit", "revoke", "optout", "remove", "spam", "cease")
    )
    | frozenset(
        ("alto", "parar", "pare", "paren", "para", "parenlo", "basta", "cancelar", "cancele", "terminar", "termina")
    )
    | frozenset(("fin", "detener", "detenga", "detengase", "baja", "desuscribir", "suficiente", "enough"))
)
# In a text of a few words these are the order itself; others (`end`, `cancel`) may be about a visit there.
_SHORT = (_MISSPELT - {"atop", "sto"}) | {"stop", "alto", "optout", "unsubscribe", "basta"}
_FEW = 3

_TEXTS = (
    r"(?:texts?|texting|txts?|txting|messages?|messaging|msgs?|sms|reminders?|notifications?|alerts?"
    r"|mensajes?|textos?)"
)
_DAYS = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|tomorrows?|todays?|[0-9:]+ ?[ap]m)"
_BOOKED = r"(?:schedule|calendar|visit|appointment|appt|slot|wait)"
_VISITS = rf"(?:(?:of )?(?:(?:the |your |my |that )?(?:{_DAYS} )?{_BOOKED}|{_DAYS}))"
_WRITE = r"(?:text|txt|message|msg|contact|write|bother|send me (?:anything|stuff))"


def _any_of(*phrases: str) -> Callable[[], re.Pattern[str]]:
    """Return what compiles the phrases when the first text is read: most processes start without ever reading one."""
    return cache(lambda: re.compile(rf"\b(?:{'|'.join(phrases)})(?!\w)"))


# The word is there and says something else, or the very opposite: taken out before the rest is read.
_OTHERWISE = _any_of(
    r"(?:cant|cannot|can not|couldnt|wont|will not|doesnt|does not|didnt|did not|never|hasnt|isnt|wouldnt)"
    r"(?: \w+){0,2}? stop(?:ped|ping)?(?: \w+ing)?",
    r"(?:dont|do not|please dont|never) (?:stop|cancel|end|quit|unsubscribe)"
    rf"(?: (?:sending|the|my|these|me|it|{_TEXTS}))*",
    r"stop(?:ping|ped)? (?:by|at|in|over|off|near|for|to)\b(?: \w+){0,2}",
    r"(?:bus|truck|rest|pit|full|non|one|first|last|next|train|short) stop",
    r"stop(?:ping)? (?:taking|smoking|drinking|eating|using|bleeding|breathing|crying|coughing|vomiting|driving)",
    r"stop(?:ping)? (?:hurting|shaking|sweating|work\w*|exercis\w*|my (?!texts?|messages?)\w+)",
    r"(?:should|can|do|must|when|shall|may|could) (?:i|we|he|she) (?:\w+ )?stop",
    r"(?:why|when|how) (?:did|do|does|will) (?:you|it|they) stop",
    r"(?:did|do) you stop",
    r"no (?:puedo|puede|paro|para|pude) (?:de )?(?:parar|detener|dejar)?(?: de)?(?: \w+)?",
    r"no (?:pare|paren|cancele|cancelen|cancelar|detengan?)(?: de)?(?: \w+)?",
    r"para (?:que|el|la|los|las|mi|ti|cuando|manana|hoy|preguntar|confirmar|ver)",
)
_SENDING = r"(?:enviar\w*|mandar\w*|escribir\w*|textear\w*|molestar\w*|mensajes?|textos?)"
# Free wordings that a reasonable person reads as "do not text me any more".
_STOP_PHRASES = _any_of(
    r"(?:stop|stpo|quit|end|cancel|cease|discontinue|(?:turn|shut|switch) off) "
    r"(?:all |with |the |these |those |this |your |any |my |sending |getting |receiving |me )*"
    rf"(?:{_TEXTS}|contact(?:ing)?|sending|bothering|harassing|bugging|spamming|writing|calling and)",
    r"stop (?:all|these|those|this|it|now|that|everything|already|immediately|please|asap)$",
    r"stop (?:getting|receiving|sending)(?: me)?(?: all| any)?(?: of)? (?:these|those|them|this)",
    # "I do not write English" is no order, and "you never send reminders" is the opposite of one.
    rf"(?<!\bi )(?<!\bwe )(?:do not|dont|never|no longer) (?:ever )?{_WRITE}",
    rf"(?:do not|dont|never|no longer) (?:ever )?want (?:you )?(?:to )?(?:ever )?{_WRITE}",
    r"(?<!\byou )(?:do not|dont|never|no longer) (?:ever )?send (?:me )?"
    rf"(?:(?:any|more|these|this|the|anything|another) )*{_TEXTS}",
    r"(?:do not|dont|never|no longer) (?:want|need|wish|like)(?! to (?:miss|lose|forget|stop|change))"
    rf"(?: \w+){{0,4}}? {_TEXTS}(?! in (?:english|spanish))",
    rf"(?:do not|dont|never|no longer) (?:consent|agree) to(?: \w+){{0,3}}? {_TEXTS}",
    rf"no (?:more|mas)(?: \w+)? {_TEXTS}",
    r"no (?:more|mas|thanks no more)$",
    rf"enough (?:already )?(?:with )?(?:the )?{_TEXTS}",
    rf"no {_TEXTS}$",
    r"(?:not|no longer) interested(?! in (?:another|an?|moving|changing)\b)|no me interesan?",
    r"(?:remove|delete|erase|scratch|drop) (?:me|my (?:phone )?(?:number|name|cell|info))\b"
    rf"(?! a\b| an\b| from {_VISITS})",
    rf"take (?:me|this number|us) off\b(?! {_VISITS})",
    r"(?:lose|forget) (?:my|this) number|leave me alone|^(?:just )?go away",
    r"^(?:fuck|f|piss) off|(?:knock|cut|quit) it(?: off| out)?$|cease and desist",
    r"unsubscribe|unsuscribe|(?:revoke|withdraw) (?:my )?(?:consent|permission)",
    rf"(?:opt(?:ing)? ?(?:me )?out|optout|opted out)(?! of {_VISITS})",
    r"no (?:me |nos )?(?:envien?|envies|mandes?|manden?|escriban?|escribas?|contacten?|molesten?|texteen?)",
    r"no (?:me |nos )?(?:vuelvan? a )?(?:enviar(?:me)?|mandar(?:me)?|escribir(?:me)?)",
    rf"(?:ya )?no (?:quiero|deseo)(?: \w+){{0,2}}? {_TEXTS}",
    r"no quiero (?:que me|recibir)",
    rf"(?:dejen?|deja|paren?|para|pare|basta) (?:ya )?(?:de |con )?(?:los |sus |tantos )?{_SENDING}",
    r"dejar de recibir|(?:quitar|sacar|borrar)(?:me)? de (?:la|su|esta) lista",
    r"(?:borren?|eliminen?|quiten?|saquen?) (?:me|mi (?:numero|nombre|telefono))",
    r"borrenme|eliminenme|quitenme|saquenme|(?:dar(?:me)?|denme|deme) de baja",
    r"cancel(?:ar|en?) (?:los |mis |estos |la )?(?:mensajes?|textos?|suscripcion)",
)
_HINT = _any_of(
    r"stop(?:ped|ping|s)?|unsubscribe|opt out|alto|paren?|spam|annoying", rf"(?:too many|demasiados) {_TEXTS}"
)


def wish_of(words: Sequence[str]) -> Wish:
    """Return what these plain words (`words_of`) say about texts.

    `PERHAPS` changes nothing by itself: a person reads the text and decides.
    """
    sentence = " ".join(_joined(words))
    said = [word for word in sentence.split() if word not in COURTESIES]
    if (len(said) == 1 and said[0] in _STOP_WORDS) or _is_order(sentence):
        return Wish.STOP
    return Wish.PERHAPS if _HINT().search(sentence) else Wish.NONE


def _joined(words: Sequence[str]) -> Sequence[str]:
    """Read `S T O P` as one word."""
    return ["".join(words)] if len(words) > _FEW and all(len(word) == 1 for word in words) else words


def _is_order(sentence: str) -> bool:
    left = _OTHERWISE().sub(" | ", sentence)
    said = [word for word in left.split() if word not in COURTESIES]
    is_plain = left == sentence
    is_short = is_plain and len(said) <= _FEW and any(word in _SHORT for word in said)
    is_shouted = is_plain and bool(said) and set(said) <= _STOP_WORDS
    # "You" is courtesy after "thank", and turns an order into news: "you never send reminders".
    ordered = " ".join(word for word in left.split() if word == "you" or word not in COURTESIES)
    return is_short or is_shouted or bool(_STOP_PHRASES().search(left) or _STOP_PHRASES().search(ordered))
