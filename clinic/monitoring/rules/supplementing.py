"""What a clinic puts in itself: official translations of what is shipped, and definitions that it has a license for."""

from collections.abc import Mapping
from dataclasses import replace

from clinic.monitoring.rules.instruments import Instrument, Wording
from clinic.monitoring.rules.items import Item, Option, Words
from clinic.monitoring.rules.nodes import Node, parsed
from clinic.monitoring.rules.reading import instrument_of
from clinic.monitoring.rules.registry import newest, slots, source_of
from clinic.monitoring.rules.sense import PAGE_LANGUAGES, require_sense

_OF_TRANSLATION = {"key", "version", "language", "title", "lead", "items"}
_OF_ITEM = {"key", "text", "hint", "low", "high", "options"}
_OF_OPTION = {"value", "text"}
_WHERE = "Your text"

SUPPLIED_FROM = 1000
"""Versions above this are a clinic's own, so that no release can ever claim one of them."""


def read_translation(text: str, instrument: Instrument, *, language: str) -> Instrument:
    """Return the instrument with the words of one more language, or raise BrokenInstrument with place and reason."""
    return translated(parsed(text, _WHERE), instrument, language=language)


def translation_of(content: Mapping[str, object], instrument: Instrument, *, language: str) -> Instrument:
    """Return the instrument with the words of a translation that was stored."""
    return translated(Node(content, _WHERE), instrument, language=language)


def translated(node: Node, instrument: Instrument, *, language: str) -> Instrument:
    """Return the instrument with every word in one more language; a word too few or too many is refused."""
    node.require_only(_OF_TRANSLATION)
    _require_about(node, instrument, language)
    nodes = {each["key"].key(): each for each in node["items"].each(called="item")}
    for key in nodes:
        if instrument.item(key) is None:
            node.refuse(f"{instrument.name} has no item called {key!r}")
    found = replace(
        instrument,
        title={**instrument.title, language: node["title"].text()} if "title" in node else instrument.title,
        lead=_added(node, "lead", instrument.lead, language=language),
        items=tuple(_item(node, nodes, item, language=language) for item in instrument.items),
        languages=(*(each for each in instrument.languages if each != language), language),
    )
    require_sense(found, node.where)
    return found


def read_definition(text: str, key: str, *, language: str) -> Instrument:
    """Return the definition of an instrument that may be supplied, or raise BrokenInstrument with place and reason.

    `language` is the first of its languages, the one that it falls back on.
    """
    node = parsed(text, _WHERE)
    found = _defined(node, key)
    if found.languages[0] != language:
        node["languages"].refuse(f"the first of them has to be {language!r}")
    return found


def stored_definition(content: Mapping[str, object], key: str, *, number: int) -> Instrument:
    """Return the instrument of a definition that was stored; its number gives its version."""
    return replace(_defined(Node(content, _WHERE), key), version=SUPPLIED_FROM + number)


def may_be_defined(key: str) -> bool:
    """Return whether a clinic may put in a definition: for a licensed slot, or for words that await confirmation."""
    known = newest(key)
    return key in slots() or (known is not None and known.wording is Wording.UNCONFIRMED)


def may_be_translated(key: str, language: str) -> bool:
    """Return whether a translation may be put in: into a language of the pages that the product does not ship."""
    known = newest(key)
    return language in PAGE_LANGUAGES and (known is None or language not in known.languages)


def _defined(node: Node, key: str) -> Instrument:
    found = instrument_of(node)
    if found.key != key:
        node["key"].refuse(f"this page is for {key!r}")
    if found.wording is not Wording.OFFICIAL:
        node["wording"].refuse('what you put in has its authors\' words; write "official"')
    for alarm in found.alarms:
        if alarm.asks is not None and newest(alarm.asks) is None:
            node["alarms"].refuse(f"it asks for {alarm.asks!r}, which does not exist")
    known = newest(key)
    if known is not None and _shape(found) != _shape(known):
        node.refuse("keys, values, order, scores and alarms stay as they are; only words, license and source change")
    return found


def _shape(instrument: Instrument) -> object:
    """Return all of a definition that rules, charts and the calendar rely on."""
    items = [
        (item.key, item.kind, item.least, item.most, item.asked_if, sorted(option.value for option in item.options))
        for item in instrument.items
    ]
    return items, instrument.scores, instrument.alarms


def template_of(instrument: Instrument, *, language: str) -> dict[str, object]:
    """Return the shape of a translation with the English words in it, to be replaced."""
    source = instrument.languages[0]
    return {
        "key": instrument.key,
        "version": instrument.version,
        "language": language,
        **({"lead": instrument.lead[source]} if instrument.lead else {}),
        "items": [_template_item(item, source) for item in instrument.items],
    }


def skeleton_of(key: str) -> dict[str, object]:
    """Return where to begin with a definition: the shipped one to be corrected, or one question for a licensed slot."""
    known, slot = newest(key), slots().get(key)
    if known is not None:
        return source_of(known) | {"wording": Wording.OFFICIAL.value}
    assert slot is not None
    return {
        "key": key,
        "version": 1,
        "name": slot.name,
        "title": {"en": "What patients read as the heading", "es": "Lo que leen los pacientes como t\u00edtulo"},
        "lead": {"en": "What stands over the questions"},
        "wording": Wording.OFFICIAL.value,
        "languages": ["en"],
        "recall": "12 months",
        "licence": slot.licence,
        "source": slot.source,
        "items": [{"key": "q1", "text": {"en": "The first question"}, "kind": "yes_no"}],
        "scores": [{"name": "total", "title": "Total", "kind": "sum", "items": ["q1"]}],
    }


def _template_item(item: Item, source: str) -> dict[str, object]:
    words = {name: getattr(item, name) for name in ("text", "hint", "low", "high")}
    found: dict[str, object] = {"key": item.key, **{name: each[source] for name, each in words.items() if each}}
    if item.options:
        found["options"] = [{"value": option.value, "text": option.text[source]} for option in item.options]
    return found


def _require_about(node: Node, instrument: Instrument, language: str) -> None:
    if node["key"].key() != instrument.key:
        node["key"].refuse(f"this page is for {instrument.key!r}")
    version = node["version"].integer()
    if version != instrument.version:
        node["version"].refuse(f"version {instrument.version} is asked now; compare the words and write its number")
    if node["language"].text() != language or language not in PAGE_LANGUAGES:
        node["language"].refuse(f"it is {language!r}")


def _item(node: Node, nodes: Mapping[str, Node], item: Item, *, language: str) -> Item:
    given = nodes.get(item.key)
    if given is None:
        node.refuse(f"the item {item.key!r} is missing")
    given.require_only(_OF_ITEM)
    if given["text"].text() in {words for known, words in item.text.items() if known != language}:
        given["text"].refuse("these are still the words of another language")
    return replace(
        item,
        text=_added(given, "text", item.text, language=language),
        hint=_added(given, "hint", item.hint, language=language),
        low=_added(given, "low", item.low, language=language),
        high=_added(given, "high", item.high, language=language),
        options=_options(given, item, language=language),
    )


def _options(given: Node, item: Item, *, language: str) -> tuple[Option, ...]:
    if not item.options:
        if "options" in given:
            given["options"].refuse("this item has none")
        return ()
    found: dict[int, Node] = {}
    for each in given["options"].each(called="option"):
        each.require_only(_OF_OPTION)
        value = each["value"].integer()
        if value in found or item.option(value) is None:  # type: ignore[arg-type] # an int compares as a decimal does
            each.refuse(f"the value {value} stands there twice or is none of this item")
        found[value] = each
    return tuple(_option(given, option, found.get(option.value), language=language) for option in item.options)


def _option(given: Node, option: Option, found: Node | None, *, language: str) -> Option:
    if found is None:
        given["options"].refuse(f"the option with the value {option.value} is missing")
    return replace(option, text=_added(found, "text", option.text, language=language))


def _added(node: Node, name: str, words: Words, *, language: str) -> Words:
    """Return the words with one more language; words that have no counterpart are refused."""
    if not words:
        if name in node:
            node[name].refuse("there are no such words here to translate")
        return words
    return {**words, language: node[name].text()}
