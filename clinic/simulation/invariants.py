"""What must hold whatever happens, each rule looked up in the tables by a function of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.simulation.truths import billing, care, starts, supply, texts
from clinic.simulation.truths.asking import Found, Span

Check = Callable[[Session, Span], Found]

DAILY: tuple[Check, ...] = (
    care.no_physician_is_booked_twice,
    care.no_patient_is_booked_twice,
    care.no_session_is_too_early,
    care.no_week_has_too_many_sessions,
    starts.no_session_without_a_go,
    care.no_visit_is_forgotten,
    care.every_urgent_flag_is_answered,
    texts.none_leaves_at_night,
    texts.none_leaves_after_stop,
    texts.none_is_doubled,
    texts.none_beyond_the_days_cap,
    texts.none_is_lost,
    texts.nothing_is_stuck,
    supply.no_balance_is_wrong,
    supply.no_unit_comes_from_nowhere,
    supply.no_fill_is_beyond_its_order,
    billing.no_day_is_billed_twice,
    billing.no_day_is_left_out,
)
WHOLE: tuple[Check, ...] = (*DAILY, billing.the_books_agree, care.the_history_is_whole)

_BACK = timedelta(days=2)
_MOST_KEPT = 20


@dataclass
class Tally:
    """How often a rule was looked up, at how many rows, and what broke it."""

    sentence: str
    looks: int = 0
    rows: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass
class Checker:
    """Looks at the rules and keeps what it finds; `since` is when the simulation began."""

    since: datetime
    tallies: dict[str, Tally] = field(default_factory=dict)

    def check(self, session: Session, *, now: datetime, is_whole: bool) -> None:
        """Look at every rule in all that there is, or at the cheap ones in what the last days brought."""
        span = Span(self.since if is_whole else max(self.since, now - _BACK), now)
        for rule in WHOLE if is_whole else DAILY:
            found = rule(session, span)
            tally = self.tallies.setdefault(rule.__name__, Tally(sentence_of(rule)))
            tally.looks += 1
            tally.rows += found.rows
            new = [fault for fault in found.faults if fault not in tally.faults]
            tally.faults += new[: _MOST_KEPT - len(tally.faults)]

    def note(self, rule: Callable[..., Found], found: Found) -> None:
        """Keep what a rule found in another way than from the tables: all of it, whatever was known before."""
        tally = self.tallies.setdefault(rule.__name__, Tally(sentence_of(rule)))
        tally.looks += 1
        tally.rows, tally.faults = found.rows, list(found.faults[:_MOST_KEPT])

    @property
    def broken(self) -> dict[str, Tally]:
        """Return the rules that do not hold."""
        return {name: tally for name, tally in self.tallies.items() if tally.faults}


def sentence_of(rule: Callable[..., Found]) -> str:
    """Return the rule in words: the first line of its function's docstring."""
    return (rule.__doc__ or "").strip().splitlines()[0]
