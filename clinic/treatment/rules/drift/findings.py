"""All that is true of a plan's coming dates, worst first."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from clinic.treatment.rules.drift.aftercare import aftercare_finding
from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.reviews import restart_finding, review_finding
from clinic.treatment.rules.drift.statuses import DriftStatus, Finding, worst_first
from clinic.treatment.rules.drift.windows import Window, next_window
from clinic.treatment.rules.drift.words import between, day_words
from clinic.treatment.rules.phases import Phase

_S = DriftStatus


def findings(facts: PlanFacts) -> tuple[Finding, ...]:
    """Return all that is true of a plan's dates, worst first; there is always at least one."""
    return tuple(sorted(_all(facts), key=worst_first))


def drift_of(facts: PlanFacts) -> Finding:
    """Return the worst that is true of a plan's dates."""
    return findings(facts)[0]


def _all(facts: PlanFacts) -> Iterator[Finding]:
    yield _dates(facts)
    if facts.phase is Phase.ENDED:
        return
    if not facts.is_physician_active:
        sentence = "The physician of this plan sees nobody any more. Choose another one."
        yield Finding(status=_S.PHYSICIAN_GONE, sentence=sentence, due_on=facts.today)
    if facts.problems:
        yield Finding(status=_S.COURSE_BROKEN, sentence=facts.problems[0], due_on=_broken_by(facts))
    review = review_finding(facts)
    if review is not None:
        yield review


def _broken_by(facts: PlanFacts) -> date:
    return facts.day(facts.planned[0]) if facts.planned else facts.today


def _dates(facts: PlanFacts) -> Finding:
    if facts.phase is Phase.ENDED:
        return Finding(status=_S.ENDING, sentence="This plan has ended.")
    if facts.phase is Phase.EVALUATION:
        return _evaluation(facts)
    if facts.unsettled_at is not None:
        return _unsettled(facts)
    if facts.phase is Phase.AFTERCARE:
        return aftercare_finding(facts)
    return restart_finding(facts) or _course(facts)


def _unsettled(facts: PlanFacts) -> Finding:
    assert facts.unsettled_at is not None
    over = facts.day(facts.unsettled_at)
    sentence = f"The visit on {day_words(facts, over)} has no outcome yet. Enter it, then the next dates can be judged."
    return Finding(status=_S.OUTCOME_MISSING, sentence=sentence, due_on=over)


def _evaluation(facts: PlanFacts) -> Finding:
    if facts.reviews_booked:
        on = facts.day(facts.reviews_booked[0])
        words = f"The consultation is booked on {day_words(facts, on)}."
        return Finding(status=_S.BOOKED, sentence=words, booked_on=on)
    recent = facts.today - timedelta(days=facts.protocol.reviews.every_days)
    seen = [facts.day(each) for each in facts.reviews_done if facts.day(each) >= recent]
    if seen:
        words = f"Seen on {day_words(facts, seen[-1])}. The physician decides what comes next."
        return Finding(status=_S.EVALUATION_WAITING, sentence=words)
    return Finding(
        status=_S.EVALUATION_WAITING,
        sentence="The evaluation is open and no consultation is booked.",
        due_on=facts.day(facts.started_at),
    )


def _course(facts: PlanFacts) -> Finding:
    """Judge the next date against its window, then whether the ones after it are planned in time."""
    window = next_window(facts)
    if window is None:
        return Finding(status=_S.ENDING, sentence="All visits have taken place. The physician decides what comes next.")
    if not facts.planned:
        return _unbooked(facts, window)
    booked_on = facts.day(facts.planned[0])
    words = f"Next visit {between(facts, window)}"
    found = Finding(
        status=_S.BOOKED,
        sentence=f"{words}; it is booked on {day_words(facts, booked_on)}.",
        window_from=window.opens,
        window_until=window.closes,
        booked_on=booked_on,
    )
    if booked_on > window.closes:
        late = f"{words}; it is booked on {day_words(facts, booked_on)}, after that."
        return replace(found, status=_S.OVERDUE, sentence=late, due_on=window.closes)
    return _after_the_planned(facts) or (replace(found, status=_S.ENDING) if _is_last_booked(facts) else found)


def _unbooked(facts: PlanFacts, window: Window) -> Finding:
    status, due_on = _unbooked_status(facts, window)
    words = f"Next visit {between(facts, window)}; nothing is booked."
    if status is _S.OVERDUE:
        words = f"The next visit was due by {day_words(facts, window.closes)}; nothing is booked."
    return Finding(status=status, sentence=words, window_from=window.opens, window_until=window.closes, due_on=due_on)


def _unbooked_status(facts: PlanFacts, window: Window) -> tuple[DriftStatus, date | None]:
    if facts.today > window.closes:
        return _S.OVERDUE, window.closes
    if facts.today >= window.opens:
        return _S.IN_WINDOW, window.closes
    if facts.today >= window.opens - timedelta(days=facts.lead_days):
        return _S.UPCOMING_UNBOOKED, window.opens
    return _S.LATER, None


def _after_the_planned(facts: PlanFacts) -> Finding | None:
    """Return that the dates after those booked want booking too, once it is time for that."""
    then = facts.as_if_all_took_place()
    window = next_window(then)
    # What follows a complete induction is the physician's decision, so nobody books it ahead.
    is_complete = facts.phase is Phase.INDUCTION and then.in_phase >= facts.protocol.induction.sessions
    if window is None or is_complete or _unbooked_status(facts, window)[0] is _S.LATER:
        return None
    return Finding(
        status=_S.UPCOMING_UNBOOKED,
        sentence=f"Booked until {day_words(facts, facts.day(facts.planned[-1]))}. The visit after that belongs "
        f"{between(facts, window)}; it is not booked.",
        window_from=window.opens,
        window_until=window.closes,
        due_on=max(facts.today, window.opens),
        booked_on=facts.day(facts.planned[0]),
    )


def _is_last_booked(facts: PlanFacts) -> bool:
    return next_window(facts.as_if_all_took_place()) is None
