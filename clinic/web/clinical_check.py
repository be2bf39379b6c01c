"""The line at the head of a patient's pages while sessions wait for a physician; no other word about why."""

from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session, object_session

from clinic.kernel.actor import ActorKind
from clinic.monitoring.queries.flags import has_hold
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.treatment.queries import plan_of_patient
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import actor, now, runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicalCheck:
    """Who decides, and the page of the check for those who may open it."""

    physician: str
    href: str | None

    @property
    def words(self) -> str:
        """Return the one sentence that everybody at the clinic may read."""
        return f"A clinical check is open: {self.physician} decides."


def clinical_check_of(patient: Patient) -> ClinicalCheck | None:
    """Return the line of a patient, read in the page's own transaction where that is still open."""
    if actor().kind is not ActorKind.STAFF:
        return None
    session = object_session(patient)
    if session is not None and session.is_active and session.in_transaction():
        return check_of(session, patient.id)
    with runtime().begin(by=actor()) as own:
        return check_of(own, patient.id)


def check_of(session: Session, patient_id: UUID) -> ClinicalCheck | None:
    """Return the line of a patient, or None while nothing stands in the way of a session."""
    if not has_hold(session, patient_id):
        return None
    href = url_for("physician.findings", patient_id=patient_id) if may_open("physician.findings") else None
    return ClinicalCheck(physician=_decider(session, patient_id), href=href)


def _decider(session: Session, patient_id: UUID) -> str:
    plan = plan_of_patient(session, patient_id)
    if plan is not None:
        return people.physician(session, plan.physician_id).full_name
    team = people.care_team_of(session, patient_id=patient_id, now=now())
    return team[0][1].full_name if team else "a physician"
