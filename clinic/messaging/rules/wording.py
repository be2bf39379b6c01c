"""How the state of a text reads for staff."""

from clinic.gateways.sms.outcomes import advice_for
from clinic.messaging.rules.kinds import MessageState

NAMES = {
    "OPTIN_CONFIRM": "First text",
    "BOOK_CONFIRM": "Visit booked",
    "BOOK_CHANGED": "Visit moved",
    "VISIT_CANCELED": "Visit canceled",
    "VISIT_24H": "Reminder",
    "COURSE_BOOKED": "Dates of the course",
    "COURSE_CHANGED": "Dates of the course changed",
    "COURSE_OFFER": "Dates to choose from",
    "COURSE_CANCELED": "All dates canceled",
    "STOP_REPLY": "Answer to STOP",
    "HELP_REPLY": "Answer to HELP",
    "START_REPLY": "Answer to START",
    "REPLY_THANKS": "Answer: confirmed",
    "MOVE_REQUESTED": "Answer: another time",
    "NOTHING_WAITING": "Answer: nothing to confirm",
    "UNKNOWN_INBOUND": "Answer: we will read it",
}

_STATES = {
    MessageState.PENDING: "Waiting",
    MessageState.CLAIMED: "Leaving now",
    MessageState.SENDING: "Leaving now",
    MessageState.AMBIGUOUS: "No answer from the phone company yet; we are looking it up",
    MessageState.ACCEPTED: "With the phone company",
    MessageState.SENT: "Sent, no receipt yet",
    MessageState.DELIVERED: "Delivered",
    MessageState.UNDELIVERED: "Not delivered",
    MessageState.FAILED: "Not delivered",
    MessageState.SUPPRESSED: "Not sent",
    MessageState.EXPIRED: "Not sent in time",
    MessageState.CANCELED: "Called back",
    MessageState.UNKNOWN: "Nobody can say whether it arrived",
    MessageState.UNCONFIRMED: "Sent, never a receipt",
}
_REASONS = {
    "opted_out": "the patient asked for no texts",
    "no_consent": "the patient has not agreed to texts",
    "quiet_hours": "only between 8:00 AM and 8:00 PM of the patient's day",
    "daily_cap": "enough texts for today; it leaves tomorrow morning",
    "provider_busy": "the phone company was busy; we try again",
    "resend": "it did not leave the first time; we send it again",
    "lane_paused": "texts are on hold",
    "link_revoked": "its link is no longer good",
    "visit_moved": "the visit moved",
    "link_renewed": "a new link was sent instead",
    "visit_begun": "the visit has begun",
    "visit_canceled": "the visit was canceled",
    "visit_late_canceled": "the visit was canceled",
    "dates_changed": "the dates changed",
    "told_anew": "a newer text tells of all dates",
    "offer_over": "the offer is over",
    "plan_over": "the program has ended",
    "care_ended": "the patient is not in our care any more",
    "merged": "two records of the patient became one",
    "number_changed": "the patient has another number now",
    "unwritable": "it could not be written; tell your administrator",
}


def state_words(state: str, *, reason: str | None, code: int | None) -> str:
    """Return one line for a page: `Not sent: the patient asked for no texts`."""
    words = _STATES[MessageState(state)]
    if state in {MessageState.FAILED, MessageState.UNDELIVERED} and reason != "unwritable":
        return f"{words}. {advice_for(code)}"
    because = _REASONS.get(reason or "")
    return f"{words}: {because}" if because else words


def name_of(template_key: str) -> str:
    """Return what staff call a text."""
    return NAMES.get(template_key, "Text")
