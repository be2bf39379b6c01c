"""How the clinic's texts read on their pages: what each is for, when it goes, and what changed from one to the next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from types import MappingProxyType

from clinic.messaging.queries import WordedText, Wording
from clinic.messaging.rules.editing import spots
from clinic.messaging.rules.kinds import OutsideWindow
from clinic.messaging.rules.templates import Template
from clinic.messaging.rules.wording import name_of
from clinic.web.admin.words import dated

PURPOSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "OPTIN_CONFIRM": ("Says that texts begin, and how they end.", "Goes after somebody agrees to texts."),
        "BOOK_CONFIRM": ("Tells the date of a visit.", "Goes after a visit is booked."),
        "BOOK_CHANGED": ("Tells the new date of a visit.", "Goes after a visit is moved."),
        "VISIT_CANCELED": ("Tells that a visit will not take place.", "Goes after a visit is canceled."),
        "VISIT_24H": ("Reminds of a visit and asks to confirm it.", "Goes the day before the visit."),
        "COURSE_BOOKED": ("Tells the dates of a course at once.", "Goes after the dates of a course are booked."),
        "COURSE_CHANGED": ("Tells that dates of a course are new.", "Goes after dates of a course are changed."),
        "COURSE_CANCELED": ("Tells that planned visits will not take place.", "Goes after a course is canceled."),
        "COURSE_OFFER": ("Asks somebody to choose dates.", "Goes when dates are offered."),
        "STOP_REPLY": ("Confirms that texts end.", "Answers STOP."),
        "HELP_REPLY": ("Says where help is to be had.", "Answers HELP."),
        "START_REPLY": ("Says that texts go on.", "Answers START."),
        "REPLY_THANKS": ("Thanks for confirming a visit.", "Answers 1 to a reminder."),
        "MOVE_REQUESTED": ("Leads to another time.", "Answers 2 to a reminder."),
        "NOTHING_WAITING": ("Says that no visit waits for an answer.", "Answers 1 or 2 when nothing was asked."),
        "UNKNOWN_INBOUND": ("Says that a person will read it.", "Answers words that the program does not know."),
    }
)
"""Key -> what a text is for, and when it goes."""

_HEADINGS = MappingProxyType(
    {
        "appointment": "Visits",
        "plan": "Courses of visits",
        "inbound_text": "Answers to what people text",
        "patient": "Agreeing to texts",
    }
)
_OTHERS = "More texts"
_BY_DAY = "From 8:00 AM to 8:00 PM by the reader\u2019s clock. What falls in the night "
_AT_NIGHT = MappingProxyType(
    {
        OutsideWindow.FIRST_THING: f"{_BY_DAY}goes first thing in the morning.",
        OutsideWindow.EARLIER: f"{_BY_DAY}goes out earlier.",
        OutsideWindow.DROP: f"{_BY_DAY}is not sent.",
    }
)
BRACES = MappingProxyType(
    {
        "clinic": "the clinic\u2019s name",
        "date": "the day",
        "link": "the reader\u2019s own link",
        "phone": "the clinic\u2019s phone number",
        "time": "the time, by the reader\u2019s clock",
    }
)
"""Name in braces -> what stands there when the text goes."""

_LANGUAGES = MappingProxyType({"en": "English", "es": "Spanish"})


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


def in_groups(texts: Sequence[WordedText]) -> list[tuple[str, list[WordedText]]]:
    """Return the texts under their headings."""
    groups: dict[str, list[WordedText]] = {heading: [] for heading in (*_HEADINGS.values(), _OTHERS)}
    for text in texts:
        groups[_HEADINGS.get(text.shipped.about, _OTHERS)].append(text)
    return [(heading, found) for heading, found in groups.items() if found]


def purpose_of(key: str) -> str:
    """Return in two sentences what a text is for and when it goes."""
    return " ".join(PURPOSES.get(key, (f"{name_of(key)}.",)))


def rules_in_words(template: Template) -> list[tuple[str, str]]:
    """Return what stays as it is when the words change."""
    at_night = template.when_outside_window
    return [
        ("Goes", _AT_NIGHT[at_night] if at_night else "At once, at any hour: somebody wrote and waits."),
        ("If it cannot be sent", "A coordinator is asked to call." if template.person_must_know else "It is left out."),
        ("After STOP", "Still sent." if template.reaches_opted_out else "Not sent."),
    ]


def spot_labels(template: Template) -> dict[str, str]:
    """Return spot -> label: `English`, or `English, without a link`."""
    return {
        spot.name: _LANGUAGES[spot.language] + ("" if spot.has_link else ", for readers without a link")
        for spot in spots(template)
    }


def history(wordings: Sequence[Wording], *, labels: Mapping[str, str], zone: str) -> list[Version]:
    """Return every wording, the newest first, each with its differences from the one before."""
    pairs = zip(wordings, [*wordings[1:], None], strict=True)
    return [_version(wording, before, labels=labels, zone=zone) for wording, before in pairs]


def _version(wording: Wording, before: Wording | None, *, labels: Mapping[str, str], zone: str) -> Version:
    title = f"Version {wording.number}" if wording.number else "As it came"
    return Version(
        title=f"{title}: the shipped words again" if wording.is_shipped and wording.number else title,
        when=dated(wording.at, zone) if wording.at else "",
        who=wording.who,
        reason=wording.reason,
        differences=_differences(before.words, wording.words, labels) if before else [],
        words=[(labels[name], words) for name, words in wording.words.items() if name in labels],
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
