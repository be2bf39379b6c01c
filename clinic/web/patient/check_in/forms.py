"""The boxes of a check-in: one question with its name beside it, or all of them on one page."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from flask_babel import lazy_gettext as _l
from pydantic import create_model

from clinic.monitoring.rules.asking import Part
from clinic.monitoring.rules.items import Given, Item, ItemKind
from clinic.web.frame.forms import DateParts, FormErrors, FormModel, Line, Note, Tick

ANSWER, DAY = "answer", "day"
_NAME = 8
_CHOSEN = frozenset({ItemKind.CHOICE, ItemKind.YES_NO})


class Layout(StrEnum):
    """How a patient likes to be asked."""

    ONE = "one"
    ALL = "all"


class LayoutForm(FormModel):
    """One question a screen, or all on one page."""

    layout: Layout


class OneAnswer(FormModel):
    """One answer, and which question it is to; a day has three boxes."""

    part: UUID
    item: Line
    answer: Note | None = None
    day: DateParts | None = None

    words: ClassVar[Mapping[str, Any]] = {
        ANSWER: _l("Answer this question, or leave it out for now."),
        DAY: _l("Enter month, day and year in numbers, like 3 12 2026."),
    }


class SendForm(FormModel):
    """Whether questions without an answer are left out on purpose."""

    leaves_out: Tick


class Page(FormModel):
    """All boxes of one page: those of a part begin with the part's name; `go` names the section whose button it was.

    `held` names the typed answers that the page showed, which alone an empty box takes back.
    """

    go: Line | None = None
    held: Note | None = None

    words: ClassVar[Mapping[str, Any]] = {"go": _l("Press one of the buttons on the page.")}


def page_form(parts: Iterable[Part]) -> type[Page]:
    """Return the form of one page with these parts, every question of theirs included."""
    boxes = {box_name(part, item): (_KIND[item.kind is ItemKind.DATE], None) for part, item in _all(parts)}
    return create_model("PageForm", __base__=Page, __module__=__name__, __doc__=Page.__doc__, **boxes)  # type: ignore[call-overload,no-any-return] # pydantic's own way to name fields


def typed_of(form: Page, parts: Iterable[Part], *, sent: Collection[str]) -> dict[UUID, dict[str, object]]:
    """Return part -> question -> what was typed, of what this page can speak for; an emptied box is None."""
    shown = _shown(sent, form.held or "")
    found: dict[UUID, dict[str, object]] = {}
    for part, item in _all(parts):
        typed = getattr(form, box_name(part, item))
        if typed is not None or box_name(part, item) in shown:
            found.setdefault(part.assessment_id, {})[item.key] = typed
    return found


def kept_of(form: FormErrors, parts: Iterable[Part]) -> dict[UUID, dict[str, object]]:
    """Return the same for a page of which some boxes could not be read, those left out."""
    shown = _shown(form.values, form.value("held"))
    found: dict[UUID, dict[str, object]] = {}
    for part, item in _all(parts):
        name = box_name(part, item)
        typed = _day(form, name) if item.kind is ItemKind.DATE else form.value(name)
        if name not in form.errors and (typed or name in shown):
            found.setdefault(part.assessment_id, {})[item.key] = typed or None
    return found


def held_by(parts: Iterable[Part]) -> str:
    """Return the names of the boxes that a page shows filled and that can be emptied; a choice never can."""
    typed = (box_name(part, item) for part, item in _all(parts) if item.key in part.given and item.kind not in _CHOSEN)
    return " ".join(typed)


def _shown(sent: Collection[str], held: str) -> frozenset[str]:
    """Return the boxes that the page showed filled and that came back.

    A page that was opened before the other tab answered shows an empty box, or none: it takes nothing back.
    """
    return frozenset(name for name in held.split() if name in sent or f"{name}_month" in sent)


def box_name(part: Part, item: Item) -> str:
    """Return the name of a question's box on one page."""
    return f"{section_name(part)}_{item.key}"


def section_name(part: Part) -> str:
    """Return the name of a part, for its boxes and its place on one page."""
    return f"p{part.assessment_id.hex[:_NAME]}"


def held(given: Given | None) -> str | date | None:
    """Return what a box holds for an answer."""
    if given is None:
        return None
    if given.value is not None:
        return f"{given.value.normalize():f}"
    return given.on or given.words


def _all(parts: Iterable[Part]) -> list[tuple[Part, Item]]:
    return [(part, item) for part in parts for item in part.instrument.items]


def _day(form: FormErrors, name: str) -> str:
    month, day, year = (form.value(f"{name}_{box}").strip() for box in ("month", "day", "year"))
    return f"{year}-{month:>02}-{day:>02}" if month or day or year else ""


_KIND = {True: DateParts | None, False: Note | None}
