"""Reading of an instrument's definition; what cannot be used is refused with the place and the reason."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from clinic.monitoring.rules.instruments import (
    AlarmLevel,
    AlarmRule,
    Band,
    Help,
    Instrument,
    ScoreKind,
    ScoreRule,
    Step,
    Wording,
)
from clinic.monitoring.rules.items import Condition, Item, ItemKind, Option
from clinic.monitoring.rules.nodes import Node, parsed
from clinic.monitoring.rules.sense import require_items, require_sense

_PARTS = {
    *("key", "version", "name", "title", "lead", "wording", "languages", "recall", "licence", "copyright", "source"),
    *("caveat", "loinc", "answers", "items", "scores", "alarms"),
}
_OF_ITEM = {
    *("key", "text", "hint", "kind", "options", "least", "most", "places", "low", "high", "unit", "loinc"),
    *("asked_if", "is_required"),
}
_OF_SCORE = {
    *("name", "title", "kind", "items", "needs", "places", "counts_from", "out_of", "steps", "if_not_asked"),
    *("bands", "loinc"),
}
_MOST_ITEMS = 100

Answers = Mapping[str, tuple[Option, ...]]


def read_instrument(text: str, where: str) -> Instrument:
    """Return an instrument from JSON, or raise BrokenInstrument, which names the place and what is wrong there."""
    return instrument_of(parsed(text, where))


def instrument_of(node: Node) -> Instrument:
    """Return an instrument from JSON that was parsed, or raise BrokenInstrument."""
    node.require_only(_PARTS)
    items = _items(node)
    found = Instrument(
        key=node["key"].key(),
        version=node["version"].integer(least=1, most=999),
        name=node["name"].text(),
        title=node["title"].words(),
        lead=_words(node, "lead"),
        wording=node["wording"].one_of(Wording),
        languages=tuple(each.text() for each in node["languages"].each(called="language")),
        recall=_text(node, "recall"),
        licence=node["licence"].text(),
        copyright=_text(node, "copyright"),
        source=node["source"].text(),
        caveat=_text(node, "caveat"),
        loinc=_text(node, "loinc"),
        items=items,
        scores=_scores(node, items),
        alarms=_alarms(node),
    )
    require_sense(found, node.where)
    return found


def _items(node: Node) -> tuple[Item, ...]:
    shared = node.maybe("answers")
    answers = {name: _options(each) for name, each in shared.pairs()} if shared else {}
    nodes = list(node["items"].each(called="item"))
    if len(nodes) > _MOST_ITEMS:
        node.refuse(f"an instrument has at most {_MOST_ITEMS} items")
    items = tuple(_item(each, answers) for each in nodes)
    require_items(items, node.where)
    return items


def _item(node: Node, answers: Answers) -> Item:
    node.require_only(_OF_ITEM)
    condition = node.maybe("asked_if")
    return Item(
        key=node["key"].key(),
        text=node["text"].words(),
        kind=node["kind"].one_of(ItemKind),
        hint=_words(node, "hint"),
        options=_options_of(node, answers),
        least=_number(node, "least"),
        most=_number(node, "most"),
        places=node["places"].integer(least=0, most=2) if "places" in node else 0,
        low=_words(node, "low"),
        high=_words(node, "high"),
        unit=_text(node, "unit"),
        loinc=_text(node, "loinc"),
        asked_if=_condition(condition) if condition else None,
        is_required=node["is_required"].flag() if "is_required" in node else True,
    )


def _options_of(node: Node, answers: Answers) -> tuple[Option, ...]:
    if "options" not in node:
        return ()
    options = node["options"]
    if isinstance(options.raw, str):
        if options.raw not in answers:
            options.refuse(f"there are no answers called {options.raw[:40]!r}")
        return answers[options.raw]
    return _options(options)


def _options(node: Node) -> tuple[Option, ...]:
    return tuple(_option(each) for each in node.each(called="option"))


def _option(node: Node) -> Option:
    node.require_only({"value", "text", "code"})
    return Option(value=node["value"].integer(least=0, most=999), text=node["text"].words(), code=_text(node, "code"))


def _condition(node: Node, *, besides: Sequence[str] = ()) -> Condition:
    node.require_only({"item", "any", "at_least", "at_most", *besides})
    if ("item" in node) == ("any" in node):
        node.refuse("a condition is about one item or about any of several")
    condition = Condition(
        items=(node["item"].key(),) if "item" in node else node["any"].keys(),
        at_least=_number(node, "at_least"),
        at_most=_number(node, "at_most"),
    )
    if condition.at_least is None and condition.at_most is None:
        node.refuse("a condition says at_least or at_most")
    return condition


def _scores(node: Node, items: Sequence[Item]) -> tuple[ScoreRule, ...]:
    known = {item.key: item for item in items}
    return tuple(_score(each, known) for each in node["scores"].each(called="score")) if "scores" in node else ()


def _score(node: Node, known: Mapping[str, Item]) -> ScoreRule:
    node.require_only(_OF_SCORE)
    kind, keys = node["kind"].one_of(ScoreKind), node["items"].keys()
    for key in keys:
        if key not in known or not known[key].is_numeric:
            node.refuse(f"it counts the item {key!r}, which does not exist or is no number")
    steps = tuple(_step(each) for each in node["steps"].each(called="step")) if "steps" in node else ()
    out_of = _number(node, "out_of")
    _require_parts(node, kind, keys)
    least, most = _range(kind, [known[key] for key in keys], out_of=out_of, steps=steps)
    return ScoreRule(
        name=node["name"].key(),
        title=node["title"].text(),
        kind=kind,
        items=keys,
        needs=node["needs"].integer(least=1, most=len(keys)) if "needs" in node else len(keys),
        places=node["places"].integer(least=0, most=2) if "places" in node else 0,
        counts_from=_number(node, "counts_from"),
        out_of=out_of,
        steps=steps,
        if_not_asked=_number(node, "if_not_asked"),
        least=least,
        most=most,
        bands=tuple(_band(each) for each in node["bands"].each(called="band")) if "bands" in node else (),
        loinc=_text(node, "loinc"),
    )


def _require_parts(node: Node, kind: ScoreKind, keys: Sequence[str]) -> None:
    """Refuse a kind of score without what it needs, or with what it has no use for."""
    for part, owner in (
        ("counts_from", ScoreKind.COUNT),
        ("out_of", ScoreKind.PRORATED),
        ("steps", ScoreKind.STEPS),
    ):
        if (part in node) != (kind is owner):
            node.refuse(f"{part!r} belongs to the kind {owner.value!r}, and only to it")
    if kind is ScoreKind.VALUE and len(keys) != 1:
        node.refuse("the kind 'value' takes exactly one item")


def _range(
    kind: ScoreKind, items: Sequence[Item], *, out_of: Decimal | None, steps: Sequence[Step]
) -> tuple[Decimal, Decimal]:
    """Return the smallest and the largest value that a score can have."""
    lowest, highest = [item.lowest for item in items], [item.highest for item in items]
    if kind is ScoreKind.SUM:
        return sum(lowest, Decimal(0)), sum(highest, Decimal(0))
    if kind is ScoreKind.COUNT:
        return Decimal(0), Decimal(len(items))
    if kind is ScoreKind.PRORATED:
        return Decimal(0), out_of or Decimal(0)
    if kind is ScoreKind.STEPS:
        return Decimal(0), max(step.value for step in steps)
    return min(lowest), max(highest)


def _step(node: Node) -> Step:
    return Step(value=node["value"].number(), when=_condition(node, besides=("value",)))


def _band(node: Node) -> Band:
    node.require_only({"key", "title", "from", "to"})
    return Band(
        key=node["key"].key(), title=node["title"].text(), least=node["from"].number(), most=node["to"].number()
    )


def _alarms(node: Node) -> tuple[AlarmRule, ...]:
    return tuple(_alarm(each) for each in node["alarms"].each(called="alarm")) if "alarms" in node else ()


def _alarm(node: Node) -> AlarmRule:
    node.require_only({"if", "level", "code", "asks", "shows"})
    return AlarmRule(
        code=node["code"].key(),
        level=node["level"].one_of(AlarmLevel),
        when=_condition(node["if"]),
        asks=node["asks"].key() if "asks" in node else None,
        shows=node["shows"].one_of(Help) if "shows" in node else None,
    )


def _words(node: Node, name: str) -> Mapping[str, str]:
    return node[name].words() if name in node else {}


def _text(node: Node, name: str) -> str | None:
    return node[name].text() if name in node else None


def _number(node: Node, name: str) -> Decimal | None:
    return node[name].number() if name in node else None
