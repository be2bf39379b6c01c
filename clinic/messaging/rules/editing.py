"""What a clinic may change in a text: its words in each language, never when and to whom it goes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from clinic.messaging.rules.lint import Size, name_faults, offered_replies, size_at_worst, word_faults
from clinic.messaging.rules.templates import Template, placeholders

LONGEST_WORDS = 400
"""More than two segments hold, so that what is too long is measured and told, not cut off."""

_WITHOUT_LINK = "_without_link"
_MUST_STAY = {
    "911": "Keep 911: people in need look for it.",
    "988": "Keep 988: people in need look for it.",
    "STOP": "Keep STOP, in capitals: a text like this one has to say how texts end.",
    "HELP": "Keep HELP, in capitals: a text like this one has to say how to get help.",
    "START": "Keep START, in capitals: without it nobody knows how to get texts again.",
}
_CANNOT_MISS = {
    "{words}": "Put {words} back in: it is what somebody wrote.",
    "{code}": "Put {code} back in: nobody gets in without it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One place for words: a language, and for a few texts once more for readers who get no link."""

    name: str
    language: str
    has_link: bool


def spots(template: Template) -> tuple[Spot, ...]:
    """Return the places for words that a text has, English first."""
    plain = [Spot(name=language, language=language, has_link=True) for language in template.texts]
    others = [
        Spot(name=f"{language}{_WITHOUT_LINK}", language=language, has_link=False)
        for language in template.texts_without_link
    ]
    return (*plain, *others)


def words_of(template: Template) -> dict[str, str]:
    """Return the words of a text by the name of their spot."""
    return {spot.name: _source(template, spot)[spot.language] for spot in spots(template)}


def reworded(template: Template, words: Mapping[str, str] | None) -> Template:
    """Return the text with other words in the spots that are named, its rules unchanged; None leaves it as it is."""
    if words is None:
        return template
    own = {**words_of(template), **words}
    return replace(
        template,
        texts={spot.language: own[spot.name] for spot in spots(template) if spot.has_link},
        texts_without_link={spot.language: own[spot.name] for spot in spots(template) if not spot.has_link},
    )


def names_for(shipped: Template, spot: Spot) -> frozenset[str]:
    """Return the names that may stand in braces: those of the shipped words, in whichever language."""
    return frozenset({"clinic"}).union(*(placeholders(words) for words in _source(shipped, spot).values()))


def complaints(shipped: Template, words: Mapping[str, str]) -> dict[str, list[str]]:
    """Return spot -> what is wrong with its new words, each with what to do; empty when they may be used."""
    changed = reworded(shipped, {spot.name: words.get(spot.name, "") for spot in spots(shipped)})
    found = {spot.name: list(_complaints_at(shipped, changed, spot)) for spot in spots(shipped)}
    return {name: sentences for name, sentences in found.items() if sentences}


def size_of(shipped: Template, words: Mapping[str, str], spot: Spot) -> Size | None:
    """Measure new words at their longest; None where nothing or far too much is written, or an unknown name."""
    new = words.get(spot.name, "")
    is_written = len(new.strip()) > 0 and len(new) <= LONGEST_WORDS
    if not is_written or any(name_faults(new, may_name=names_for(shipped, spot))):
        return None
    return size_at_worst(reworded(shipped, words), spot.language, has_link=spot.has_link)


def _source(template: Template, spot: Spot) -> Mapping[str, str]:
    return template.texts if spot.has_link else template.texts_without_link


def _complaints_at(shipped: Template, changed: Template, spot: Spot) -> Iterator[str]:
    new, old = _source(changed, spot)[spot.language], _source(shipped, spot)[spot.language]
    if not new.strip():
        yield "Write the text."
        return
    if len(new) > LONGEST_WORDS:
        yield f"This is too long. Use at most {LONGEST_WORDS} characters."
        return
    may_name = names_for(shipped, spot)
    yield from word_faults(new, may_name=may_name, of=shipped)
    yield from _lost(old, new, spot)
    yield from _reply_faults(old, new)
    if any(name_faults(new, may_name=may_name)):
        return
    size = size_at_worst(changed, spot.language, has_link=spot.has_link)
    if size.is_too_long:
        yield size.what_to_do


def _lost(old: str, new: str, spot: Spot) -> Iterator[str]:
    """Tell what the shipped words have and the new ones need too."""
    if "{link}" in old and "{link}" not in new:
        yield "Put {link} back in: without it nobody gets to the page."
    if not spot.has_link and "{phone}" in old and "{phone}" not in new:
        yield "Put {phone} back in: who gets this text has no link to go on with."
    yield from (sentence for name, sentence in _CANNOT_MISS.items() if name in old and name not in new)
    for word, sentence in _MUST_STAY.items():
        if re.search(rf"\b{word}\b", old) and not re.search(rf"\b{word}\b", new):
            yield sentence


def _reply_faults(old: str, new: str) -> Iterator[str]:
    """Hold the replies to those that the program understands as answers to this text."""
    wanted, offered = offered_replies(old), offered_replies(new)
    if offered == wanted:
        return
    if not wanted:
        yield f"Take out the reply {offered[0]}: nothing would happen when somebody answers this text with it."
        return
    yield f"Offer the replies {' and '.join(wanted)} and no other number, in one sentence that begins with the verb."
