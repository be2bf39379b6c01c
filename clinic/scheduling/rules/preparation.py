"""How a patient prepares for a visit at home: the list of the package, in the reader's language."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_RESTRICTED = "fluid_restricted"
_AFTERWARDS = "afterwards"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some things to do under one heading."""

    title: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a patient reads: `times` are labels by the name of the time, `note` may be empty."""

    title: str
    lede: str
    times: Mapping[str, str]
    groups: tuple[Group, ...]
    note: str
    version: int


def preparation(language: str, *, is_fluid_restricted: bool, is_over: bool = False) -> Preparation:
    """Return the list in a language, English where it has none; after the visit only what comes then.

    With a fluid restriction nothing on it says to drink.
    """
    raw, restricted = _stored(), is_fluid_restricted
    groups = [one for one in raw["groups"] if not is_over or one["key"] == _AFTERWARDS]
    return Preparation(
        title=_in(raw["title"], language),
        lede=_in(raw["lede"], language),
        times={} if is_over else {one["time"]: _in(one, language) for one in raw["times"] if _is_for(one, restricted)},
        groups=tuple(_group(one, language, is_restricted=restricted) for one in groups),
        note=_in(raw["note"], language) if _is_for(raw["note"], restricted) else "",
        version=raw["version"],
    )


def _group(raw: Mapping[str, Any], language: str, *, is_restricted: bool) -> Group:
    items = (_in(one, language) for one in raw["items"] if _is_for(one, is_restricted))
    return Group(title=_in(raw, language), items=tuple(items))


def _is_for(raw: Mapping[str, Any], is_restricted: bool) -> bool:  # noqa: FBT001 - one fact, named in the call
    if raw.get("unless") == _RESTRICTED:
        return not is_restricted
    return is_restricted or raw.get("needs") != _RESTRICTED


def _in(raw: Mapping[str, Any], language: str) -> str:
    return str(raw.get(language, raw["en"]))


@cache
def _stored() -> dict[str, Any]:
    text = files("clinic.scheduling").joinpath("data/preparation.json").read_text(encoding="utf-8")
    stored: dict[str, Any] = json.loads(text)
    return stored
