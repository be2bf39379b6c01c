"""Calling a physician at any hour about an answer that cannot wait."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.queries.intakes import evidence_now
from clinic.intake.rules.eligibility import Danger
from clinic.kernel.actor import Actor
from clinic.oncall import actions as oncall
from clinic.oncall.queries import open_pages
from clinic.oncall.rules import PageKind
from clinic.people.models import Patient


def is_in_danger(session: Session, found: Intake, patient: Patient, *, now: datetime) -> bool:
    """Tell whether the answers as they stand call for a person at once."""
    return evidence_now(session, found, patient, now=now).verdict.danger is Danger.CALL


def heed_danger(session: Session, found: Intake, patient: Patient, *, before: bool, by: Actor, now: datetime) -> None:
    """Call for a physician if the answers tell of danger and did not `before`; one call for a patient is enough."""
    if before or not is_in_danger(session, found, patient, now=now):
        return
    if any(one.kind is PageKind.URGENT_FLAG and one.patient_id == patient.id for one in open_pages(session)):
        return
    oncall.open_page(
        session,
        kind=PageKind.URGENT_FLAG,
        dedupe_key=f"{PageKind.URGENT_FLAG}:intake:{found.id}:{now.isoformat()}",
        patient_id=patient.id,
        by=by,
        now=now,
    )
