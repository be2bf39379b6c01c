"""The instruments of the package, read and checked once: one that cannot be used ends the start."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from clinic.monitoring.errors import BrokenInstrument
from clinic.monitoring.rules.instruments import Instrument, Slot
from clinic.monitoring.rules.nodes import Node, parsed
from clinic.monitoring.rules.reading import read_instrument

Known = Mapping[tuple[str, int], Instrument]

_FOLDER = "data/instruments"
_SLOTS = "data/instrument_slots.json"


@cache
def shipped() -> Known:
    """Return the instruments of the package by key and version, or raise BrokenInstrument with the file and why."""
    folder = files("clinic.monitoring").joinpath(_FOLDER)
    named = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".json"))
    return registered((name, folder.joinpath(name).read_text(encoding="utf-8")) for name in named)


@cache
def slots() -> Mapping[str, Slot]:
    """Return the licensed instruments of which no text is shipped, by key, or raise BrokenInstrument."""
    text = files("clinic.monitoring").joinpath(_SLOTS).read_text(encoding="utf-8")
    nodes = parsed(text, "instrument_slots.json").each(called="slot")
    found: dict[str, Slot] = {}
    for slot in map(_slot, nodes):
        if slot.key in found:
            raise BrokenInstrument(f"instrument_slots.json: the slot {slot.key} stands there twice")
        found[slot.key] = slot
    return MappingProxyType(found)


def require_whole() -> None:
    """Raise BrokenInstrument unless every definition of the package can be used."""
    twice = {key for key, _ in shipped()} & slots().keys()
    if twice:
        raise BrokenInstrument(f"instrument_slots.json: {min(twice)} is a slot and has a definition too")


def newest(key: str) -> Instrument | None:
    """Return the newest version of a shipped instrument, if there is one with this key."""
    versions = [instrument for (found, _), instrument in shipped().items() if found == key]
    return max(versions, key=lambda instrument: instrument.version) if versions else None


def source_of(instrument: Instrument) -> dict[str, Any]:
    """Return the definition of a shipped instrument as it stands in its file, which has the name of its key."""
    text = files("clinic.monitoring").joinpath(_FOLDER, f"{instrument.key}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def registered(definitions: Iterable[tuple[str, str]]) -> Known:
    """Return instruments from names of files with their JSON, or raise BrokenInstrument."""
    found: dict[tuple[str, int], Instrument] = {}
    for name, text in definitions:
        instrument = read_instrument(text, name)
        where = instrument.key, instrument.version
        if where in found:
            raise BrokenInstrument(f"{name}: version {instrument.version} of {instrument.key} stands in another file")
        found[where] = instrument
    _require_asked(found)
    return MappingProxyType(found)


def _require_asked(found: Known) -> None:
    """Refuse an alarm that asks for an instrument which does not exist."""
    keys = {key for key, _ in found}
    for instrument in found.values():
        for alarm in instrument.alarms:
            if alarm.asks is not None and alarm.asks not in keys:
                raise BrokenInstrument(
                    f"{instrument.key}, alarm {alarm.code}: it asks for {alarm.asks!r}, which does not exist"
                )


def _slot(node: Node) -> Slot:
    node.require_only({"key", "name", "licence", "source", "scoring", "loinc"})
    return Slot(
        key=node["key"].key(),
        name=node["name"].text(),
        licence=node["licence"].text(),
        source=node["source"].text(),
        scoring=node["scoring"].text(),
        loinc=node["loinc"].text() if "loinc" in node else None,
    )
