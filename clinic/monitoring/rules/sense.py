"""What is fine line by line in an instrument's definition and wrong together."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from clinic.monitoring.errors import BrokenInstrument
from clinic.monitoring.rules.instruments import Band, Instrument, ScoreKind, ScoreRule
from clinic.monitoring.rules.items import Condition, Item, ItemKind, Words
from clinic.monitoring.rules.loinc import is_loinc

PAGE_LANGUAGES = ("en", "es")
_TWO = 2


def require_items(items: Sequence[Item], where: str) -> None:
    """Raise BrokenInstrument with the place and the reason unless each question makes sense by itself."""
    _require_once([item.key for item in items], "the key of an item", where)
    for item in items:
        _require_sound_item(item, f"{where}, item {item.key}")


def require_sense(instrument: Instrument, where: str) -> None:
    """Raise BrokenInstrument with the place and the reason unless the parts of a definition fit together."""
    _require_codes(instrument, where)
    _require_once([rule.name for rule in instrument.scores], "the name of a score", where)
    _require_once([f"{alarm.code}, {alarm.level}" for alarm in instrument.alarms], "an alarm", where)
    _require_conditions(instrument, where)
    for rule in instrument.scores:
        _require_sound_score(rule, instrument, f"{where}, score {rule.name}")
    _require_languages(instrument, where)


def _require_codes(instrument: Instrument, where: str) -> None:
    _require_once([item.loinc for item in instrument.items], "the LOINC code of an item", where)
    of_items, of_scores = [item.loinc for item in instrument.items], [rule.loinc for rule in instrument.scores]
    for code in (instrument.loinc, *of_items, *of_scores):
        if code is not None and not is_loinc(code):
            raise BrokenInstrument(f"{where}: {code[:20]!r} is no LOINC code; look at its last digit")


def _require_once(found: Iterable[str | None], what: str, where: str) -> None:
    seen: set[str] = set()
    for each in found:
        if each is not None and each in seen:
            raise BrokenInstrument(f"{where}: {what} stands there twice: {each}")
        seen.add(each or "")


def _require_sound_item(item: Item, where: str) -> None:
    if (item.kind is ItemKind.CHOICE) != bool(item.options):
        raise BrokenInstrument(f"{where}: options belong to the kind 'choice', and only to it")
    if item.options:
        _require_options(item, where)
    limits = sum(limit is not None for limit in (item.least, item.most))
    if limits != (_TWO if item.kind in {ItemKind.INTEGER, ItemKind.DECIMAL} else 0):
        raise BrokenInstrument(f"{where}: a number has least and most, and nothing else has")
    if item.least is not None and item.most is not None and item.least >= item.most:
        raise BrokenInstrument(f"{where}: least has to be below most")
    if (item.kind is ItemKind.DECIMAL) != (item.places > 0):
        raise BrokenInstrument(f"{where}: places belongs to the kind 'decimal', and only to it")
    if bool(item.low) != bool(item.high):
        raise BrokenInstrument(f"{where}: a scale has words at both ends, low and high")


def _require_options(item: Item, where: str) -> None:
    if len(item.options) < _TWO:
        raise BrokenInstrument(f"{where}: a choice has at least two options")
    _require_once([str(option.value) for option in item.options], "the value of an option", where)
    _require_once([option.code for option in item.options], "the code of an option", where)
    for language in item.options[0].text:
        _require_once([option.text.get(language) for option in item.options], "the words of an option", where)


def _require_conditions(instrument: Instrument, where: str) -> None:
    """Refuse a condition about an item that is not known at that point, or that can never or must always hold."""
    earlier: dict[str, Item] = {}
    for item in instrument.items:
        if item.asked_if is not None:
            _require_condition(item.asked_if, earlier, f"{where}, item {item.key}, asked_if")
        earlier[item.key] = item
    for alarm in instrument.alarms:
        _require_condition(alarm.when, earlier, f"{where}, alarm {alarm.code}")
    for rule in instrument.scores:
        own = {key: item for key, item in earlier.items() if key in rule.items}
        for step in rule.steps:
            _require_condition(step.when, own, f"{where}, score {rule.name}, a step")


def _require_condition(condition: Condition, known: dict[str, Item], where: str) -> None:
    for key in condition.items:
        item = known.get(key)
        if item is None or not item.is_numeric:
            raise BrokenInstrument(f"{where}: it asks for {key!r}, which is no number asked before or counted here")
        least, most = condition.at_least, condition.at_most
        if (least is not None and least > item.highest) or (most is not None and most < item.lowest):
            raise BrokenInstrument(f"{where}: no answer to {key!r} can fulfill it")
        if (least is None or least <= item.lowest) and (most is None or most >= item.highest):
            raise BrokenInstrument(f"{where}: every answer to {key!r} fulfills it")
    if condition.at_least is not None and condition.at_most is not None and condition.at_least > condition.at_most:
        raise BrokenInstrument(f"{where}: at_least is above at_most")


def _require_sound_score(rule: ScoreRule, instrument: Instrument, where: str) -> None:
    if rule.needs < len(rule.items) and rule.kind not in {ScoreKind.PRORATED, ScoreKind.MEAN}:
        raise BrokenInstrument(f"{where}: only a mean or a prorated sum can be made with answers missing")
    if rule.kind is ScoreKind.PRORATED and any(_item(instrument, key).lowest != 0 for key in rule.items):
        raise BrokenInstrument(f"{where}: a prorated sum takes items that begin at 0")
    if rule.if_not_asked is not None and not rule.least <= rule.if_not_asked <= rule.most:
        raise BrokenInstrument(f"{where}: if_not_asked lies outside the score's range")
    if [step.value for step in rule.steps] != sorted({step.value for step in rule.steps}, reverse=True):
        raise BrokenInstrument(f"{where}: steps go down from the gravest, each value once")
    if rule.bands:
        _require_bands(rule, where)


def _item(instrument: Instrument, key: str) -> Item:
    found = instrument.item(key)
    assert found is not None
    return found


def _require_bands(rule: ScoreRule, where: str) -> None:
    """Refuse bands that overlap, leave something out or do not cover exactly what the score can be."""
    _require_once([band.key for band in rule.bands], "the key of a band", where)
    _require_ends(rule.bands, rule, where)
    for one, following in zip(rule.bands, rule.bands[1:], strict=False):
        if following.least != one.most + Decimal(1).scaleb(-rule.places):
            raise BrokenInstrument(f"{where}: the bands {one.key} and {following.key} overlap or leave a gap")


def _require_ends(bands: Sequence[Band], rule: ScoreRule, where: str) -> None:
    for band in bands:
        if band.least > band.most:
            raise BrokenInstrument(f"{where}: the band {band.key} ends before it begins")
    if bands[0].least != rule.least or bands[-1].most != rule.most:
        raise BrokenInstrument(f"{where}: the bands have to go from {rule.least} to {rule.most}, as the score does")


def _require_languages(instrument: Instrument, where: str) -> None:
    _require_once(instrument.languages, "a language", where)
    for language in PAGE_LANGUAGES:
        if language not in instrument.title:
            raise BrokenInstrument(f"{where}: the title is missing in {language!r}")
    for place, words in _all_words(instrument):
        for language in instrument.languages:
            if words and language not in words:
                raise BrokenInstrument(f"{where}, {place}: the words are missing in {language!r}")
        for language in words:
            if language not in instrument.languages:
                raise BrokenInstrument(f"{where}, {place}: {language!r} is not among the languages")


def _all_words(instrument: Instrument) -> Iterator[tuple[str, Words]]:
    yield "lead", instrument.lead
    for item in instrument.items:
        place = f"item {item.key}"
        yield place, item.text
        yield f"{place}, hint", item.hint
        yield f"{place}, low", item.low
        yield f"{place}, high", item.high
        for option in item.options:
            yield f"{place}, option {option.value}", option.text
