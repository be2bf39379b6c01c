"""What a patient was last told about a visit, and whether a move is news."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.scheduling.rules.changes import PLACED, Change
from clinic.scheduling.rules.states import AppointmentState

AT_ONCE_WITHIN = timedelta(minutes=30)
"""News about a visit that starts so soon, or would have, never waits."""


@dataclass(frozen=True, slots=True)
class Place:
    """With whom and when (UTC) a visit is."""

    physician_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of a visit's history: where the visit was after it, under which SEQUENCE."""

    at: datetime
    change: str
    sequence: int
    place: Place
    from_place: Place | None
    from_state: str | None
    is_by_patient: bool
    who: UUID | None
    name: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class LeftText:
    """A text that was handed to the provider at `at`; `is_sure` is false where it is known or likely to be lost."""

    at: datetime
    sequence: int
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """The last that a patient heard of a visit; without a place nobody knows what arrived."""

    sequence: int
    place: Place | None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """When and how a patient said that he or she will come."""

    at: datetime
    via: str


class News(StrEnum):
    """Which text a changed visit needs."""

    NONE = "none"
    FIRST = "first"
    CHANGED = "changed"


def last_told(history: Sequence[Step], texts: Collection[LeftText]) -> Told | None:
    """Return the last that the patient was told, or None when nothing ever reached him or her.

    A text counts once it is with the provider. So does what the patient did on the own page, what was confirmed, and
    a change after which staff chose to send no text because they told the patient themselves, or one text of a whole
    course told it.
    """
    known = {step.sequence: step.place for step in history}
    heard = [(step.at, step.sequence, True) for step in history if _is_heard(step)]
    heard += [(text.at, text.sequence, text.is_sure) for text in texts]
    if not heard:
        return None
    _, sequence, is_sure = max(heard)
    return Told(sequence, known.get(sequence) if is_sure else None)


def _is_heard(step: Step) -> bool:
    if step.change in {Change.NOT_TEXTED, Change.TOLD_WITH_COURSE, Change.CONFIRMED}:
        return True
    return step.is_by_patient and step.change in PLACED


def confirmation_at(history: Sequence[Step], sequence: int) -> Confirmation | None:
    """Return the patient's "yes" that stood when a visit was moved away from its place under `sequence`."""
    before = [step for step in history if step.sequence <= sequence]
    leaving = next((step for step in history if step.sequence > sequence), None)
    if leaving is None or leaving.from_state != AppointmentState.CONFIRMED:
        return None
    said = next((step for step in reversed(before) if step.change == Change.CONFIRMED), None)
    return None if said is None else Confirmation(said.at, said.reason or "staff")


def news_of(place: Place, *, told: Told | None, first: Place) -> News:
    """Return what the patient has to be told about a visit that is now at `place` and was booked at `first`."""
    if told is None:
        return News.FIRST if place == first else News.CHANGED
    return News.NONE if told.place == place else News.CHANGED


def news_due(now: datetime, *, wait: timedelta, told_start: datetime | None, starts_at: datetime) -> datetime:
    """Return when the news of a move should leave: after `wait`, or at once when the one or other start is near."""
    near = min(starts_at, told_start or starts_at)
    return now if near - now < AT_ONCE_WITHIN else now + wait
