"""Requests for the next shipment: who asked when, whether it was early, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.kernel.text import clean_note
from clinic.medication.actions.addresses import say_address
from clinic.medication.actions.supply_locks import day_of, lock_with_patient, require_living, require_staff
from clinic.medication.errors import OrderRefused, WrongState
from clinic.medication.models import RefillRequest
from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.queries.verdicts import request_of
from clinic.people.queries import lock_patient
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind

REFILL_REQUESTED = "refill.requested"
REFILL_DECLINED = "refill.declined"
_LONGEST_ANSWER = 1_000


def request_refill(
    session: Session,
    *,
    patient_id: UUID,
    by: Actor,
    now: datetime,
    is_address_right: bool = True,
    is_adult_available: bool | None = None,
) -> RefillRequest:
    """Ask for the next shipment and say that the address is right; while one is open, that one is kept up to date.

    An early request is taken as it is: the first day on which the plan allows it is kept beside.
    """
    patient = lock_patient(session, patient_id)
    require_living(patient)
    today = day_of(patient, now)
    row = request_of(session, patient.id)
    if row is None:
        row = _new(patient.id, by=by, now=now)
        inputs = gate_inputs(session, [patient.id], now=now)[patient.id]
        row.asked_on, row.allowed_on = today, inputs.allowed_on(gate_policy(session)) or today
    row.address_confirmed_on = today if is_address_right else None
    say_address(session, patient_id=patient.id, is_right=is_address_right, by=by, now=now)
    row.is_adult_available = is_adult_available
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    _note(session, row, "refill.requested", now=now)
    _open_task(session, row, by=by, now=now)
    publish(session, REFILL_REQUESTED, subject_id=row.id, now=now)
    return row


def decline_request(
    session: Session, *, request_id: UUID, answer: str, version: int, by: Actor, now: datetime
) -> RefillRequest:
    """Answer a request with no, in words for the record; raises WrongState, OrderRefused and ChangedMeanwhile."""
    require_staff(by)
    row = _open(session, request_id)
    row.require_version(version)
    words = clean_note(answer, field="answer")
    if not 1 <= len(words) <= _LONGEST_ANSWER:
        raise OrderRefused(f"Write why, in 1 to {_LONGEST_ANSWER} characters.", field="answer")
    row.answer = words
    publish(session, REFILL_DECLINED, subject_id=row.id, now=now)
    return answered(session, row, state="declined", by=by, now=now)


def withdraw_request(session: Session, *, request_id: UUID, by: Actor, now: datetime) -> RefillRequest:
    """Take a request back; raises WrongState once it was answered."""
    return answered(session, _open(session, request_id), state="withdrawn", by=by, now=now)


def answered(session: Session, row: RefillRequest, *, state: str, by: Actor, now: datetime) -> RefillRequest:
    """Let an open request be over as `granted`, `declined` or `withdrawn`."""
    row.state, row.answered_at = state, now
    row.touch(by=by, now=now)
    session.flush()
    _note(session, row, f"refill.{state}", now=now)
    close_for(session, dedupe_key=_key(row), by=by, now=now)
    return row


def _new(patient_id: UUID, *, by: Actor, now: datetime) -> RefillRequest:
    row = RefillRequest(id=new_id(), patient_id=patient_id, state="open", asked_at=now, created_at=now)
    row.asked_by = "patient" if by.kind is ActorKind.PATIENT else "staff"
    return row


def _open(session: Session, request_id: UUID) -> RefillRequest:
    row = lock_with_patient(session, RefillRequest, request_id)
    if row is None:
        raise WrongState("There is no such request. Open the patient's record again.")
    if row.state != "open":
        raise WrongState(f"This request was {row.state} already. Open the patient's record again.")
    return row


def _open_task(session: Session, row: RefillRequest, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.REFILL_DUE,
        dedupe_key=_key(row),
        reason="The next shipment was asked for. Decide about it.",
        subject_kind="patient",
        subject_id=row.patient_id,
        patient_id=row.patient_id,
        now=now,
        by=by,
    )


def _key(row: RefillRequest) -> str:
    return f"refill:{row.id}"


def _note(session: Session, row: RefillRequest, action: str, *, now: datetime) -> None:
    journal.note(
        session,
        action,
        subject_kind="refill_request",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        asked_by=row.asked_by,
        asked_on=row.asked_on.isoformat(),
        allowed_on=row.allowed_on.isoformat(),
    )
