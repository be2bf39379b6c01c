"""What speaks against the next shipment of many patients as things stand, and what was decided before."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.medication.models import RefillDecision, RefillRequest
from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.rules.gate import reasons_to_wait
from clinic.medication.rules.gate_inputs import Moment
from clinic.medication.rules.reasons import Reason
from clinic.people.queries import records_of


def verdicts(
    session: Session, patient_ids: Collection[UUID], *, now: datetime, moment: Moment = Moment.SWEEP
) -> dict[UUID, tuple[Reason, ...]]:
    """Return every reason against sending more to each of these patients; nothing is stored, unknown ids are absent."""
    policy = gate_policy(session)
    inputs = gate_inputs(session, patient_ids, now=now)
    return {patient_id: reasons_to_wait(facts, policy, moment) for patient_id, facts in inputs.items()}


def decision(session: Session, decision_id: UUID) -> RefillDecision | None:
    """Return a decision, or None when there is no such one."""
    return session.get(RefillDecision, decision_id)


def decisions_of(session: Session, patient_id: UUID) -> list[RefillDecision]:
    """Return every decision about a patient's shipments, the newest first."""
    wanted = select(RefillDecision).where(RefillDecision.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(RefillDecision.at.desc(), RefillDecision.id)))


def reasons_of(decision: RefillDecision) -> tuple[Reason, ...]:
    """Return every reason that a decision found, those set aside too."""
    return tuple(Reason.read(each) for each in decision.reasons)


def open_reasons_of(decision: RefillDecision) -> tuple[Reason, ...]:
    """Return the reasons of a decision that nobody set aside; none when more may be sent."""
    return tuple(each for each in reasons_of(decision) if each.code not in decision.overridden)


def request_of(session: Session, patient_id: UUID) -> RefillRequest | None:
    """Return the request that waits for an answer, if there is one."""
    return session.scalar(_open_request(), {"of_patient": patient_id})


@cache
def _open_request() -> Select[RefillRequest]:
    is_mine = RefillRequest.patient_id == bindparam("of_patient")
    return select(RefillRequest).where(is_mine, RefillRequest.state == "open")


def requests_of(session: Session, patient_id: UUID) -> list[RefillRequest]:
    """Return every request for a shipment, the newest first."""
    wanted = select(RefillRequest).where(RefillRequest.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(RefillRequest.asked_at.desc(), RefillRequest.id)))
