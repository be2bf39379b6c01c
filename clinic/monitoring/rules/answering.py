"""Checking of answers: each is exactly what its question takes, and only what is asked counts."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

from clinic.kernel.text import UnseenCharacter, clean_note
from clinic.monitoring.errors import AnswerRefused
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.items import Given, Item, ItemKind

LONGEST_WORDS = 2000
_WHOLE = re.compile(r"-?[0-9]{1,5}", re.ASCII)
_BROKEN = re.compile(r"-?[0-9]{1,5}(?:[.,][0-9]{1,9})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FIRST_DAY = date(1900, 1, 1)


def checked(item: Item, raw: object, *, today: date | None = None) -> Given:
    """Return the answer as it is kept, or raise AnswerRefused; a day after `today` is refused where today is known.

    Numbers may be whole numbers or typed text, a yes may be true, 1 or "1"; a true is never a number, a 1.0 is never
    a choice. Days are dates or text like 2026-11-22.
    """
    if item.kind is ItemKind.CHOICE:
        return Given(value=_choice(item, raw))
    if item.kind is ItemKind.YES_NO:
        return Given(value=_yes_no(item, raw))
    if item.kind is ItemKind.DATE:
        return Given(on=_day(item, raw, today))
    if item.kind is ItemKind.TEXT:
        return Given(words=_words(item, raw))
    return Given(value=_number(item, raw))


def require_value(item: Item, value: object) -> None:
    """Raise AnswerRefused unless this is a number as answers are kept and one that the question can take."""
    if not isinstance(value, Decimal) or not value.is_finite():
        raise AnswerRefused("An answer is kept as a decimal number.", field=item.key, reason="kept")
    if item.kind is ItemKind.CHOICE and item.option(value) is None:
        _refuse_choice(item)
    if item.kind is ItemKind.YES_NO and value not in {0, 1}:
        _refuse_yes_no(item)
    if value != round(value, item.places):
        _refuse_decimals(item)
    _require_within(item, value)


def asked_items(instrument: Instrument, answers: Mapping[str, Decimal]) -> tuple[Item, ...]:
    """Return the questions that are asked after these answers, in order."""
    return tuple(_walk(instrument, answers)[0])


def counting(instrument: Instrument, answers: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return the answers to questions that are asked; what was answered before and is no longer asked is left out."""
    return _walk(instrument, answers)[1]


def left_out(instrument: Instrument, answers: Mapping[str, Decimal]) -> frozenset[str]:
    """Return the keys of questions that answers decided not to ask; what still may be asked is not among them."""
    counted = counting(instrument, answers)
    found: set[str] = set()
    for item in instrument.items:
        rule = item.asked_if
        if rule is not None and not rule.holds(counted) and all(key in counted or key in found for key in rule.items):
            found.add(item.key)
    return frozenset(found)


def missing_items(instrument: Instrument, given: Mapping[str, Given]) -> tuple[Item, ...]:
    """Return the questions that are asked, have to be answered and are not, in order."""
    answered = {key for key, each in given.items() if each != Given()}
    return tuple(
        item for item in asked_items(instrument, values_of(given)) if item.is_required and item.key not in answered
    )


def values_of(given: Mapping[str, Given]) -> dict[str, Decimal]:
    """Return the answers that are numbers, for scoring and for what is asked next."""
    return {key: each.value for key, each in given.items() if each.value is not None}


def require_asked(instrument: Instrument, keys: Collection[str], answers: Mapping[str, Decimal]) -> None:
    """Raise AnswerRefused when an answer is to a question that is not asked after these answers."""
    asked = {item.key for item in asked_items(instrument, answers)}
    for key in keys:
        if key not in asked:
            raise AnswerRefused("This question is not asked. Go back to the questions.", field=key, reason="not_asked")


def _walk(instrument: Instrument, answers: Mapping[str, Decimal]) -> tuple[list[Item], dict[str, Decimal]]:
    asked: list[Item] = []
    counted: dict[str, Decimal] = {}
    for item in instrument.items:
        if item.asked_if is None or item.asked_if.holds(counted):
            asked.append(item)
            if item.key in answers:
                counted[item.key] = answers[item.key]
    return asked, counted


def _choice(item: Item, raw: object) -> Decimal:
    whole = _whole(raw)
    if whole is None or item.option(whole) is None:
        _refuse_choice(item)
    return whole


def _yes_no(item: Item, raw: object) -> Decimal:
    if isinstance(raw, bool):
        return Decimal(int(raw))
    whole = _whole(raw)
    if whole is None or whole not in {0, 1}:
        _refuse_yes_no(item)
    return whole


def _whole(raw: object) -> Decimal | None:
    """Return a whole number or text of one; true, 1.0 and "1.0" are none."""
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Decimal(raw)
    if isinstance(raw, str) and _WHOLE.fullmatch(raw.strip(" ")):
        return Decimal(raw.strip(" ")) + 0
    return None


def _number(item: Item, raw: object) -> Decimal:
    value = _whole(raw) if item.kind is ItemKind.INTEGER else _decimal(raw)
    if value is None:
        _refuse_number(item)
    if value != round(value, item.places):
        _refuse_decimals(item)
    _require_within(item, value)
    return value


def _decimal(raw: object) -> Decimal | None:
    if isinstance(raw, Decimal):
        return raw if raw.is_finite() else None
    if isinstance(raw, str) and _BROKEN.fullmatch(raw.strip(" ")):
        return Decimal(raw.strip(" ").replace(",", ".")) + 0
    return _whole(raw)


def _require_within(item: Item, value: Decimal) -> None:
    if item.least is None or item.most is None or item.least <= value <= item.most:
        return
    raise AnswerRefused(
        f"Enter a number from {item.least} to {item.most}.",
        field=item.key,
        reason="out_of_range",
        least=item.least,
        most=item.most,
    )


def _day(item: Item, raw: object, today: date | None) -> date:
    found = raw if isinstance(raw, date) and not isinstance(raw, datetime) else _typed_day(raw)
    if found is None or found < _FIRST_DAY:
        raise AnswerRefused("Enter a day, like 2026-03-31.", field=item.key, reason="day")
    if today is not None and found > today:
        raise AnswerRefused("This day is still to come. Enter the day it happened.", field=item.key, reason="future")
    return found


def _typed_day(raw: object) -> date | None:
    if not isinstance(raw, str) or not _DAY.fullmatch(raw.strip(" ")):
        return None
    try:
        return date.fromisoformat(raw.strip(" "))
    except ValueError:
        return None


def _words(item: Item, raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise AnswerRefused("Write a few words.", field=item.key, reason="words")
    if len(raw) > LONGEST_WORDS:
        raise AnswerRefused(f"Write at most {LONGEST_WORDS} characters.", field=item.key, reason="too_long")
    try:
        return clean_note(raw)
    except UnseenCharacter as unseen:
        raise AnswerRefused(unseen.message, field=item.key, reason="unseen") from None


def _refuse_decimals(item: Item) -> NoReturn:
    digits = "digit" if item.places == 1 else "digits"
    words = f"Enter at most {item.places} {digits} after the point." if item.places else "Enter a whole number."
    raise AnswerRefused(words, field=item.key, reason="too_many_decimals")


def _refuse_choice(item: Item) -> NoReturn:
    raise AnswerRefused("Choose one of the answers.", field=item.key, reason="choose")


def _refuse_yes_no(item: Item) -> NoReturn:
    raise AnswerRefused("Answer yes or no.", field=item.key, reason="yes_no")


def _refuse_number(item: Item) -> NoReturn:
    if item.kind is ItemKind.INTEGER:
        raise AnswerRefused("Enter a whole number, in digits.", field=item.key, reason="whole_number")
    raise AnswerRefused("Enter a number, in digits.", field=item.key, reason="number")
