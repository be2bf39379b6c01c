"""Every watched value of the town as something to look for, with whose it is."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from html import unescape
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.db import Base
from clinic.kernel.sealed import EncryptedText
from tests.web.generated.field_policy import COLUMNS
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
    "taper_id",
)  # fmt: skip


@dataclass(frozen=True)
class Canary:
    """One value: whose, of which field, and how to find it in a text."""

    owner: str
    label: str
    needles: tuple[re.Pattern[str] | str, ...]

    def is_in(self, text: "Shown") -> bool:
        return any(text.has(needle) for needle in self.needles)


class Shown:
    """A text made ready for searching: entities resolved, folded lines joined, small letters.

    `tight` has no spaces, because a secret may be shown in groups of letters.
    """

    def __init__(self, text: str) -> None:
        self.text = unescape(_FOLD.sub("", text)).casefold()
        self.digits = re.sub(r"\D", "", self.text)
        self.tight = "".join(self.text.split())

    def has(self, needle: re.Pattern[str] | str) -> bool:
        if isinstance(needle, re.Pattern):
            return needle.search(self.text) is not None
        if needle.isdigit() and len(needle) == _DIGITS_OF_A_PHONE:
            return needle in self.digits
        return needle in self.text or needle in self.tight


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


def all_canaries(session: Session, town: Town) -> list[Canary]:
    """Return one canary for each watched value in the database and each secret that only its owner holds."""
    found = [
        Canary(owner, what.replace(" ", "_"), (token.casefold(),)) for (owner, what), token in town.secrets.items()
    ]
    for table, columns in COLUMNS.items():
        if columns.watched:
            model = mapped(table)
            rows = list(session.scalars(select(model)))
            found += [one for row in rows for one in _of_row(row, columns.watched.split(), town)]
    return _a_few_of_each(found)


def _a_few_of_each(found: list[Canary]) -> list[Canary]:
    """Leave out what adds nothing: ten codes of a person are watched as well by two of them.

    What is said of two people in the same words tells of neither.
    """
    counts: Counter[tuple[str, str]] = Counter()
    owners: dict[tuple[re.Pattern[str] | str, ...], set[str]] = {}
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


def told(canaries: list[Canary], text: str, *, but: frozenset[str] = frozenset()) -> set[str]:
    """Return whose and which values a text tells, those of some fields left out."""
    shown = Shown(text)
    return {f"{one.owner} {one.label}" for one in canaries if one.label not in but and one.is_in(shown)}


def _of_row(row: Base, watched: list[str], town: Town) -> Iterator[Canary]:
    table, sealed = row.__tablename__, sealed_of(type(row))
    for column in watched:
        value = getattr(row, column)
        if value in {None, ""}:
            continue
        needles = list(_needles(value))
        if column in sealed:
            needles += _needles(getattr(row, sealed[column]))
        yield Canary(owner_of(row, town), f"{table}.{column}", tuple(needles))


def owner_of(row: Base, town: Town) -> str:
    """Return whose a row is, by the first of its ids that is known; the clinic's own if there is none."""
    ids = [getattr(row, name, None) for name in _OWNERS]
    return next((town.owner_of[one] for one in ids if isinstance(one, UUID) and one in town.owner_of), NOBODY)


def _needles(value: object) -> Iterator[re.Pattern[str] | str]:
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


def _of_text(value: str) -> Iterator[re.Pattern[str] | str]:
    planted = _PLANTED.search(value)
    if planted:
        yield planted[0].casefold()
    elif _NUMBER.fullmatch(value):
        yield value.removeprefix("+1")
    elif len(value) < _SHORT:
        yield re.compile(rf"(?<![\w-]){re.escape(value.casefold())}(?![\w-])")
    else:
        yield value.casefold()


def _of_number(value: Decimal) -> Iterator[re.Pattern[str]]:
    """Give a number that nothing else on a page would be: one with a fraction, or rounded as people read it."""
    if value != int(value):
        yield re.compile(rf"(?<![\d.]){re.escape(str(value.normalize()))}(?!\d)")


def _looks(day: date) -> Iterator[re.Pattern[str] | str]:
    """Give a day in every look that a page could give it; its year alone in a box or beside a month."""
    yield from (day.isoformat(), f"{day:%Y%m%d}", f"{day:%m/%d/%Y}", f"{day.month}/{day.day}/{day.year}")
    yield re.compile(rf"\b{day:%b}\w*\.? {day.day}, {day.year}".casefold())
    yield re.compile(rf"\b{day.day} (de )?\w+ (de )?{day.year}\b")
    yield f'value="{day.year}"'
