"""Scores of an instrument from its raw answers; what is missing gives no score unless the definition allows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from clinic.monitoring.errors import AnswerRefused
from clinic.monitoring.rules.answering import counting, left_out, require_value
from clinic.monitoring.rules.instruments import Instrument, ScoreKind, ScoreRule
from clinic.monitoring.rules.items import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One score with the key of its band, where it has bands."""

    name: str
    value: Decimal
    band: str | None


def scored(instrument: Instrument, answers: Mapping[str, Decimal]) -> tuple[Scored, ...]:
    """Return the scores that these answers give; raises AnswerRefused for an answer that no question can have."""
    for key, value in answers.items():
        item = instrument.item(key)
        if item is None or not item.is_numeric:
            raise AnswerRefused("No question that counts has this name.", field=key, reason="unknown")
        require_value(item, value)
    counted = counting(instrument, answers)
    gone = left_out(instrument, answers)
    made = [(rule, _value(instrument, rule, _inputs(rule, counted, gone))) for rule in instrument.scores]
    return tuple(
        Scored(name=rule.name, value=value, band=band_of(instrument, rule.name, value))
        for rule, value in made
        if value is not None
    )


def band_of(instrument: Instrument, name: str, value: Decimal) -> str | None:
    """Return the key of the band that a value of a score lies in, or None if it has none."""
    return next((band.key for band in instrument.bands.get(name, ()) if band.least <= value <= band.most), None)


def _inputs(rule: ScoreRule, counted: Mapping[str, Decimal], gone: frozenset[str]) -> dict[str, Decimal]:
    """Return the values that a score is made of: the answers, and what counts for questions that were left out."""
    found = {key: counted[key] for key in rule.items if key in counted}
    if rule.if_not_asked is not None:
        found |= {key: rule.if_not_asked for key in rule.items if key in gone}
    return found


def _value(instrument: Instrument, rule: ScoreRule, inputs: Mapping[str, Decimal]) -> Decimal | None:
    if len(inputs) < rule.needs:
        return None
    if rule.kind is ScoreKind.STEPS:
        value = next((step.value for step in rule.steps if step.when.holds(inputs)), Decimal(0))
    elif rule.kind is ScoreKind.PRORATED:
        value = _prorated(rule, inputs, [item for item in instrument.items if item.key in inputs])
    else:
        value = _SIMPLE[rule.kind](rule, list(inputs.values()))
    return value.quantize(Decimal(1).scaleb(-rule.places), rounding=ROUND_HALF_UP)


def _prorated(rule: ScoreRule, inputs: Mapping[str, Decimal], items: Sequence[Item]) -> Decimal:
    possible = sum((item.highest for item in items), Decimal(0))
    return sum(inputs.values(), Decimal(0)) * (rule.out_of or Decimal(0)) / possible


def _count(rule: ScoreRule, values: Sequence[Decimal]) -> Decimal:
    return Decimal(sum(1 for value in values if rule.counts_from is not None and value >= rule.counts_from))


_SIMPLE: Mapping[ScoreKind, Callable[[ScoreRule, Sequence[Decimal]], Decimal]] = {
    ScoreKind.SUM: lambda _, values: sum(values, Decimal(0)),
    ScoreKind.MEAN: lambda _, values: sum(values, Decimal(0)) / len(values),
    ScoreKind.COUNT: _count,
    ScoreKind.HIGHEST: lambda _, values: max(values),
    ScoreKind.VALUE: lambda _, values: values[0],
}
