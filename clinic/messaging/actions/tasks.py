"""Tasks that messages open for people, in plain words, and how they close again."""

from datetime import datetime
from json import loads
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.sms.outcomes import advice_for
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import day_label, time_label
from clinic.messaging.models import Lane, Message
from clinic.messaging.rules.consent import NO_CONSENT
from clinic.messaging.rules.kinds import Category, RecipientKind
from clinic.messaging.rules.templates import Template
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

_NAMES = {
    "OPTIN_CONFIRM": "The first text",
    "BOOK_CONFIRM": "The text that the visit is booked",
    "BOOK_CHANGED": "The text that the visit moved",
    "VISIT_CANCELED": "The text that the visit will not take place",
    "VISIT_24H": "The reminder",
    "COURSE_BOOKED": "The text with the dates of a course that begins",
    "COURSE_CHANGED": "The text that dates of a course changed, the next one",
    "COURSE_OFFER": "The text with dates to choose from, open until the end,",
}
_NOT_IN_TIME = "It could not be sent in time. Call or e-mail the patient instead."
_UNKNOWN = "We cannot tell whether it arrived, and do not send it again. Call or e-mail the patient."


def report_failure(session: Session, message: Message, *, code: int | None, by: Actor, now: datetime) -> None:
    """Open the task for a text that the provider could not deliver."""
    _open(session, message, WorkKind.DELIVERY_FAILED, what=f"was not delivered. {advice_for(code)}", by=by, now=now)


def report_expiry(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """Open the task for a text whose time ran out before it left."""
    _open(session, message, WorkKind.DELIVERY_FAILED, what=f"was not sent. {_NOT_IN_TIME}", by=by, now=now)


def report_unknown(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """Open the task for a text of which nobody can say whether it left."""
    _open(session, message, WorkKind.MESSAGE_UNKNOWN, what=f"got no answer. {_UNKNOWN}", by=by, now=now)


def settle(session: Session, message_id: UUID, *, by: Actor, now: datetime) -> None:
    """Close what was opened about a text that arrived after all."""
    for kind in (WorkKind.DELIVERY_FAILED, WorkKind.MESSAGE_UNKNOWN):
        worklist.close_for(session, dedupe_key=_key(kind, message_id), by=by, now=now)


def ask_for_a_call(session: Session, message: Message, template: Template, *, by: Actor, now: datetime) -> None:
    """Ask a coordinator to tell the patient in person, once for each visit, because no text may say it."""
    if not template.person_must_know:
        return
    why = "has not agreed to texts" if message.reason == NO_CONSENT else "asked for no texts"
    worklist.open_item(
        session,
        kind=WorkKind.OPTED_OUT_PATIENT,
        dedupe_key=f"{WorkKind.OPTED_OUT_PATIENT}:{message.subject_id}",
        reason=f"This patient {why}. Call or e-mail about {_subject(message, template)}.",
        subject_kind="patient",
        subject_id=patient_of(message),
        patient_id=patient_of(message),
        now=now,
        by=by,
    )


def report_pause(session: Session, lane: Lane, *, code: int | None, by: Actor, now: datetime) -> None:
    """Open the task for a lane that an account-level refusal stopped."""
    worklist.open_item(
        session,
        kind=WorkKind.LANE_PAUSED,
        dedupe_key=pause_key(lane.number),
        reason=f"{advice_for(code)} (Queue {lane.name!r}, provider code {code or 'none'}.)",
        subject_kind="message_lane",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )


def pause_key(lane: int) -> str:
    """Return the key of the task about a paused lane."""
    return f"{WorkKind.LANE_PAUSED}:{lane}"


def patient_of(message: Message) -> UUID | None:
    """Return the patient who reads the text, if its reader is one."""
    return message.recipient_id if message.recipient_kind == RecipientKind.PATIENT else None


def _open(session: Session, message: Message, kind: WorkKind, *, what: str, by: Actor, now: datetime) -> None:
    if message.category == Category.AUTO:
        return  # Nobody waits for an automatic answer that did not arrive.
    name = _NAMES.get(message.template_key, "A text")
    worklist.open_item(
        session,
        kind=kind,
        dedupe_key=_key(kind, message.id),
        reason=f"{name}{_when(message)} {what}",
        subject_kind="patient",
        subject_id=patient_of(message),
        patient_id=patient_of(message),
        now=now,
        by=by,
    )


def _key(kind: WorkKind, message_id: UUID) -> str:
    return f"{kind}:{message_id}"


def _subject(message: Message, template: Template) -> str:
    # What a text about several dates carries as its date may be no visit: an offer runs out then.
    return "the dates of the visits" if template.about == "plan" else f"the visit{_when(message)}"


def _when(message: Message) -> str:
    """Return ` on Wed Nov 25, 10:30 AM ET` for a text about a visit, else nothing."""
    starts_at = loads(message.variables_json or "{}").get("starts_at")
    if starts_at is None:
        return ""
    instant = datetime.fromisoformat(starts_at)
    day = day_label(instant, message.zone, language="en")
    return f" on {day}, {time_label(instant, message.zone, language='en')}"
