"""Urinary signs (D22)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from clinic.monitoring.rules.evidence import Evidence, Reading
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import (
    Check,
    Numbers,
    Seen,
    checks_of,
    identity,
    listed,
    one_by_one,
    ordinal,
    plain,
    read,
    said,
    when,
)
from clinic.monitoring.rules.signals.signal import Input

_TOTAL = "total"
_ALWAYS = ("q1", "q5")
_VISITS = ("q9", "q10")
_ITEMS = {
    "q1": ("urgency", 4),
    "q5": ("pain as the bladder fills", 4),
    "q9": ("visits by day", 3),
    "q10": ("visits at night", 3),
    _TOTAL: ("total", 38),
}
"""What each answer is called, and of how many points it is."""


def urinary_signs(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D22: blood in the urine, or urgency, pain, frequency or a total that ask for a look."""
    blood = evidence.answer("bladder_extra", "blood")
    checks = _checks(evidence)
    if not blood and not checks:
        return None
    signs = [_signs(check, checks, numbers) for check in checks]
    return [
        *one_by_one([_blood(each, evidence) if each.value else None for each in blood]),
        *one_by_one([_sight(checks, signs, place, evidence=evidence, numbers=numbers) for place in range(len(checks))]),
    ]


def _blood(answer: Reading, evidence: Evidence) -> Seen:
    return Seen(
        level=Level.HOLD,
        on=answer.on,
        facts=(f"blood {identity(answer)}",),
        inputs=(Input(what="Blood in the urine", value="yes", on=answer.on),),
        sentence=f"Blood in the urine reported on {said(answer.on, evidence.today)}.",
    )


def _checks(evidence: Evidence) -> list[Check]:
    """Return the bladder questionnaires, the oldest first: the answers that count, and the total under its name."""
    checks = checks_of(evidence, "lurn_si10", *_ALWAYS, *_VISITS)
    totals: dict[object, Reading] = {
        each.assessment_id or each.at: each for each in evidence.score("lurn_si10", _TOTAL)
    }
    return [{**check, **_with_total(check, totals)} for check in checks]


def _with_total(check: Check, totals: Mapping[object, Reading]) -> Check:
    first = next(iter(check.values()))
    total = totals.get(first.assessment_id or first.at)
    return {_TOTAL: total} if total else {}


def _signs(check: Check, checks: Sequence[Check], numbers: Numbers) -> tuple[str, ...]:
    """Return the items of one questionnaire that ask for a look."""
    high = tuple(item for item in _ALWAYS if item in check and check[item].value >= numbers["item_at"])
    often = tuple(
        item
        for item in _VISITS
        if item in check
        and check[item].value >= numbers["visits_at"]
        and _rise(item, check, checks) >= numbers["visits_rise"]
    )
    has_risen = _TOTAL in check and _rise(_TOTAL, check, checks) >= numbers["total_rise"]
    return (*high, *often, *((_TOTAL,) if has_risen else ()))


def _first(item: str, checks: Sequence[Check]) -> Reading | None:
    return next((check[item] for check in checks if item in check), None)


def _rise(item: str, check: Check, checks: Sequence[Check]) -> Decimal:
    first = _first(item, checks)
    assert first is not None
    return check[item].value - first.value


def _sight(
    checks: Sequence[Check], signs: Sequence[tuple[str, ...]], place: int, *, evidence: Evidence, numbers: Numbers
) -> Seen | None:
    if not signs[place]:
        return None
    in_row = next((back for back in range(place + 1) if not signs[place - back]), place + 1)
    is_hold = in_row >= numbers["hold_in_row"]
    part = range(place + 1 - in_row, place + 1) if is_hold else range(place, place + 1)
    check, found = checks[place], signs[place]
    row = f", the {ordinal(in_row)} check in a row" if in_row > 1 else ""
    words = [_words(item, check, checks, evidence=evidence) for item in found]
    return Seen(
        level=Level.HOLD if is_hold else Level.REVIEW,
        on=when(check),
        facts=tuple(f"{item} {identity(checks[one][item])}" for one in part for item in signs[one]),
        inputs=tuple(read(_label(item), checks[one][item]) for one in part for item in signs[one]),
        sentence=f"Bladder questions of {said(when(check), evidence.today)}: {listed(words)}{row}.",
        used=("item_at", "visits_at", "visits_rise", "total_rise", "hold_in_row"),
    )


def _words(item: str, check: Check, checks: Sequence[Check], *, evidence: Evidence) -> str:
    words, of = _ITEMS[item]
    score = f"{words} {plain(check[item].value)} of {of}"
    first = _first(item, checks)
    if item in _ALWAYS or first is None:
        return score
    return f"{score} after {plain(first.value)} on {said(first.on, evidence.today)}"


def _label(item: str) -> str:
    words, of = _ITEMS[item]
    return f"{words.capitalize()}, of {of}"
