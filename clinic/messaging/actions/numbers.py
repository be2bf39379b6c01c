"""Numbers that get no texts: one task for each patient to ask for another one, until there is one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.sms.outcomes import advice_for
from clinic.kernel.actor import Actor
from clinic.messaging.actions.tasks import name_in_task, patient_of, when_in_task
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Category
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

UNUSABLE = frozenset({21211, 21614, 21635, 30005, 30006})
"""Codes that say: no such number, or one that cannot get texts, as a landline."""

_OTHER_NUMBER = "Enter it, and tell the patient meanwhile what this text said."


def number_key(patient_id: UUID, phone_id: UUID) -> str:
    """Return the key of the task to ask a patient for another number than this one."""
    return f"{WorkKind.NUMBER_TO_CHECK}:{patient_id}:{phone_id}"


def is_about_number(message: Message, code: int | None) -> bool:
    """Tell whether a patient's text failed because of the number, so that a further text to it would fail too."""
    is_waited_for = message.category not in {Category.AUTO, Category.STAFF}
    return code in UNUSABLE and is_waited_for and patient_of(message) is not None and message.address_id is not None


def report_number(session: Session, message: Message, *, code: int | None, by: Actor, now: datetime) -> None:
    """Open the task to ask for another number; it names the text that showed it. Further ones share the task."""
    patient_id, phone_id = patient_of(message), message.address_id
    assert patient_id is not None
    assert phone_id is not None
    worklist.open_item(
        session,
        kind=WorkKind.NUMBER_TO_CHECK,
        dedupe_key=number_key(patient_id, phone_id),
        reason=f"{name_in_task(message.template_key)}{when_in_task(message)} was not delivered. "
        f"{advice_for(code)} {_OTHER_NUMBER}",
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )


def settle_number(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """Close the task about a number at which a text arrived after all."""
    patient_id, phone_id = patient_of(message), message.address_id
    if patient_id is not None and phone_id is not None:
        worklist.close_for(session, dedupe_key=number_key(patient_id, phone_id), by=by, now=now)


def settle_old_numbers(session: Session, *, patient_id: UUID, phone_id: UUID, by: Actor, now: datetime) -> None:
    """Close the tasks about other numbers of a patient, who has this one now."""
    present, theirs = number_key(patient_id, phone_id), f"{WorkKind.NUMBER_TO_CHECK}:{patient_id}:"
    for key in tasks.open_keys(session, WorkKind.NUMBER_TO_CHECK):
        if key.startswith(theirs) and key != present:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)
