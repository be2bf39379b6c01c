"""Owners of phones who answer by themselves, each in one way that clinics meet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clinic.gateways.sms.simulator import Persona

_ASKS = re.compile(r"\b(Reply|Responda) 1\b")
_STOPS_AT = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """One text back, so many seconds after the question; a replayed one is reported to the clinic twice."""

    after: float
    body: str
    is_replayed: bool = False


_TO_QUESTIONS: Mapping[Persona, tuple[Answer, ...]] = MappingProxyType(
    {
        Persona.CONFIRMS: (Answer(180, "1"),),
        Persona.NINE: (Answer(20, "9"),),
        Persona.NINE_WORD: (Answer(20, "nine"),),
        Persona.EMOJI: (Answer(20, "\N{THUMBS UP SIGN}"),),
        Persona.TWO_AT_ONCE: (Answer(20, "1"), Answer(20, "2")),
        Persona.REPLAYS: (Answer(20, "1", is_replayed=True),),
    }
)


def answers_to(body: str, persona: Persona, *, number: int) -> tuple[Answer, ...]:
    """Return how a persona answers the text that is its `number`th, counted from 1."""
    if persona is Persona.STOPS_AT_4:
        return (Answer(20, "STOP"),) if number == _STOPS_AT else ()
    if not _ASKS.search(body):
        return ()
    if persona is Persona.GOES_SILENT:
        return (Answer(60, "1"),) if number == 1 else ()
    return _TO_QUESTIONS[persona]
