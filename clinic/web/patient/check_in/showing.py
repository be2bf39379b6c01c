"""Questions as a page shows them: in the language they exist in, each with the box that fits its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.monitoring.errors import AnswerRefused
from clinic.monitoring.rules.asking import Part
from clinic.monitoring.rules.items import Given, Item, ItemKind, Words
from clinic.web.frame.display import day_text
from clinic.web.frame.language import language
from clinic.web.patient.check_in.forms import held, section_name

SCALE_AT_MOST = 11
"""A whole number out of so few is chosen from a row, not typed."""

_UNITS: dict[str, LazyString] = {"h": _l("hours"), "mm[Hg]": _l("mmHg")}
"""Units that the questions themselves do not name."""

_REFUSED: dict[str, LazyString] = {
    "choose": _l("Choose one of the answers."),
    "yes_no": _l("Choose yes or no."),
    "whole_number": _l("Enter a whole number in digits, like 3."),
    "number": _l("Enter a number in digits, like 36.5."),
    "too_many_decimals": _l("Enter the number with fewer digits after the point."),
    "day": _l("Enter month, day and year in numbers, like 3 12 2026."),
    "future": _l("That day is still to come. Enter the day it happened."),
    "words": _l("Write a few words."),
    "too_long": _l("This is too long. Write a little less."),
    "unseen": _l("This holds a hidden character. Type it again instead of pasting."),
}


@dataclass(frozen=True)
class Asked:
    """One question with its words."""

    part: Part
    item: Item

    @property
    def language(self) -> str:
        """Return the language in which its words exist."""
        return self.part.instrument.language_for(language())

    @property
    def text(self) -> str:
        """Return the question."""
        return said(self.item.text, self.language)

    @property
    def hint(self) -> str:
        """Return what helps to answer, or an empty string."""
        return said(self.item.hint, self.language)

    @property
    def ends(self) -> tuple[str, str] | None:
        """Return the words at the two ends of a scale."""
        low, high = said(self.item.low, self.language), said(self.item.high, self.language)
        return (low, high) if low and high else None

    @cached_property
    def look(self) -> str:
        """Return `rows`, `scale`, `number`, `day` or `words`."""
        kinds = {ItemKind.CHOICE: "rows", ItemKind.YES_NO: "rows", ItemKind.DATE: "day", ItemKind.TEXT: "words"}
        whole = self.item.kind is ItemKind.INTEGER
        return kinds.get(self.item.kind) or ("scale" if whole and self._span < SCALE_AT_MOST else "number")

    @property
    def _span(self) -> Decimal:
        return self.item.highest - self.item.lowest

    @property
    def options(self) -> list[tuple[str, str]]:
        """Return value and words of what can be chosen."""
        if self.item.kind is ItemKind.YES_NO:
            yes, no = (_("Yes"), _("No")) if self.language == language() else ("Yes", "No")
            return [("1", yes), ("0", no)]
        if self.look == "scale":
            return [(str(n), str(n)) for n in range(int(self.item.lowest), int(self.item.highest) + 1)]
        return [(str(one.value), said(one.text, self.language)) for one in self.item.options]

    @property
    def range(self) -> str | None:
        """Return which numbers can be typed."""
        if self.look != "number":
            return None
        limits = {"least": f"{self.item.lowest.normalize():f}", "most": f"{self.item.highest.normalize():f}"}
        return _("From %(least)s to %(most)s", **limits)

    @property
    def unit(self) -> str | None:
        """Return the unit in words, where the question does not name it."""
        return str(_UNITS[self.item.unit]) if self.item.unit in _UNITS else None

    def told(self, given: Given | None) -> str | None:
        """Return an answer as a person reads it."""
        kept = held(given)
        words = dict(self.options).get(str(kept)) if self.look in {"rows", "scale"} else None
        if kept is None or words:
            return words
        if isinstance(kept, date):
            return day_text(kept)
        return f"{kept} {self.unit}" if self.unit else str(kept)


@dataclass(frozen=True)
class Section:
    """One part of a check-in with its words."""

    part: Part

    @property
    def name(self) -> str:
        """Return the name of its place on a page."""
        return section_name(self.part)

    @property
    def title(self) -> str:
        """Return its heading, which exists in every language of the pages."""
        return said(self.part.instrument.title, language())

    @property
    def language(self) -> str:
        """Return the language in which its questions exist."""
        return self.part.instrument.language_for(language())

    @property
    def is_foreign(self) -> bool:
        """Tell whether its questions are in another language than the page."""
        return self.language != language()

    @property
    def lead(self) -> str:
        """Return what stands over its questions."""
        return said(self.part.instrument.lead, self.language)

    @property
    def copyright(self) -> str | None:
        """Return the line that its authors ask for."""
        return self.part.instrument.copyright

    @property
    def must_show_copyright(self) -> bool:
        """Tell whether the line is a claim that stands with every question, not thanks to who gave it freely."""
        return (self.copyright or "").startswith("©")

    @property
    def asked(self) -> list[Asked]:
        """Return its questions as the answers stand."""
        return [Asked(self.part, item) for item in self.part.asked]

    @property
    def answered(self) -> int:
        """Return how many of them have an answer."""
        return sum(item.key in self.part.given for item in self.part.asked)


def said(words: Words, wanted: str) -> str:
    """Return words in a language, else in English, else nothing."""
    return words.get(wanted) or words.get("en", "")


def refused(refusal: AnswerRefused) -> str:
    """Return why an answer was not taken, in the language of the page."""
    if refusal.reason == "out_of_range":
        return _("Enter a number from %(least)s to %(most)s.", **_limits(refusal))
    return str(_REFUSED.get(refusal.reason, _l("We cannot use this. Check it and try again.")))


def _limits(refusal: AnswerRefused) -> Mapping[str, str]:
    return {"least": f"{refusal.least or 0:f}", "most": f"{refusal.most or 0:f}"}
