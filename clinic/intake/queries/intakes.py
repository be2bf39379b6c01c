"""One patient's intake: its answers, what they mean, the decisions, and whether a decision still counts."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.intake.errors import NoIntake
from clinic.intake.models import Intake, IntakeDecision, IntakeSection
from clinic.intake.rules.facts import Evidence, evidence_of
from clinic.intake.rules.questions import Answers, section
from clinic.intake.rules.states import Decision, IntakeState
from clinic.kernel.localtime import in_zone
from clinic.monitoring.queries.evidence import newest_scores
from clinic.people.models import Patient
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.policies.rules.intake import INTAKE

SCORES: Mapping[tuple[str, str], str] = {
    ("phq9", "total"): "phq9",
    ("gad7", "total"): "gad7",
    ("c_ssrs", "risk"): "c_ssrs",
    ("audit_c", "total"): "audit_c",
    ("drug_use", "times"): "drug_use",
}
"""The scores of check-ins that the rows read, by instrument and name."""


def intake_of(session: Session, patient_id: UUID) -> Intake | None:
    """Return the patient's living intake, if there is one."""
    wanted = select(Intake).where(Intake.patient_id == patient_id, Intake.state != IntakeState.CLOSED)
    return session.scalar(wanted)


def living_intake(session: Session, patient_id: UUID) -> Intake:
    """Return the patient's living intake, or raise NoIntake."""
    found = intake_of(session, patient_id)
    if found is None:
        raise NoIntake("There is no intake. Start one from the patient's page.")
    return found


def saved_sections(session: Session, intake_id: UUID) -> dict[str, IntakeSection]:
    """Return the newest of each section that was saved."""
    newest = select(IntakeSection).where(IntakeSection.intake_id == intake_id)
    newest = newest.ext(distinct_on(IntakeSection.section))
    rows = session.scalars(newest.order_by(IntakeSection.section, IntakeSection.number.desc()))
    return {row.section: row for row in rows}


def answers_in(saved: IntakeSection) -> Answers:
    """Return the answers of one saved section."""
    read = json.loads(saved.answers or "{}")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in read.items()}


def answers_of(session: Session, intake_id: UUID) -> dict[str, Answers]:
    """Return the answers that count, by section."""
    return {key: answers_in(row) for key, row in saved_sections(session, intake_id).items()}


def complete_sections(answers: Mapping[str, Answers]) -> frozenset[str]:
    """Return the sections in which nothing is missing."""
    return frozenset(key for key, given in answers.items() if section(key).is_complete(given))


def limits_now(session: Session) -> dict[str, int]:
    """Return the clinic's numbers for the intake by their names, as the rows and the questions use them."""
    return {key.value: value for key, value in numbers_of(session, INTAKE.keys()).items()}


def evidence_now(session: Session, found: Intake, patient: Patient, *, now: datetime) -> Evidence:
    """Return what an intake says now and what it means."""
    read = newest_scores(session, patient.id, SCORES)
    return evidence_of(
        answers_of(session, found.id),
        scores={SCORES[key]: int(value) for key, value in read.items()},
        limits=limits_now(session),
        born=patient.birth_date,
        today=in_zone(now, patient.zone).date(),
    )


def decisions_of(session: Session, intake_id: UUID) -> list[IntakeDecision]:
    """Return the decisions about an intake, the newest first."""
    wanted = select(IntakeDecision).where(IntakeDecision.intake_id == intake_id)
    return list(session.scalars(wanted.order_by(IntakeDecision.number.desc())))


def asked_again(session: Session, found: Intake) -> frozenset[str]:
    """Return the sections that the physician asked to look at again, while the patient is to do so."""
    newest = next(iter(decisions_of(session, found.id)), None)
    if found.state != IntakeState.NEEDS_MORE or newest is None:
        return frozenset()
    return frozenset(newest.sections)


def is_accepted(session: Session, patient_id: UUID, *, now: datetime) -> bool:
    """Tell whether a physician accepted the intake as it stands, and so lately that it counts."""
    found = intake_of(session, patient_id)
    if found is None or found.state != IntakeState.ACCEPTED:
        return False
    newest = decisions_of(session, found.id)[0]
    days = numbers_of(session, [PolicyKey.INTAKE_DECISION_DAYS])[PolicyKey.INTAKE_DECISION_DAYS]
    return newest.decision == Decision.ACCEPT and newest.at > now - timedelta(days=days)


def is_missing(session: Session, patient_id: UUID, *, now: datetime) -> bool:
    """Tell whether the clinic asks for an accepted intake before a plan begins, and there is none that counts."""
    key = PolicyKey.INTAKE_REQUIRED
    return bool(numbers_of(session, [key])[key]) and not is_accepted(session, patient_id, now=now)
