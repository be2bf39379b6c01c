"""Whether a text sounds as if somebody may be in danger: phrases as versioned data, rather once too often.

A detector is a second pair of eyes and never the only one: every text is read by a person whatever this says.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.messaging.rules.spelling import words_of

_GAP = r"(?:\w+ ){0,3}?"


def suspects_danger(body: str) -> bool:
    """Tell whether the words may speak of danger to somebody; negations are not trusted."""
    sentence = " ".join(words_of(body))
    return any(each.search(sentence) for each in _patterns())


def phrases() -> list[str]:
    """Return every phrase of the list that is in force, as its data has it."""
    return [phrase for languages in _data()["phrases"].values() for listed in languages.values() for phrase in listed]


def version() -> int:
    """Return the number of the list that is in force."""
    return int(_data()["version"])


@cache
def _data() -> dict[str, Any]:
    """Return the list with its version and source, as the package ships it."""
    loaded: dict[str, Any] = json.loads(
        files("clinic.messaging").joinpath("data/danger.json").read_text(encoding="utf-8")
    )
    return loaded


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the phrases as expressions, by the hundred, so that a text is read in few passes."""
    known = sorted({_expression(phrase) for phrase in phrases()})
    return tuple(re.compile(rf"\b(?:{'|'.join(known[at : at + 100])})\b") for at in range(0, len(known), 100))


def _expression(phrase: str) -> str:
    parts = [_GAP if word == "..." else f"{_word(word)} " for word in phrase.split()]
    return "".join(parts).rstrip()


def _word(word: str) -> str:
    return rf"{re.escape(word[:-1])}\w*" if word.endswith("*") else re.escape(word)
