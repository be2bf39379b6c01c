"""Questionnaires and responses that leave: their shape by the library, their codes by our own tables."""

import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from clinic.fhir.codes import UnknownCode, checked, faults
from clinic.fhir.questionnaire import questionnaire
from clinic.fhir.response import About, questionnaire_response
from clinic.monitoring.rules.answering import values_of
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Given, Item, ItemKind
from clinic.monitoring.rules.registry import newest, shipped
from clinic.monitoring.rules.scoring import scored

ALL = [(instrument, language) for instrument in shipped().values() for language in instrument.languages]
NAMES = [f"{instrument.key} {language}" for instrument, language in ALL]


def about(language: str = "en", state: str = "done") -> About:
    return About(
        response_id=UUID(int=1),
        patient_id=UUID(int=2),
        language=language,
        state=state,
        at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    )


def instrument(key: str) -> Instrument:
    found = newest(key)
    assert found is not None
    return found


def most(item: Item) -> Given:
    if item.kind is ItemKind.DATE:
        return Given(on=date(2026, 11, 20))
    return Given(value=item.highest)


def by_link(resource: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["linkId"]: item for item in resource["item"]}


@pytest.mark.parametrize(("instrument", "language"), ALL, ids=NAMES)
def test_every_instrument_leaves_as_a_questionnaire_in_each_of_its_languages(
    instrument: Instrument, language: str
) -> None:
    exported = questionnaire(instrument, language)
    Questionnaire.model_validate(exported)
    assert list(faults(exported)) == []
    items = by_link(exported)
    assert [link for link in items if not link.startswith(("score.", "lead"))] == [i.key for i in instrument.items]
    assert all(items[each.key]["text"] == each.text[language] for each in instrument.items)


@pytest.mark.parametrize(("instrument", "language"), ALL, ids=NAMES)
def test_every_possible_answer_leaves_as_a_response(instrument: Instrument, language: str) -> None:
    answers = {item.key: most(item) for item in instrument.items}
    scores = scored(instrument, values_of(answers))
    exported = questionnaire_response(instrument, answers, about=about(language), scores=scores)
    QuestionnaireResponse.model_validate(exported)
    assert list(faults(exported)) == []
    assert exported["questionnaire"] == f"{questionnaire(instrument, language)['url']}|{instrument.version}"
    assert [link for link in by_link(exported) if link.startswith("score.")] == [f"score.{one.name}" for one in scores]


def test_codes_of_panel_items_answers_and_total_are_named() -> None:
    exported = questionnaire(instrument("phq9"), "en")
    items = by_link(exported)
    assert exported["code"] == [{"system": "http://loinc.org", "code": "44249-1"}]
    assert items["q9"]["code"] == [{"system": "http://loinc.org", "code": "44260-8"}]
    assert items["q9"]["answerOption"][3]["valueCoding"] == {
        "system": "http://loinc.org",
        "code": "LA6571-9",
        "display": "Nearly every day",
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 3}],
    }
    assert (items["score.total"]["readOnly"], items["score.total"]["code"][0]["code"]) == (True, "44261-6")
    assert "No permission required" in exported["copyright"]


@pytest.mark.parametrize(
    ("key", "item", "clauses"),
    [
        ("c_ssrs", "q3", [{"question": "q2", "operator": "=", "answerBoolean": True}]),
        ("headache_month", "limited_days", [{"question": "days", "operator": ">=", "answerInteger": 1}]),
    ],
)
def test_questions_that_are_left_out_say_when_they_are_asked(key: str, item: str, clauses: list[object]) -> None:
    exported = by_link(questionnaire(instrument(key), "en"))[item]
    assert (exported["enableWhen"], exported["enableBehavior"]) == (clauses, "any")


def test_a_choice_is_asked_about_value_by_value() -> None:
    clauses = by_link(questionnaire(instrument("audit_c"), "en"))["q2"]["enableWhen"]
    assert [clause["answerCoding"]["code"] for clause in clauses] == ["1", "2", "3", "4"]


def test_a_scale_says_its_limits_its_unit_and_the_words_at_its_ends() -> None:
    pain = by_link(questionnaire(instrument("peg"), "en"))["pain"]
    assert [each["valueInteger"] for each in pain["extension"]] == [0, 10]
    assert [(inner["linkId"], inner["text"]) for inner in pain["item"]] == [
        ("pain.lower", "No pain"),
        ("pain.upper", "Pain as bad as you can imagine"),
    ]
    pulse = by_link(questionnaire(instrument("vitals"), "es"))["pulse"]
    assert pulse["extension"][-1]["valueCoding"] == {"system": "http://unitsofmeasure.org", "code": "/min"}


def test_answers_of_each_kind_keep_their_type_and_those_not_asked_stay_behind() -> None:
    answers = {
        "weight_kg": Given(value=Decimal("70.50")),
        "pulse": Given(value=Decimal("66.00")),
        "height_cm": Given(),
    }
    exported = by_link(questionnaire_response(instrument("vitals"), answers, about=about()))
    assert {link: item["answer"] for link, item in exported.items()} == {
        "weight_kg": [{"valueDecimal": 70.5}],
        "pulse": [{"valueInteger": 66}],
    }
    used = {"kratom": Given(value=Decimal(0)), "kratom_last": Given(on=date(2026, 11, 1))}
    assert list(by_link(questionnaire_response(instrument("substances"), used, about=about()))) == ["kratom"]


def test_the_response_says_who_when_and_in_which_language() -> None:
    exported = questionnaire_response(instrument("mood"), {}, about=about("es"))
    assert exported == {
        "resourceType": "QuestionnaireResponse",
        "id": str(UUID(int=1)),
        "language": "es",
        "questionnaire": "urn:home-clinic:questionnaire:mood|1",
        "status": "completed",
        "subject": {"reference": f"Patient/{UUID(int=2)}"},
        "authored": "2026-11-23T15:00:00+00:00",
    }


@pytest.mark.parametrize(
    ("path", "bogus", "complaint"),
    [
        (("status",), "bogus", "no status of a Questionnaire"),
        (("resourceType",), "Survey", "no resource that is exported"),
        (("language",), "tlh", "no language"),
        (("item", 1, "type"), "nonsense", "no type"),
        (("item", 1, "code", 0, "code"), "44250-8", "no LOINC code"),
        (("item", 1, "code", 0, "system"), "http://loinc.example", "no system of codes"),
        (("item", 10, "enableBehavior"), "some", "no enableBehavior"),
        (("item", 10, "enableWhen", 0, "operator"), "=>", "no operator"),
        (("item", 1, "answerOption", 0, "valueCoding", "extension", 0, "url"), "http://x", "no extension"),
    ],
)
def test_a_code_that_does_not_exist_is_found_where_the_library_looks_away(
    path: tuple[str | int, ...], bogus: str, complaint: str
) -> None:
    exported: Any = copy.deepcopy(questionnaire(instrument("phq9"), "en"))
    node = exported
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = bogus
    with pytest.raises(UnknownCode, match=complaint):
        checked(exported)


def test_the_library_alone_would_let_a_bogus_status_pass() -> None:
    Questionnaire.model_validate(questionnaire(instrument("mood"), "en") | {"status": "bogus"})
