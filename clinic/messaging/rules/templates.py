"""The clinic's texts: package data by key and version, and how one is put into words."""

import json
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

from clinic.kernel.localtime import day_label, time_label
from clinic.messaging.errors import MissingVariable
from clinic.messaging.rules.kinds import BY_DAY, Category, OutsideWindow, Policy
from clinic.messaging.rules.versions import newest_of, version_in
from clinic.messaging.segments import Encoding, encoding_of, smart_encoded

PLAIN_VARIABLES = frozenset({"carrier", "code", "words"})
"""Variables that stand in the text as they are."""

_VARIABLE_OF = {"date": "starts_at", "time": "starts_at", "time2": "until"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One text in every language, with the rules for sending it.

    `about` is the kind of subject. The text is worth sending until the visit starts or for `valid_hours`. A text that
    waits for the morning is dropped unless it opens `margin_minutes` before the visit. `person_must_know`: a
    coordinator calls when it cannot be sent. `reaches_opted_out`: may answer a phone that said STOP. `asks` names the
    question that 1 and 2 answer. `is_session_day`: goes on the day of a visit at home, which has a cap of its own.
    `comes_first`: says how texts begin and end, so that it leaves before those due with it and takes no place of a day.
    `without_fluids` is the key of the text that stands in for this one where nobody may be told to drink.
    """

    key: str
    version: int
    category: Category
    lane: int
    policy: Policy
    about: str
    texts: Mapping[str, str]
    texts_without_link: Mapping[str, str] = field(default_factory=dict)
    when_outside_window: OutsideWindow | None = None
    margin_minutes: int = 0
    valid_hours: float | None = None
    is_valid_until_start: bool = False
    yields_to_cap: bool = False
    person_must_know: bool = False
    reaches_opted_out: bool = False
    asks: str | None = None
    is_session_day: bool = False
    comes_first: bool = False
    without_fluids: str | None = None

    @property
    def keeps_hours(self) -> bool:
        """Tell whether the text is sent by day only; answers and staff pages go at any hour."""
        return self.category in BY_DAY

    @property
    def needs_link(self) -> bool:
        """Tell whether it cannot be written without a link."""
        return not self.texts_without_link and any("{link}" in words for words in self.texts.values())

    def words(self, language: str, *, has_link: bool) -> str:
        """Return the words with their placeholders; English where a language has none."""
        chosen = self.texts if has_link or not self.texts_without_link else self.texts_without_link
        return chosen.get(language, chosen["en"])

    def expiry(self, due_at: datetime, starts_at: datetime | None) -> datetime:
        """Return the instant from which on the text is no longer worth sending."""
        if not self.is_valid_until_start:
            return due_at + timedelta(hours=self.valid_hours or 0)
        if starts_at is None:
            raise MissingVariable(f"{self.key} needs starts_at")
        return starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a text says about the clinic: its name, its telephone number in E.164, its public address without a path."""

    clinic: str
    phone: str
    site: str = ""


@cache
def all_templates() -> tuple[Template, ...]:
    """Return every version of every template of the package."""
    rows = json.loads(files("clinic.messaging").joinpath("data/templates.json").read_text(encoding="utf-8"))
    return tuple(_template(row) for row in rows)


@cache
def current(key: str) -> Template:
    """Return the newest version of a template, or raise UnknownTemplate."""
    return newest_of(all_templates(), key)


@cache
def version_of(key: str, version: int) -> Template:
    """Return the version that a message was planned with, or raise UnknownTemplate."""
    return version_in(all_templates(), key, version)


@cache
def keys_for_opted_out() -> frozenset[str]:
    """Return the keys of texts that answer a phone although it opted out."""
    return frozenset(template.key for template in all_templates() if template.reaches_opted_out)


@cache
def keys_that_come_first() -> frozenset[str]:
    """Return the keys of texts that leave before those due with them and take no place of a day."""
    return frozenset(template.key for template in all_templates() if template.comes_first)


@cache
def stand_ins() -> frozenset[str]:
    """Return the keys of texts that stand in for others where nobody may be told to drink."""
    return frozenset(template.without_fluids for template in all_templates() if template.without_fluids)


def _template(row: dict[str, Any]) -> Template:
    outside = row.pop("when_outside_window", None)
    return Template(
        category=Category(row.pop("category")),
        policy=Policy(row.pop("policy")),
        when_outside_window=OutsideWindow(outside) if outside else None,
        **row,
    )


def placeholders(words: str) -> frozenset[str]:
    """Return the names in braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(words) if name is not None)


def render(
    template: Template,
    *,
    variables: Mapping[str, str],
    language: str,
    zone: str,
    facts: Facts,
    link_url: str | None,
) -> str:
    """Return the text as it is handed to the provider: in the language and zone of the reader, GSM-7 if at all.

    `variables` holds `starts_at` (ISO 8601 with offset) where the words name a date or time, `until` for {time2}, and
    the other names as they are. Without a link of its own a text may lead to `page`, a path of our own site.
    """
    if link_url is None and "page" in variables:
        link_url = f"{facts.site}{variables['page']}"
    words = template.words(language, has_link=link_url is not None)
    wanted = placeholders(words)
    _require_all(template, wanted, variables, has_link=link_url is not None)
    values = {"clinic": facts.clinic, "phone": dashed(facts.phone), "link": link_url or ""}
    values |= {name: variables[name] for name in PLAIN_VARIABLES & variables.keys()}
    return textable(words.format(**values, **_times(wanted, variables, zone=zone, language=language)))


def missing_variables(wanted: Collection[str], variables: Collection[str], *, has_link: bool) -> list[str]:
    """Return what the words name and nobody provides: names of variables, and `link`."""
    needed = {_VARIABLE_OF.get(name, name) for name in wanted} - {"clinic", "phone", "link"}
    has_way = has_link or "page" in variables or "link" not in wanted
    return sorted(needed - set(variables)) + ([] if has_way else ["link"])


def _require_all(template: Template, wanted: Collection[str], variables: Mapping[str, str], *, has_link: bool) -> None:
    if missing := missing_variables(wanted, variables.keys(), has_link=has_link):
        raise MissingVariable(f"{template.key} needs {', '.join(missing)}")


def _times(wanted: Collection[str], variables: Mapping[str, str], *, zone: str, language: str) -> dict[str, str]:
    labels = {"date": day_label, "time": time_label, "time2": time_label}
    return {
        name: label(datetime.fromisoformat(variables[_VARIABLE_OF[name]]), zone, language=language)
        for name, label in labels.items()
        if name in wanted
    }


def dashed(e164: str) -> str:
    """Return `305-555-0100` for `+13055550100`: twelve characters that phones make tappable."""
    digits = e164.removeprefix("+1")
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"


def textable(body: str) -> str:
    """Return the text in GSM-7 where that is possible: look-alikes replaced, accents that it lacks (á, í) dropped."""
    return "".join(_letter(symbol) for symbol in smart_encoded(body))


def _letter(symbol: str) -> str:
    if encoding_of(symbol) is Encoding.GSM7:
        return symbol
    plain = "".join(part for part in unicodedata.normalize("NFKD", symbol) if not unicodedata.combining(part))
    return plain if plain and encoding_of(plain) is Encoding.GSM7 else symbol
