"""Recall by lot: one action finds everybody whom the lot concerns, blocks its units and opens the calls."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.kernel.text import clean_line, clean_note
from clinic.medication.actions.supply_locks import require_staff
from clinic.medication.errors import LotRecalled, LotUnknown, UnitsRefused
from clinic.medication.models import Lot, LotRecall, RecallNotice
from clinic.medication.queries.recalls import Reached, reached_by, recall_of_lot, waiting_notices, was_noticed
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind

RECALL_NOTICED = "recall.noticed"
"""The fact that a recall concerns a patient; its subject is the notice."""

_LONGEST_SOURCE = 200


def recall_lot(session: Session, *, lot_id: UUID, source: str, by: Actor, now: datetime, reason: str = "") -> LotRecall:
    """Recall a lot: from now on no unit of it can be taken or sent, and everybody concerned is called and texted.

    `source` is on whose word. Raises LotUnknown, LotRecalled for a lot that is recalled already, UnitsRefused.
    """
    require_staff(by)
    said_by = clean_line(source, field="source")
    if not 1 <= len(said_by) <= _LONGEST_SOURCE:
        raise UnitsRefused("Write on whose word, for example the pharmacy's letter and its day.", field="source")
    lot = _locked(session, lot_id)
    row = LotRecall(id=new_id(), lot_id=lot.id, source=said_by, at=now, actor_id=by.id, actor_name=by.name)
    row.reason = clean_note(reason, field="reason") or None
    session.add(row)
    session.flush()
    reached = reached_by(session, lot.id)
    for each in reached:
        _tell(session, row, each, by=by, now=now)
    journal.note(
        session,
        "lot.recalled",
        subject_kind="lot",
        subject_id=lot.id,
        at=now,
        patient_ids=tuple(each.patient_id for each in reached),
        source=said_by,
        fills=[str(one) for each in reached for one in each.fill_ids],
        parcels=[str(one) for each in reached for one in each.shipment_ids],
    )
    return row


def hear_recall(session: Session, *, notice_id: UUID, by: Actor, now: datetime) -> RecallNotice:
    """Write down that a patient has heard of a recall, by the patient's own word or by who told it on the telephone."""
    notice = session.get(RecallNotice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None or (by.kind is ActorKind.PATIENT and by.id != notice.patient_id):
        raise LotUnknown("There is no such notice. Open the list again.")
    if notice.heard_at is not None:
        return notice
    notice.heard_at = now
    notice.heard_from = "patient" if by.kind is ActorKind.PATIENT else "staff"
    notice.touch(by=by, now=now)
    session.flush()
    journal.note(
        session,
        "recall.heard",
        subject_kind="recall_notice",
        subject_id=notice.id,
        at=now,
        patient_ids=(notice.patient_id,),
        heard_from=notice.heard_from,
    )
    close_for(session, dedupe_key=_key(notice), by=by, now=now)
    return notice


def tell_late(session: Session, *, patient_id: UUID, lot_id: UUID, units: int, by: Actor, now: datetime) -> None:
    """Tell a patient of a recall to whom `units` of the lot come only now; who was told already is not told again."""
    row = recall_of_lot(session, lot_id)
    if row is not None and not was_noticed(session, recall_id=row.id, patient_id=patient_id):
        _tell(session, row, Reached(patient_id=patient_id, units_on_hand=units), by=by, now=now)


def call_again(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> None:
    """Put every recall that a patient has not heard of on the list, where it may have been taken off."""
    for notice in waiting_notices(session, patient_id):
        _ask_to_call(session, notice, by=by, now=now)


def _locked(session: Session, lot_id: UUID) -> Lot:
    lot = session.get(Lot, lot_id, with_for_update={"key_share": True}, populate_existing=True)
    if lot is None:
        raise LotUnknown("There is no such lot. Choose one from the list.")
    if recall_of_lot(session, lot.id) is not None:
        raise LotRecalled(f"Lot {lot.number} is recalled already. Open the recall to see who has heard of it.")
    return lot


def _tell(session: Session, recall: LotRecall, reached: Reached, *, by: Actor, now: datetime) -> None:
    notice = RecallNotice(id=new_id(), recall_id=recall.id, patient_id=reached.patient_id, created_at=now)
    notice.units_on_hand = reached.units_on_hand
    notice.touch(by=by, now=now)
    session.add(notice)
    session.flush()
    publish(session, RECALL_NOTICED, subject_id=notice.id, now=now)
    _ask_to_call(session, notice, by=by, now=now)


def _ask_to_call(session: Session, notice: RecallNotice, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.RECALL_CALL,
        dedupe_key=_key(notice),
        reason="The pharmacy takes something back. Ask the patient to keep the last delivery closed and apart, and say "
        "that the physician calls.",
        subject_kind="patient",
        subject_id=notice.patient_id,
        patient_id=notice.patient_id,
        now=now,
        by=by,
    )


def _key(notice: RecallNotice) -> str:
    return f"recall:{notice.id}"
