"""How an instrument is shown to people who set the clinic up or read its scores."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from clinic.monitoring.rules.instruments import AlarmLevel, AlarmRule, Help, Instrument, ScoreKind, ScoreRule, Wording
from clinic.monitoring.rules.items import Condition, Item, ItemKind
from clinic.monitoring.rules.supplementing import SUPPLIED_FROM

LANGUAGES = {"en": "English", "es": "Spanish"}
_WORDINGS = {
    Wording.OFFICIAL: ("Authors\u2019 wording", "info", "\u2713"),
    Wording.CLINIC: ("Written here", "neutral", "\u270e"),
    Wording.UNCONFIRMED: ("To be confirmed", "warn", "!"),
}
_ANSWERS = {
    ItemKind.YES_NO: "Yes (1) \u00b7 No (0)",
    ItemKind.DATE: "A day",
    ItemKind.TEXT: "Own words",
}
_KINDS = {
    ScoreKind.SUM: "Sum of {n} answers; no total while one is missing.",
    ScoreKind.MEAN: "Mean of {n} answers; none while one is missing.",
    ScoreKind.PRORATED: "Share of what the answered questions allow, out of {out_of}; takes {needs} of {n} answers.",
    ScoreKind.COUNT: "How many of {n} answers are {counts_from} or more; none while one is missing.",
    ScoreKind.HIGHEST: "The highest of {n} answers; none while one is missing.",
    ScoreKind.VALUE: "The answer itself.",
    ScoreKind.STEPS: "By steps, the gravest that holds; never a sum.",
}
_LEVELS = {
    AlarmLevel.REVIEW: ("Same day", "info", "\u25cb"),
    AlarmLevel.URGENT: ("On call now", "warn", "!"),
    AlarmLevel.CRISIS: ("On call now, life at stake", "bad", "!"),
}
_SHOWN = {Help.CRISIS_LINE: "988 and 911", Help.EMERGENCY: "911"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question as it is listed; `ends` are the words at the ends of a scale."""

    key: str
    text: str
    hint: str | None
    answers: tuple[str, ...]
    ends: str | None
    asked_if: str | None
    loinc: str | None
    is_optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """One alarm in words."""

    when: str
    level: tuple[str, str, str]
    shows: str | None
    asks: str | None


def wording_chip(instrument: Instrument) -> tuple[str, str, str]:
    """Return word, tone and glyph of whose words the questions are."""
    return _WORDINGS[instrument.wording]


def version_words(instrument: Instrument) -> str:
    """Return the version as people say it; a clinic's own have numbers of their own."""
    own = instrument.version - SUPPLIED_FROM
    return f"{own}, put in here" if own > 0 else str(instrument.version)


def languages_words(instrument: Instrument) -> str:
    """Return the languages in which every word exists."""
    return ", ".join(LANGUAGES.get(each, each) for each in instrument.languages)


def questions(instrument: Instrument, language: str) -> Iterator[Question]:
    """Yield the questions in a language that the instrument has."""
    for item in instrument.items:
        ends = f"{item.low[language]} \u2026 {item.high[language]}" if item.low else None
        yield Question(
            key=item.key,
            text=item.text[language],
            hint=item.hint.get(language),
            answers=tuple(_answers(item, language)),
            ends=ends,
            asked_if=_condition(item.asked_if, instrument) if item.asked_if else None,
            loinc=item.loinc,
            is_optional=not item.is_required,
        )


def score_words(rule: ScoreRule) -> str:
    """Return how a score is made."""
    return _KINDS[rule.kind].format(
        n=len(rule.items), needs=rule.needs, out_of=rule.out_of, counts_from=rule.counts_from
    )


def ringing(instrument: Instrument) -> list[Ringing]:
    """Return the alarms in words."""
    return [_ringing(rule, instrument) for rule in instrument.alarms]


def _ringing(rule: AlarmRule, instrument: Instrument) -> Ringing:
    return Ringing(
        when=_condition(rule.when, instrument),
        level=_LEVELS[rule.level],
        shows=_SHOWN[rule.shows] if rule.shows else None,
        asks=rule.asks,
    )


def _answers(item: Item, language: str) -> Iterator[str]:
    if item.options:
        yield from (f"{option.text[language]} ({option.value})" for option in item.options)
    elif item.kind in _ANSWERS:
        yield _ANSWERS[item.kind]
    else:
        unit = f" {item.unit}" if item.unit else ""
        yield f"A number from {item.least} to {item.most}{unit}"


def _condition(condition: Condition, instrument: Instrument) -> str:
    named = condition.items[0] if len(condition.items) == 1 else f"any of {', '.join(condition.items)}"
    kinds = {item.kind for item in instrument.items if item.key in condition.items}
    if kinds == {ItemKind.YES_NO}:
        return f"{named} is {'yes' if condition.admits(Decimal(1)) else 'no'}"
    limits = [
        f"{word} {limit}"
        for word, limit in (("at least", condition.at_least), ("at most", condition.at_most))
        if limit is not None
    ]
    return f"{named} is {' and '.join(limits)}"
