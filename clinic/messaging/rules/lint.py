"""What no text of the clinic may say, checked over every template by a test and before a new one is taken."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from clinic.messaging.rules.kinds import OutsideWindow
from clinic.messaging.rules.templates import Facts, Template, render, textable
from clinic.messaging.segments import Encoding, encoding_of, length_of, segments_of

LONGEST_CLINIC_NAME = 20
LONGEST_BASE_URL = 35
"""With a longer public address the English texts take a second segment; nothing else changes."""

MOST_SEGMENTS = {"en": 1, "es": 2}
ROOM = {"en": 160, "es": 306}
"""Letters of GSM-7 that so many segments hold."""

_KNOWN = frozenset({"clinic", "date", "time", "link", "phone"})
_TOKEN_LENGTH = 22

# A stranger may read the text over a shoulder: no condition, no treatment, no drug, in the words of both languages.
_CLINICAL = re.compile(
    r"\b(ketamin\w*|ketalar|spravato|esketamin\w*|dos(es?|ed|is|ages?|ing)|medic(ation|ine|amento|ina)\w*|meds"
    r"|\w+(azepam|azolam|oxetine|traline|codone|morphine)|\d+ ?m[gl]|prescri\w*|infusi\w*|ptsd|bipolar\w*|trauma\w*"
    r"|refills?|rx|drugs?|f[aá]rmaco\w*|droga\w*|treat(ment)?\w*|tratamiento\w*|therap\w*|terapia\w*|sessions?"
    r"|sesi[oó]n\w*|pharmac\w*|farmacia\w*|troches?|tableta\w*|lozenge\w*|depres\w*|anxi\w*|ansie\w*"
    r"|suicid\w*|psych\w*|psiqui\w*|mental\w*|blood pressure|presi[oó]n|controlled|controlad\w*|recetas?"
    r"|diagnos\w*|pain|dolor\w*)\b",
    re.IGNORECASE,
)
# Words by which the provider or a carrier opts a phone out or in: nobody may be led to answer with one.
_RESERVED = re.compile(
    r"\b(stopall|unsubscribe|cancel\w*|end|quit|revoke|opt ?out now|optout|yes|unstop|info|alto|parar|baja)\b",
    re.IGNORECASE,
)
_COMPLIANCE = re.compile(
    r"\b(Reply|Responda|or|o) (STOP to opt out|HELP for help|START to get texts again"
    r"|STOP para no recibir mensajes|HELP para recibir ayuda|START para volver a recibirlos)\b"
)
_KEYWORD = re.compile(
    r"\b(STOP|HELP|START)\b|\b(?i:reply|text|answer|send|responda|conteste|envie|escriba)\W+(?i:stop|help|start)\b"
)
_PRICE = re.compile(
    r"[$€£]|\b(usd|dollars?|d[oó]lares|cents?|prices?|precios?|cost[os]?|cuesta\w*|fees?)\b", re.IGNORECASE
)
_FOREIGN_LINK = re.compile(r"\bhttps?:\S*|\bwww\.\S*|\b[\w-]+\.[a-z]{2,}\b", re.IGNORECASE)
_NAME = re.compile(r"{(\w+)}")
_LINK_IN_WORDS = re.compile(r"\S{link}|{link}\S")
_NEVER = (
    (_CLINICAL, "it is a clinical word, and others can see a phone. Say \u201cvisit\u201d or \u201cdates\u201d."),
    (_RESERVED, "whoever answers with such a word opts out or in. Use other words, and 1 or 2 for replies."),
    (_PRICE, "a price has no place in a text. Send people to {link} or {phone} for it."),
    (_FOREIGN_LINK, "phones make it a link, and only {link} leads to our own pages."),
)


def faults(template: Template) -> list[str]:
    """Return what is wrong with a template, one line each; none for a good one."""
    found = [f"{template.key}: {fault}" for fault in _rule_faults(template)]
    for language, words in [*template.texts.items(), *template.texts_without_link.items()]:
        found += [f"{template.key} {language}: {fault}" for fault in word_faults(words)]
    for language, has_link in product(template.texts, (True, False)):
        found += [f"{template.key} {language}: {fault}" for fault in _size_faults(template, language, has_link)]
    return found


def word_faults(words: str, *, may_name: frozenset[str] = _KNOWN) -> Iterator[str]:
    """Yield what is wrong with the words of one text, each with what to do; `may_name` are the names for braces."""
    if not words.startswith("{clinic}: "):
        yield "Let it begin with \u201c{clinic}: \u201d, so that the reader knows at once who writes."
    yield from name_faults(words, may_name=may_name)
    if _LINK_IN_WORDS.search(words):
        yield "Put a space before and after {link}, or phones take other letters for a part of it."
    plain = unaccented(textable(_NAME.sub(" ", words)))
    for pattern, what_to_do in _NEVER:
        if match := pattern.search(plain):
            yield f"Take out \u201c{match[0]}\u201d: {what_to_do}"
    if _KEYWORD.search(_COMPLIANCE.sub("", plain)):
        yield (
            "Write STOP, HELP and START only as the shipped words do: \u201cReply STOP to opt out\u201d, "
            "\u201cResponda STOP para no recibir mensajes\u201d."
        )
    if strange := _not_gsm7(words):
        yield f"Take out \u201c{strange}\u201d: with it every text is sent in several parts."


def name_faults(words: str, *, may_name: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with the names in braces; with such a fault a text cannot even be put together."""
    for name in sorted(set(_NAME.findall(words)) - may_name):
        yield f"Take out {{{name}}}: this text can name {', '.join(f'{{{one}}}' for one in sorted(may_name))}."
    if set("{}") & set(_NAME.sub("", words)):
        yield "Use braces only around a name, as in {clinic}."


def unaccented(words: str) -> str:
    """Return words without accents, so that one spelling of a forbidden word finds them all."""
    parts = unicodedata.normalize("NFKD", words)
    return "".join(part for part in parts if not unicodedata.combining(part))


def _not_gsm7(words: str) -> str:
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


def _size_faults(template: Template, language: str, has_link: bool) -> Iterator[str]:  # noqa: FBT001 - from a product
    if template.needs_link and not has_link:
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
        over = max(1, self.length - self.room)
        return (
            f"Shorten it by {over} character{'s' if over > 1 else ''}: "
            f"with long names and dates it takes {self.length}, and may take {self.room}."
        )


def size_at_worst(template: Template, language: str, *, has_link: bool) -> Size:
    """Measure a text at its longest."""
    body = at_worst(template, language, has_link=has_link)
    return Size(
        length=length_of(body),
        room=ROOM[language],
        segments=segments_of(body),
        most_segments=MOST_SEGMENTS[language],
    )


def at_worst(template: Template, language: str, *, has_link: bool) -> str:
    """Return the text at its longest: longest names, a September date, twelve visits, a link of the longest address."""
    base = "https://" + "x" * (LONGEST_BASE_URL - len("https://"))
    return render(
        template,
        variables={"starts_at": "2026-09-30T15:30:00+00:00"},
        language=language,
        zone="America/New_York",
        facts=Facts(clinic="C" * LONGEST_CLINIC_NAME, phone="+13055550100"),
        link_url=f"{base}/v/{'x' * _TOKEN_LENGTH}" if has_link else None,
    )
