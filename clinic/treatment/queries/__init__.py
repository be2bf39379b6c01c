"""Reads of plans, protocols and sessions."""

from clinic.treatment.queries.caring import monitoring_facts
from clinic.treatment.queries.headers import PlanHeader, header, headers
from clinic.treatment.queries.plans import (
    PlanRow,
    change_details,
    changes_of,
    live_plans,
    may_decide,
    may_plan,
    phases_of,
    plan,
    plan_for,
    plan_of_patient,
    plans_by_patient,
    plans_of_patient,
    who_is_affected,
)
from clinic.treatment.queries.protocols import (
    ProtocolRow,
    default_version,
    protocol_named,
    protocol_version,
    protocol_versions,
    protocols,
    rules_of_plan,
    rules_of_plans,
)
from clinic.treatment.queries.sessions import Progress, SessionRow, progress, progress_of

__all__ = [
    "PlanHeader",
    "PlanRow",
    "Progress",
    "ProtocolRow",
    "SessionRow",
    "change_details",
    "changes_of",
    "default_version",
    "header",
    "headers",
    "live_plans",
    "may_decide",
    "may_plan",
    "monitoring_facts",
    "phases_of",
    "plan",
    "plan_for",
    "plan_of_patient",
    "plans_by_patient",
    "plans_of_patient",
    "progress",
    "progress_of",
    "protocol_named",
    "protocol_version",
    "protocol_versions",
    "protocols",
    "rules_of_plan",
    "rules_of_plans",
    "who_is_affected",
]
