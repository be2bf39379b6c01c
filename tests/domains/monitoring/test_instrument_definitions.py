"""Definitions of instruments: what is shipped is whole, and what cannot be used is refused with its place."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from clinic.monitoring.errors import BrokenInstrument
from clinic.monitoring.rules.items import ItemKind
from clinic.monitoring.rules.loinc import is_loinc
from clinic.monitoring.rules.reading import read_instrument
from clinic.monitoring.rules.registry import newest, registered, require_whole, shipped, slots

CODES = {
    "phq9": "44249-1 44261-6 44250-9 44255-8 44259-0 44254-1 44251-7 44258-2 44252-5 44253-3 44260-8 69722-7",
    "gad7": "69737-5 70274-6 69725-0 68509-9 69733-4 69734-2 69735-9 69689-8 69736-7 69722-7",
    "audit_c": "72109-2 75626-2 68518-0 68519-8 68520-6",
    "peg": "91148-7 91147-9 75893-8 91145-3 91146-1",
    "c_ssrs": "93373-9 93374-7 93246-7",
    "sds_ketamine": "",
    "lurn_si10": "",
    "drug_use": "",
}
"""The codes of panel, score and items of each instrument with others' wording, in this order."""

KEYS = {
    "craving": "now",
    "tolerance": "less_effect need_more",
    "withdrawal": "craving anxiety low_mood irritability restlessness poor_sleep nightmares fatigue poor_appetite "
    "shaking sweating palpitations headache poor_concentration started_within eased_after",
    "side_effects": "detachment unusual_perceptions anxiety confusion dizziness blurred_vision nausea vomiting "
    "headache palpitations sleepiness numbness unsteady breathing still_present tolerability dissociation",
    "side_effects_between": "fatigue poor_sleep low_mood irritability memory headache abdominal_pain yellowing "
    "felt_high",
    "headache_month": "days moderate_days limited_days medicine_days",
    "sleep": "quality hours",
    "mood": "mood",
    "use_pattern": "alone for_feeling at_work before_driving",
    "unit_count": "taken remaining wasted",
    "bladder_extra": "blood burning",
    "vitals": "weight_kg height_cm systolic diastolic pulse",
    "lurn_si10": "q1 q2 q3 q4 q5 q6 q7 q8 q9 q10 bother",
    "c_ssrs": "q1 q2 q3 q4 q5 q6 q6_recent",
    "peg": "pain enjoyment activity",
    "drug_use": "times",
}


def found(key: str) -> Any:
    instrument = newest(key)
    assert instrument is not None
    return instrument


def test_every_definition_of_the_package_can_be_used() -> None:
    require_whole()
    assert len(shipped()) == 23
    assert list(slots()) == ["dast10", "hit6", "midas", "cadss", "kset"]


@pytest.mark.parametrize(("key", "codes"), CODES.items())
def test_loinc_codes_are_those_of_the_published_panels(key: str, codes: str) -> None:
    instrument = found(key)
    everything = [instrument.loinc, *(rule.loinc for rule in instrument.scores), *(i.loinc for i in instrument.items)]
    assert [code for code in everything if code] == codes.split()


@pytest.mark.parametrize(("key", "items"), KEYS.items())
def test_items_are_named_as_everybody_else_relies_on(key: str, items: str) -> None:
    assert [item.key for item in found(key).items] == items.split()


def test_wording_of_others_is_english_and_our_own_is_in_both_languages() -> None:
    by_languages = {instrument.key: instrument.languages for instrument in shipped().values()}
    assert {key for key, languages in by_languages.items() if languages == ("en",)} == CODES.keys()
    assert {languages for key, languages in by_languages.items() if key not in CODES} == {("en", "es")}
    assert all(set(instrument.title) == {"en", "es"} for instrument in shipped().values())


def test_every_licence_is_said_and_the_screener_keeps_its_copyright_line() -> None:
    assert all(instrument.licence and instrument.source for instrument in shipped().values())
    assert found("c_ssrs").copyright == "\u00a9 2008 The Research Foundation for Mental Hygiene, Inc."
    assert not found("lurn_si10").is_validated
    assert "official PDF" in found("lurn_si10").licence


def test_answers_that_are_chosen_have_the_values_and_codes_of_the_form() -> None:
    options = found("phq9").item("q1").options
    assert [(option.value, option.code) for option in options] == [
        (0, "LA6568-5"),
        (1, "LA6569-3"),
        (2, "LA6570-1"),
        (3, "LA6571-9"),
    ]
    assert [len(item.options) for item in found("lurn_si10").items] == [5] * 8 + [4] * 3


@pytest.mark.parametrize(
    ("code", "is_right"),
    [("44249-1", True), ("69737-5", True), ("44249-2", False), ("44249", False), ("LA6568-5", False), ("", False)],
)
def test_the_last_digit_of_a_loinc_code_is_checked(code: str, is_right: bool) -> None:
    assert is_loinc(code) is is_right


SOUND: dict[str, Any] = {
    "key": "small",
    "version": 1,
    "name": "Small",
    "title": {"en": "Small", "es": "Peque\u00f1o"},
    "lead": {"en": "Today:"},
    "wording": "official",
    "languages": ["en"],
    "licence": "Free.",
    "source": "Nowhere.",
    "answers": {"often": [{"value": 0, "text": {"en": "No"}}, {"value": 1, "text": {"en": "A bit"}, "code": "LA1-1"}]},
    "items": [
        {"key": "q1", "text": {"en": "One?"}, "kind": "choice", "options": "often", "loinc": "44250-9"},
        {"key": "q2", "text": {"en": "Two?"}, "kind": "integer", "least": 0, "most": 10},
        {"key": "q3", "text": {"en": "When?"}, "kind": "date", "asked_if": {"item": "q1", "at_least": 1}},
    ],
    "scores": [
        {
            "name": "total",
            "title": "Total",
            "kind": "sum",
            "items": ["q1", "q2"],
            "bands": [
                {"key": "low", "title": "Low", "from": 0, "to": 5},
                {"key": "high", "title": "High", "from": 6, "to": 11},
            ],
        }
    ],
    "alarms": [{"if": {"item": "q2", "at_least": 9}, "level": "urgent", "code": "much"}],
}

Change = Callable[[dict[str, Any]], object]


def put(*path: str | int, value: object) -> Change:
    def change(definition: dict[str, Any]) -> None:
        node: Any = definition
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return change


def drop(*path: str | int) -> Change:
    def change(definition: dict[str, Any]) -> None:
        node: Any = definition
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


BROKEN: list[tuple[Change, str]] = [
    (drop("licence"), "small.json: 'licence' is missing"),
    (put("language", value="en"), "small.json: there is nothing called 'language' here"),
    (put("key", value="Small!"), "small.json, key: a key has small letters"),
    (put("version", value=True), "small.json, version: a whole number from 1 to 999 was expected"),
    (put("version", value=1.0), "small.json, version: a whole number"),
    (put("wording", value="mine"), "small.json, wording: it is one of official, clinic, unconfirmed"),
    (put("title", value={"en": "Small"}), "the title is missing in 'es'"),
    (put("languages", value=["en", "es"]), "lead: the words are missing in 'es'"),
    (put("languages", value=["en", "en"]), "a language stands there twice: en"),
    (put("items", 1, "text", value={"en": "Two?", "es": "\u00bfDos?"}), "item q2: 'es' is not among the languages"),
    (put("items", 1, "hint", value={"english": "x"}), "'english' is no language"),
    (put("items", 0, "text", value={"en": " "}), "item q1, text, en: words were expected"),
    (put("items", 0, "text", value={"en": "a\u202eb"}), "item q1, text, en: this holds a hidden character"),
    (put("items", 0, "text", value={"en": "half \ud83d"}), "item q1, text, en: this holds half a character"),
    (put("answers", "of\x00ten", value=[]), "'of\\x00ten' is no name"),
    (put("items", 1, "key", value="q1"), "the key of an item stands there twice: q1"),
    (put("items", 1, "loinc", value="44250-9"), "the LOINC code of an item stands there twice: 44250-9"),
    (put("items", 1, "loinc", value="44250-8"), "'44250-8' is no LOINC code"),
    (put("items", value=[]), "a list with at least one entry was expected"),
    (put("items", 0, "kind", value="slider"), "item q1, kind: it is one of choice"),
    (put("items", 0, "options", value="seldom"), "there are no answers called 'seldom'"),
    (drop("items", 0, "options"), "item q1: options belong to the kind 'choice'"),
    (put("items", 1, "options", value="often"), "item q2: options belong to the kind 'choice'"),
    (put("answers", "often", 1, "value", value=0), "the value of an option stands there twice: 0"),
    (put("answers", "often", 0, "code", value="LA1-1"), "the code of an option stands there twice: LA1-1"),
    (put("answers", "often", 1, "text", value={"en": "No"}), "the words of an option stands there twice: No"),
    (put("answers", "often", 1, "value", value=1000), "a whole number from 0 to 999"),
    (put("answers", "often", 1, "value", value=-1), "a whole number from 0 to 999"),
    (drop("answers", "often", 1), "a choice has at least two options"),
    (drop("items", 1, "most"), "a number has least and most"),
    (put("items", 2, "most", value=3), "a number has least and most"),
    (put("items", 1, "most", value=0), "least has to be below most"),
    (put("items", 1, "places", value=1), "places belongs to the kind 'decimal'"),
    (put("items", 1, "kind", value="decimal"), "places belongs to the kind 'decimal'"),
    (put("items", 1, "low", value={"en": "None"}), "a scale has words at both ends"),
    (put("items", 2, "asked_if", value={"item": "q9", "at_least": 1}), "item q3, asked_if: it asks for 'q9'"),
    (put("items", 0, "asked_if", value={"item": "q2", "at_least": 1}), "item q1, asked_if: it asks for 'q2'"),
    (put("items", 2, "asked_if", value={"item": "q1"}), "a condition says at_least or at_most"),
    (put("items", 2, "asked_if", value={"at_least": 1}), "a condition is about one item or about any of several"),
    (put("items", 2, "asked_if", value={"item": "q1", "at_least": 2}), "no answer to 'q1' can fulfill it"),
    (put("items", 2, "asked_if", value={"item": "q1", "at_least": 0}), "every answer to 'q1' fulfills it"),
    (put("items", 2, "asked_if", value={"item": "q2", "at_least": 5, "at_most": 4}), "at_least is above at_most"),
    (put("items", 2, "asked_if", value={"any": ["q1", "q1"], "at_least": 1}), "a key stands there twice"),
    (put("scores", 0, "items", value=["q1", "q9"]), "score total: it counts the item 'q9'"),
    (put("scores", 0, "items", value=["q1", "q3"]), "score total: it counts the item 'q3'"),
    (put("scores", 0, "kind", value="product"), "score total, kind: it is one of sum"),
    (put("scores", 0, "kind", value="value"), "the kind 'value' takes exactly one item"),
    (put("scores", 0, "kind", value="count"), "'counts_from' belongs to the kind 'count'"),
    (put("scores", 0, "out_of", value=9), "'out_of' belongs to the kind 'prorated'"),
    (put("scores", 0, "needs", value=3), "score total, needs: a whole number from 1 to 2"),
    (put("scores", 0, "needs", value=1), "only a mean or a prorated sum can be made with answers missing"),
    (put("scores", 0, "if_not_asked", value=12), "if_not_asked lies outside the score's range"),
    (put("scores", 0, "bands", 1, "to", value=10), "the bands have to go from 0 to 11"),
    (put("scores", 0, "bands", 0, "from", value=1), "the bands have to go from 0 to 11"),
    (put("scores", 0, "bands", 1, "from", value=5), "the bands low and high overlap or leave a gap"),
    (put("scores", 0, "bands", 1, "from", value=7), "the bands low and high overlap or leave a gap"),
    (put("scores", 0, "bands", 1, "key", value="low"), "the key of a band stands there twice"),
    (put("scores", 0, "bands", 0, "to", value=-1), "the band low ends before it begins"),
    (put("alarms", 0, "if", "item", value="q9"), "alarm much: it asks for 'q9'"),
    (put("alarms", 0, "level", value="panic"), "level: it is one of review, urgent, crisis"),
    (put("alarms", 0, "shows", value="siren"), "shows: it is one of crisis_line, emergency"),
    (put("alarms", 0, "asks", value="nothing"), "it asks for 'nothing', which does not exist"),
    (lambda definition: definition["alarms"].append(definition["alarms"][0]), "an alarm stands there twice"),
    (lambda definition: definition["scores"].append(definition["scores"][0]), "the name of a score stands there twice"),
]


def test_a_sound_definition_is_read() -> None:
    instrument = read_instrument(json.dumps(SOUND), "small.json")
    assert [item.kind for item in instrument.items] == [ItemKind.CHOICE, ItemKind.INTEGER, ItemKind.DATE]
    assert [str(instrument.scores[0].least), str(instrument.scores[0].most)] == ["0", "11"]


@pytest.mark.parametrize(("change", "complaint"), BROKEN, ids=[complaint for _, complaint in BROKEN])
def test_a_definition_that_cannot_be_used_is_refused_with_file_place_and_reason(change: Change, complaint: str) -> None:
    definition = copy.deepcopy(SOUND)
    change(definition)
    with pytest.raises(BrokenInstrument) as refusal:
        registered([("small.json", json.dumps(definition))])
    assert complaint in str(refusal.value)
    assert str(refusal.value).startswith(("small", "small.json"))


def test_steps_of_a_score_go_down_and_are_about_its_own_items() -> None:
    steps = [{"value": 1, "item": "q1", "at_least": 1}, {"value": 2, "item": "q2", "at_least": 3}]
    rule = {"name": "risk", "title": "Risk", "kind": "steps", "items": ["q1", "q2"], "steps": steps}
    with pytest.raises(BrokenInstrument, match="steps go down from the gravest"):
        read_instrument(json.dumps(SOUND | {"scores": [rule]}), "small.json")
    with pytest.raises(BrokenInstrument, match="a step: it asks for 'q2'"):
        read_instrument(json.dumps(SOUND | {"scores": [rule | {"items": ["q1"]}]}), "small.json")


@pytest.mark.parametrize("text", ["", "[", '{"key": NaN}', "[1]", '{"key": "a", "key": "b"}', "[" * 100_000])
def test_what_is_no_definition_at_all_is_refused_by_its_file(text: str) -> None:
    with pytest.raises(BrokenInstrument, match=r"^odd\.json: "):
        registered([("odd.json", text)])


def test_one_version_stands_in_one_file() -> None:
    with pytest.raises(BrokenInstrument, match=r"b\.json: version 1 of small stands in another file"):
        registered([("a.json", json.dumps(SOUND)), ("b.json", json.dumps(SOUND))])
