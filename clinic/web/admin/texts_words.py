"""How the clinic's texts read on their pages: what each is for, when it goes, and what changed from one to the next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType

from clinic.messaging.queries import WordedText, Wording
from clinic.messaging.rules.backoff import RESENDS_AFTER_AMBIGUOUS
from clinic.messaging.rules.editing import spots
from clinic.messaging.rules.kinds import Category, OutsideWindow, Policy
from clinic.messaging.rules.plans import Plans, condition_of
from clinic.messaging.rules.templates import Template
from clinic.web.admin.texts_purposes import GROUPS, PURPOSES
from clinic.web.admin.words import dated

_MORE = "More texts"
SENT_ON_DEMAND = frozenset(
    {
        *("OPTIN_CONFIRM", "COURSE_BOOKED", "COURSE_CHANGED", "COURSE_CANCELED", "COURSE_OFFER", "STAFF_TEXT"),
        *("ON_CALL_PAGE", "STOP_REPLY", "HELP_REPLY", "START_REPLY", "CRISIS_REPLY", "REPLY_THANKS", "REPLY_LATE"),
        *("SLOT_OFFER", "SLOT_TAKEN", "SLOT_DECLINED", "SLOT_GONE", "LOGIN_CODE", "NEW_LINK"),
        *("MOVE_REQUESTED", "SITTER_THANKS", "SITTER_MISSING", "NOTHING_WAITING", "UNKNOWN_INBOUND", "AFTER_HOURS"),
    }
)
"""Texts that the program sends itself and that stand in no plan."""

_SAVED_FOR_LATER = "a part of the program that a later release brings"
_BY_DAY = "From 8:00 AM to 8:00 PM by the reader\u2019s clock. What falls in the night "
_AT_NIGHT = MappingProxyType(
    {
        OutsideWindow.FIRST_THING: f"{_BY_DAY}goes first thing in the morning.",
        OutsideWindow.EARLIER: f"{_BY_DAY}goes out earlier.",
        OutsideWindow.DROP: f"{_BY_DAY}is not sent.",
    }
)
_AT_ANY_HOUR = MappingProxyType(
    {
        Category.AUTO: "At once, at any hour: somebody wrote and waits.",
        Category.STAFF: "At once, at any hour: it calls a colleague.",
    }
)
_WHEN_UNSURE = MappingProxyType(
    {
        Policy.AT_LEAST_ONCE: f"It is sent again, at most {RESENDS_AFTER_AMBIGUOUS} times.",
        Policy.AT_MOST_ONCE: "It is not sent again.",
    }
)
_PER_DAY = "Counts: a few a day and no more."
_OTHER_WORDS = "They get the text without a word about drinking, which has an editor of its own."
BRACES = MappingProxyType(
    {
        "carrier": "who brings the package",
        "clinic": "the clinic\u2019s name",
        "code": "the one-time code",
        "date": "the day",
        "link": "the reader\u2019s own link",
        "phone": "the clinic\u2019s phone number",
        "time": "the time, by the reader\u2019s clock",
        "time2": "the second time, by the reader\u2019s clock",
        "words": "what one of us wrote",
    }
)
"""Name in braces -> what stands there when the text goes."""

_LANGUAGES = MappingProxyType({"en": "English", "es": "Spanish"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The texts of one occasion; `slug` is where the page jumps to."""

    heading: str
    slug: str
    texts: Sequence[WordedText]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a wording changed in one spot: pieces that are `same`, `out` or `in`."""

    label: str
    pieces: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One wording in the history of a text."""

    title: str
    when: str
    who: str
    reason: str
    differences: Sequence[Difference]
    words: Sequence[tuple[str, str]]


def in_groups(texts: Sequence[WordedText]) -> list[Group]:
    """Return the texts under their headings, in the order in which readers get them."""
    by_key = {text.shipped.key: text for text in texts}
    grouped = {key for keys in GROUPS.values() for key in keys}
    others = {_MORE: tuple(key for key in by_key if key not in grouped)}
    return [
        Group(heading=heading, slug=heading.lower().replace(" ", "-"), texts=found)
        for heading, keys in [*GROUPS.items(), *others.items()]
        if (found := [by_key[key] for key in keys if key in by_key])
    ]


def waits_for(key: str, plans: Plans) -> str | None:
    """Return what a text waits for that this release does not have yet, or None for one that is sent."""
    if key in SENT_ON_DEMAND:
        return None
    condition = condition_of(plans, key)
    return _SAVED_FOR_LATER if condition is None else plans.waits_for.get(condition)


def purpose_of(key: str) -> str:
    """Return in two sentences what a text is for and when it goes."""
    return " ".join(PURPOSES[key])


def rules_in_words(template: Template) -> list[tuple[str, str]]:
    """Return what stays as it is when the words change."""
    at_night = template.when_outside_window
    has_place = template.category is Category.SERVICE and not template.comes_first
    rules = [
        ("Goes", _AT_NIGHT[at_night] if at_night else _AT_ANY_HOUR[template.category]),
        ("If it cannot be sent", "A coordinator is asked to call." if template.person_must_know else "It is left out."),
        ("If nobody knows whether it left", _WHEN_UNSURE[template.policy]),
        ("After STOP", "Still sent." if template.reaches_opted_out else "Not sent."),
        ("Texts a day", _PER_DAY if has_place else "Does not count."),
    ]
    return [*rules, ("Who may not drink", _OTHER_WORDS)] if template.without_fluids else rules


def spot_labels(template: Template) -> dict[str, str]:
    """Return spot -> label: `English`, or `English, for readers without a link`."""
    return {spot.name: _label(spot.name) for spot in spots(template)}


def _label(spot_name: str) -> str:
    language, _, without_link = spot_name.partition("_")
    return _LANGUAGES[language] + (", for readers without a link" if without_link else "")


def history(wordings: Sequence[Wording], *, labels: Mapping[str, str], zone: str) -> list[Version]:
    """Return every wording, the newest first, each with its differences from the one before."""
    pairs = zip(wordings, [*wordings[1:], None], strict=True)
    return [_version(wording, before, labels=labels, zone=zone) for wording, before in pairs]


def _version(wording: Wording, before: Wording | None, *, labels: Mapping[str, str], zone: str) -> Version:
    edition = f", edition {wording.edition}" if wording.edition > 1 else ""
    title = f"Version {wording.number}" if wording.number else f"As it came{edition}"
    return Version(
        title=f"{title}: the shipped words again" if wording.is_shipped and wording.number else title,
        when=dated(wording.at, zone) if wording.at else "",
        who=wording.who,
        reason=wording.reason,
        differences=_differences(before.words, wording.words, labels) if before else [],
        words=[(_label(name), words) for name, words in wording.words.items()],
    )


def _differences(before: Mapping[str, str], after: Mapping[str, str], labels: Mapping[str, str]) -> list[Difference]:
    return [
        Difference(label=label, pieces=pieces_between(before.get(name, ""), after.get(name, "")))
        for name, label in labels.items()
        if before.get(name, "") != after.get(name, "")
    ]


def pieces_between(before: str, after: str) -> list[tuple[str, str]]:
    """Return the words of both in one row, marked `same`, `out` or `in`."""
    old, new = (re.findall(r"\s*\S+", words) for words in (before, after))
    pieces = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(("same", "".join(old[old_from:old_to])))
            continue
        pieces += [("out", "".join(old[old_from:old_to])), ("in", "".join(new[new_from:new_to]))]
    return [(mark, words) for mark, words in pieces if words]
