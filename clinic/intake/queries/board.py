"""Intakes of all patients: those that somebody waits for, and those that wait for a physician."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, Row, ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.rules.states import WITH_PATIENT, IntakeState
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRow:
    """One intake in a list, without a word of what was answered."""

    patient_id: UUID
    patient_name: str
    state: IntakeState
    since: datetime
    started_at: datetime
    last_saved_at: datetime


_NAME: ColumnElement[str] = Patient.legal_last_name + ", " + Patient.legal_first_name
_UNDER_WAY = (*WITH_PATIENT, IntakeState.WAITING)


def intakes_under_way(session: Session) -> list[IntakeRow]:
    """Return the intakes that are not decided, the longest standing first."""
    return [_row(found) for found in session.execute(_rows(Intake.state.in_(_UNDER_WAY)))]


def waiting_intakes(session: Session, panel: CompoundSelect[UUID]) -> list[IntakeRow]:
    """Return the intakes of these patients that wait for a physician, the oldest first."""
    return [_row(found) for found in session.execute(_rows(_waits(panel)))]


def count_waiting_intakes(panel: CompoundSelect[UUID]) -> ScalarSelect[int]:
    """Return the statement that counts the same."""
    wanted = select(func.count()).select_from(Intake).join(Patient, Patient.id == Intake.patient_id)
    return wanted.where(_waits(panel), Patient.status == PatientStatus.ACTIVE).scalar_subquery()


def standing_still(session: Session, *, before: datetime) -> list[Intake]:
    """Return the intakes with which patients have not gone on since then, without a change of state either."""
    is_still = Intake.state.in_(sorted(WITH_PATIENT)) & (Intake.last_saved_at < before) & (Intake.state_since < before)
    wanted = select(Intake).join(Patient, Patient.id == Intake.patient_id)
    return list(session.scalars(wanted.where(is_still, Patient.status == PatientStatus.ACTIVE).order_by(Intake.id)))


def _waits(panel: CompoundSelect[UUID]) -> ColumnElement[bool]:
    return (Intake.state == IntakeState.WAITING) & Intake.patient_id.in_(panel)


def _rows(which: ColumnElement[bool]) -> Select[Intake, str]:
    wanted = select(Intake, _NAME.label("patient_name")).join(Patient, Patient.id == Intake.patient_id)
    active = Patient.status == PatientStatus.ACTIVE
    return wanted.where(which, active).order_by(Intake.state_since, _NAME, Intake.id)


def _row(found: Row[*tuple[Any, ...]]) -> IntakeRow:
    row, name = found
    return IntakeRow(
        patient_id=row.patient_id,
        patient_name=name,
        state=IntakeState(row.state),
        since=row.state_since,
        started_at=row.created_at,
        last_saved_at=row.last_saved_at,
    )
