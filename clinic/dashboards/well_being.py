"""Whether all is well with the texts: each number with the sentence that explains it, and what needs a look."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.dashboards.operations import Operations
from clinic.messaging.queries import Figures, figures
from clinic.messaging.queries.audits import Comparison

TOO_LATE = timedelta(minutes=2)
"""A text that is due for longer than this needs a look: workers send within seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number with its sentence; `is_bad` when it needs a look."""

    label: str
    value: int
    words: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WellBeing:
    """Every number, the last comparison with the provider's list, and one sentence for each thing that is wrong."""

    numbers: tuple[Number, ...]
    last: Comparison | None
    troubles: tuple[str, ...]


def well_being(session: Session, state: Operations, *, has_provider: bool, now: datetime) -> WellBeing:
    """Return how texting does, from figures that are read now."""
    found = figures(session, now=now)
    last = found.last_comparison
    numbers = tuple(_numbers(found, state))
    troubles = [*_of_processes(state, has_provider=has_provider), *_of_queues(found, state, now=now)]
    troubles += [f"{number.label}: {number.value}. {number.words}" for number in numbers if number.is_bad]
    if last is not None and not last.is_even:
        troubles.append("The last comparison with the provider's list did not come out even.")
    return WellBeing(numbers=numbers, last=last, troubles=tuple(troubles))


def _numbers(found: Figures, state: Operations) -> Iterator[Number]:
    unknown, parked = found.unknown_open, state.parked_facts
    yield Number(
        label="Without a clear answer",
        value=found.ambiguous_open,
        words="The provider's answer was lost. A worker looks each text up within minutes.",
    )
    yield Number(
        label="Nobody knows whether they arrived",
        value=unknown,
        words="Looked up in vain and not sent again. Coordinators have a task for each.",
        is_bad=unknown > 0,
    )
    yield Number(
        label="Sent more than once",
        value=found.duplicates,
        words="The provider had a text twice in the last 24 hours, after its answer was lost.",
        is_bad=found.duplicates > 0,
    )
    yield _must_be_zero("Left at night", found.sent_outside_window, "outside 8 AM to 8 PM of the reader's day")
    yield _must_be_zero("Left after an opt-out", found.sent_after_opt_out, "to a number that had asked for no texts")
    yield Number(
        label="Background work waiting",
        value=state.pending_facts,
        words="Things that happened and that a worker has yet to act on, within seconds.",
    )
    yield Number(
        label="Background work given up",
        value=parked,
        words="It failed each time it was tried and waits for you below.",
        is_bad=parked > 0,
    )


def _must_be_zero(label: str, value: int, words: str) -> Number:
    return Number(
        label=label, value=value, words=f"Texts that left in the last 24 hours {words}. Must be 0.", is_bad=value > 0
    )


def _of_processes(state: Operations, *, has_provider: bool) -> Iterator[str]:
    if not has_provider:
        yield "No provider is set: texts wait until the settings name one."
    for pulse in state.pulses:
        if pulse.is_silent:
            yield f"{pulse.label} is silent."


def _of_queues(found: Figures, state: Operations, *, now: datetime) -> Iterator[str]:
    if found.is_stopped:
        yield "All texts are stopped."
    for lane in state.lanes:
        name = lane.name.capitalize()
        if lane.paused_at is not None:
            yield f"{name}: the queue is on hold."
        elif lane.oldest_due_at is not None and now - lane.oldest_due_at > TOO_LATE and not found.is_stopped:
            yield f"{name}: one has been due for more than two minutes."
