"""Which reviews of a plan wait for a physician's signature: after the first session, after induction, now and then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from clinic.kernel.text import clean_note
from clinic.treatment.errors import PlanRefused, ReasonTooShort
from clinic.treatment.rules.drift.facts import PlanFacts
from clinic.treatment.rules.drift.words import day_words
from clinic.treatment.rules.phases import SESSION_PHASES, Phase

LONGEST_NOTE = 1000
_SHORTEST_NOTE = 5


class ReviewKind(StrEnum):
    """What is looked back upon."""

    FIRST_SESSION = "first_session"
    END_OF_INDUCTION = "end_of_induction"
    PERIODIC = "periodic"


class ReviewDecision(StrEnum):
    """What the physician decided."""

    GO_ON = "go_on"
    CHANGE_PLAN = "change_plan"
    VISIT = "visit"
    REFER = "refer"
    TAPER = "taper"


REVIEWS: Mapping[ReviewKind, str] = MappingProxyType(
    {
        ReviewKind.FIRST_SESSION: "First session",
        ReviewKind.END_OF_INDUCTION: "End of induction",
        ReviewKind.PERIODIC: "Routine review",
    }
)

REVIEW_DECISIONS: Mapping[ReviewDecision, str] = MappingProxyType(
    {
        ReviewDecision.GO_ON: "Go on as planned",
        ReviewDecision.CHANGE_PLAN: "Change plan",
        ReviewDecision.VISIT: "See the patient",
        ReviewDecision.REFER: "Refer",
        ReviewDecision.TAPER: "Taper",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A review that waits from `opens_on` and is late after `due_on`; `about_key` names it among the plan's."""

    kind: ReviewKind
    about_key: str
    opens_on: date
    due_on: date
    sentence: str


def waiting_reviews(facts: PlanFacts, *, signed: Mapping[str, date]) -> tuple[Waiting, ...]:
    """Return the reviews that are to be signed today, the one due first in front; `signed` is by key with its day.

    A visit to the physician on or after the day a review opens settles it too, as it does for the dates.
    """
    if facts.phase not in SESSION_PHASES:
        return ()
    found = (each for each in _reviews(facts, signed) if each.about_key not in signed)
    return tuple(sorted((each for each in found if _waits(facts, each)), key=lambda each: each.due_on))


def checked_decision(decision: str, note: str | None) -> str:
    """Return what a physician wrote about a review, or raise PlanRefused or ReasonTooShort."""
    if decision not in list(ReviewDecision):
        raise PlanRefused("Choose what you decided.", field="decision")
    words = clean_note(note or "", field="note")
    if len(words) < _SHORTEST_NOTE:
        raise ReasonTooShort("Say in a sentence what you saw.", field="note")
    if len(words) > LONGEST_NOTE:
        raise PlanRefused(f"Use at most {LONGEST_NOTE:,} characters.", field="note")
    return words


def _waits(facts: PlanFacts, review: Waiting) -> bool:
    if facts.today < review.opens_on:
        return False
    if review.kind is ReviewKind.PERIODIC:
        return True
    return not any(facts.day(done) >= review.opens_on for done in facts.reviews_done)


def _reviews(facts: PlanFacts, signed: Mapping[str, date]) -> Iterator[Waiting]:
    numbers = facts.protocol.reviews
    if facts.phase is Phase.INDUCTION and facts.first_in_phase_at is not None:
        first = facts.day(facts.first_in_phase_at)
        yield _review(
            facts,
            ReviewKind.FIRST_SESSION,
            first,
            opens=first + timedelta(days=numbers.after_first_from_days),
            closes=first + timedelta(days=numbers.after_first_until_days),
            what=f"The first session was on {day_words(facts, first)}",
        )
    if facts.induction_ended_at is not None:
        ended = facts.day(facts.induction_ended_at)
        yield _review(
            facts,
            ReviewKind.END_OF_INDUCTION,
            ended,
            opens=ended,
            closes=ended + timedelta(days=numbers.after_induction_days),
            what=f"The last session of induction was on {day_words(facts, ended)}",
        )
    yield _periodic(facts, signed)


def _periodic(facts: PlanFacts, signed: Mapping[str, date]) -> Waiting:
    """Return the routine review: so many days or sessions after the last visit or signature, whichever is first."""
    numbers = facts.protocol.reviews
    base = max([facts.day(facts.started_at), *(facts.day(at) for at in facts.reviews_done), *signed.values()])
    closes = base + timedelta(days=numbers.every_days)
    taken = [facts.day(at) for at in facts.taken if facts.day(at) > base]
    if len(taken) >= numbers.every_sessions:
        closes = min(closes, taken[numbers.every_sessions - 1])
    count = f"{len(taken)} {'session' if len(taken) == 1 else 'sessions'} since"
    return _review(
        facts,
        ReviewKind.PERIODIC,
        base,
        opens=closes - timedelta(days=facts.review_lead_days),
        closes=closes,
        what=f"The last look back was on {day_words(facts, base)}, with {count}",
    )


def _review(facts: PlanFacts, kind: ReviewKind, about: date, *, opens: date, closes: date, what: str) -> Waiting:
    was_or_is = "was" if closes < facts.today else "is"
    return Waiting(
        kind=kind,
        about_key=f"{kind}:{about}",
        opens_on=opens,
        due_on=closes,
        sentence=f"{what}. The review {was_or_is} due by {day_words(facts, closes)}.",
    )
