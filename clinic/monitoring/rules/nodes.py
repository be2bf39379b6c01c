"""Reading of JSON by hand: every value knows its place, so that a refusal can name it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from clinic.kernel.text import UnseenCharacter, clean_note
from clinic.monitoring.errors import BrokenInstrument

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_NAME = re.compile(r"[a-z0-9_]{1,40}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2}", re.ASCII)
_HALF = re.compile("[\ud800-\udfff]")
_LONGEST_WORDS = 4000
_LARGEST = 99999

Choice = TypeVar("Choice", bound=StrEnum)


def parsed(text: str, where: str) -> "Node":
    """Return JSON as a node; a name that stands twice in one object is refused, as is a number with an exponent."""
    try:
        raw = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, where), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BrokenInstrument(f"{where}: this is no JSON: {error}") from None
    return Node(raw, where)


def _once(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BrokenInstrument(f"{where}: the name {name[:40]!r} stands twice in one object")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


class Node:
    """A value of a definition with the place where it stands."""

    def __init__(self, raw: Any, where: str) -> None:  # noqa: ANN401 - JSON
        """Keep the value and its place."""
        self.raw = raw
        self.where = where

    def refuse(self, complaint: str) -> NoReturn:
        """Raise BrokenInstrument about this place."""
        raise BrokenInstrument(f"{self.where}: {complaint}")

    def require_only(self, known: Collection[str]) -> None:
        """Refuse anything but an object with known names."""
        if not isinstance(self.raw, Mapping):
            self.refuse("an object with names and values was expected")
        for name in sorted(map(str, self.raw.keys() - set(known))):
            self.refuse(f"there is nothing called {name[:40]!r} here")

    def __contains__(self, name: str) -> bool:
        return isinstance(self.raw, Mapping) and self.raw.get(name) is not None

    def __getitem__(self, name: str) -> "Node":
        if name not in self:
            self.refuse(f"{name!r} is missing")
        return Node(self.raw[name], f"{self.where}, {name}")

    def maybe(self, name: str) -> "Node | None":
        """Return what stands under a name, or None."""
        if name not in self:
            return None
        return self[name]

    def each(self, *, called: str) -> Iterator["Node"]:
        """Yield the nodes of a list that is not empty; an object with a key is named by it, others by number."""
        if not isinstance(self.raw, list) or not self.raw:
            self.refuse("a list with at least one entry was expected")
        for number, raw in enumerate(self.raw, start=1):
            key = raw.get("key", raw.get("name", number)) if isinstance(raw, Mapping) else number
            yield Node(raw, f"{self.where.removesuffix(', ' + called + 's')}, {called} {str(key)[:40]}")

    def pairs(self) -> Iterator[tuple[str, "Node"]]:
        """Yield the names of an object with their nodes."""
        if not isinstance(self.raw, Mapping):
            self.refuse("an object with names and values was expected")
        for name in self.raw:
            if not _NAME.fullmatch(str(name)):
                self.refuse(f"{str(name)[:40]!r} is no name; use small letters, digits and _")
            yield str(name), Node(self.raw[name], f"{self.where}, {str(name)[:40]}")

    def key(self) -> str:
        """Return a key in small letters."""
        if not isinstance(self.raw, str) or not _KEY.fullmatch(self.raw):
            self.refuse("a key has small letters, digits and _, begins with a letter and has at most 40 characters")
        return self.raw

    def keys(self) -> tuple[str, ...]:
        """Return a list of keys, none of them twice."""
        found = tuple(node.key() for node in self.each(called="entry"))
        if len(set(found)) != len(found):
            self.refuse("a key stands there twice")
        return found

    def text(self) -> str:
        """Return text that is not empty and holds no hidden character."""
        if not isinstance(self.raw, str) or not self.raw.strip() or len(self.raw) > _LONGEST_WORDS:
            self.refuse(f"words were expected, at most {_LONGEST_WORDS} characters")
        if _HALF.search(self.raw):
            self.refuse("this holds half a character; type it again instead of pasting")
        try:
            return clean_note(self.raw)
        except UnseenCharacter:
            self.refuse("this holds a hidden character; type it again instead of pasting")

    def words(self) -> dict[str, str]:
        """Return words by language."""
        found = {name: node.text() for name, node in self.pairs()}
        for name in found:
            if not _LANGUAGE.fullmatch(name):
                self.refuse(f'{name[:10]!r} is no language; write it as "en"')
        return found

    def integer(self, *, least: int = -_LARGEST, most: int = _LARGEST) -> int:
        """Return a whole number; yes, no and 1.0 are none."""
        if isinstance(self.raw, bool) or not isinstance(self.raw, int) or not least <= self.raw <= most:
            self.refuse(f"a whole number from {least} to {most} was expected")
        return self.raw

    def number(self) -> Decimal:
        """Return a whole number as the decimal that answers are."""
        return Decimal(self.integer())

    def flag(self) -> bool:
        """Return true or false; nothing else is one."""
        if not isinstance(self.raw, bool):
            self.refuse("true or false was expected")
        return self.raw

    def one_of(self, choices: type[Choice]) -> Choice:
        """Return the member of an enumeration."""
        if not isinstance(self.raw, str) or self.raw not in {str(each) for each in choices}:
            self.refuse(f"it is one of {', '.join(choices)}")
        return choices(self.raw)
