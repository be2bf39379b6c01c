"""Answers that somebody has to act on at once, whether or not the rest of the survey is ever finished."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from clinic.monitoring.rules.answering import counting
from clinic.monitoring.rules.instruments import AlarmLevel, AlarmRule, Help, Instrument

GRAVITY = (AlarmLevel.REVIEW, AlarmLevel.URGENT, AlarmLevel.CRISIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What an answer rings; `asks` is the instrument to ask next, `shows` the help that the patient sees at once."""

    code: str
    level: AlarmLevel
    asks: str | None
    shows: Help | None
    item: str


def alarms_of(instrument: Instrument, answers: Mapping[str, Decimal]) -> tuple[Alarm, ...]:
    """Return the alarms that these answers ring, the gravest first, one of each code."""
    counted = counting(instrument, answers)
    gravest: dict[str, Alarm] = {}
    for rule in instrument.alarms:
        alarm = _rung(rule, counted)
        if alarm is not None and (rule.code not in gravest or _gravity(alarm) > _gravity(gravest[rule.code])):
            gravest[rule.code] = alarm
    return tuple(sorted(gravest.values(), key=_gravity, reverse=True))


def _rung(rule: AlarmRule, counted: Mapping[str, Decimal]) -> Alarm | None:
    for key in rule.when.items:
        if key in counted and rule.when.admits(counted[key]):
            return Alarm(code=rule.code, level=rule.level, asks=rule.asks, shows=rule.shows, item=key)
    return None


def _gravity(alarm: Alarm) -> int:
    return GRAVITY.index(alarm.level)
