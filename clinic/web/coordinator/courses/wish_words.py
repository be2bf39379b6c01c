"""What the planner says of a plan: whose it is, when the patient and the support person can, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from clinic.people import queries as people
from clinic.treatment import queries
from clinic.treatment.models import TreatmentPlan
from clinic.web.coordinator.courses.hour_boxes import hours_words


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A plan as coordinators may see it: nothing of why."""

    physician_name: str
    is_physician_active: bool
    protocol: str
    patient_hours: Sequence[str]
    is_strict: bool
    support: str
    support_phone: str | None
    support_hours: Sequence[str]
    place: str


def wishes_of(session: Session, plan: TreatmentPlan) -> PlanFacts:
    """Return a plan's facts in words."""
    physician = people.physician(session, plan.physician_id)
    name, number = queries.protocol_named(session, plan.protocol_version_id)
    return PlanFacts(
        physician_name=physician.full_name,
        is_physician_active=physician.is_active,
        protocol=f"{name}, version {number}",
        patient_hours=hours_words(plan.patient_hours),
        is_strict=plan.are_patient_hours_strict,
        support=plan.support_name or "",
        support_phone=plan.support_phone or None,
        support_hours=hours_words(plan.support_hours),
        place=plan.place or "",
    )
