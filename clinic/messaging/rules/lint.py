"""What no text of the clinic may say, checked over every template by a test and before a new one is taken."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product

from clinic.messaging.rules.forbidden import (
    ASKED_FOR,
    CLINICAL,
    COMPLIANCE,
    DRINKING,
    EMERGENCY,
    FOREIGN_LINK,
    KEYWORD,
    PRICE,
    RESERVED,
    unaccented,
)
from clinic.messaging.rules.kinds import Category, OutsideWindow
from clinic.messaging.rules.templates import Facts, Template, all_templates, current, placeholders, render, textable
from clinic.messaging.segments import Encoding, encoding_of, length_of, segments_of

LONGEST_CLINIC_NAME = 20
LONGEST_BASE_URL = 35
"""With a longer public address the English texts take a second segment; nothing else changes."""

MOST_SEGMENTS = {"en": 1, "es": 2}
MOST_BY_HAND = 2
"""Segments that words may take which a person wrote, in whichever language."""

ROOM = {1: 160, 2: 306}
"""Letters of GSM-7 that so many segments hold."""

LONGEST_BY_HAND = ROOM[MOST_BY_HAND] - LONGEST_CLINIC_NAME - len(": ")

LONGEST_CARRIER = 10
LONGEST_CODE = 8

KNOWN_NAMES = frozenset({"clinic", "date", "time", "time2", "link", "phone", "carrier", "code", "words"})
_TOKEN_LENGTH = 22

_NAME = re.compile(r"{(\w+)}")
_LINK_IN_WORDS = re.compile(r"\S{link}|{link}\S")
# "Reply 1 to confirm, 2 to move it": from the verb to the end of the sentence.
_OFFER = re.compile(r"\b(?:reply|answer|responda|conteste)\b[^.{]*?\b\d+\b[^.{]*", re.IGNORECASE)
_ANSWERS = ["1", "2"]
_QUESTIONS = frozenset({"visit", "support_person", "offered_time"})
_IS_CLINICAL = "it is a clinical word, and others can see a phone. Say \u201cvisit\u201d or \u201cdates\u201d."
_NEVER_BY_HAND = (
    (CLINICAL, "it is a clinical word, and others can see a phone. Send a secure message for it."),
    (PRICE, "a price has no place in a text. Send a secure message for it."),
    (FOREIGN_LINK, "phones make it a link, and a text leads only to our own pages. Put a space after a period."),
)
_NOTHING = re.compile(r"(?!)")
BY_HAND = "STAFF_TEXT"
"""The text that carries what a person wrote."""

_LONGEST_TYPED = 1_600
_NEVER = (
    (RESERVED, "whoever answers with such a word opts out or in. Use other words, and 1 or 2 for replies."),
    (PRICE, "a price has no place in a text. Send people to {link} or {phone} for it."),
    (FOREIGN_LINK, "phones make it a link, and only {link} leads to our own pages."),
)


def faults(template: Template) -> list[str]:
    """Return what is wrong with a template, one line each; none for a good one."""
    found = [f"{template.key}: {fault}" for fault in (*_rule_faults(template), *_language_faults(template))]
    for language, words in [*template.texts.items(), *template.texts_without_link.items()]:
        found += [f"{template.key} {language}: {fault}" for fault in word_faults(words, of=template)]
    for language, has_link in product(template.texts, (True, False)):
        found += [f"{template.key} {language}: {fault}" for fault in _size_faults(template, language, has_link)]
    return found


def word_faults(words: str, *, may_name: frozenset[str] = KNOWN_NAMES, of: Template | None = None) -> Iterator[str]:
    """Yield what is wrong with the words of one text, each with what to do; `may_name` are the names for braces."""
    if not words.startswith("{clinic}: "):
        yield "Let it begin with \u201c{clinic}: \u201d, so that the reader knows at once who writes."
    yield from name_faults(words, may_name=may_name)
    if _LINK_IN_WORDS.search(words):
        yield "Put a space before and after {link}, or phones take other letters for a part of it."
    plain = unaccented(textable(_NAME.sub(" ", words)))
    yield from _forbidden(plain, of)
    if KEYWORD.search(COMPLIANCE.sub("", plain)):
        yield (
            "Write STOP, HELP and START only as the shipped words do: \u201cReply STOP to opt out\u201d, "
            "\u201cResponda STOP para no recibir mensajes\u201d."
        )
    if strange := not_gsm7(words):
        yield f"Take out \u201c{strange}\u201d: with it every text is sent in several parts."


def _forbidden(plain: str, of: Template | None) -> Iterator[str]:
    """Yield each kind of word that has no place there; an emergency may be named where a text is for safety."""
    is_for_safety = of is not None and of.category is Category.SAFETY
    if match := CLINICAL.search(EMERGENCY.sub(" ", plain) if is_for_safety else plain):
        yield f"Take out \u201c{match[0]}\u201d: {_IS_CLINICAL}"
    for pattern, what_to_do in _NEVER:
        if match := pattern.search(plain):
            yield f"Take out \u201c{match[0]}\u201d: {what_to_do}"
    match = DRINKING.search(plain)
    if match and of is not None and of.without_fluids is None:
        yield f"Take out \u201c{match[0]}\u201d: some readers may not drink as others do, and they get this text too."


def name_faults(words: str, *, may_name: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with the names in braces; with such a fault a text cannot even be put together."""
    for name in sorted(set(_NAME.findall(words)) - may_name):
        yield f"Take out {{{name}}}: this text can name {', '.join(f'{{{one}}}' for one in sorted(may_name))}."
    if set("{}") & set(_NAME.sub("", words)):
        yield "Use braces only around a name, as in {clinic}."


def offered_replies(words: str) -> list[str]:
    """Return the numbers that words offer as replies, in order: `1` and `2` for "Reply 1 to confirm, 2 to move it"."""
    offer = _OFFER.search(words)
    return sorted(set(re.findall(r"\b\d+\b", offer[0]))) if offer else []


def not_gsm7(words: str) -> str:
    """Return the first symbol that the alphabet of texts lacks and that nothing can stand in for, or nothing."""
    return next((symbol for symbol in textable(words) if encoding_of(symbol) is not Encoding.GSM7), "")


def _rule_faults(template: Template) -> Iterator[str]:
    if set(template.texts) != set(MOST_SEGMENTS):
        yield "is not there in every language"
    if template.keeps_hours and template.when_outside_window is None:
        yield "does not say what happens outside 08:00-20:00"
    if not template.keeps_hours and template.when_outside_window is not None:
        yield "leaves at any hour, so it has no rule for the night"
    if template.is_valid_until_start == (template.valid_hours is not None):
        yield "needs either valid_hours or is_valid_until_start"
    if template.when_outside_window is OutsideWindow.EARLIER and not template.is_valid_until_start:
        yield "can only be moved earlier when it is about a start"

    if template.category is Category.MARKETING and not all(
        COMPLIANCE.search(words) for words in template.texts.values()
    ):
        yield "does not say how such texts end"
    if template.asks is not None and template.asks not in _QUESTIONS:
        yield f"asks {template.asks!r}, and nothing knows that question"
    if template.without_fluids is not None and template.without_fluids not in {one.key for one in all_templates()}:
        yield f"has no text {template.without_fluids} to stand in for it"


def _language_faults(template: Template) -> Iterator[str]:
    """Yield what one language has and another lacks."""
    for texts in filter(None, (template.texts, template.texts_without_link)):
        if len({placeholders(words) for words in texts.values()}) > 1:
            yield "names other things in one language than in the other"
        if any(offered_replies(words) != (_ANSWERS if template.asks else []) for words in texts.values()):
            yield "must offer the replies 1 and 2 in each language where it asks, and none where it does not"
    for words in template.texts_without_link.values():
        if "{link}" in words or "{phone}" not in words:
            yield "must name {phone} and no {link} for readers who get no link"


def _size_faults(template: Template, language: str, has_link: bool) -> Iterator[str]:  # noqa: FBT001 - from a product
    is_written = not any(name_faults(template.words(language, has_link=has_link), may_name=KNOWN_NAMES))
    if (template.needs_link and not has_link) or not is_written:
        return
    size = size_at_worst(template, language, has_link=has_link)
    if size.is_too_long:
        yield size.what_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long a text is at its longest, in letters of its alphabet, how long it may be, and in how many segments."""

    length: int
    room: int
    segments: int
    most_segments: int

    @property
    def is_too_long(self) -> bool:
        """Tell whether it would be sent in more parts than its language may take."""
        return self.segments > self.most_segments

    @property
    def what_to_do(self) -> str:
        """Return the sentence for a text that is too long."""
        return f"{self._shorten}: with long names and dates it takes {self.length}, and may take {self.room}."

    @property
    def what_to_do_by_hand(self) -> str:
        """Return the sentence for words that are too long as they stand."""
        return f"{self._shorten}: it takes {self.length}, and may take {self.room}."

    @property
    def _shorten(self) -> str:
        over = max(1, self.length - self.room)
        return f"Shorten it by {over} character{'s' if over > 1 else ''}"


def size_at_worst(template: Template, language: str, *, has_link: bool) -> Size:
    """Measure a text at its longest."""
    is_by_hand = "words" in placeholders(template.texts[language])
    most = MOST_BY_HAND if is_by_hand else MOST_SEGMENTS[language]
    return size_of_body(at_worst(template, language, has_link=has_link), most=most)


def size_of_body(body: str, *, most: int) -> Size:
    """Measure a text as it stands, which may take `most` segments."""
    return Size(length=length_of(body), room=ROOM[most], segments=segments_of(body), most_segments=most)


_LONGEST_VARIABLES = {
    "starts_at": "2026-09-30T15:30:00+00:00",
    "until": "2026-09-30T16:30:00+00:00",
    "carrier": "C" * LONGEST_CARRIER,
    "code": "0" * LONGEST_CODE,
    "words": "w" * LONGEST_BY_HAND,
}


def at_worst(template: Template, language: str, *, has_link: bool) -> str:
    """Return the text at its longest: longest names, a September date, twelve visits, a link of the longest address."""
    base = "https://" + "x" * (LONGEST_BASE_URL - len("https://"))
    return render(
        template,
        variables=_LONGEST_VARIABLES,
        language=language,
        zone="America/New_York",
        facts=Facts(clinic="C" * LONGEST_CLINIC_NAME, phone="+13055550100"),
        link_url=f"{base}/v/{'x' * _TOKEN_LENGTH}" if has_link else None,
    )


def size_of_free_text(words: str, language: str, facts: Facts) -> Size:
    """Measure what somebody wrote as it leaves, with the clinic's name before it."""
    return size_of_body(_by_hand(words, language, facts), most=MOST_BY_HAND)


def faults_of_free_text(words: str, language: str, facts: Facts, *, names: Collection[str] = ()) -> list[str]:
    """Return what keeps somebody's own words out of a text, each with what to do; none when they may be sent.

    `names` are those of the reader, which no text may carry. Links to `facts.site` are ours; all others are refused.
    """
    if not words.strip():
        return ["Write the text."]
    if len(words) > _LONGEST_TYPED:
        return [f"This is too long. Use at most {LONGEST_BY_HAND} characters."]
    plain = unaccented(textable(_without_own_links(words, facts.site)))
    found = [*_forbidden_by_hand(plain), *_names_in(plain, names), *_braces_in(words)]
    if strange := not_gsm7(words):
        found.append(f"Take out \u201c{strange}\u201d: with it the text is sent in many parts.")
    size = size_of_free_text(words, language, facts)
    return [*found, size.what_to_do_by_hand] if size.is_too_long else found


def _by_hand(words: str, language: str, facts: Facts) -> str:
    variables = {"words": words}
    return render(current(BY_HAND), variables=variables, language=language, zone="UTC", facts=facts, link_url=None)


def _without_own_links(words: str, site: str) -> str:
    own = re.compile(rf"(?<!\S){re.escape(site)}(?:/[\w/.-]*)?(?![^\s,;!?)])") if site else _NOTHING
    return own.sub(" ", words)


def _forbidden_by_hand(plain: str) -> Iterator[str]:
    """Yield a sentence for every forbidden word, since who wrote it wants to mend all of them at once."""
    for pattern, what_to_do in _NEVER_BY_HAND:
        for word in dict.fromkeys(match[0] for match in pattern.finditer(plain)):
            yield f"Take out \u201c{word}\u201d: {what_to_do}"
    for match in ASKED_FOR.finditer(COMPLIANCE.sub(" ", plain)):
        word = match["asked"] or match["loud"]
        yield f"Take out \u201c{word}\u201d: whoever answers with it opts out or in. Ask in other words."
    for number in offered_replies(plain):
        yield f"Take out the reply {number}: nothing happens when somebody answers your words with a number."


def _names_in(plain: str, names: Collection[str]) -> Iterator[str]:
    for name in dict.fromkeys(unaccented(part) for full in names for part in full.split()):
        if len(name) > 1 and re.search(rf"\b{re.escape(name)}\b", plain, re.IGNORECASE):
            yield f"Take out \u201c{name}\u201d: others can see a phone, so a text names nobody."


def _braces_in(words: str) -> Iterator[str]:
    if set("{}") & set(words):
        yield "Write without braces: nothing is put in their place here."
