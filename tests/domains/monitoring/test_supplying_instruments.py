"""What a clinic puts in itself: official translations and licensed definitions, kept for good and checked first."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.journal import take_entries
from clinic.monitoring.actions.instruments import supplied_instrument, supply_instrument
from clinic.monitoring.errors import InstrumentsNotYours, SupplementRefused, UnknownInstrument
from clinic.monitoring.models import InstrumentSupplement
from clinic.monitoring.queries.instruments import instrument, instruments, is_slot_filled, languages_of
from clinic.monitoring.rules.registry import newest, shipped
from clinic.monitoring.rules.supplementing import skeleton_of, template_of
from tests.domains.scheduling.calendar_makers import NOW

RIGHT = "Official translation, downloaded from its publisher on November 1."


def staff(*roles: Role) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=new_id(), name="Ada Admin", roles=frozenset(roles))


ADMIN = staff(Role.ADMIN)


def spanish(key: str) -> dict[str, Any]:
    """A translation that stands for the official one: every word with a mark in front."""
    known = newest(key)
    assert known is not None

    def marked(node: object) -> object:
        if isinstance(node, Mapping):
            kept = {"key", "version", "language", "value"}
            return {name: value if name in kept else marked(value) for name, value in node.items()}
        if isinstance(node, list):
            return [marked(each) for each in node]
        return f"ES {node}" if isinstance(node, str) else node

    found = marked(template_of(known, language="es"))
    assert isinstance(found, dict)
    return found


def supply(
    session: Session, key: str, content: object, *, kind: str = "translation", **more: Any
) -> InstrumentSupplement:
    asked = {"language": "es" if kind == "translation" else "en", "licence_note": RIGHT, "seen": 0, "by": ADMIN, **more}
    text = content if isinstance(content, str) else json.dumps(content)
    return supply_instrument(session, key=key, kind=kind, text=text, now=NOW, **asked)


def test_a_translation_is_asked_from_now_on_and_scores_the_same(session: Session) -> None:
    assert languages_of(session, "phq9") == ("en",)
    supply(session, "phq9", spanish("phq9"))
    found = instrument(session, "phq9")
    assert (found.languages, found.language_for("es")) == (("en", "es"), "es")
    item = found.item("q9")
    assert item is not None
    assert item.text["es"] == "ES Thoughts that you would be better off dead, or of hurting yourself in some way"
    assert item.options[3].text == {"en": "Nearly every day", "es": "ES Nearly every day"}
    assert (found.scores, found.alarms, found.version) == (shipped()["phq9", 1].scores, shipped()["phq9", 1].alarms, 1)
    (entry,) = [entry for entry in take_entries(session) if entry.action == "instrument.supplied"]
    assert entry.details == {"key": "phq9", "kind": "translation", "language": "es", "number": 1}


def test_the_newest_translation_counts_and_the_same_again_changes_nothing(session: Session) -> None:
    first = supply(session, "gad7", spanish("gad7"))
    assert supply(session, "gad7", spanish("gad7"), seen=0).id == first.id
    better = spanish("gad7") | {"lead": "Durante las \u00faltimas 2 semanas"}
    assert supply(session, "gad7", better, seen=1).number == 2
    assert instrument(session, "gad7").lead["es"] == "Durante las \u00faltimas 2 semanas"


def test_who_did_not_see_the_newest_is_told_who_was_quicker(session: Session) -> None:
    supply(session, "gad7", spanish("gad7"))
    with pytest.raises(ChangedMeanwhile, match="Ada Admin put in number 1"):
        supply(session, "gad7", spanish("gad7") | {"lead": "Otra"})


def without(content: dict[str, Any], number: int) -> dict[str, Any]:
    return content | {"items": [*content["items"][:number], *content["items"][number + 1 :]]}


def first_item(content: dict[str, Any], **changes: object) -> dict[str, Any]:
    return content | {"items": [content["items"][0] | changes, *content["items"][1:]]}


WORDS = spanish("phq9")
BAD: list[tuple[object, str]] = [
    ("{", "Your text: this is no JSON"),
    ('{"key": "phq9", "key": "phq9"}', "stands twice in one object"),
    (WORDS | {"key": "gad7"}, "key: this page is for 'phq9'"),
    (WORDS | {"version": 2}, "version 1 is asked now"),
    (WORDS | {"language": "fr"}, "language: it is 'es'"),
    (WORDS | {"scores": []}, "there is nothing called 'scores' here"),
    (without(WORDS, 3), "the item 'q4' is missing"),
    (WORDS | {"items": [*WORDS["items"], {"key": "q99", "text": "?"}]}, "has no item called 'q99'"),
    (first_item(WORDS, text=" "), "item q1, text: words were expected"),
    (template_of(shipped()["phq9", 1], language="es"), "item q1, text: these are still the words of another language"),
    (first_item(WORDS, hint="Mire"), "there are no such words here to translate"),
    (first_item(WORDS, options=WORDS["items"][0]["options"][:3]), "the option with the value 3 is missing"),
    (first_item(WORDS, options=[*WORDS["items"][0]["options"], {"value": 3, "text": "x"}]), "stands there twice"),
    (first_item(WORDS, options=[{"value": 9, "text": "x"}]), "the value 9 stands there twice or is none"),
]


@pytest.mark.parametrize(("content", "complaint"), BAD, ids=[complaint for _, complaint in BAD])
def test_a_translation_that_does_not_fit_is_refused_with_its_place(
    session: Session, content: object, complaint: str
) -> None:
    with pytest.raises(SupplementRefused) as refusal:
        supply(session, "phq9", content)
    assert complaint in refusal.value.message
    assert refusal.value.field == "text"
    assert languages_of(session, "phq9") == ("en",)


def test_the_right_to_use_it_has_to_be_said(session: Session) -> None:
    with pytest.raises(SupplementRefused, match="by what right") as refusal:
        supply(session, "phq9", WORDS, licence_note="Ours")
    assert refusal.value.field == "licence_note"


@pytest.mark.parametrize(
    ("key", "kind", "language"),
    [
        ("phq9", "translation", "en"),  # what is shipped stays
        ("craving", "translation", "es"),
        ("phq9", "definition", "en"),
        ("nothing", "translation", "es"),
        ("hit6", "translation", "es"),  # no text to translate yet
        ("phq9", "poem", "en"),
    ],
)
def test_nothing_can_be_put_in_where_there_is_no_slot(session: Session, key: str, kind: str, language: str) -> None:
    with pytest.raises(UnknownInstrument):
        supplied_instrument(session, key=key, kind=kind, language=language, text="{}")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PHYSICIAN])
def test_only_administrators_put_words_in(session: Session, role: Role) -> None:
    with pytest.raises(InstrumentsNotYours):
        supply(session, "phq9", WORDS, by=staff(role))


def licensed(**changes: object) -> dict[str, object]:
    return skeleton_of("hit6") | {"licence": "Our license of 2026."} | changes


def test_a_licensed_slot_is_filled_and_asked_in_its_newest_version(session: Session) -> None:
    assert "hit6" not in instruments(session)
    assert not is_slot_filled(session, "hit6")
    with pytest.raises(UnknownInstrument):
        instrument(session, "hit6")
    supply(session, "hit6", licensed(), kind="definition")
    assert is_slot_filled(session, "hit6")
    supply(session, "hit6", licensed(name="HIT-6 (2)"), kind="definition", seen=1)
    found = instruments(session)["hit6"]
    assert (found.version, found.name) == (1002, "HIT-6 (2)")
    assert instrument(session, "hit6", 1001).name == "HIT-6"
    with pytest.raises(UnknownInstrument):
        instrument(session, "hit6", 1003)


def test_words_to_be_confirmed_are_replaced_and_what_was_asked_before_keeps_its_version(session: Session) -> None:
    official = skeleton_of("lurn_si10") | {"name": "LURN SI-10", "licence": "Confirmed with the network."}
    supply(session, "lurn_si10", official, kind="definition")
    assert (instrument(session, "lurn_si10").version, instrument(session, "lurn_si10").is_validated) == (1001, True)
    assert instrument(session, "lurn_si10", 1).name == "Bladder screen (content of LURN SI-10)"


@pytest.mark.parametrize(
    ("key", "content", "complaint"),
    [
        ("hit6", licensed(key="midas"), "key: this page is for 'hit6'"),
        ("hit6", licensed(wording="clinic"), "has its authors' words"),
        ("hit6", licensed(licence=" "), "licence: words were expected"),
        ("hit6", licensed(languages=["es", "en"]), "the words are missing in 'es'"),
        (
            "hit6",
            licensed(alarms=[{"if": {"item": "q1", "at_least": 1}, "level": "review", "code": "a", "asks": "midas"}]),
            "it asks for 'midas'",
        ),
        ("lurn_si10", skeleton_of("lurn_si10") | {"scores": []}, "scores: a list with at least one entry"),
        ("lurn_si10", skeleton_of("lurn_si10") | {"alarms": [
            {"if": {"item": "q1", "at_least": 1}, "level": "review", "code": "a"}
        ]}, "keys, values, order, scores and alarms stay"),
    ],
)  # fmt: skip
def test_a_definition_that_does_not_fit_its_slot_is_refused(
    session: Session, key: str, content: object, complaint: str
) -> None:
    with pytest.raises(SupplementRefused) as refusal:
        supply(session, key, content, kind="definition")
    assert complaint in refusal.value.message


def test_a_translation_of_an_earlier_version_is_not_asked_any_more(session: Session) -> None:
    supply(session, "lurn_si10", spanish("lurn_si10"))
    assert languages_of(session, "lurn_si10") == ("en", "es")
    supply(session, "lurn_si10", skeleton_of("lurn_si10"), kind="definition")
    assert languages_of(session, "lurn_si10") == ("en",)
    assert instrument(session, "lurn_si10", 1).languages == ("en", "es")
