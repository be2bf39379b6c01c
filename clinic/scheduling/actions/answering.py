"""What a reply to a question about one visit does: will the patient come, and is a support person set."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging.actions import close_questions
from clinic.messaging.rules.questions import Asks, Choice
from clinic.scheduling.actions import tasks
from clinic.scheduling.actions.attending import confirm
from clinic.scheduling.actions.ledger import remark
from clinic.scheduling.actions.locking import locked
from clinic.scheduling.actions.replies import Reply, ReplyOutcome, ask_for_move
from clinic.scheduling.actions.texts import live_link
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import patient_facts
from clinic.scheduling.queries.knowing import knows_present_place
from clinic.scheduling.queries.telling import SUBJECT
from clinic.scheduling.queries.visits import appointment
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.rules import WorkKind

_CALLED_OFF = frozenset({AppointmentState.CANCELED, AppointmentState.LATE_CANCELED})
_SAID = {
    (Asks.VISIT, Choice.ONE): "1 (confirm)",
    (Asks.VISIT, Choice.TWO): "2 (another time)",
    (Asks.SUPPORT_PERSON, Choice.ONE): "1 (a support person is set)",
    (Asks.SUPPORT_PERSON, Choice.TWO): "2 (no support person yet)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A reply to a question about a visit: `told_version` is the time that it named, `before` the last choice."""

    appointment_id: UUID
    told_version: int | None
    phone_id: UUID
    asks: Asks
    choice: Choice
    before: Choice | None

    @property
    def said(self) -> str:
        """Return the reply in words for a task."""
        return _SAID[self.asks, self.choice]

    @property
    def is_change(self) -> bool:
        """Tell whether the same question was answered otherwise before."""
        return self.before not in (None, self.choice)


def take_answer(session: Session, answered: Answered, *, by: Actor, now: datetime) -> ReplyOutcome:
    """Act on a reply to a question about a visit, as the visit is now.

    The later of two replies decides, and a person sees that they differ. A reply to a visit that has begun, was called
    off or is at a time of which the patient does not know changes nothing; neither does one from a number that the
    patient no longer has.
    """
    visit = locked(session, answered.appointment_id, by=by)
    if patient_facts(session, visit.patient_id).phone_id != answered.phone_id:
        reason = f"A reply {answered.said} came from a number that is not the patient's any more. Call and ask."
        return _to_a_person(session, visit, answered, reason=reason, by=by, now=now)
    if visit.state not in UPCOMING or visit.starts_at <= now:
        return _too_late(session, visit, answered, by=by, now=now)
    is_one = answered.choice is Choice.ONE
    if is_one and not knows_present_place(session, visit, told_version=answered.told_version):
        reason = f"A reply {answered.said} came to the visit's earlier time. Call and ask whether the new time suits."
        return _to_a_person(session, visit, answered, reason=reason, by=by, now=now)
    if is_one and answered.is_change:
        reason = f"The patient replied otherwise first, and then {answered.said}. The last reply counts. "
        _to_a_person(session, visit, answered, reason=reason + "Call and ask if in doubt.", by=by, now=now)
    verbs = {
        (Asks.VISIT, Choice.ONE): _will_come,
        (Asks.VISIT, Choice.TWO): _wants_another_time,
        (Asks.SUPPORT_PERSON, Choice.ONE): _support_is_set,
        (Asks.SUPPORT_PERSON, Choice.TWO): _support_is_missing,
    }
    return verbs[answered.asks, answered.choice](session, visit, answered, by=by, now=now)


def close_stale_questions(session: Session, *, appointment_id: UUID, now: datetime) -> None:
    """Let questions about a visit that was called off, is over or moved wait for no answer any more."""
    visit = appointment(session, appointment_id)
    keep = visit.time_version if visit.state in UPCOMING else None
    close_questions(session, subject_kind=SUBJECT, subject_id=visit.id, keep_version=keep, now=now)


def _will_come(session: Session, visit: Appointment, answered: Answered, *, by: Actor, now: datetime) -> ReplyOutcome:
    if answered.is_change:
        close_for(session, dedupe_key=tasks.move_requested_key(visit.id), by=by, now=now)
    if visit.state == AppointmentState.CONFIRMED:
        return ReplyOutcome(Reply.ALREADY_CONFIRMED, visit)
    confirmed = confirm(session, appointment_id=visit.id, via="sms", by=_patient(visit, by), now=now)
    return ReplyOutcome(Reply.CONFIRMED, confirmed)


def _wants_another_time(
    session: Session, visit: Appointment, answered: Answered, *, by: Actor, now: datetime
) -> ReplyOutcome:
    ask_for_move(session, visit, is_change=answered.is_change, by=by, now=now)
    return ReplyOutcome(Reply.MOVE_REQUESTED, visit, live_link(session, visit.id, now=now))


def _support_is_set(
    session: Session, visit: Appointment, answered: Answered, *, by: Actor, now: datetime
) -> ReplyOutcome:
    close_for(session, dedupe_key=tasks.support_person_key(visit.id), by=by, now=now)
    if answered.before is not Choice.ONE:
        remark(session, visit, Change.SUPPORT_PERSON_SET, by=_patient(visit, by), now=now, reason="sms")
    return ReplyOutcome(Reply.SUPPORT_PERSON_SET, visit)


def _support_is_missing(
    session: Session, visit: Appointment, answered: Answered, *, by: Actor, now: datetime
) -> ReplyOutcome:
    first = "The patient replied 1 first and then 2" if answered.is_change else "The patient replied 2"
    tasks.ask_for_support_person(
        session, visit, reason=f"{first}: no support person is set yet. Call and help to find one.", by=by, now=now
    )
    if answered.before is not Choice.TWO:
        remark(session, visit, Change.SUPPORT_PERSON_MISSING, by=_patient(visit, by), now=now, reason="sms")
    return ReplyOutcome(Reply.SUPPORT_PERSON_MISSING, visit)


def _too_late(session: Session, visit: Appointment, answered: Answered, *, by: Actor, now: datetime) -> ReplyOutcome:
    """Tell the phone that time went on; a `2` to a visit that was not called off wants a person."""
    if answered.choice is Choice.TWO and visit.state not in _CALLED_OFF:
        reason = f"A reply {answered.said} came after the visit had begun. Call and ask how it goes on."
        return _to_a_person(session, visit, answered, reason=reason, by=by, now=now)
    return ReplyOutcome(Reply.TOO_LATE, visit)


def _to_a_person(
    session: Session, visit: Appointment, answered: Answered, *, reason: str, by: Actor, now: datetime
) -> ReplyOutcome:
    open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key=f"reply_unclear:{visit.id}:{answered.asks}",
        reason=reason,
        subject_kind="phone",
        subject_id=answered.phone_id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )
    return ReplyOutcome(Reply.TOO_LATE, visit)


def _patient(visit: Appointment, by: Actor) -> Actor:
    return replace(by, kind=ActorKind.PATIENT, id=visit.patient_id, name="Patient, by text")
