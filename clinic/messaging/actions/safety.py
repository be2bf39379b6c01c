"""What follows at once when a text sounds like danger: an answer, a task, and the fact that has somebody called."""

from datetime import timedelta

from sqlalchemy.orm import Session

from clinic.kernel import outbox
from clinic.messaging.actions.answers import answer
from clinic.messaging.actions.handing_over import Received, excerpt, senders, task_about
from clinic.messaging.queries.inbound import answers_since
from clinic.people.queries.consent import consent_for_change
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

DANGER_SUSPECTED = "danger.suspected"

ANSWERS_AN_HOUR = 3
"""Whoever writes of danger again and again gets this many answers an hour; the pages and the task go on (policy)."""

_AN_HOUR = timedelta(hours=1)
_TELEPHONE = "Telephone now: this number gets no texts from us, so nothing was answered."
_CALL = "Telephone now; do not rely on texts."


def alarm_key(text_id: object) -> str:
    """Return the key of the task about one text, or phone, that sounds like danger."""
    return f"{WorkKind.DANGER_SUSPECTED}:{text_id}"


def sound_alarm(session: Session, received: Received) -> None:
    """Answer with 911 and 988 at any hour, open the task, and publish what has the on-call person called.

    A number that had opted out before gets no text. Who asks for no texts and speaks of danger in the same text gets
    this one answer. The number's consent is locked first, as a STOP does.
    """
    consent = consent_for_change(session, received.phone_id)
    is_silent = consent.opted_out_at is not None
    if not is_silent:
        _answer(session, received)
    sender = senders(session, received.phone_id)
    worklist.open_item(
        session,
        kind=WorkKind.DANGER_SUSPECTED,
        dedupe_key=alarm_key(task_about(session, received)),
        reason=f"A text{sender.words} may speak of danger: {excerpt(received.body)}. "
        f"{_TELEPHONE if is_silent else _CALL} In an emergency call 911 for the patient's address.",
        subject_kind="phone",
        subject_id=received.phone_id,
        patient_id=sender.patient_id,
        now=received.now,
        by=received.by,
    )
    outbox.publish(session, DANGER_SUSPECTED, subject_id=received.id, now=received.now)


def _answer(session: Session, received: Received) -> None:
    since = received.now - _AN_HOUR
    if answers_since(session, received.phone_id, since=since, template_key="CRISIS_REPLY") < ANSWERS_AN_HOUR:
        answer(
            session,
            inbound_id=received.id,
            template_key="CRISIS_REPLY",
            is_for_safety=True,
            by=received.by,
            now=received.now,
        )
