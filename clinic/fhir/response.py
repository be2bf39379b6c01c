"""The answers to an instrument as a FHIR R4B QuestionnaireResponse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.fhir.codes import RESPONSE_STATUSES, checked
from clinic.fhir.questionnaire import Json, canonical, coding, score_link
from clinic.monitoring.rules.answering import asked_items, values_of
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Given, Item, ItemKind
from clinic.monitoring.rules.scoring import Scored


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a response says besides the answers; `state` is the assessment's, `at` when it was finished."""

    response_id: UUID
    patient_id: UUID
    language: str
    state: str
    at: datetime


def questionnaire_response(
    instrument: Instrument, answers: Mapping[str, Given], *, about: About, scores: Sequence[Scored] = ()
) -> Json:
    """Return the QuestionnaireResponse with the answers to questions that were asked, in order, and the scores."""
    language = instrument.language_for(about.language)
    items = [*_answered(instrument, answers, language), *_scored(instrument, scores)]
    found: Json = {
        "resourceType": "QuestionnaireResponse",
        "id": str(about.response_id),
        "language": language,
        "questionnaire": f"{canonical(instrument)}|{instrument.version}",
        "status": RESPONSE_STATUSES[about.state],
        "subject": {"reference": f"Patient/{about.patient_id}"},
        "authored": about.at.isoformat(timespec="seconds"),
    }
    return checked(found | ({"item": items} if items else {}))


def _answered(instrument: Instrument, answers: Mapping[str, Given], language: str) -> Iterator[Json]:
    for item in asked_items(instrument, values_of(answers)):
        given = answers.get(item.key, Given())
        if given != Given():
            answer = _answer(instrument, item, given, language=language)
            yield {"linkId": item.key, "text": item.text[language], "answer": [answer]}


def _answer(instrument: Instrument, item: Item, given: Given, *, language: str) -> dict[str, Any]:
    if given.on is not None:
        return {"valueDate": given.on.isoformat()}
    if given.words is not None:
        return {"valueString": given.words}
    assert given.value is not None
    if item.kind is ItemKind.YES_NO:
        return {"valueBoolean": bool(given.value)}
    if item.kind is ItemKind.INTEGER:
        return {"valueInteger": int(given.value)}
    option = item.option(given.value)
    if option is None:
        return {"valueDecimal": float(given.value)}
    return {"valueCoding": coding(instrument, item, option, language=language)}


def _scored(instrument: Instrument, scores: Sequence[Scored]) -> Iterator[Json]:
    for one in scores:
        rule = instrument.score(one.name)
        if rule is not None:
            answer = {"valueDecimal": float(one.value)}
            yield {"linkId": score_link(one.name), "text": rule.title, "answer": [answer]}
