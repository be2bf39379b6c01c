"""Which texts give way when a day is full, in which order and how, as data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from clinic.messaging.rules.templates import all_templates


class Yielding(StrEnum):
    """What becomes of a text on a full day."""

    WAIT = "wait"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Place:
    """A text's place in the order of giving way: 0 gives way first."""

    rank: int
    then: Yielding


@cache
def order() -> Mapping[str, Place]:
    """Return the templates that give way, by key."""
    data = json.loads(files("clinic.messaging").joinpath("data/caps.json").read_text(encoding="utf-8"))
    return {row["template"]: Place(rank, Yielding(row["then"])) for rank, row in enumerate(data["order"])}


@cache
def keys_before(template_key: str) -> frozenset[str]:
    """Return the texts that a text gives way to although they are still to come that day: all that rank after it."""
    places = order()
    mine = places[template_key].rank
    return frozenset(
        template.key for template in all_templates() if template.key not in places or places[template.key].rank > mine
    )


@cache
def session_day_keys() -> frozenset[str]:
    """Return the texts that make a day one with a visit at home."""
    return frozenset(template.key for template in all_templates() if template.is_session_day)
