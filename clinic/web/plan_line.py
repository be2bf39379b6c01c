"""Phase and next step for the header of a patient's pages, with the address of the plan for who may open it."""

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session, object_session

from clinic.people.models import Patient
from clinic.treatment import queries
from clinic.treatment.queries import PlanHeader
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now, runtime

_PAGES = ("coordinator.course", "physician.plan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """What the header says, and where the plan is; no address for who may not open it."""

    header: PlanHeader
    href: str | None


def plan_line_of(patient: Patient) -> PlanLine:
    """Return the line of a patient, read in the page's own transaction where that is still open."""
    session = object_session(patient)
    if session is not None and session.is_active and session.in_transaction():
        return _line(session, patient.id)
    with runtime().begin(by=actor()) as own:
        return _line(own, patient.id)


def _line(session: Session, patient_id: UUID) -> PlanLine:
    page = next((endpoint for endpoint in _PAGES if may_open(endpoint)), None)
    return PlanLine(
        header=queries.header(session, patient_id, now=now()),
        href=url_for(page, patient_id=patient_id) if page else None,
    )
