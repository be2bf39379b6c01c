"""Every watched value of the town as something to look for, with whose it is."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from html import unescape
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.db import Base
from clinic.kernel.sealed import EncryptedText
from tests.web.generated.columns import COLUMNS
from tests.web.generated.town import Town

NOBODY = "the clinic"
_SHORT = 8
_ENOUGH = 15
_DIGITS_OF_A_PHONE = 10
_FOLD = re.compile(r"\r?\n[ \t]")
_PLANTED = re.compile(r"planted \S+ \S+ canary \w+")
_NUMBER = re.compile(r"\+1\d{10}")
_OWNERS = (
    "id", "patient_id", "recipient_id", "phone_id", "account_id", "subject_id", "appointment_id", "address_id",
    "physician_id", "message_id", "staff_id", "plan_id", "assessment_id", "check_in_id", "flag_id", "note_id",
    "taper_id", "prescription_id", "fill_id", "shipment_id", "lot_id", "subscription_id", "payment_id",
    "signature_id",
)  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    """Something to look for by its surroundings; `literal` stands in all of it and is quicker to look for."""

    literal: str
    compiled: re.Pattern[str]

    def is_in(self, text: str) -> bool:
        return self.literal in text and self.compiled.search(text) is not None


Needle = Pattern | str


@dataclass(frozen=True)
class Canary:
    """One value: whose, of which field, and how to find it in a text."""

    owner: str
    label: str
    needles: tuple[Needle, ...]
    stored: tuple[Needle, ...] = ()
    """How a sealed value looks in the database."""

    def is_in(self, text: "Shown") -> bool:
        return any(text.has(needle) for needle in (*self.needles, *self.stored))


class Shown:
    """A text made ready for searching: entities resolved, folded lines joined, small letters.

    `tight` has no spaces, because a secret may be shown in groups of letters.
    """

    def __init__(self, text: str) -> None:
        self.text = unescape(_FOLD.sub("", text)).casefold()
        self.digits = re.sub(r"\D", "", self.text)
        self.tight = "".join(self.text.split())

    @cached_property
    def beginnings(self) -> set[str]:
        """Every run of eight letters: what does not begin with one is not here, which is quicker to know."""
        return {self.tight[at : at + _SHORT] for at in range(len(self.tight))}

    def has(self, needle: Needle) -> bool:
        if isinstance(needle, Pattern):
            return needle.is_in(self.text)
        if needle.isdigit() and len(needle) == _DIGITS_OF_A_PHONE:
            return needle in self.digits
        begins = _beginning(needle)
        if begins is not None and begins not in self.beginnings:
            return False
        return needle in self.text or needle in self.tight


def _beginning(needle: Needle) -> str | None:
    """Return the letters without which a needle is nowhere, None where it is looked for in another way."""
    if isinstance(needle, Pattern) or (needle.isdigit() and len(needle) == _DIGITS_OF_A_PHONE):
        return None
    begins = "".join(needle.split())[:_SHORT]
    return begins if len(begins) == _SHORT else None


class Flock(tuple[Canary, ...]):  # noqa: SLOT001 - how they are arranged is kept
    """Canaries, arranged by how their needles begin: of thousands only a few can be in one text at all."""

    @cached_property
    def _arranged(self) -> tuple[dict[str, list[int]], list[int]]:
        by_beginning: dict[str, list[int]] = {}
        others = []
        for place, one in enumerate(self):
            begins = {_beginning(needle) for needle in (*one.needles, *one.stored)}
            if None in begins:
                others.append(place)
            for each in begins - {None}:
                by_beginning.setdefault(each, []).append(place)
        return by_beginning, others

    def seen_in(self, shown: Shown) -> Iterator[Canary]:
        """Give those that a text tells."""
        by_beginning, others = self._arranged
        begun = (place for each in shown.beginnings & by_beginning.keys() for place in by_beginning[each])
        for place in sorted({*others, *begun}):
            if self[place].is_in(shown):
                yield self[place]


def mapped(table: str) -> type[Base]:
    """Return the class of a table."""
    return next(one.class_ for one in Base.registry.mappers if one.local_table.name == table)


def sealed_of(model: type[Base]) -> dict[str, str]:
    """Return sealed column -> the attribute that reads it."""
    found = {}
    for name in dir(model):
        attribute = next((one.__dict__[name] for one in model.__mro__ if name in one.__dict__), None)
        if isinstance(attribute, EncryptedText):
            found[attribute.column] = name
    return found


def all_canaries(session: Session, town: Town) -> Flock:
    """Return one canary for each watched value in the database and each secret that only its owner holds."""
    found = [
        Canary(owner, what.replace(" ", "_"), (token.casefold(),)) for (owner, what), token in town.secrets.items()
    ]
    for table, columns in COLUMNS.items():
        if columns.watched:
            model = mapped(table)
            rows = list(session.scalars(select(model)))
            found += [one for row in rows for one in _of_row(row, columns.watched.split(), town)]
    return Flock(_a_few_of_each(found))


def _a_few_of_each(found: list[Canary]) -> list[Canary]:
    """Leave out what adds nothing: ten codes of a person are watched as well by two of them.

    What is said of two people in the same words tells of neither.
    """
    counts: Counter[tuple[str, str]] = Counter()
    owners: dict[tuple[Needle, ...], set[str]] = {}
    for one in found:
        owners.setdefault(one.needles, set()).add(one.owner)
    kept = []
    for one in found:
        if len(owners[one.needles]) > 1:
            continue
        counts[one.owner, one.label] += 1
        if counts[one.owner, one.label] <= _ENOUGH:
            kept.append(one)
    return kept


def told(canaries: Flock, text: str, *, but: frozenset[str] = frozenset()) -> set[str]:
    """Return whose and which values a text tells, those of some fields left out."""
    return {f"{one.owner} {one.label}" for one in canaries.seen_in(Shown(text)) if one.label not in but}


def _of_row(row: Base, watched: list[str], town: Town) -> Iterator[Canary]:
    table, sealed = row.__tablename__, sealed_of(type(row))
    for column in watched:
        value = getattr(row, column)
        if value in {None, ""}:
            continue
        needles, stored = tuple(_needles(value)), ()
        if column in sealed:
            needles, stored = tuple(_needles(getattr(row, sealed[column]))), needles
        yield Canary(owner_of(row, town), f"{table}.{column}", needles, stored)


def owner_of(row: Base, town: Town) -> str:
    """Return whose a row is, by the first of its ids that is known; the clinic's own if there is none."""
    ids = [getattr(row, name, None) for name in _OWNERS]
    return next((town.owner_of[one] for one in ids if isinstance(one, UUID) and one in town.owner_of), NOBODY)


def _needles(value: object) -> Iterator[Needle]:
    if isinstance(value, bytes):
        yield value.hex()
        yield base64.b64encode(value).decode().casefold()
        yield base64.urlsafe_b64encode(value).decode().rstrip("=").casefold()
    elif isinstance(value, date):
        yield from _looks(value)
    elif isinstance(value, Decimal):
        yield from _of_number(value)
    elif isinstance(value, str):
        yield from _of_text(value)
    else:
        raise TypeError(f"no way to look for a {type(value).__name__}")


def _of_text(value: str) -> Iterator[Needle]:
    planted = _PLANTED.search(value)
    if not any(map(str.isalnum, value)):
        return
    if planted:
        yield planted[0].casefold()
    elif _NUMBER.fullmatch(value):
        yield value.removeprefix("+1")
    elif len(value) < _SHORT:
        yield Pattern(value.casefold(), re.compile(rf"(?<![\w-]){re.escape(value.casefold())}(?![\w-])"))
    else:
        yield value.casefold()


def _of_number(value: Decimal) -> Iterator[Pattern]:
    """Give a number that nothing else on a page would be: one with a fraction, or rounded as people read it."""
    if value != int(value):
        number = str(value.normalize())
        yield Pattern(number, re.compile(rf"(?<![\d.]){re.escape(number)}(?!\d)"))


def _looks(day: date) -> Iterator[Needle]:
    """Give a day in every look that a page could give it; its year alone in a box or beside a month."""
    yield from (day.isoformat(), f"{day:%Y%m%d}", f"{day:%m/%d/%Y}", f"{day.month}/{day.day}/{day.year}")
    yield Pattern(f" {day.day}, {day.year}", re.compile(rf"\b{day:%b}\w*\.? {day.day}, {day.year}".casefold()))
    yield Pattern(f" {day.year}", re.compile(rf"\b{day.day} (de )?\w+ (de )?{day.year}\b"))
    yield f'value="{day.year}"'
