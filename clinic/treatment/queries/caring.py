"""What the monitoring calendar must know of patients: their phase, their sessions, whether they pause."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.monitoring.rules.calendar import CareFacts, SessionAt
from clinic.people.models import Patient
from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import IS_LIVE, plans_by_patient
from clinic.treatment.queries.sessions import Progress, SessionRow, progress_of
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.treatment.rules.sessions import SessionState

STILL_ASKED = timedelta(days=14)
"""So long after the end of a plan its last sessions are still asked about."""

_OF_PAIN = ("pain", "headache", "migraine", "fibromyalgia", "neuralgia", "neuropath")
_CALLED_OFF = frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})
_IS_ASKED: ColumnElement[bool] = or_(IS_LIVE, TreatmentPlan.phase_since >= bindparam("ended_since"))
_ASKED = select(TreatmentPlan.id, TreatmentPlan.patient_id).where(_IS_ASKED).order_by(TreatmentPlan.patient_id)


def monitoring_facts(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, CareFacts]:
    """Return the facts of these patients; who has no plan, and had none lately, is absent."""
    found = {plan.patient_id: (plan, patient) for plan, patient in _plans(session, patient_ids, now=now)}
    plans = {patient_id: plan for patient_id, (plan, _) in found.items()}
    known = progress_of(session, list(plans.values()), now=now)
    # In one order, so that two who keep several calendars at once wait for each other.
    return {each: _facts(*found[each], known[plans[each].id], now=now) for each in sorted(plans)}


def patients_of_pain(session: Session, patient_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of these patients whose live plan is for pain."""
    plans = plans_by_patient(session, patient_ids)
    return frozenset(patient_id for patient_id, plan in plans.items() if is_of_pain(plan))


def patients_in_calendar(session: Session, *, part: int, parts: int, now: datetime) -> list[UUID]:
    """Return the patients with a calendar whose plan's id falls into this one of so many equal parts."""
    found = session.execute(_ASKED, {"ended_since": now - STILL_ASKED})
    mine = (patient_id for plan_id, patient_id in found if plan_id.int % parts == part)
    return list(dict.fromkeys(mine))


def _plans(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> Iterable[Row[TreatmentPlan, Patient]]:
    """Return the plans with their patients, a patient's live or newest one last."""
    asked = {"of_patients": list(patient_ids), "ended_since": now - STILL_ASKED}
    found = session.execute(_with_patients(), asked)
    return sorted(found, key=lambda row: row[0].phase != Phase.ENDED)


@cache
def _with_patients() -> Select[TreatmentPlan, Patient]:
    wanted = select(TreatmentPlan, Patient).join(Patient, Patient.id == TreatmentPlan.patient_id)
    wanted = wanted.where(among(TreatmentPlan.patient_id, "of_patients"), _IS_ASKED)
    return wanted.order_by(TreatmentPlan.started_at, TreatmentPlan.id)


def _facts(plan: TreatmentPlan, patient: Patient, known: Progress, *, now: datetime) -> CareFacts:
    today = in_zone(now, patient.zone).date()
    return CareFacts(
        patient_id=patient.id,
        zone=patient.zone,
        phase=plan.phase,
        phase_since=plan.phase_since,
        plan_id=plan.id,
        sessions=tuple(_session(row) for row in known.sessions if row.visit.state is not AppointmentState.HELD),
        is_paused=_is_paused(plan.paused_until, today),
        has_pain_indication=is_of_pain(plan),
        intake_at=plan.started_at,
    )


def is_of_pain(plan: TreatmentPlan) -> bool:
    """Tell whether a plan is for pain."""
    return any(word in (plan.indication or "").lower() for word in _OF_PAIN)


def _is_paused(until: date | None, today: date) -> bool:
    return until is not None and today <= until


def _session(row: SessionRow) -> SessionAt:
    return SessionAt(
        appointment_id=row.appointment_id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        state=_state(row),
        # What is booked before treatment begins will be the beginning of it.
        phase=row.phase if row.phase in SESSION_PHASES else Phase.INDUCTION,
    )


def _state(row: SessionRow) -> str:
    if row.state is SessionState.PLANNED:
        return "booked"
    if row.state is SessionState.TAKEN:
        return "taken"
    return "canceled" if row.visit.state in _CALLED_OFF else "missed"
