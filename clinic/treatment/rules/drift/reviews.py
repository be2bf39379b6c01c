"""Whether the physician has to see the patient: after the first visit, after induction, now and then, after a pause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.statuses import DriftStatus, Finding
from clinic.treatment.rules.drift.windows import next_window
from clinic.treatment.rules.drift.words import day_words
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.planning.reviews import soon_enough


@dataclass(frozen=True, slots=True)
class _Due:
    """A visit to the physician that belongs between two days, both inclusive.

    One booked much later may be another one where several follow, as in an induction: then the day that is `not_after`.
    """

    opens: date
    closes: date
    not_after: date = date.max


def review_finding(facts: PlanFacts) -> Finding | None:
    """Return what is to be said of the next visit to the physician that is due and not booked in time."""
    if facts.phase not in SESSION_PHASES:
        return None
    found = (_judge(facts, due) for due in sorted(_dues(facts), key=lambda due: due.closes))
    return next((finding for finding in found if finding is not None), None)


def restart_finding(facts: PlanFacts) -> Finding | None:
    """Return that the physician comes first after too long a pause, with the day it is booked on if it is."""
    limit, today = restart_limit(facts), facts.today
    if limit is None:
        return None
    next_on = facts.day(facts.planned[0]) if facts.planned else today
    seen = any(facts.day(done) > limit for done in facts.reviews_done)
    if seen or max(today, next_on) <= limit:
        return None
    booked = [facts.day(each) for each in facts.reviews_booked if limit < facts.day(each)]
    in_time = [day for day in booked if not facts.planned or day <= next_on]
    days = facts.protocol.restart_after_days
    if in_time:
        sentence = f"More than {days} days between visits. The physician visit on {_on(facts, in_time[0])} comes first."
        return Finding(status=DriftStatus.BOOKED, sentence=sentence, booked_on=in_time[0])
    sentence = f"More than {days} days between visits. The physician has to see the patient before the next one."
    return Finding(status=DriftStatus.RESTART_NEEDS_VISIT, sentence=sentence, due_on=next_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The last day on which a course goes on just so, and what there is of the physician's visit after it."""

    last_on: date
    after_days: int
    closed_after: date
    seen_at: datetime | None
    is_visit_booked: bool


def restart_of(facts: PlanFacts) -> Restart | None:
    """Return where a course stands that may rest too long; None before its first session and where none follows."""
    limit = restart_limit(facts)
    if limit is None or facts.last_on is None or facts.phase not in SESSION_PHASES:
        return None
    return Restart(
        last_on=facts.last_on,
        after_days=(limit - facts.last_on).days,
        closed_after=limit,
        seen_at=next((done for done in facts.reviews_done if facts.day(done) > limit), None),
        is_visit_booked=any(facts.day(each) > limit for each in facts.reviews_booked),
    )


def restart_limit(facts: PlanFacts) -> date | None:
    """Return the last day on which the course may go on without a new visit to the physician.

    The taper lengthens its gaps on purpose, so its own next date is never too late a one.
    """
    if facts.last_on is None:
        return None
    limit = facts.last_on + timedelta(days=facts.protocol.restart_after_days)
    window = next_window(facts) if facts.phase is Phase.TAPER else None
    return max(limit, window.closes) if window else limit


def _judge(facts: PlanFacts, due: _Due) -> Finding | None:
    """Return a finding unless the visit took place, is booked in time, or is not to be booked yet."""
    if any(facts.day(done) >= due.opens for done in facts.reviews_done):
        return None
    booked = [day for day in map(facts.day, facts.reviews_booked) if due.opens <= day <= due.not_after]
    if any(day <= due.closes for day in booked):
        return None
    if not booked and facts.today < due.closes - timedelta(days=facts.review_lead_days):
        return None
    was_or_is = "was" if due.closes < facts.today else "is"
    what = f"booked on {_on(facts, booked[0])}" if booked else "nothing is booked"
    glue = "; it is " if booked else "; "
    return Finding(
        status=DriftStatus.REVIEW_DUE,
        sentence=f"The physician visit {was_or_is} due by {_on(facts, due.closes)}{glue}{what}.",
        window_from=due.opens,
        window_until=due.closes,
        due_on=due.closes,
        booked_on=booked[0] if booked else None,
    )


def _dues(facts: PlanFacts) -> Iterator[_Due]:
    numbers = facts.protocol.reviews
    if facts.phase is Phase.INDUCTION and facts.first_in_phase_at is not None:
        first = facts.day(facts.first_in_phase_at)
        closes = first + timedelta(days=numbers.after_first_until_days)
        soon = date.fromordinal(soon_enough(closes.toordinal(), today=facts.today.toordinal()))
        yield _Due(first + timedelta(days=numbers.after_first_from_days), closes, soon)
    if facts.induction_ended_at is not None:
        ended = facts.day(facts.induction_ended_at)
        yield _Due(ended, ended + timedelta(days=numbers.after_induction_days))
    yield _now_and_then(facts)


def _now_and_then(facts: PlanFacts) -> _Due:
    """Return the routine visit: so many days or so many visits of the course after the last one, whichever is first."""
    numbers, since = facts.protocol.reviews, facts.reviews_done[-1] if facts.reviews_done else None
    base = facts.day(since or facts.started_at)
    closes = base + timedelta(days=numbers.every_days)
    counted = [at for at in (*facts.taken, *facts.planned) if since is None or at > since]
    if len(counted) >= numbers.every_sessions:
        closes = min(closes, facts.day(counted[numbers.every_sessions - 1]))
    return _Due(base + timedelta(days=1), closes)


def _on(facts: PlanFacts, day: date) -> str:
    return day_words(facts, day)
