"""What the gates look at: facts of one session as plain values, and the clinic's thresholds."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Moment(StrEnum):
    """When the gates are asked: before a time is offered, three days and one day before a session, and at its start."""

    OFFER = "offer"
    T72 = "t72"
    T24 = "t24"
    START = "start"


class Support(StrEnum):
    """How far the support person of a session is; who declined is not there."""

    NONE = "none"
    NAMED = "named"
    CONFIRMED = "confirmed"
    ATTESTED = "attested"


class DayCheck(StrEnum):
    """How the checklist of the day stands; one of another day or finished after the start counts as `none`."""

    NONE = "none"
    OPEN = "open"
    PASSED = "passed"
    HOLD = "hold"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the gates look at; days are the patient's, None is "no data".

    `order` is the state of the order that counts; without one `units_needed` is 0. `units_good` is what the ledger says
    may be taken on the day of the session, of which `units_unconfirmed` came in parcels that nobody confirmed. Gaps are
    to the session before this one: `hours_since` and `days_since` between the planned starts, `floor_hours_since` to
    the present start. `location_state` is where the patient will be on the day, as was said last.
    """

    appointment_id: UUID | None
    patient_id: UUID
    at: datetime
    starts_at: datetime
    on: date
    is_active: bool
    phase: str | None
    is_paused: bool
    has_hold: bool
    order: str | None
    units_needed: int
    units_good: int
    units_unconfirmed: int
    units_recalled: int
    units_out_of_date: int
    recalled_lots: tuple[str, ...] = ()
    is_membership_open: bool
    missing_consents: tuple[str, ...]
    location_state: str
    is_location_stated: bool | None
    has_license: bool
    is_covered: bool
    hours_since: int | None
    days_since: int | None
    least_gap_hours: int
    least_gap_days: int
    floor_hours_since: int | None
    support: Support
    is_attested_today: bool
    follow_ups_open: int
    last_visit_on: date | None
    checklist: DayCheck
    checklist_reasons: tuple[str, ...]
    is_first: bool
    is_clinician_there: bool

    def as_json(self) -> dict[str, Any]:
        """Return all facts as JSON has them, for the record of a check."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The clinic's thresholds: hours between two sessions that nobody goes below, days since a physician's visit."""

    floor_hours: int = 48
    visit_days: int = 90

    def as_json(self) -> dict[str, int]:
        """Return the thresholds by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | StrEnum) else value
