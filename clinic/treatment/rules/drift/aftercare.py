"""The checks after the last visit of the course: which one is next, and whether it is booked."""

from dataclasses import dataclass
from datetime import date, timedelta

from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.statuses import DriftStatus, Finding
from clinic.treatment.rules.drift.windows import Window
from clinic.treatment.rules.drift.words import between, day_words

_S = DriftStatus


@dataclass(frozen=True, slots=True)
class Check:
    """A check with its number, its window and the day before which it counts; None of the last one is without end."""

    number: int
    window: Window
    before: date | None


def checks(facts: PlanFacts) -> tuple[Check, ...]:
    """Return the checks that the protocol asks for, counted from the last actual visit of the course."""
    numbers, base = facts.protocol.aftercare, facts.last_on or facts.day(facts.phase_since)
    days = [base + timedelta(weeks=weeks) for weeks in numbers.after_weeks]
    leeway = timedelta(days=numbers.leeway_days)
    following = (*days[1:], None)
    return tuple(
        Check(number, Window(day, day + leeway), before)
        for number, (day, before) in enumerate(zip(days, following, strict=True), start=1)
    )


def aftercare_finding(facts: PlanFacts) -> Finding:
    """Return what is to be said of the next check; one that was left out until the next is not asked for again."""
    left = [check for check in checks(facts) if not _is_done(facts, check) and not _is_past(facts, check)]
    if not left:
        return Finding(status=_S.ENDING, sentence="All checks have taken place. The physician can end the plan.")
    return _judge(facts, left[0], is_last=len(left) == 1)


def _judge(facts: PlanFacts, check: Check, *, is_last: bool) -> Finding:
    window, total = check.window, len(facts.protocol.aftercare.after_weeks)
    words = f"Check {check.number} of {total} {between(facts, window)}"
    booked = [facts.day(each) for each in facts.reviews_booked if _counts(facts.day(each), check)]
    if booked and booked[0] <= window.closes:
        return Finding(
            status=_S.ENDING if is_last else _S.BOOKED,
            sentence=f"{words}; it is booked on {day_words(facts, booked[0])}.",
            window_from=window.opens,
            window_until=window.closes,
            booked_on=booked[0],
        )
    is_time = facts.today >= window.opens - timedelta(days=facts.review_lead_days)
    what = f"it is booked on {day_words(facts, booked[0])}, after that." if booked else "nothing is booked."
    return Finding(
        status=_S.AFTERCARE_DUE if booked or is_time else _S.LATER,
        sentence=f"{words}; {what}",
        window_from=window.opens,
        window_until=window.closes,
        due_on=window.closes if booked or is_time else None,
        booked_on=booked[0] if booked else None,
    )


def _is_done(facts: PlanFacts, check: Check) -> bool:
    return any(_counts(facts.day(done), check) for done in facts.reviews_done)


def _is_past(facts: PlanFacts, check: Check) -> bool:
    return check.before is not None and facts.today >= check.before


def _counts(day: date, check: Check) -> bool:
    return check.window.opens <= day and (check.before is None or day < check.before)
