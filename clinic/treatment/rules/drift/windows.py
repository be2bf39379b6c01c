"""Between which days the next date belongs, counted from the last actual one."""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.phases import SESSION_PHASES, Phase

_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last day on which the next date is right, both inclusive."""

    opens: date
    closes: date


def next_window(facts: PlanFacts) -> Window | None:
    """Return where the next date of the course belongs, or None when the phase has no further one."""
    if facts.phase not in SESSION_PHASES:
        return None
    if facts.phase is Phase.TAPER:
        return _taper(facts)
    if facts.phase is Phase.INDUCTION and facts.in_phase < facts.protocol.induction.sessions:
        return _induction(facts)
    # A complete induction goes on with the gaps of maintenance until the physician decides.
    return _maintenance(facts)


def _induction(facts: PlanFacts) -> Window:
    numbers, since = facts.protocol.induction, facts.day(facts.phase_since)
    if facts.first_in_phase_at is None or facts.last_on is None:
        return _ordered(_earliest(facts) or since, since + timedelta(days=numbers.most_gap_days), at_least=since)
    longest = min(
        facts.last_on + timedelta(days=numbers.most_gap_days),
        facts.day(facts.first_in_phase_at) + timedelta(days=numbers.most_days),
    )
    return _ordered(_earliest(facts) or since, longest, at_least=since)


def _maintenance(facts: PlanFacts) -> Window:
    numbers, last = facts.protocol.maintenance, facts.last_on
    if last is None:
        since = facts.day(facts.phase_since)
        return Window(since, since + timedelta(days=numbers.until_days))
    return Window(last + timedelta(days=numbers.from_days), last + timedelta(days=numbers.until_days))


def _taper(facts: PlanFacts) -> Window | None:
    numbers, gaps = facts.protocol.taper, facts.protocol.taper.gaps_days
    if facts.in_phase >= len(gaps):
        return None
    opens = (facts.last_on or facts.day(facts.phase_since)) + timedelta(days=gaps[facts.in_phase])
    return Window(opens, opens + timedelta(days=numbers.leeway_days))


def _earliest(facts: PlanFacts) -> date | None:
    """Return the first day that keeps the hours between two and the most in any seven days."""
    if facts.last_at is None:
        return None
    after_hours = facts.day(facts.last_at + timedelta(hours=facts.protocol.induction.least_gap_hours))
    most = facts.protocol.weekly_most
    if len(facts.taken) < most:
        return after_hours
    return max(after_hours, facts.day(facts.taken[-most]) + timedelta(days=_A_WEEK))


def _ordered(opens: date, closes: date, *, at_least: date) -> Window:
    begins = max(opens, at_least)
    return Window(begins, max(begins, closes))
