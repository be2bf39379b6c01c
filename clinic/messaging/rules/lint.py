"""What no text of the clinic may say, checked over every template by a test and before a new one is taken."""

import re
from collections.abc import Iterator
from itertools import product

from clinic.messaging.rules.kinds import OutsideWindow
from clinic.messaging.rules.templates import Facts, Template, placeholders, render
from clinic.messaging.segments import Encoding, encoding_of, segments_of

LONGEST_CLINIC_NAME = 20
LONGEST_BASE_URL = 35
"""With a longer public address the English texts take a second segment; nothing else changes."""

MOST_SEGMENTS = {"en": 1, "es": 2}

_KNOWN = frozenset({"clinic", "date", "time", "link", "phone"})
_TOKEN_LENGTH = 22

# A stranger may read the text over a shoulder: no condition, no treatment, no drug, in the words of both languages.
_CLINICAL = re.compile(
    r"\b(ketamin\w*|ketalar|spravato|esketamin\w*|dos(e|es|is|age)|medic(ation|ine|amento|ina)\w*|prescri\w*"
    r"|refills?|rx|drugs?|f[aá]rmaco\w*|droga\w*|treatment\w*|tratamiento\w*|therap\w*|terapia\w*|sessions?"
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
_COMPLIANCE = re.compile(r"\b(Reply|Responda|or|o) (STOP|HELP|START)\b")
_KEYWORD = re.compile(r"\b(STOP|HELP|START)\b")
_PRICE = re.compile(r"[$€£]|\b(usd|dollars?|d[oó]lares|cents?|price|precio|cost[os]?)\b", re.IGNORECASE)
_FOREIGN_LINK = re.compile(r"https?:|www\.|\b[\w-]+\.(com|org|net|io|co|me|ly|us|gov|example)\b", re.IGNORECASE)


def faults(template: Template) -> list[str]:
    """Return what is wrong with a template, one line each; none for a good one."""
    found = [f"{template.key}: {fault}" for fault in _rule_faults(template)]
    for language, words in [*template.texts.items(), *template.texts_without_link.items()]:
        found += [f"{template.key} {language}: {fault}" for fault in word_faults(words)]
    for language, has_link in product(template.texts, (True, False)):
        found += [f"{template.key} {language}: {fault}" for fault in _size_faults(template, language, has_link)]
    return found


def word_faults(words: str) -> Iterator[str]:
    """Yield what is wrong with the words of one text."""
    if not words.startswith("{clinic}: "):
        yield "does not begin with the clinic's name"
    for name in sorted(placeholders(words) - _KNOWN):
        yield f"names {name}, which no text may hold"
    plain = re.sub(r"{\w+}", "", words)
    for pattern, what in (
        (_CLINICAL, "has a clinical word"),
        (_RESERVED, "has a word that opts out or in"),
        (_PRICE, "has a price"),
        (_FOREIGN_LINK, "has a link that is not ours"),
    ):
        if match := pattern.search(plain):
            yield f"{what}: {match[0]}"
    if _KEYWORD.search(_COMPLIANCE.sub("", plain)):
        yield "uses STOP, HELP or START other than to explain them"


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
    body = at_worst(template, language, has_link=has_link)
    if encoding_of(body) is not Encoding.GSM7:
        yield "is not GSM-7"
    if segments_of(body) > MOST_SEGMENTS[language]:
        yield f"takes {segments_of(body)} segments at worst ({len(body)} characters)"


def at_worst(template: Template, language: str, *, has_link: bool) -> str:
    """Return the text at its longest: longest names, a September date, a link of the longest address."""
    base = "https://" + "x" * (LONGEST_BASE_URL - len("https://"))
    return render(
        template,
        variables={"starts_at": "2026-09-30T15:30:00+00:00"},
        language=language,
        zone="America/New_York",
        facts=Facts(clinic="C" * LONGEST_CLINIC_NAME, phone="+13055550100"),
        link_url=f"{base}/v/{'x' * _TOKEN_LENGTH}" if has_link else None,
    )
