"""How an audit entry's details become plain JSON, what a check of the chain may say, and which entries are looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from types import MappingProxyType
from uuid import UUID


class SetupKind(StrEnum):
    """Subjects by which the clinic is set up; their entries are few among those of visits and patients."""

    PHYSICIAN = "physician"
    HOURS = "availability_rule"
    EXCEPTION = "availability_override"
    CAP = "visit_cap"
    CLOSURE = "clinic_closure"
    VISIT_TYPE = "visit_type"
    ACCOUNT = "staff_account"
    LEGAL_BASIS = "legal_basis"


Plain = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None


class UnwritableDetail(TypeError):
    """A detail is of a type that has no plain form; only codes, ids, numbers and instants belong in the trail."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that was noted outside the database: what was there then must still be there."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole chain found; `broken_at` is the first number that is missing or does not fit."""

    rows: int
    broken_at: int | None
    head_seq: int
    head_hash: bytes | None

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was edited, taken out or cut off."""
        return self.broken_at is None


def plain(value: object) -> Plain:
    """Return a detail as JSON can hold it; instants as ISO 8601, enums as their value, or raise UnwritableDetail."""
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        parts = [plain(part) for part in value]
        return parts if isinstance(value, list | tuple) else sorted(parts, key=str)
    if not isinstance(value, UUID):
        raise UnwritableDetail(f"{type(value).__name__} does not belong in the audit trail")
    return str(value)


class LookKind(StrEnum):
    """What was looked at of somebody's record, from the closest look to the most passing one."""

    EMERGENCY = "emergency"
    CHART = "chart"
    MESSAGES = "messages"
    FORMS = "forms"
    SUPPLY = "supply"
    MONEY = "money"
    RECORD = "record"
    LISTED = "listed"


_OF_KIND: Mapping[LookKind, tuple[str, ...]] = {
    LookKind.EMERGENCY: ("emergency_access.started",),
    LookKind.CHART: (
        *("chart.viewed", "summary.viewed", "summary.exported", "answers.viewed", "answers.listed"),
        *("assessment.exported", "findings.viewed", "flag.viewed", "plan.viewed", "check_in.viewed"),
        *("intake.viewed", "sign_off.viewed", "checklist.viewed"),
    ),
    LookKind.MESSAGES: ("conversation.viewed", "secure_messages.viewed"),
    LookKind.FORMS: ("form.viewed", "forms.viewed"),
    LookKind.SUPPLY: ("deliveries.viewed", "parcel.viewed", "fill.viewed", "medication.exported"),
    LookKind.MONEY: ("billing.viewed", "invoice.viewed", "invoice.exported"),
    LookKind.RECORD: (
        *("patient.viewed", "visit.viewed", "course.viewed", "patients.compared", "area.viewed"),
        *("support_person.viewed", "support_page.viewed"),
    ),
    LookKind.LISTED: (
        *("board.viewed", "courses.exported", "courses.viewed", "day.viewed", "hardship.listed", "inbox.viewed"),
        *("emergency_access.listed", "intakes.listed", "lot.viewed", "memberships.listed", "on_call.viewed"),
        *("panel.exported", "panel.viewed", "patients.listed", "patients.searched", "payments.viewed"),
        *(
            "refills.listed",
            "replacement.viewed",
            "sessions.listed",
            "report.exported",
            "today.viewed",
            "visits.exported",
        ),
        *("visits.listed", "waitlist.viewed", "week.viewed"),
    ),
}

KIND_OF: Mapping[str, LookKind] = MappingProxyType(
    {action: kind for kind, actions in _OF_KIND.items() for action in actions}
)
"""The kind of every look that the trail knows, by its action."""
