"""Calls with patients and notes about them: which facts each needs, and when it can have been."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.kernel.text import clean_note
from clinic.people.errors import ContactRefused

LONGEST = 2000
"""So many characters has the text of one entry at most."""

_OLDEST = timedelta(days=10 * 366)
_A_MINUTE = timedelta(minutes=1)


class ContactKind(StrEnum):
    """What an entry of the contact log is (FHIR Communication.category)."""

    CALL = "call"
    NOTE = "note"


class Direction(StrEnum):
    """Who called whom."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class CallOutcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """What somebody wants to write down; `happened_at` None means now. Only calls have a direction and an outcome."""

    kind: ContactKind
    direction: Direction | None = None
    outcome: CallOutcome | None = None
    body: str | None = field(default=None, repr=False)
    happened_at: datetime | None = None


def checked_contact(new: NewContact, *, now: datetime) -> NewContact:
    """Return the entry with a clean text and its time, or raise ContactRefused with the field to put right."""
    body = clean_note(new.body or "", field="body")
    if len(body) > LONGEST:
        raise ContactRefused(f"Use at most {LONGEST:,} characters. Split a longer text into two notes.", field="body")
    if new.kind is ContactKind.NOTE and not body:
        raise ContactRefused("Write what should be remembered.", field="body")
    if new.kind is ContactKind.CALL and (new.direction is None or new.outcome is None):
        raise ContactRefused("Choose how the call ended.", field="outcome")
    is_call = new.kind is ContactKind.CALL
    return NewContact(
        kind=new.kind,
        direction=new.direction if is_call else None,
        outcome=new.outcome if is_call else None,
        body=body or None,
        happened_at=_time_of(new.happened_at, now=now),
    )


def at_its_time(new: NewContact, happened_at: datetime) -> NewContact:
    """Return a correction with the time of what it corrects, unless it names another minute."""
    is_same = new.happened_at is None or new.happened_at == _floor(happened_at)
    return replace(new, happened_at=happened_at) if is_same else new


def says_the_same(one: NewContact, other: NewContact) -> bool:
    """Tell whether two entries differ in nothing; forms know times to the minute, so seconds do not count."""
    return _to_the_minute(one) == _to_the_minute(other)


def _time_of(happened_at: datetime | None, *, now: datetime) -> datetime:
    """Return when it was; the present minute is now, so that entries made within it keep their order."""
    if happened_at is None or happened_at == _floor(now):
        return now
    if happened_at > now:
        raise ContactRefused("This is still to come. Choose a time that has passed.", field="on")
    if now - happened_at > _OLDEST:
        raise ContactRefused("This is more than ten years ago. Check the year.", field="on")
    return happened_at


def _to_the_minute(entry: NewContact) -> NewContact:
    return entry if entry.happened_at is None else replace(entry, happened_at=_floor(entry.happened_at))


def _floor(instant: datetime) -> datetime:
    return instant - (instant - datetime.min.replace(tzinfo=instant.tzinfo)) % _A_MINUTE
