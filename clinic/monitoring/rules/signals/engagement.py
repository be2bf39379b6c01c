"""Signs of losing touch: required check-ins without an answer (D16)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from clinic.monitoring.rules.evidence import CheckInFact, Evidence
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals.seeing import Numbers, Seen, counted, said
from clinic.monitoring.rules.signals.signal import Input


def missed_check_ins(evidence: Evidence, numbers: Numbers) -> Iterable[Seen] | None:
    """D16: required check-ins overdue, several in a row, or one for long."""
    asked = [each for each in evidence.check_ins if each.is_required and each.state not in {"planned", "canceled"}]
    if not asked:
        return None
    ordered = sorted(asked, key=lambda each: each.due_on)
    return _runs(ordered, evidence, numbers)


def _runs(asked: Sequence[CheckInFact], evidence: Evidence, numbers: Numbers) -> Iterator[Seen]:
    """Yield one sight for each run of check-ins without an answer; the run that goes on still holds."""
    run: list[CheckInFact] = []
    for each in asked:
        if _is_overdue(each, evidence, numbers):
            run.append(each)
        elif each.state == "done" and run:
            yield _sight(run, each.done_on or each.due_on, evidence, numbers=numbers, holds=False)
            run = []
    if run:
        yield _sight(run, evidence.today, evidence, numbers=numbers, holds=True)


def _is_overdue(asked: CheckInFact, evidence: Evidence, numbers: Numbers) -> bool:
    late_on = asked.due_on + timedelta(days=numbers["overdue_days"])
    return asked.state == "missed" or (asked.state == "open" and late_on <= evidence.today)


def _sight(run: Sequence[CheckInFact], until: date, evidence: Evidence, *, numbers: Numbers, holds: bool) -> Seen:
    days = (until - run[0].due_on).days
    is_long, in_row = days > numbers["hold_days"], len(run)
    level = Level.HOLD if is_long or in_row >= numbers["hold_count"] else Level.INFO
    if level is Level.INFO and in_row >= numbers["watch_count"]:
        level = Level.WATCH
    since = said(run[0].due_on, evidence.today)
    row = f"{counted(in_row, 'required check-in')} in a row" if in_row > 1 else "A required check-in"
    late = f", {counted(days, 'day')} long" if is_long else ""
    return Seen(
        level=level,
        on=run[-1].due_on,
        facts=(*(f"check-in {each.due_on}" for each in run), *(("long",) if is_long else ())),
        inputs=tuple(Input(what="Required check-in", value="no answer", on=each.due_on) for each in run),
        sentence=f"{row} without an answer since {since}{late}.",
        used=("overdue_days", "watch_count", "hold_count", "hold_days"),
        holds=holds,
    )
