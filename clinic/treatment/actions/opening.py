"""Opening a patient's plan."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.kernel.transaction import refusing
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.rules import PatientStatus
from clinic.scheduling.errors import PatientNotActive
from clinic.treatment.actions.assigning import give_place, lock_active_physician
from clinic.treatment.actions.ledger import write_phase
from clinic.treatment.actions.locking import require_physician, require_planner
from clinic.treatment.actions.wording import checked_indication, checked_prior, usable_version
from clinic.treatment.errors import AlreadyHasPlan
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import plan_of_patient, plans_of_patient
from clinic.treatment.queries.protocols import default_version
from clinic.treatment.queries.sessions import progress
from clinic.treatment.rules.phases import Phase


def open_plan(
    session: Session,
    *,
    patient_id: UUID,
    physician_id: UUID,
    protocol_version_id: UUID | None = None,
    indication: str | None = None,
    prior_sessions: int = 0,
    prior_session_on: date | None = None,
    by: Actor,
    now: datetime,
) -> TreatmentPlan:
    """Open a plan in evaluation; its physician joins the care team.

    `prior_*` tell of sessions before it; left out, an earlier plan of the patient answers. Only a physician of the
    care team gives the `indication`. Raises AlreadyHasPlan, PatientNotActive, PhysicianNotActive, UnknownProtocol,
    PlanRefused, PlanningNotAllowed and PhysicianDecides.
    """
    lock_active_physician(session, physician_id)
    patient = lock_patient(session, patient_id)
    require_planner(session, by=by, patient_id=patient_id, now=now)
    if indication:
        require_physician(session, by=by, patient_id=patient_id, now=now)
    _require_room(session, patient)
    version = usable_version(session, protocol_version_id) if protocol_version_id else default_version(session)
    prior = _prior_of(session, patient, (prior_sessions, prior_session_on), now=now)
    plan = TreatmentPlan(id=new_id(), patient_id=patient_id, physician_id=physician_id, created_at=now, started_at=now)
    plan.protocol_version_id, plan.indication = version.id, checked_indication(indication)
    plan.adjustments, plan.patient_hours, plan.support_hours = {}, [], []
    plan.prior_sessions, plan.prior_session_on = prior
    with refusing(session, {"uq_treatment_plan_live": _has_one()}):
        write_phase(session, plan, Phase.EVALUATION, reason=None, by=by, now=now)
    give_place(session, plan, by=by, now=now)
    return plan


def _require_room(session: Session, patient: Patient) -> None:
    if patient.status != PatientStatus.ACTIVE:
        raise PatientNotActive("This patient is not under our care any more, so no plan can be opened.")
    if plan_of_patient(session, patient.id) is not None:
        raise _has_one()


def _has_one() -> AlreadyHasPlan:
    return AlreadyHasPlan("This patient has a plan already. Go on with that one, or end it first.")


def _prior_of(
    session: Session, patient: Patient, given: tuple[int, date | None], *, now: datetime
) -> tuple[int, date | None]:
    """Return what was before: as given, else as the patient's last plan knows it."""
    earlier = next(iter(plans_of_patient(session, patient.id)), None)
    if earlier is None or given != (0, None):
        return checked_prior(*given, today=in_zone(now, patient.zone).date())
    known = progress(session, earlier, now=now)
    if known.last_taken_at is None:
        return 0, None
    return known.count_taken, in_zone(known.last_taken_at, patient.zone).date()
