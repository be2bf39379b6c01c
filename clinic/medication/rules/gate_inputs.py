"""What the gate looks at: facts of one patient as plain values, and the clinic's thresholds."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.units import LotFacts


class Moment(StrEnum):
    """When the gate is asked: before a fill is released, before a parcel leaves, and whenever somebody looks."""

    RELEASE = "release"
    SHIP = "ship"
    SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """The order that would be filled; `fills_done` leaves out the fill in question and those that came to nothing."""

    id: UUID
    state: OrderState
    issued_on: date
    expires_on: date
    refills: int
    fills_done: int
    quantity: int
    units_per_session: int
    days_supply: int
    physician_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PdmpFacts:
    """The latest look into a state's monitoring program."""

    id: UUID
    state: str
    checked_at: datetime
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCount:
    """The patient's last count; `missing` below 0 says that there were too many."""

    on: date
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriberFacts:
    """What the prescriber holds today in the patient's state; `has_cds` counts where the state asks for it."""

    has_license: bool
    has_dea: bool
    has_cds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GateInputs:
    """Everything the gate looks at; days are the patient's, None is "no data".

    What nobody asked yet (agreements, payment and what it leaves, the area of the address, an adult at home) is no
    reason.
    `fill_units` are the units in question where they differ from the order's. `last_supplied_on` is when the last units
    came, `expected_on_hand` what the ledger says is there, `overdue_check_ins` and `missing_consents` are codes.
    `lots` and `next_session_on` count when a parcel leaves. `covered_until` and `last_basis` (the rule with its source)
    say what ended where nothing covers today.
    """

    patient_id: UUID
    at: datetime
    today: date
    state: str
    is_active: bool
    phase: str | None
    order: OrderFacts | None
    prescriber: PrescriberFacts | None
    has_pharmacy_license: bool | None
    is_covered: bool
    covered_until: date | None = None
    last_basis: str | None = None
    pdmp: PdmpFacts | None
    last_visit_on: date | None
    holds: int
    overdue_check_ins: tuple[str, ...]
    missing_consents: tuple[str, ...] | None = None
    is_paid: bool | None = None
    shipments_left: int | None = None
    fill_units: int | None = None
    last_supplied_on: date | None
    last_days_supply: int | None
    expected_on_hand: int
    last_count: LastCount | None
    recalled_on_hand: int
    open_disputes: int
    parcels_under_way: int
    address_confirmed_on: date | None
    is_address_served: bool | None = None
    is_adult_available: bool | None = None
    lots: tuple[LotFacts, ...] = ()
    next_session_on: date | None = None

    @property
    def units(self) -> int | None:
        """Return how many units would be sent."""
        if self.fill_units is not None:
            return self.fill_units
        return self.order.quantity if self.order else None

    def allowed_on(self, policy: "GatePolicy") -> date | None:
        """Return the first day on which more may be sent, or None where nothing was sent yet."""
        if self.last_supplied_on is None or self.last_days_supply is None:
            return None
        return self.last_supplied_on + timedelta(days=self.last_days_supply - policy.refill_early_days)

    def as_json(self) -> dict[str, Any]:
        """Return all inputs as JSON has them, for the record of a decision."""
        return _as_json(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """The clinic's thresholds, in days and units."""

    most_units_on_hand: int
    pdmp_valid_days: int = 1
    refill_early_days: int = 2
    visit_days: int = 90
    address_confirmed_days: int = 14
    count_valid_days: int = 7
    beyond_use_margin_days: int = 2

    def as_json(self) -> dict[str, int]:
        """Return the thresholds by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to the gate."""

    inputs: GateInputs
    policy: GatePolicy
    moment: Moment


def _as_json(facts: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass of facts
    return {each.name: _plain(getattr(facts, each.name)) for each in fields(facts)}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if is_dataclass(value):
        return _as_json(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | StrEnum) else value
