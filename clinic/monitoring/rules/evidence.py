"""What the signal rules look at: one patient's scores, answers, sessions, check-ins and findings, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One number that a patient gave or that was computed from answers; `on` is the patient's own date."""

    value: Decimal
    at: datetime
    on: date
    assessment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTaken:
    """A session that took place, in which phase of the plan, and how many units were taken where that was logged."""

    appointment_id: UUID
    at: datetime
    on: date
    phase: str
    units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInFact:
    """A check-in of one day: `state` is planned, open, done, missed or canceled."""

    due_on: date
    state: str
    is_required: bool
    done_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFact:
    """What a physician recorded; `details` has the codes and numbers that its kind names."""

    id: UUID
    kind: str
    on: date
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillRequest:
    """A request for a refill, and the first day on which the plan allows the next shipment."""

    id: UUID
    on: date
    allowed_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCount:
    """A patient's own count of units, and what should be there since the count before, which left `before`."""

    id: UUID
    on: date
    before: int
    dispensed: int
    taken: int
    wasted: int
    counted: int

    @property
    def missing(self) -> int:
        """Return how many units nobody accounts for since the count before; below 0 there are too many."""
        return self.before + self.dispensed - self.taken - self.wasted - self.counted


@dataclass(frozen=True, slots=True, kw_only=True)
class LossClaim:
    """Units said to be lost, stolen or damaged."""

    id: UUID
    on: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDispute:
    """A parcel said not to have arrived, and the day of the carrier's adult signature, if it has one."""

    id: UUID
    on: date
    signed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChange:
    """A new address or phone (`what`)."""

    id: UUID
    on: date
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedContact:
    """A device, address or phone (`what`) that other patients use too, seen on a day."""

    id: UUID
    on: date
    what: str
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFacts:
    """Changes of contact data, what is shared with other patients, and what parcels have to do with it.

    `forwarded_on` are the days on which a mailbox's or a forwarder's address was given, `sent_on` those on which a
    parcel left.
    """

    changes: tuple[ContactChange, ...] = ()
    shared: tuple[SharedContact, ...] = ()
    forwarded_on: tuple[date, ...] = ()
    sent_on: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedUnits:
    """How many units a session may have by an order that counts from one day until another."""

    id: UUID
    units: int
    from_on: date
    until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramCheck:
    """What one look into the prescription monitoring program showed besides our own prescriptions."""

    id: UUID
    on: date
    prescribers: int
    pharmacies: int
    has_other_ketamine: bool
    is_explained: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFacts:
    """The looks into the prescription monitoring program, and the day by which the next one is due."""

    checks: tuple[ProgramCheck, ...] = ()
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """What other parts of the product know; None is "no data", an empty tuple is "looked, and there is none"."""

    refill_requests: tuple[RefillRequest, ...] | None = None
    ledger: tuple[UnitCount, ...] | None = None
    loss_claims: tuple[LossClaim, ...] | None = None
    deliveries: tuple[DeliveryDispute, ...] | None = None
    contact_changes: ContactFacts | None = None
    orders: tuple[OrderedUnits, ...] | None = None
    pdmp: ProgramFacts | None = None


Key = tuple[str, str]
"""Instrument and score, or instrument and item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything the rules know of one patient at `now`; `today` is the patient's date, readings are oldest first.

    `phase`, `minimum_gap` and `planned_per_28_days` are those of the running plan, `started_on` the day its sessions
    began.
    """

    patient_id: UUID
    now: datetime
    today: date
    phase: str | None = None
    started_on: date | None = None
    scores: Mapping[Key, tuple[Reading, ...]] = field(default_factory=dict)
    answers: Mapping[Key, tuple[Reading, ...]] = field(default_factory=dict)
    sessions: tuple[SessionTaken, ...] = ()
    minimum_gap: timedelta | None = None
    planned_per_28_days: int | None = None
    check_ins: tuple[CheckInFact, ...] = ()
    findings: tuple[FindingFact, ...] = ()
    supplied: Supplied = field(default_factory=Supplied)

    def score(self, instrument: str, name: str) -> tuple[Reading, ...]:
        """Return the readings of a score, the oldest first."""
        return self.scores.get((instrument, name), ())

    def answer(self, instrument: str, item: str) -> tuple[Reading, ...]:
        """Return the readings of an item, the oldest first."""
        return self.answers.get((instrument, item), ())

    def found(self, *kinds: str) -> tuple[FindingFact, ...]:
        """Return the findings of these kinds, the oldest first."""
        return tuple(sorted((each for each in self.findings if each.kind in kinds), key=lambda each: each.on))
