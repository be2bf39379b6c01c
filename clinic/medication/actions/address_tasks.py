"""Tasks about addresses: one that the patient calls wrong, and what is under way to another than the one on record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.queries.addresses import bound_elsewhere, denied
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import closed_by_person, open_keys
from clinic.worklist.rules import WorkKind

_KIND = WorkKind.ADDRESS_CHECK
_WRONG = "The patient says that the address on record is not right. Ask for the right one."


@dataclass(frozen=True, slots=True)
class _Task:
    patient_id: UUID
    key: str
    reason: str


def keep_address_tasks(session: Session, *, by: Actor, now: datetime, patient_id: UUID | None = None) -> int:
    """Open what is to be asked about one patient's address, or about all, and close the rest; return how many stand.

    What a person took off the list is not asked again.
    """
    wanted = {task.key: task for task in _wanted(session, patient_id)}
    standing = {key for key in open_keys(session, _KIND) if patient_id is None or f":{patient_id}:" in key}
    for key in sorted(standing - wanted.keys()):
        close_for(session, dedupe_key=key, by=by, now=now)
    missing = wanted.keys() - standing
    for key in sorted(missing - closed_by_person(session, keys=sorted(missing))):
        _open(session, wanted[key], by=by, now=now)
    return len(wanted)


def _wanted(session: Session, patient_id: UUID | None) -> Iterator[_Task]:
    for word in denied(session, patient_id):
        yield _Task(word.patient_id, f"{_KIND}:{word.patient_id}:{word.id}", _WRONG)
    for each in bound_elsewhere(session, patient_id):
        yield _Task(each.patient_id, f"{_KIND}:{each.patient_id}:{each.about_id}", each.sentence)


def _open(session: Session, task: _Task, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=_KIND,
        dedupe_key=task.key,
        reason=task.reason,
        subject_kind="patient",
        subject_id=task.patient_id,
        patient_id=task.patient_id,
        now=now,
        by=by,
    )
