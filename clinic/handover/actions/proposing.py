"""Proposing that another physician takes a patient over, and taking the proposal back."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.handover.actions.tasks import ask_for_answer, settle_answer
from clinic.handover.errors import TransferOver, TransferRefused, TransferWaits
from clinic.handover.models import PhysicianTransfer
from clinic.handover.queries.transfers import open_transfer, receiver_of, transfer
from clinic.handover.rules.transferring import OPEN, TransferState, why_not, why_not_on
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.kernel.localtime import in_zone
from clinic.people.actions import end_visit_access
from clinic.people.models import Patient
from clinic.people.queries import licences_by_physician, lock_patient, lock_physician
from clinic.treatment.actions.locking import require_planner
from clinic.treatment.errors import NoPlan
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.rules.plans import written_reason


def propose_transfer(
    session: Session,
    *,
    patient_id: UUID,
    to_physician_id: UUID,
    on: date,
    reason: str,
    by: Actor,
    now: datetime,
) -> PhysicianTransfer:
    """Ask a physician to take a patient over from a day on; nothing changes before the answer.

    Raises TransferRefused with the reason at its box, TransferWaits while another one is open, NoPlan,
    PlanningNotAllowed and ReasonTooShort.
    """
    receiver = lock_physician(session, to_physician_id)
    patient = lock_patient(session, patient_id)
    require_planner(session, by=by, patient_id=patient.id, now=now)
    plan = _plan(session, patient)
    why = written_reason(reason)
    if standing := open_transfer(session, patient.id):
        raise TransferWaits(f"{standing.proposed_by_name} has proposed a hand-over already. Go on with that one.")
    _require_possible(session, patient, plan, to_physician_id=receiver.id, on=on, now=now)
    row = PhysicianTransfer(
        id=new_id(),
        patient_id=patient.id,
        from_physician_id=plan.physician_id,
        to_physician_id=receiver.id,
        takes_effect_on=on,
        had_since=_had_since(session, plan),
        state=TransferState.PROPOSED,
        proposed_by_name=by.name,
        left=[],
        created_at=now,
    )
    row.reason = why
    save(session, row, "transfer.proposed", by=by, now=now)
    ask_for_answer(session, row, receiver=receiver.full_name, by=by, now=now)
    return row


def withdraw_transfer(
    session: Session, *, transfer_id: UUID, version: int, by: Actor, now: datetime
) -> PhysicianTransfer:
    """Take a proposal back that was not carried out; raises TransferOver, ChangedMeanwhile, PlanningNotAllowed."""
    row = lock_transfer(session, transfer_id)
    require_planner(session, by=by, patient_id=row.patient_id, now=now)
    require_open(row)
    row.require_version(version)
    row.state = TransferState.WITHDRAWN
    save(session, row, "transfer.withdrawn", by=by, now=now)
    # Who accepted for a later day sees the record from the answer on.
    end_visit_access(session, subject_id=row.id, by=by, now=now)
    settle_answer(session, row, by=by, now=now)
    return row


def lock_transfer(session: Session, transfer_id: UUID) -> PhysicianTransfer:
    """Return the hand-over as it is now, locked after both physicians and the patient."""
    seen = transfer(session, transfer_id)
    for physician_id in sorted((seen.from_physician_id, seen.to_physician_id)):
        lock_physician(session, physician_id)
    lock_patient(session, seen.patient_id)
    return session.get_one(PhysicianTransfer, transfer_id, with_for_update=True, populate_existing=True)


def require_open(row: PhysicianTransfer) -> None:
    """Raise TransferOver for a hand-over that is answered, withdrawn or carried out."""
    if row.state not in OPEN:
        raise TransferOver(f"This hand-over is {row.state} already. Open the patient again.")


def require_possible(session: Session, row: PhysicianTransfer, *, now: datetime) -> None:
    """Raise TransferRefused where the receiving physician cannot take the patient any more."""
    patient = lock_patient(session, row.patient_id)
    plan = _plan(session, patient)
    today = in_zone(now, patient.zone).date()
    day = max(row.takes_effect_on, today)
    _require_possible(session, patient, plan, to_physician_id=row.to_physician_id, on=day, now=now)


def require_still_possible(session: Session, row: PhysicianTransfer, *, now: datetime) -> None:
    """Raise TransferRefused where who said yes may not treat the patient on the day; a full panel is no reason."""
    patient, receiver = lock_patient(session, row.patient_id), lock_physician(session, row.to_physician_id)
    held = licences_by_physician(session, [receiver.id])[receiver.id]
    facts = replace(receiver_of(receiver, held, present_id=row.from_physician_id), takes_patients=True)
    if wrong := why_not(facts, state=patient.state, on=in_zone(now, patient.zone).date()):
        raise TransferRefused(wrong, field="to")


def save(session: Session, row: PhysicianTransfer, action: str, *, by: Actor, now: datetime) -> None:
    """Write the row and an audit entry."""
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    note(
        session,
        action,
        subject_kind="physician_transfer",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        from_physician_id=str(row.from_physician_id),
        to_physician_id=str(row.to_physician_id),
        takes_effect_on=row.takes_effect_on.isoformat(),
    )


def _require_possible(
    session: Session, patient: Patient, plan: TreatmentPlan, *, to_physician_id: UUID, on: date, now: datetime
) -> None:
    if wrong := why_not_on(on, today=in_zone(now, patient.zone).date()):
        raise TransferRefused(wrong, field="on")
    receiver = lock_physician(session, to_physician_id)
    held = licences_by_physician(session, [receiver.id])[receiver.id]
    facts = receiver_of(receiver, held, present_id=plan.physician_id)
    if wrong := why_not(facts, state=patient.state, on=on):
        raise TransferRefused(wrong, field="to")


def _plan(session: Session, patient: Patient) -> TreatmentPlan:
    found = plan_of_patient(session, patient.id)
    if found is None:
        raise NoPlan("This patient has no plan that a physician could hand over. Book with the other physician.")
    return found


def _had_since(session: Session, plan: TreatmentPlan) -> datetime:
    row = PhysicianTransfer
    last = session.scalar(
        select(func.max(row.done_at)).where(
            row.patient_id == plan.patient_id, row.to_physician_id == plan.physician_id, row.done_at >= plan.started_at
        )
    )
    return last or plan.started_at
