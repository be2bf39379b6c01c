"""What a coordinator does from the queue in one press: a call written down, a link sent again."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.telling import send_link as send_plan_link
from clinic.consents.actions.asking import ask_to_sign
from clinic.conversations.actions import send_link_again
from clinic.dashboards.work_queue import Waiting, work_queue
from clinic.intake.actions.starting import resend_link
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import Conflict
from clinic.kernel.ids import new_id
from clinic.medication.actions.announcing import tell_again
from clinic.medication.queries.parcels import shipments_of
from clinic.monitoring import actions as monitoring
from clinic.people.actions.contact_log import add_contact
from clinic.people.queries import lock_patient
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as visits
from clinic.scheduling.actions.tasks import ask_to_confirm
from clinic.treatment import queries as plans
from clinic.treatment.actions.linking import send_new_course_link
from clinic.treatment.queries.caring import patients_of_pain
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.queries import ItemRow
from clinic.worklist.rules import Harm, PutOff, WorkKind, back_at

_WAITS = MappingProxyType(
    {
        CallOutcome.NO_ANSWER: (PutOff.NO_ANSWER, PolicyKey.CALL_AGAIN_HOURS),
        CallOutcome.LEFT_MESSAGE: (PutOff.LEFT_MESSAGE, PolicyKey.CALL_AGAIN_MESSAGE_HOURS),
    }
)
"""Calls after which what is about the patient is left alone for a while."""


class NothingToSend(Conflict):
    """There is no link that could be sent about this task now."""

    code = "nothing_to_send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What a call led to: how many tasks are done, how many are put off, and when the first of them is back."""

    done: int = 0
    put_off: int = 0
    back_at: datetime | None = None
    stays: bool = False


class _Sending(NamedTuple):
    item: ItemRow
    patient_id: UUID
    by: Actor
    now: datetime
    ring: KeyRing


def log_call(
    session: Session,
    *,
    patient_id: UUID,
    outcome: CallOutcome,
    settled: Collection[UUID],
    by: Actor,
    now: datetime,
) -> Called:
    """Write down a call to a patient and what it did to the tasks about that patient.

    Somebody reached: those of `settled` that are still open are done. Nobody reached: all that waits is put off
    (policy), nothing of it while there is danger. The patient's row is locked, so a colleague's call of the same
    moment finds nothing left to put off; and a call is never lost because a colleague was faster.
    """
    new = NewContact(kind=ContactKind.CALL, direction=Direction.OUTGOING, outcome=outcome)
    add_contact(session, patient_id=patient_id, new=new, by=by, now=now)
    if outcome is CallOutcome.REACHED:
        done = [one for one in _about(session, patient_id, by=by, now=now) if one.item_id in set(settled)]
        for one in sorted(done, key=lambda each: each.id):
            worklist.close_item(session, item_id=one.id, version=one.version, note="By telephone.", by=by, now=now)
        return Called(done=len(done))
    if outcome not in _WAITS:
        return Called(stays=True)
    why, key = _WAITS[outcome]
    return _put_all_off(session, patient_id, why=why, hours=number(session, key), by=by, now=now)


def _put_all_off(session: Session, patient_id: UUID, *, why: PutOff, hours: int, by: Actor, now: datetime) -> Called:
    waiting = _about(session, patient_id, by=by, now=now)
    if any(one.place.harm is Harm.LIFE for one in waiting):
        return Called(stays=True)
    for one in waiting:
        if one.item_id is None and one.kind is WorkKind.UNCONFIRMED_VISIT and one.visit_id:
            ask_to_confirm(session, visits.visit_row(session, one.visit_id), by=by, now=now)
    backs = [
        back
        for one in sorted(_about(session, patient_id, by=by, now=now), key=lambda each: each.id)
        if (back := _put_off(session, one, why=why, hours=hours, by=by, now=now))
    ]
    return Called(put_off=len(backs), back_at=min(backs, default=None), stays=not backs)


def _about(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> list[Waiting]:
    """Return what waits about one patient for the roles of the one who acts."""
    found = work_queue(session, roles=by.roles, now=now, of_patients={patient_id})
    return [one for one in found.waiting if one.patient_id == patient_id]


def _put_off(session: Session, one: Waiting, *, why: PutOff, hours: int, by: Actor, now: datetime) -> datetime | None:
    """Put one task off, as far as what it holds up allows; return when it is back."""
    longest = timedelta(hours=number(session, PolicyKey.TASK_WAITS_HOURS))
    back = back_at(one.place, one.timing, wanted=now + timedelta(hours=hours), longest=longest, now=now)
    if one.item_id is None or back is None:
        return None
    worklist.put_off(session, item_id=one.item_id, version=one.version, until=back, why=why, by=by, now=now)
    return back


def send_link(session: Session, *, item_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> datetime | None:
    """Text the link that a task is about once more; return when the task is back, None if that settled it.

    Pressed twice, or by two, it sends one text: the patient's row is locked, and a task that waits for the link to be
    opened is left alone. Raises NothingToSend, and what the domain of the link refuses.
    """
    item = tasks.item(session, item_id)
    if item.patient_id is not None:
        lock_patient(session, item.patient_id)
        item = tasks.item(session, item_id)
    if item.put_off_until is not None and item.put_off_until > now and item.put_off_why is PutOff.LINK_SENT:
        return item.put_off_until
    send = _SENDERS.get(item.kind)
    if send is None or item.patient_id is None or not item.is_open:
        raise NothingToSend("This task has no link to send. Open it instead.")
    send(session, _Sending(item, item.patient_id, by, now, ring))
    hours = number(session, PolicyKey.LINK_AGAIN_HOURS)
    for one in _about(session, item.patient_id, by=by, now=now):
        if one.item_id == item_id:
            return _put_off(session, one, why=PutOff.LINK_SENT, hours=hours, by=by, now=now)
    return None


def may_send_link(kind: WorkKind) -> bool:
    """Tell whether a link can be sent again from a task of this kind."""
    return kind in _SENDERS


def _visit_link(session: Session, to: _Sending) -> None:
    visit = _known(to.item.subject_id)
    scheduling.send_new_link(session, appointment_id=visit, by=to.by, now=to.now, ring=to.ring)


def _course_link(session: Session, to: _Sending) -> None:
    plan_id = plans.plan_for(session, patient_id=to.patient_id).id
    send_new_course_link(session, plan_id=plan_id, by=to.by, now=to.now, ring=to.ring)


def _forms_link(session: Session, to: _Sending) -> None:
    of_pain = bool(patients_of_pain(session, [to.patient_id]))
    ask_to_sign(session, to.patient_id, of_pain=of_pain, ring=to.ring, by=to.by, now=to.now)


def _intake_link(session: Session, to: _Sending) -> None:
    resend_link(session, patient_id=to.patient_id, by=to.by, now=to.now, ring=to.ring)


def _messages_link(session: Session, to: _Sending) -> None:
    _require_sent(
        is_sent=send_link_again(session, patient_id=to.patient_id, key=new_id(), by=to.by, now=to.now, ring=to.ring)
    )


def _check_in_link(session: Session, to: _Sending) -> None:
    monitoring.ask_again(session, patient_id=to.patient_id, by=to.by, now=to.now, ring=to.ring)


def _plan_link(session: Session, to: _Sending) -> None:
    sent = send_plan_link(session, to.patient_id, ring=to.ring, by=to.by, now=to.now)
    _require_sent(is_sent=sent is not None)


def _parcel_link(session: Session, to: _Sending) -> None:
    shipment_id = to.item.subject_id if to.item.subject_kind == "shipment" else None
    if shipment_id is None:
        shipment_id = next((parcel.id for parcel in shipments_of(session, to.patient_id)), None)
    is_sent = shipment_id is not None and tell_again(
        session, shipment_id=shipment_id, ring=to.ring, by=to.by, now=to.now
    )
    _require_sent(is_sent=is_sent)


def _known(subject_id: UUID | None) -> UUID:
    _require_sent(is_sent=subject_id is not None)
    assert subject_id
    return subject_id


def _require_sent(*, is_sent: bool) -> None:
    if not is_sent:
        raise NothingToSend("There is nothing to text about this now. Call the patient.")


_SENDERS: Mapping[WorkKind, Callable[[Session, _Sending], None]] = MappingProxyType(
    {
        WorkKind.LINK_LOCKED: _visit_link,
        WorkKind.COURSE_LINK_LOCKED: _course_link,
        WorkKind.FORMS_LINK_LOCKED: _forms_link,
        WorkKind.FORMS_UNSIGNED: _forms_link,
        WorkKind.INTAKE_LINK_LOCKED: _intake_link,
        WorkKind.INTAKE_STUCK: _intake_link,
        WorkKind.MESSAGES_LINK_LOCKED: _messages_link,
        WorkKind.CHECK_IN_LINK_LOCKED: _check_in_link,
        WorkKind.CHECK_IN_OVERDUE: _check_in_link,
        WorkKind.BILLING_LINK_LOCKED: _plan_link,
        WorkKind.PAYMENT_FAILED: _plan_link,
        WorkKind.DELIVERIES_LINK_LOCKED: _parcel_link,
        WorkKind.PARCEL_UNCONFIRMED: _parcel_link,
    }
)
"""Tasks that are settled, or at least moved on, by a text with a link; each goes the way of its own page."""
