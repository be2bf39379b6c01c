"""What a patient's texted `1` or `2` does to a visit."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WITH_PROVIDER, MessageState
from clinic.people.models import Patient
from clinic.scheduling.actions import tasks
from clinic.scheduling.actions.attending import confirm
from clinic.scheduling.actions.texts import live_link
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.queries.telling import SUBJECT, waiting_news
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.worklist.actions import open_item
from clinic.worklist.rules import WorkKind

_REMINDERS = ("VISIT_24H", "VISIT_TOMORROW", "VISIT_TOMORROW_DRY")
_LEFT = (*WITH_PROVIDER, MessageState.DELIVERED, MessageState.AMBIGUOUS, MessageState.UNCONFIRMED, MessageState.UNKNOWN)


_TO_THE_OLD_TIME = (
    "A reply 1 (confirm) came before the text about the visit's new time had left. "
    "Call and ask whether the new time suits."
)


class Reply(StrEnum):
    """What a reply led to."""

    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already_confirmed"
    MOVE_REQUESTED = "move_requested"
    SUPPORT_PERSON_SET = "support_person_set"
    SUPPORT_PERSON_MISSING = "support_person_missing"
    UNCLEAR = "unclear"
    TOO_LATE = "too_late"
    NOTHING_WAITING = "nothing_waiting"


@dataclass(frozen=True, slots=True)
class ReplyOutcome:
    """What a reply led to, for which visit, and the link to it that still opens."""

    reply: Reply
    visit: Appointment | None = None
    link_id: UUID | None = None


def confirm_from_reply(session: Session, *, phone_id: UUID, by: Actor, now: datetime) -> ReplyOutcome:
    """Confirm the visit that a `1` from this phone can only mean, or open a task when it may mean several.

    A visit of which the patient was reminded comes before any other.
    """
    meant = _meant(session, phone_id, now=now)
    waiting = [visit for visit in meant if visit.state == AppointmentState.BOOKED]
    if len(waiting) > 1:
        reason = _one_of_many("1 (confirm)", waiting)
        return _unclear(session, waiting, phone_id=phone_id, reason=reason, by=by, now=now)
    if waiting and waiting_news(session, waiting[0].id) is not None:
        # The visit was moved and the text about it has not left: the patient says yes to the time before.
        return _unclear(session, waiting, phone_id=phone_id, reason=_TO_THE_OLD_TIME, by=by, now=now)
    if waiting:
        visit = confirm(session, appointment_id=waiting[0].id, via="sms", by=_patient(waiting[0], by), now=now)
        return ReplyOutcome(Reply.CONFIRMED, visit)
    return ReplyOutcome(Reply.ALREADY_CONFIRMED, meant[0]) if meant else ReplyOutcome(Reply.NOTHING_WAITING)


def move_from_reply(session: Session, *, phone_id: UUID, by: Actor, now: datetime) -> ReplyOutcome:
    """Open the task "wants another time" for the visit that a `2` from this phone can only mean."""
    meant = _meant(session, phone_id, now=now)
    if not meant:
        return ReplyOutcome(Reply.NOTHING_WAITING)
    if len(meant) > 1:
        reason = _one_of_many("2 (another time)", meant)
        return _unclear(session, meant, phone_id=phone_id, reason=reason, by=by, now=now)
    visit = meant[0]
    ask_for_move(session, visit, by=by, now=now)
    return ReplyOutcome(Reply.MOVE_REQUESTED, visit, live_link(session, visit.id, now=now))


def ask_for_move(session: Session, visit: Appointment, *, by: Actor, now: datetime, is_change: bool = False) -> None:
    """Open the task "wants another time"; `is_change`: the patient had confirmed the visit before."""
    first = "The patient replied 1 first and then 2" if is_change else "The patient replied 2"
    open_item(
        session,
        kind=WorkKind.MOVE_REQUESTED,
        dedupe_key=tasks.move_requested_key(visit.id),
        reason=f"{first}: this time does not suit. The visit stays until another time is found.",
        subject_kind=SUBJECT,
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=now,
        by=by,
    )


def _meant(session: Session, phone_id: UUID, *, now: datetime) -> list[Appointment]:
    """Return the visits that a reply may mean: those reminded of, else the next one of each patient on the phone."""
    wanted = (
        select(Appointment)
        .join(Patient, Patient.id == Appointment.patient_id)
        .where(Patient.phone_id == phone_id, Appointment.state.in_(UPCOMING), Appointment.starts_at > now)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    to_come = list(session.scalars(wanted.execution_options(populate_existing=True)))
    reminded = _reminded(session, to_come)
    if reminded:
        return reminded
    first_of_each: dict[UUID, Appointment] = {}
    for visit in to_come:
        first_of_each.setdefault(visit.patient_id, visit)
    return list(first_of_each.values())


def _reminded(session: Session, to_come: list[Appointment]) -> list[Appointment]:
    """Return the visits of which a reminder left that names the time and physician that they have now."""
    told = (
        select(Message.subject_id)
        .join(Appointment, Appointment.id == Message.subject_id)
        .join(
            AppointmentHistory,
            and_(
                AppointmentHistory.appointment_id == Appointment.id,
                AppointmentHistory.sequence == Message.subject_version - 1,
                AppointmentHistory.to_starts_at == Appointment.starts_at,
                AppointmentHistory.to_physician_id == Appointment.physician_id,
            ),
        )
        .where(
            Message.subject_kind == SUBJECT,
            Message.subject_id.in_([visit.id for visit in to_come]),
            Message.template_key.in_(_REMINDERS),
            Message.state.in_(_LEFT),
        )
    )
    found = set(session.scalars(told))
    return [visit for visit in to_come if visit.id in found]


def _one_of_many(answer: str, visits: list[Appointment]) -> str:
    return f"A reply {answer} came from a phone with {len(visits)} visits to come. Call and ask which is meant."


def _unclear(
    session: Session, visits: list[Appointment], *, phone_id: UUID, reason: str, by: Actor, now: datetime
) -> ReplyOutcome:
    open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key=f"reply_unclear:{phone_id}",
        reason=reason,
        subject_kind="phone",
        subject_id=phone_id,
        patient_id=visits[0].patient_id,
        now=now,
        by=by,
    )
    return ReplyOutcome(Reply.UNCLEAR)


def _patient(visit: Appointment, by: Actor) -> Actor:
    return replace(by, kind=ActorKind.PATIENT, id=visit.patient_id, name="Patient, by text")
