"""Which entries of the trail are looks at somebody's record, and of what kind: what a patient is told of them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class LookKind(StrEnum):
    """What was looked at, from the closest look to the most passing one."""

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
        *("intake.viewed", "sign_off.viewed"),
    ),
    LookKind.MESSAGES: ("conversation.viewed", "secure_messages.viewed"),
    LookKind.FORMS: ("form.viewed", "forms.viewed"),
    LookKind.SUPPLY: ("deliveries.viewed", "parcel.viewed", "fill.viewed", "medication.exported"),
    LookKind.MONEY: ("billing.viewed", "invoice.viewed", "invoice.exported"),
    LookKind.RECORD: ("patient.viewed", "visit.viewed", "course.viewed", "patients.compared", "area.viewed"),
    LookKind.LISTED: (
        *("board.viewed", "courses.exported", "courses.viewed", "day.viewed", "hardship.listed", "inbox.viewed"),
        *("emergency_access.listed", "intakes.listed", "lot.viewed", "memberships.listed", "on_call.viewed"),
        *("panel.exported", "panel.viewed", "patients.listed", "patients.searched", "payments.viewed"),
        *("refills.listed", "replacement.viewed", "report.exported", "today.viewed", "visits.exported"),
        *("visits.listed", "waitlist.viewed", "week.viewed"),
    ),
}

KIND_OF: Mapping[str, LookKind] = MappingProxyType(
    {action: kind for kind, actions in _OF_KIND.items() for action in actions}
)
"""The kind of every look that the trail knows, by its action."""
