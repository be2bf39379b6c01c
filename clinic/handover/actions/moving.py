"""A patient moves: the list of what follows is shown before, then all of it is done in one transaction."""

import json
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.actions.asking import want_signatures
from clinic.handover.actions.tasks import open_about
from clinic.handover.errors import MoveOver, MoveRefused, MoveWaits, SomethingNew
from clinic.handover.models import Relocation
from clinic.handover.queries.consequences import consequences_of, planned_move
from clinic.handover.rules.moving import About, Consequence, MoveStatus, NewMove, fingerprint, read_back, why_not
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.addresses import correct_address
from clinic.people.models import Patient
from clinic.people.queries import lock_patient, phone_of
from clinic.people.queries import patient as patient_by_id
from clinic.people.rules import NewPatient, checked_patient
from clinic.people.rules.addresses import NewAddress
from clinic.scheduling.actions import follow_patient
from clinic.scheduling.actions.tasks import licence_gap_key
from clinic.treatment.actions.locking import require_planner
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind

_KINDS = {
    About.PHYSICIAN: WorkKind.TRANSFER_NEEDED,
    About.SUPPLY: WorkKind.PATIENT_MOVES,
    About.HAND_OFF: WorkKind.LEAVING_HAND_OFF,
    About.CALL: WorkKind.LEAVING_CALL,
}
_KEPT = ("legal_first_name", "legal_last_name", "preferred_name", "birth_date", "email", "language")


def preview_move(
    session: Session, *, patient_id: UUID, move: NewMove, by: Actor, now: datetime
) -> tuple[Consequence, ...]:
    """Return what would follow; changes nothing. Raises MoveRefused, PlanningNotAllowed and refusals of the address."""
    patient = patient_by_id(session, patient_id)
    _require_sound(session, patient, move, by=by, now=now)
    return tuple(consequences_of(session, patient, move, now=now))


def relocate(
    session: Session, *, patient_id: UUID, move: NewMove, seen: str, version: int, by: Actor, now: datetime
) -> Relocation:
    """Let a patient move: today the address changes at once, later it changes on the day; tasks open now.

    `seen` is the fingerprint of what was shown. Raises SomethingNew when more would follow by now, MoveWaits,
    ChangedMeanwhile and what `preview_move` raises.
    """
    patient = lock_patient(session, patient_id)
    patient.require_version(version)
    if standing := planned_move(session, patient.id):
        raise MoveWaits(f"{standing.planned_by_name} has planned a move already. Take that one back first.")
    found = preview_move(session, patient_id=patient.id, move=move, by=by, now=now)
    if fingerprint(found) != seen:
        raise SomethingNew("Something else would follow by now. Look at the list again.")
    row = _planned(session, patient, move, found=found, by=by, now=now)
    _open_tasks(session, patient, row, by=by, now=now)
    if move.on <= _today(patient, now) and not move.is_leaving:
        carry_move_out(session, row, by=by, now=now)
    return row


def withdraw_move(session: Session, *, relocation_id: UUID, version: int, by: Actor, now: datetime) -> Relocation:
    """Take a planned move back with its tasks; raises MoveOver, ChangedMeanwhile, PlanningNotAllowed."""
    seen = session.get(Relocation, relocation_id)
    if seen is None:
        raise MoveOver("There is no such move. Open the patient again.")
    lock_patient(session, seen.patient_id)
    require_planner(session, by=by, patient_id=seen.patient_id, now=now)
    row = session.get_one(Relocation, relocation_id, with_for_update=True, populate_existing=True)
    if row.status != MoveStatus.PLANNED:
        raise MoveOver(f"This move is {row.status} already. Open the patient again.")
    row.require_version(version)
    row.status = MoveStatus.WITHDRAWN
    _save(session, row, "move.withdrawn", by=by, now=now)
    for key in (*(_key(row, each) for each in read_back(row.consequences)), f"move:{row.id}:not_done"):
        close_for(session, dedupe_key=key, by=by, now=now)
    return row


def carry_move_out(session: Session, row: Relocation, *, by: Actor, now: datetime) -> None:
    """Write the new address into the record and let visits, texts and parcels follow; the caller holds the patient."""
    if row.address is not None:
        patient = lock_patient(session, row.patient_id)
        new = NewAddress(**json.loads(row.address))
        correct_address(session, patient_id=patient.id, new=new, version=patient.version, by=by, now=now)
        follow_patient(session, patient_id=patient.id, by=by, now=now)
        want_signatures(session, patient.id, now=now)
    row.status, row.done_at = MoveStatus.DONE, now
    _save(session, row, "move.done", by=by, now=now)


def _require_sound(session: Session, patient: Patient, move: NewMove, *, by: Actor, now: datetime) -> None:
    require_planner(session, by=by, patient_id=patient.id, now=now)
    if wrong := why_not(move, today=_today(patient, now)):
        raise MoveRefused(wrong[1], field=wrong[0])
    if move.is_leaving:
        return
    if move.address is None:
        raise MoveRefused("Enter the new address.", field="address_line")
    kept = {name: getattr(patient, name) for name in _KEPT}
    typed = NewPatient(**kept, **asdict(move.address), phone=phone_of(session, patient.id).e164)
    checked_patient(typed, now=now)


def _planned(
    session: Session, patient: Patient, move: NewMove, *, found: tuple[Consequence, ...], by: Actor, now: datetime
) -> Relocation:
    row = Relocation(
        id=new_id(),
        patient_id=patient.id,
        takes_effect_on=move.on,
        from_state=patient.state,
        state=move.state,
        is_leaving=move.is_leaving,
        status=MoveStatus.PLANNED,
        consequences=[each.kept() for each in found],
        planned_by_name=by.name,
        created_at=now,
    )
    row.address = json.dumps(asdict(move.address)) if move.address and not move.is_leaving else None
    _save(session, row, "move.planned", by=by, now=now)
    return row


def _open_tasks(session: Session, patient: Patient, row: Relocation, *, by: Actor, now: datetime) -> None:
    """Open one task for each visit and one for each other subject, all its sentences in it."""
    found = read_back(row.consequences)
    for each in found:
        if each.visit_id is not None:
            _ask_to_place(session, row, each, by=by, now=now)
    for about, kind in _KINDS.items():
        said = [each.sentence for each in found if each.about is about]
        if said:
            key = _key(row, Consequence(about=about, sentence=""))
            open_about(
                session,
                patient.id,
                kind,
                key=key,
                reason=" ".join(said),
                before=(patient, row.takes_effect_on),
                by=by,
                now=now,
            )


def _ask_to_place(session: Session, row: Relocation, each: Consequence, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.LICENCE_GAP,
        dedupe_key=_key(row, each),
        reason=f"{each.sentence} Move it to a physician who does.",
        subject_kind="appointment",
        subject_id=UUID(each.visit_id),
        patient_id=row.patient_id,
        now=now,
        by=by,
    )


def _key(row: Relocation, each: Consequence) -> str:
    return licence_gap_key(UUID(each.visit_id)) if each.visit_id else f"move:{row.id}:{each.about}"


def _save(session: Session, row: Relocation, action: str, *, by: Actor, now: datetime) -> None:
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    note(
        session,
        action,
        subject_kind="relocation",
        subject_id=row.id,
        at=now,
        patient_ids=(row.patient_id,),
        state=row.state,
        takes_effect_on=row.takes_effect_on.isoformat(),
    )


def _today(patient: Patient, now: datetime) -> date:
    return in_zone(now, patient.zone).date()
