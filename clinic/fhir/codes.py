"""Codes of FHIR R4B that exports use; libraries check the shape of a resource only, so its codes are checked here."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from clinic.medication.rules.fhir_codes import VALID
from clinic.medication.rules.orders import Route
from clinic.monitoring.rules.items import ItemKind
from clinic.monitoring.rules.loinc import is_loinc

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
DEA = "urn:oid:2.16.840.1.113883.4.814"
ITEM_CONTROL = "http://hl7.org/fhir/questionnaire-item-control"
OWN = "urn:home-clinic"

_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
ORDINAL_VALUE = f"{_EXTENSION}ordinalValue"
LEAST_VALUE = f"{_EXTENSION}minValue"
MOST_VALUE = f"{_EXTENSION}maxValue"
MOST_PLACES = f"{_EXTENSION}maxDecimalPlaces"
UNIT = f"{_EXTENSION}questionnaire-unit"
CONTROL = f"{_EXTENSION}questionnaire-itemControl"

ITEM_TYPES: Mapping[ItemKind, str] = {
    ItemKind.CHOICE: "choice",
    ItemKind.YES_NO: "boolean",
    ItemKind.INTEGER: "integer",
    ItemKind.DECIMAL: "decimal",
    ItemKind.DATE: "date",
    ItemKind.TEXT: "text",
}
RESPONSE_STATUSES: Mapping[str, str] = {
    "waiting": "in-progress",
    "done": "completed",
    "missed": "stopped",
    "canceled": "stopped",
}
ROUTES: Mapping[Route, tuple[str, str]] = {
    Route.SUBLINGUAL: ("37839007", "Sublingual route"),
    Route.ORAL: ("26643006", "Oral route"),
}

_STATUS: Mapping[str, Collection[str]] = {
    "Questionnaire": {"draft", "active", "retired", "unknown"},
    "QuestionnaireResponse": {"in-progress", "completed", "amended", "entered-in-error", "stopped"},
    **{kind: VALID[f"{kind}.status"] for kind in ("MedicationRequest", "MedicationDispense", "SupplyDelivery")},
}
_ALLOWED: Mapping[str, Collection[str]] = {
    "intent": VALID["MedicationRequest.intent"],
    "type": {
        *("group", "display", "question", "boolean", "decimal", "integer", "date", "dateTime", "time", "string"),
        *("text", "url", "choice", "open-choice", "attachment", "reference", "quantity"),
    },
    "operator": {"exists", "=", "!=", ">", "<", ">=", "<="},
    "enableBehavior": {"all", "any"},
    "language": {"en", "es"},
}
_SYSTEMS = {LOINC, UCUM, SNOMED, DEA, ITEM_CONTROL}
_EXTENSIONS = {ORDINAL_VALUE, LEAST_VALUE, MOST_VALUE, MOST_PLACES, UNIT, CONTROL}
_CONTROLS = {"lower", "upper", "help"}
_ROUTE_CODES = {code for code, _ in ROUTES.values()}


class UnknownCode(Exception):
    """An export holds a code that FHIR R4B does not know; the message names it."""


def checked(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the resource, or raise UnknownCode for the first code in it that does not exist."""
    for fault in faults(resource):
        raise UnknownCode(fault)
    return resource


def faults(resource: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the codes of a resource, its types, statuses, systems and extensions."""
    kind = str(resource.get("resourceType"))
    if kind not in _STATUS:
        yield f"{kind!r} is no resource that is exported"
    elif resource.get("status") not in _STATUS[kind]:
        yield f"{resource.get('status')!r} is no status of a {kind}"
    yield from _inside(resource)


def _inside(node: Mapping[str, Any]) -> Iterator[str]:
    yield from _own(node)
    for value in node.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _inside(inner)


def _own(node: Mapping[str, Any]) -> Iterator[str]:
    for name, known in _ALLOWED.items():
        if name in node and node[name] not in known:
            yield f"{node[name]!r} is no {name}"
    if "url" in node and "resourceType" not in node and node["url"] not in _EXTENSIONS:
        yield f"{node['url']!r} is no extension that is used"
    if "system" in node:
        yield from _coding(str(node["system"]), str(node.get("code")))


def _coding(system: str, code: str) -> Iterator[str]:
    if system not in _SYSTEMS and not system.startswith(f"{OWN}:"):
        yield f"{system!r} is no system of codes that is used"
    if system == LOINC and not is_loinc(code) and not code.startswith("LA"):
        yield f"{code!r} is no LOINC code"
    if system == SNOMED and code not in _ROUTE_CODES:
        yield f"{code!r} is no code of a route"
    if system == ITEM_CONTROL and code not in _CONTROLS:
        yield f"{code!r} is no control of an item"
