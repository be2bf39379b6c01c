"""Names and value types of messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class Policy(StrEnum):
    """What to do when it stays unknown whether a text left: send again, or rather not at all."""

    AT_LEAST_ONCE = "ALO"
    AT_MOST_ONCE = "AMO"


class Category(StrEnum):
    """Why a text is sent, which decides about hours, consent and the daily cap: only `service` texts count for the cap.

    What goes to patients keeps the hours of the day, a text for safety too; `marketing` needs a consent of its own,
    which nobody gives yet.
    """

    SERVICE = "service"
    SAFETY = "safety"
    AUTO = "auto"
    STAFF = "staff"
    MARKETING = "marketing"


BY_DAY = frozenset({Category.SERVICE, Category.SAFETY, Category.MARKETING})
"""What is sent between 08:00 and 20:00 only; answers to what a phone wrote and staff pages go at any hour."""


class OutsideWindow(StrEnum):
    """What becomes of a text that is due outside 08:00-20:00 of its recipient's day."""

    EARLIER = "earlier"
    FIRST_THING = "first_thing"
    DROP = "drop"


class RecipientKind(StrEnum):
    """Who reads the text."""

    PATIENT = "patient"
    STRANGER = "stranger"
    STAFF = "staff"


class MessageState(StrEnum):
    """Where a message stands; the words are those of the sending protocol."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"


WAITING = (MessageState.PENDING, MessageState.CLAIMED)
"""States in which a message can still be called back: nothing has been promised to the provider."""

WITH_PROVIDER = (MessageState.ACCEPTED, MessageState.SENT)
"""States in which the provider has the text and may still report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a text: `phone_id` is the address, `zone` an IANA name, `language` en or es."""

    kind: RecipientKind
    id: UUID | None
    phone_id: UUID
    language: str
    zone: str


class Reader(Protocol):
    """A patient, as far as texts need to know one."""

    @property
    def id(self) -> UUID:
        """Return the patient's id."""

    @property
    def phone_id(self) -> UUID:
        """Return the number that texts go to."""

    @property
    def language(self) -> str:
        """Return en or es."""

    @property
    def zone(self) -> str:
        """Return the IANA zone of the patient's days."""


def recipient_of(patient: Reader) -> Recipient:
    """Return a patient as the reader of a text."""
    return Recipient(
        kind=RecipientKind.PATIENT,
        id=patient.id,
        phone_id=patient.phone_id,
        language=patient.language,
        zone=patient.zone,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The row that a text is about, in the version that the text tells of; the guard compares it at send time."""

    kind: str
    id: UUID | None
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a guard sees of a message that is about to be sent."""

    message_id: UUID
    template_key: str
    subject_kind: str
    subject_id: UUID | None
    subject_version: int | None
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Send:
    """The text is still true: send it."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The text is no longer true or wanted; `reason` is a short code for history."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The text may be true later: judge again at `until`."""

    until: datetime
    reason: str = "later"


Verdict = Send | Drop | Later
