"""When a failed invoice is tried again, when it is not, and what follows when nothing came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

RETRY_DAYS = (3, 7, 14)
"""Days after the first failed attempt, as the design of the clinic's notices has it."""
SUSPENDED_AFTER_DAYS = 21
SUSPENDED_AFTER_HARD_DAYS = 7
CANCELED_AFTER_DAYS = 30


@dataclass(frozen=True, slots=True)
class Attempt:
    """One ended attempt to collect an invoice: the day, whether it is hard, and which card it asked."""

    on: date
    is_hard: bool
    card: object


def next_attempt_on(attempts: Sequence[Attempt], *, card: object, today: date) -> date | None:
    """Return the day of the next attempt at an invoice, today where it never was tried or the card is a new one.

    `attempts` are those that failed, in any order; None means that nothing is tried until the card changes.
    """
    if card is None:
        return None
    of_card = [each for each in attempts if each.card == card]
    if not of_card:
        return today
    if any(each.is_hard for each in of_card):
        return None
    first, tried = min(each.on for each in attempts), max(each.on for each in attempts)
    return next((day for after in RETRY_DAYS if (day := first + timedelta(days=after)) > tried), None)


def suspends_on(past_due_on: date, attempts: Sequence[Attempt], *, card: object) -> date:
    """Return the day on which a membership is suspended: sooner where its card can never be charged."""
    is_hopeless = any(each.is_hard and each.card == card for each in attempts)
    return past_due_on + timedelta(days=SUSPENDED_AFTER_HARD_DAYS if is_hopeless else SUSPENDED_AFTER_DAYS)


def may_cancel_on(past_due_on: date) -> date:
    """Return the first day on which a suspended membership may be canceled, once a clinician closed the hand-over."""
    return past_due_on + timedelta(days=CANCELED_AFTER_DAYS)
