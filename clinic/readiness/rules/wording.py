"""What everybody reads of a gate: physicians in full, coordinators without anything clinical, the patient neutrally."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from clinic.people.rules import STATES
from clinic.readiness.rules.codes import GateCode
from clinic.readiness.rules.gates import Reason
from clinic.treatment.rules.legal import day_in_full

_ANY_PHYSICIAN = "the physician"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of a gate with names of values in braces, and where it comes from; `title` names it on pages."""

    title: str
    physician: str
    coordinator: str
    patient: Mapping[str, str]
    source: str


def wording(code: GateCode) -> Wording:
    """Return the words of a gate."""
    return _wordings()[code]


def for_physician(reason: Reason, *, physician: str | None = None) -> str:
    """Return the reason in full with the way out; `physician` is whose session it is."""
    said = wording(reason.code).physician.format_map(_words(reason) | {"physician": physician or _ANY_PHYSICIAN})
    return f"{said[:1].upper()}{said[1:]}"


def for_coordinator(reason: Reason) -> str:
    """Return what is to be done without anything clinical."""
    return wording(reason.code).coordinator.format_map(_words(reason))


def for_patient(reason: Reason, *, language: str) -> str:
    """Return what the patient can do, or that the clinic is at it, in `en` or `es`."""
    return wording(reason.code).patient[language]


@cache
def _wordings() -> Mapping[GateCode, Wording]:
    text = files("clinic.readiness").joinpath("data/gates.json").read_text(encoding="utf-8")
    return {GateCode(code): Wording(**written) for code, written in json.loads(text).items()}


def _words(reason: Reason) -> dict[str, str]:
    return {name: _value(name, value) for name, value in reason.values.items()}


def _value(name: str, value: str) -> str:
    if name.endswith("_on"):
        return day_in_full(date.fromisoformat(value))
    return STATES.get(value, value) if name == "state" else value
