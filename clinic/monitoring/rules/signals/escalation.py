"""Several flags of different kinds together weigh more than each alone (E01, E02)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from clinic.monitoring.rules.catalogue import DOMAINS, RULES
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.policy import SignalPolicy
from clinic.monitoring.rules.signals.evaluating import facts_key
from clinic.monitoring.rules.signals.seeing import listed, said
from clinic.monitoring.rules.signals.signal import Input, Signal, Standing

_ACROSS = "-"
_FROM: Mapping[str, Level] = MappingProxyType({"E01": Level.WATCH, "E02": Level.REVIEW})
_NEXT = {"E01": Level.REVIEW, "E02": Level.HOLD}
_TOGETHER = {"E01": "deserve a review", "E02": "deserve a physician's decision before the next session"}


def escalated(policy: SignalPolicy, standing: Sequence[Standing], today: date) -> tuple[Signal, ...]:
    """Return what open flags together amount to: several to watch become a review, several reviews a hold.

    It hangs on the newest of them, so that it is raised again only when another flag comes; flags that are part of an
    escalation which is still open do not count again.
    """
    found = (_together(policy, rule_id, standing, today=today) for rule_id in _FROM)
    return tuple(each for each in found if each is not None)


def _together(policy: SignalPolicy, rule_id: str, standing: Sequence[Standing], *, today: date) -> Signal | None:
    setting = policy.rules[rule_id]
    flags = _counting(standing, _FROM[rule_id], window_days=setting.numbers["window_days"], today=today)
    domains = sorted({each.domain for each in flags})
    numbers = setting.numbers
    if not setting.is_on or len(flags) < numbers["count"] or len(domains) < numbers["domains"]:
        return None
    rule, newest, level = RULES[rule_id], flags[-1], _NEXT[rule_id]
    kinds = listed([DOMAINS[each].lower() for each in domains])
    return Signal(
        rule_id=rule_id,
        level=level,
        domain=rule.domain,
        evidence_class=rule.evidence_class,
        inputs=tuple(
            Input(what=RULES[each.rule_id].title, value=each.level.name.lower(), on=each.raised_on) for each in flags
        ),
        threshold=dict(numbers),
        sentence=(
            f"{len(flags)} open signs of {len(domains)} kinds ({kinds}) between {said(flags[0].raised_on, today)} and "
            f"{said(newest.raised_on, today)} together {_TOGETHER[rule_id]}."
        ),
        facts_key=facts_key(rule_id, [str(newest.flag_id)], level),
        on=newest.raised_on,
        escalates=tuple(str(each.flag_id) for each in flags),
    )


def _counting(standing: Sequence[Standing], level: Level, *, window_days: int, today: date) -> list[Standing]:
    """Return the flags of this level that count, the oldest first: the newest and those shortly before it."""
    window = timedelta(days=window_days)
    free = [each for each in standing if each.level == level and each.domain != _ACROSS and not each.is_used]
    ordered = sorted(free, key=lambda each: (each.raised_on, str(each.flag_id)))
    if not ordered or ordered[-1].raised_on < today - window:
        return []
    return [each for each in ordered if each.raised_on >= ordered[-1].raised_on - window]
