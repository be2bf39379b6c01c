"""Plans by patient, by physician and by id, with their history, and who may decide about them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.statements import among
from clinic.people.models import Patient, Physician
from clinic.people.queries import may_see
from clinic.treatment.errors import NoPlan, UnknownPlan
from clinic.treatment.models import PlanChange, PlanPhase, ProtocolVersion, TreatmentPlan
from clinic.treatment.rules.phases import Phase

IS_LIVE: ColumnElement[bool] = TreatmentPlan.phase != Phase.ENDED
_IS_THIS: ColumnElement[bool] = TreatmentPlan.id == bindparam("of_plan")
_IS_LIVE_OF_THESE: ColumnElement[bool] = among(TreatmentPlan.patient_id, "of_patients") & IS_LIVE
_LIVE_OF_THESE = select(TreatmentPlan).where(_IS_LIVE_OF_THESE)
_LIVE = select(TreatmentPlan).where(TreatmentPlan.patient_id == bindparam("of_patient"), IS_LIVE)
_OF_PATIENT = (
    select(TreatmentPlan)
    .where(TreatmentPlan.patient_id == bindparam("of_patient"))
    .order_by(TreatmentPlan.started_at.desc(), TreatmentPlan.id)
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which plans are asked about: a condition that is always the same object, and the values that go with it.

    Statements are built once for each of the three conditions.
    """

    condition: ColumnElement[bool]
    values: Mapping[str, object]


ALL_LIVE = Which(IS_LIVE, {})


def this_plan(plan_id: UUID) -> Which:
    """Return one plan, live or not, as what is asked about."""
    return Which(_IS_THIS, {"of_plan": plan_id})


def live_of(patient_ids: Collection[UUID]) -> Which:
    """Return the live plans of these patients as what is asked about."""
    return Which(_IS_LIVE_OF_THESE, {"of_patients": list(patient_ids)})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in a list, with names; `number` is the version of its protocol, `version` the plan's own."""

    plan_id: UUID
    patient_id: UUID
    patient_name: str
    physician_id: UUID
    physician_name: str
    phase: Phase
    number: int
    has_adjustments: bool
    version: int


def plan(session: Session, plan_id: UUID) -> TreatmentPlan:
    """Return the plan, or raise UnknownPlan."""
    found = session.get(TreatmentPlan, plan_id)
    if found is None:
        raise UnknownPlan
    return found


def plan_of_patient(session: Session, patient_id: UUID) -> TreatmentPlan | None:
    """Return the patient's plan that has not ended, if there is one."""
    return session.scalar(_LIVE, {"of_patient": patient_id})


def plan_for(session: Session, *, patient_id: UUID) -> TreatmentPlan:
    """Return the patient's plan that has not ended, or raise NoPlan."""
    found = plan_of_patient(session, patient_id)
    if found is None:
        raise NoPlan("This patient has no plan yet. Open one first.")
    return found


def plans_of_patient(session: Session, patient_id: UUID) -> list[TreatmentPlan]:
    """Return every plan of a patient, ended ones too, the newest first."""
    return list(session.scalars(_OF_PATIENT, {"of_patient": patient_id}))


def plans_by_patient(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, TreatmentPlan]:
    """Return the plans of these patients that have not ended; patients without one are absent."""
    found = session.scalars(_LIVE_OF_THESE, {"of_patients": list(patient_ids)})
    return {each.patient_id: each for each in found}


def live_plans(session: Session, *, physician_id: UUID | None = None) -> list[TreatmentPlan]:
    """Return the plans that have not ended, of one physician or of everybody, the oldest first."""
    wanted = select(TreatmentPlan).where(IS_LIVE).order_by(TreatmentPlan.started_at, TreatmentPlan.id)
    if physician_id is not None:
        wanted = wanted.where(TreatmentPlan.physician_id == physician_id)
    return list(session.scalars(wanted))


def phases_of(session: Session, plan_id: UUID) -> list[PlanPhase]:
    """Return every phase that a plan entered, the first one first."""
    wanted = select(PlanPhase).where(PlanPhase.plan_id == plan_id)
    return list(session.scalars(wanted.order_by(PlanPhase.at, PlanPhase.from_phase.is_not(None), PlanPhase.id)))


def changes_of(session: Session, plan_id: UUID) -> list[PlanChange]:
    """Return what people changed in a plan, the newest first."""
    wanted = select(PlanChange).where(PlanChange.plan_id == plan_id)
    return list(session.scalars(wanted.order_by(PlanChange.at.desc(), PlanChange.id)))


def change_details(change: PlanChange) -> dict[str, tuple[object, object]]:
    """Return before and after of each field that a change touched; for physicians only."""
    stored = json.loads(change.details or "{}")
    return {field: (before, after) for field, (before, after) in stored.items()}


def who_is_affected(session: Session, protocol_id: UUID) -> list[PlanRow]:
    """Return the plans that have not ended and follow a version of this protocol, by the patient's name."""
    wanted = (
        select(TreatmentPlan, Patient, Physician.full_name, ProtocolVersion.number)
        .join(ProtocolVersion, ProtocolVersion.id == TreatmentPlan.protocol_version_id)
        .join(Patient, Patient.id == TreatmentPlan.patient_id)
        .join(Physician, Physician.id == TreatmentPlan.physician_id)
        .where(ProtocolVersion.protocol_id == protocol_id, IS_LIVE)
        .order_by(Patient.legal_last_name, Patient.legal_first_name, Patient.id)
    )
    return [
        PlanRow(
            plan_id=found.id,
            patient_id=found.patient_id,
            patient_name=f"{patient.legal_last_name}, {patient.legal_first_name}",
            physician_id=found.physician_id,
            physician_name=physician_name,
            phase=Phase(found.phase),
            number=number,
            has_adjustments=bool(found.adjustments),
            version=found.version,
        )
        for found, patient, physician_name, number in session.execute(wanted)
    ]


def may_decide(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    """Tell whether the actor is a physician of the patient's care team, who decides what is clinical."""
    if actor.kind is not ActorKind.STAFF or not actor.has(Role.PHYSICIAN):
        return False
    as_physician = replace(actor, roles=frozenset({Role.PHYSICIAN}))
    return may_see(session, actor=as_physician, patient_id=patient_id, now=now)


def may_plan(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    """Tell whether the actor may open a plan and arrange its dates: coordinators, administrators, the care team."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is not ActorKind.STAFF:
        return False
    return actor.has(Role.COORDINATOR, Role.ADMIN) or may_decide(session, actor=actor, patient_id=patient_id, now=now)
