"""An instrument as a FHIR R4B Questionnaire."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from clinic.fhir.codes import (
    CONTROL,
    ITEM_CONTROL,
    ITEM_TYPES,
    LEAST_VALUE,
    LOINC,
    MOST_PLACES,
    MOST_VALUE,
    ORDINAL_VALUE,
    OWN,
    UCUM,
    UNIT,
    checked,
)
from clinic.monitoring.rules.instruments import Instrument, ScoreRule
from clinic.monitoring.rules.items import Condition, Item, ItemKind, Option, Words

Json = dict[str, Any]


def questionnaire(instrument: Instrument, language: str) -> Json:
    """Return the Questionnaire in this language, or in the first one that the instrument has."""
    spoken = instrument.language_for(language)
    found: Json = {
        "resourceType": "Questionnaire",
        "id": f"{instrument.key.replace('_', '-')}-{instrument.version}",
        "language": spoken,
        "url": canonical(instrument),
        "version": str(instrument.version),
        "name": _machine_name(instrument),
        "title": instrument.name,
        "status": "active",
        "subjectType": ["Patient"],
        "purpose": instrument.source,
        "copyright": " ".join(filter(None, (instrument.copyright, instrument.licence))),
        "item": [*_lead(instrument, spoken), *_items(instrument, spoken), *map(_score, instrument.scores)],
    }
    if instrument.loinc:
        found["code"] = [{"system": LOINC, "code": instrument.loinc}]
    return checked(found)


def canonical(instrument: Instrument) -> str:
    """Return the name by which a response refers to its questionnaire, without the version."""
    return f"{OWN}:questionnaire:{instrument.key}"


def score_link(name: str) -> str:
    """Return the link id of a score among the items."""
    return f"score.{name}"


def coding(instrument: Instrument, item: Item, option: Option, *, language: str) -> Json:
    """Return an answer to choose: with its LOINC code, or with a code of the product's own, and its value."""
    ordinal = [{"url": ORDINAL_VALUE, "valueDecimal": option.value}]
    return {**_code(instrument, item, option), "display": option.text[language], "extension": ordinal}


def _code(instrument: Instrument, item: Item, option: Option) -> Json:
    if option.code:
        return {"system": LOINC, "code": option.code}
    return {"system": f"{OWN}:answer:{instrument.key}:{item.key}", "code": str(option.value)}


def _machine_name(instrument: Instrument) -> str:
    return "".join(part.capitalize() for part in instrument.key.split("_"))


def _lead(instrument: Instrument, language: str) -> Iterator[Json]:
    if instrument.lead:
        yield {"linkId": "lead", "text": instrument.lead[language], "type": "display"}


def _items(instrument: Instrument, language: str) -> Iterator[Json]:
    for item in instrument.items:
        found: Json = {
            "linkId": item.key,
            "text": item.text[language],
            "type": ITEM_TYPES[item.kind],
            "required": item.is_required,
        }
        if item.loinc:
            found["code"] = [{"system": LOINC, "code": item.loinc}]
        if item.options:
            options = [coding(instrument, item, option, language=language) for option in item.options]
            found["answerOption"] = [{"valueCoding": option} for option in options]
        if extensions := list(_extensions(item)):
            found["extension"] = extensions
        if beside := list(_beside(item, language)):
            found["item"] = beside
        if item.asked_if is not None:
            found["enableWhen"] = list(_clauses(instrument, item.asked_if))
            found["enableBehavior"] = "any"
        yield found


def _extensions(item: Item) -> Iterator[Json]:
    for url, limit in ((LEAST_VALUE, item.least), (MOST_VALUE, item.most)):
        if limit is not None:
            yield {"url": url, **_number(item, limit, of="value")}
    if item.places:
        yield {"url": MOST_PLACES, "valueInteger": item.places}
    if item.unit:
        yield {"url": UNIT, "valueCoding": {"system": UCUM, "code": item.unit}}


def _beside(item: Item, language: str) -> Iterator[Json]:
    """Yield the words at the ends of a scale and the hint, as displayed items inside the question."""
    found: Mapping[str, Words] = {"lower": item.low, "upper": item.high, "help": item.hint}
    for control, words in found.items():
        if words:
            shown = {"coding": [{"system": ITEM_CONTROL, "code": control}]}
            yield {
                "linkId": f"{item.key}.{control}",
                "extension": [{"url": CONTROL, "valueCodeableConcept": shown}],
                "text": words[language],
                "type": "display",
            }


def _clauses(instrument: Instrument, condition: Condition) -> Iterator[Json]:
    """Yield when a question is asked, any of them being enough; what is no range is spelled out value by value."""
    for key in condition.items:
        item = instrument.item(key)
        assert item is not None
        if item.kind in {ItemKind.INTEGER, ItemKind.DECIMAL} and condition.at_most is None:
            assert condition.at_least is not None
            yield {"question": key, "operator": ">=", **_number(item, condition.at_least, of="answer")}
            continue
        for answer in _answers(instrument, item, condition):
            yield {"question": key, "operator": "=", **answer}


def _answers(instrument: Instrument, item: Item, condition: Condition) -> Iterator[Json]:
    if item.kind is ItemKind.YES_NO:
        yield from ({"answerBoolean": bool(value)} for value in (0, 1) if condition.admits(Decimal(value)))
    elif item.kind is ItemKind.CHOICE:
        admitted = (option for option in item.options if condition.admits(Decimal(option.value)))
        yield from ({"answerCoding": _code(instrument, item, option)} for option in admitted)
    else:
        values = range(int(item.lowest), int(item.highest) + 1)
        yield from ({"answerInteger": value} for value in values if condition.admits(Decimal(value)))


def _number(item: Item, value: Decimal, *, of: str) -> Json:
    return {f"{of}Integer": int(value)} if item.kind is ItemKind.INTEGER else {f"{of}Decimal": float(value)}


def _score(rule: ScoreRule) -> Json:
    found: Json = {
        "linkId": score_link(rule.name),
        "text": rule.title,
        "type": "decimal",
        "required": False,
        "readOnly": True,
    }
    if rule.loinc:
        found["code"] = [{"system": LOINC, "code": rule.loinc}]
    return found
