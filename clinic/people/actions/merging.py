"""Making one record of two: the one that lives on keeps its facts, and is found by the names of both."""

from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.people.models import CareTeamMember, Patient
from clinic.people.rules import PatientStatus


def merge_records(session: Session, *, loser: Patient, survivor: Patient, by: Actor, now: datetime) -> None:
    """Point a record to the one that lives on, with its care team, key and names; both rows are locked by the caller.

    Records that were merged into the loser before point to the survivor too. Only `clinic.casework` calls this.
    """
    members = _hand_over_team(session, loser, survivor)
    former = update(Patient).where(Patient.merged_into_id == loser.id).values(merged_into_id=survivor.id)
    session.execute(former.execution_options(synchronize_session=False))
    _hand_over_key(session, loser, survivor)
    loser.status, loser.merged_into_id, loser.status_since = PatientStatus.MERGED, survivor.id, now
    survivor.search_key = f"{survivor.search_key} {loser.search_key}"
    survivor.is_fluid_restricted = survivor.is_fluid_restricted or loser.is_fluid_restricted
    for record in (loser, survivor):
        record.touch(by=by, now=now)
    session.flush()
    journal.note(
        session,
        "patient.merged",
        subject_kind="patient",
        subject_id=survivor.id,
        at=now,
        patient_ids=(survivor.id, loser.id),
        merged=str(loser.id),
        record_number=loser.record_number,
        care_team=members,
    )


def former_names(session: Session, survivor: Patient) -> str:
    """Return the search keys of the records that were merged into this one, for its own search key."""
    merged = select(Patient.search_key).where(Patient.merged_into_id == survivor.id).order_by(Patient.id)
    return " ".join(session.scalars(merged))


def _hand_over_key(session: Session, loser: Patient, survivor: Patient) -> None:
    """Let the survivor answer to the loser's key in the next file, if it has none of its own."""
    if survivor.external_key is not None or loser.external_key is None:
        return
    key, loser.external_key = loser.external_key, None
    session.flush()
    survivor.external_key = key


def _hand_over_team(session: Session, loser: Patient, survivor: Patient) -> int:
    moved = update(CareTeamMember).where(CareTeamMember.patient_id == loser.id).values(patient_id=survivor.id)
    result = session.execute(moved.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
