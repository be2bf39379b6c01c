"""Tasks that messages open for people, in plain words, and how they close again."""

from datetime import datetime
from json import loads
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.email.outcomes import account_advice, mail_advice
from clinic.gateways.sms.outcomes import advice_for
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import day_label, time_label
from clinic.messaging.actions.emails import SYSTEM_PAGE, alert_administrators, email_instead
from clinic.messaging.models import Lane, Message
from clinic.messaging.rules.consent import NO_CONSENT
from clinic.messaging.rules.emails import EMAIL_LANE
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
    "VISIT_15M": "The text just before the visit",
    "VISIT_NO_SHOW": "The text about the missed visit",
    "PREP_48H_SITTER": "The question about the support person",
    "SITTER_INVITE": "The text to the support person for the visit",
    "SITTER_MOVED": "The text to the support person that the visit moved",
    "SITTER_OFF": "The text to the support person that the visit is called off",
    "HYDRATE_DAYBEFORE": "The text with the plan for the day before the visit",
    "VISIT_TOMORROW": "The reminder with the plan for the day before",
    "CHECKLIST_EARLY": "The text with the time of the checklist",
    "FASTING": "The text with the time to finish food,",
    "HYDRATE_2H": "The text two hours before the visit",
    "CHECKLIST_MISSING": "The text not to start yet",
    "HOLD_TODAY": "The text to pause for today",
    "POST_REST": "The text about rest after the visit",
    "POST_EVENING": "The evening text after the visit",
    "POST_24H": "The text a day after the visit",
    "POST_72H": "The text three days after the visit",
    "POST_7D": "The text a week after the visit",
    "COURSE_BOOKED": "The text with the dates of a course that begins",
    "COURSE_CHANGED": "The text that dates of a course changed, the next one",
    "SLOT_OFFER": "The text that offers a time which came free, held for a short while only,",
    "COURSE_OFFER": "The text with dates to choose from, open until the end,",
    "COURSE_CANCELED": "The text that the planned visits will not take place",
    "INTAKE_LINK": "The text with the link to the intake",
    "INTAKE_NUDGE": "The text about the unfinished intake",
    "SIGN_NEEDED": "The text about the missing signature",
    "NEWSLETTER": "The newsletter",
    "SURVEY_LINK": "The text with the check-in",
    "SURVEY_NUDGE1": "The first text about the open check-in",
    "SURVEY_NUDGE2": "The second text about the open check-in",
    "SHIP_SENT": "The text about the package, due",
    "SHIP_ATTEMPT": "The text that the package was not handed over",
    "SHIP_DELIVERED": "The text that the package was delivered",
    "SHIP_CONFIRM": "The text that asks to confirm the package",
    "SHIP_RECALL": "The text to set a delivery aside",
    "SHIP_COUNT": "The text that asks for a count",
    "SHIP_ANSWER": "The text that the next delivery was decided about",
    "SHIP_LEFT": "The text about what is left at home",
    "PAY_FAILED": "The text that the payment failed",
    "PAY_RECEIPT": "The text that the payment was received",
    "PAY_ACTION": "The text to confirm a payment with the bank",
    "PAY_JOIN": "The text to set up the membership",
    "PAY_PRICE": "The text about a change of price",
    "PAY_CARD_ENDS": "The text that the card ends soon",
    "PAY_RESUMES": "The text that the membership goes on",
    "STAFF_MSG": "The text about the secure message",
    "STAFF_TEXT": "The text that one of us wrote",
    "ON_CALL_PAGE": "The on-call page",
}
"""How a task names a text; the variant without advice to drink has the name of the text that it stands in for."""

_MAIL_NAMES = {
    "VISIT_INVITATION": "The e-mail that the visit is booked",
    "VISIT_INVITATION_CHANGED": "The e-mail that the visit moved",
    "VISIT_INVITATION_CANCELED": "The e-mail that the visit will not take place",
    "CARE_NEWS": "The e-mail that there is news",
}

_ABOUT = {
    "plan": "the dates of the visits",
    "patient": "what has to be done next",
    "check_in": "the check-in",
    "shipment": "the package",
    "recall_notice": "a delivery to set aside",
    "refill_request": "the next delivery",
    "supply": "what is left at home",
    "invoice": "the payment",
    "subscription": "the membership",
    "price_notice": "a change of the membership\u2019s price",
    "card": "the card that ends soon",
    "signature_request": "the forms to sign",
    "secure_message": "the secure message",
    "conversation": "what we wrote",
}
_DRY = "_DRY"
_NOT_IN_TIME = "It could not be sent in time. Call or e-mail the patient instead."
_BY_EMAIL_TOO = " An e-mail goes to this patient too."
_UNKNOWN = "We cannot tell whether it arrived, and do not send it again. Call or e-mail the patient."


def name_in_task(template_key: str) -> str:
    """Return how a task names a text at the beginning of a sentence."""
    return _MAIL_NAMES.get(template_key) or _NAMES.get(template_key.removesuffix(_DRY), "A text")


def report_failure(session: Session, message: Message, *, code: int | None, by: Actor, now: datetime) -> None:
    """Open the task for a text that the provider could not deliver."""
    _open(session, message, WorkKind.DELIVERY_FAILED, what=f"was not delivered. {advice_for(code)}", by=by, now=now)


def report_mail_failure(session: Session, message: Message, *, code: int | None, by: Actor, now: datetime) -> None:
    """Open one task for a patient whose e-mail the mail server refused for good, however many e-mails that were."""
    if patient_of(message) is None:
        return
    worklist.open_item(
        session,
        kind=WorkKind.DELIVERY_FAILED,
        dedupe_key=f"{WorkKind.DELIVERY_FAILED}:email:{patient_of(message)}",
        reason=f"An e-mail to this patient did not arrive. {mail_advice(code)}",
        subject_kind="patient",
        subject_id=patient_of(message),
        patient_id=patient_of(message),
        now=now,
        by=by,
    )


def report_expiry(session: Session, message: Message, *, by: Actor, now: datetime) -> None:
    """Open the task for a text whose time ran out before it left.

    Not for an invitation: a text or a call tells the same.
    """
    if message.channel == "email" and message.template_key != "CARE_NEWS":
        return
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
    also = _BY_EMAIL_TOO if email_instead(session, message, template, by=by, now=now) else ""
    worklist.open_item(
        session,
        kind=WorkKind.OPTED_OUT_PATIENT,
        dedupe_key=f"{WorkKind.OPTED_OUT_PATIENT}:{message.subject_id}",
        reason=f"This patient {why}. Call or e-mail about {_subject(message, template)}.{also}",
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
        reason=f"{_pause_advice(lane, code)} (Queue {lane.name!r}, provider code {code or 'none'}.)",
        subject_kind="message_lane",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )
    if lane.number != EMAIL_LANE:
        stamp = now.isoformat()
        what = "Texts are on hold"
        alert_administrators(session, what=what, page=SYSTEM_PAGE, key=f"lane:{lane.number}:{stamp}", by=by, now=now)


def _pause_advice(lane: Lane, code: int | None) -> str:
    return account_advice() if lane.number == EMAIL_LANE else advice_for(code)


def pause_key(lane: int) -> str:
    """Return the key of the task about a paused lane."""
    return f"{WorkKind.LANE_PAUSED}:{lane}"


def patient_of(message: Message) -> UUID | None:
    """Return the patient who reads the text, if its reader is one."""
    return message.recipient_id if message.recipient_kind == RecipientKind.PATIENT else None


def _open(session: Session, message: Message, kind: WorkKind, *, what: str, by: Actor, now: datetime) -> None:
    if message.category in {Category.AUTO, Category.STAFF}:
        return  # Nobody waits for an automatic answer that did not arrive, and a call for staff goes on by itself.
    name = name_in_task(message.template_key)
    worklist.open_item(
        session,
        kind=kind,
        dedupe_key=_key(kind, message.id),
        reason=f"{name}{when_in_task(message)} {what}",
        subject_kind="patient",
        subject_id=patient_of(message),
        patient_id=patient_of(message),
        now=now,
        by=by,
    )


def _key(kind: WorkKind, message_id: UUID) -> str:
    return f"{kind}:{message_id}"


def _subject(message: Message, template: Template) -> str:
    # Only what a text about a visit carries as its date is one: an offer runs out then, a package comes.
    return _ABOUT.get(template.about, f"the visit{when_in_task(message, named='visit_at')}")


def when_in_task(message: Message, *, named: str = "starts_at") -> str:
    """Return ` on Wed Nov 25, 10:30 AM ET` for a text about a visit, else nothing.

    `visit_at` names the visit's own time where the words of a text tell another one.
    """
    told = loads(message.variables_json or "{}")
    starts_at = told.get(named) or told.get("starts_at")
    if starts_at is None:
        return ""
    instant = datetime.fromisoformat(starts_at)
    day = day_label(instant, message.zone, language="en")
    return f" on {day}, {time_label(instant, message.zone, language='en')}"
