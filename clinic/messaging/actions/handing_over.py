"""Giving a received text to a person, and telling the phone that somebody will read it and when nobody does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions.answers import answer
from clinic.messaging.actions.numbers import number_key
from clinic.messaging.queries.inbound import answers_since, texts_since
from clinic.messaging.rules.replies import Meaning, may_ask_to_stop
from clinic.messaging.rules.staffed import StaffedHours
from clinic.people.queries.patients import patients_with_phone
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

TEXTS_AN_HOUR = 10
"""After so many texts within an hour further ones share one task (policy)."""

_AN_HOUR = timedelta(hours=1)
_A_DAY = timedelta(days=1)
_EXCERPT = 300
_HOURS = (PolicyKey.TEXTS_READ_FROM_HOUR, PolicyKey.TEXTS_READ_UNTIL_HOUR, PolicyKey.TEXTS_READ_DAYS)
_STOP_HINT = "It may ask for no more texts: if so, record that on the patient's page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One stored text on its way through; `may_answer`: the provider does not answer STOP, START and HELP itself."""

    id: UUID
    phone_id: UUID
    body: str = field(repr=False)
    meaning: Meaning
    is_urgent: bool
    may_answer: bool
    is_late: bool
    clinic_zone: str
    by: Actor
    now: datetime


@dataclass(frozen=True, slots=True)
class Senders:
    """Who may have written from a number: the one patient, if it is one, and how that is said."""

    patient_id: UUID | None
    words: str


def hand_over(session: Session, received: Received, *, why: str = "", is_answered: bool = False) -> None:
    """Give the text to a person, and say so to the phone once a day, unless it `is_answered` already.

    A text that sounds like danger has a task of its own and its own answer.
    """
    if received.is_urgent:
        return
    sender = senders(session, received.phone_id)
    hint = _STOP_HINT if may_ask_to_stop(received.body) else ""
    worklist.open_item(
        session,
        kind=WorkKind.REPLY_UNCLEAR,
        dedupe_key=f"{WorkKind.REPLY_UNCLEAR}:{task_about(session, received)}",
        reason=". ".join(filter(None, (f"A text{sender.words} needs reading: {excerpt(received.body)}", why, hint))),
        subject_kind="phone",
        subject_id=received.phone_id,
        patient_id=sender.patient_id,
        now=received.now,
        by=received.by,
    )
    if not is_answered:
        _acknowledge(session, received)


def ask_for_number(session: Session, received: Received) -> None:
    """Ask a coordinator to find out whose number it is that says it is the wrong one; a stranger's is just read."""
    users = patients_with_phone(session, received.phone_id)
    if not users:
        hand_over(session, received, is_answered=received.meaning is Meaning.STOP)
    for patient in users:
        worklist.open_item(
            session,
            kind=WorkKind.NUMBER_TO_CHECK,
            dedupe_key=number_key(patient.id, received.phone_id),
            reason=f"Whoever has this number says that it is the wrong one: {excerpt(received.body)}. "
            "Reach the patient in another way and ask for the right number. If the number is not the patient's, "
            "change it or record that no texts go there.",
            subject_kind="patient",
            subject_id=patient.id,
            patient_id=patient.id,
            now=received.now,
            by=received.by,
        )


def senders(session: Session, phone_id: UUID) -> Senders:
    """Return who may have written from this number."""
    users = patients_with_phone(session, phone_id)
    if len(users) == 1:
        return Senders(users[0].id, "")
    shared = f" from a number that {len(users)} patients share"
    return Senders(None, shared if users else " from a number of no patient")


def task_about(session: Session, received: Received) -> UUID:
    """Return what a task is about: each text, or the phone where so many come that it is probably a machine."""
    texts = texts_since(session, received.phone_id, since=received.now - _AN_HOUR)
    return received.id if texts <= TEXTS_AN_HOUR else received.phone_id


def excerpt(body: str) -> str:
    """Return the beginning of a text in quotation marks, or that it was empty."""
    if not body.strip():
        return "it came without words"
    cut = body if len(body) <= _EXCERPT else f"{body[:_EXCERPT]}\u2026"
    return f"\u201c{cut}\u201d"


def _acknowledge(session: Session, received: Received) -> None:
    template_key = "UNKNOWN_INBOUND" if _is_staffed(session, received) else "AFTER_HOURS"
    since = received.now - _A_DAY
    if answers_since(session, received.phone_id, since=since, template_key=template_key) == 0:
        answer(session, inbound_id=received.id, template_key=template_key, by=received.by, now=received.now)


def _is_staffed(session: Session, received: Received) -> bool:
    values = numbers_of(session, _HOURS)
    first, last, days = (values[key] for key in _HOURS)
    hours = StaffedHours(from_hour=first, until_hour=last, days=days, zone=received.clinic_zone)
    return hours.is_staffed(received.now)
