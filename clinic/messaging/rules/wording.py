"""How the state of a text reads for staff."""

from clinic.gateways.email.outcomes import mail_advice
from clinic.gateways.sms.outcomes import advice_for
from clinic.messaging.rules.kinds import MessageState

NAMES = {
    "OPTIN_CONFIRM": "First text",
    "BOOK_CONFIRM": "Visit booked",
    "BOOK_CHANGED": "Visit moved",
    "VISIT_CANCELED": "Visit canceled",
    "SLOT_OFFER": "Time offered",
    "VISIT_24H": "Reminder",
    "VISIT_15M": "Visit starts soon",
    "VISIT_NO_SHOW": "Visit missed",
    "PREP_48H_SITTER": "Who will be with you",
    "SITTER_INVITE": "To the support person",
    "SITTER_MOVED": "To the support person: moved",
    "SITTER_OFF": "To the support person: called off",
    "HYDRATE_DAYBEFORE": "Plan for tomorrow",
    "HYDRATE_DAYBEFORE_DRY": "Plan for tomorrow, no drinking",
    "VISIT_TOMORROW": "Reminder with plan for tomorrow",
    "VISIT_TOMORROW_DRY": "Reminder with plan, no drinking",
    "CHECKLIST_EARLY": "Checklist of an early visit",
    "FASTING": "Last food",
    "FASTING_DRY": "Last food, no drinking",
    "HYDRATE_2H": "Two hours to go",
    "HYDRATE_2H_DRY": "Two hours to go, no drinking",
    "CHECKLIST_MISSING": "Do not start yet",
    "HOLD_TODAY": "Pause for today",
    "POST_REST": "Rest time",
    "POST_REST_DRY": "Rest time, no drinking",
    "POST_EVENING": "Evening check-in",
    "POST_EVENING_DRY": "Evening check-in, no drinking",
    "POST_24H": "Next day",
    "POST_72H": "After three days",
    "POST_7D": "After a week",
    "COURSE_BOOKED": "Dates of the course",
    "COURSE_CHANGED": "Dates of the course changed",
    "COURSE_OFFER": "Dates to choose from",
    "COURSE_CANCELED": "All dates canceled",
    "INTAKE_LINK": "Link to the intake",
    "INTAKE_NUDGE": "Intake not finished",
    "SIGN_NEEDED": "Signature missing",
    "LOGIN_CODE": "One-time code",
    "NEW_LINK": "New link",
    "NEWSLETTER": "Newsletter",
    "SURVEY_LINK": "Check-in due",
    "SURVEY_NUDGE1": "Check-in still open",
    "SURVEY_NUDGE2": "Check-in holds up the next step",
    "SHIP_SENT": "Package on its way",
    "SHIP_ATTEMPT": "Package not handed over",
    "SHIP_DELIVERED": "Package delivered",
    "SHIP_CONFIRM": "Package to confirm",
    "SHIP_RECALL": "Delivery to set aside",
    "SHIP_COUNT": "Count before the next delivery",
    "SHIP_ANSWER": "Answer about the next delivery",
    "SHIP_LEFT": "What is left to put away",
    "PAY_FAILED": "Payment failed",
    "PAY_RECEIPT": "Payment received",
    "PAY_ACTION": "Payment to confirm",
    "PAY_JOIN": "Membership to set up",
    "PAY_PRICE": "News about the membership",
    "PAY_CARD_ENDS": "Card ends soon",
    "PAY_RESUMES": "Membership goes on soon",
    "STAFF_MSG": "Secure message waiting",
    "STAFF_TEXT": "Written by staff",
    "STOP_REPLY": "Answer to STOP",
    "HELP_REPLY": "Answer to HELP",
    "START_REPLY": "Answer to START",
    "REPLY_THANKS": "Answer: confirmed",
    "MOVE_REQUESTED": "Answer: another time",
    "NOTHING_WAITING": "Answer: nothing to confirm",
    "SLOT_TAKEN": "Answer: time taken",
    "SLOT_DECLINED": "Answer: time let go",
    "SLOT_GONE": "Answer: time gone",
    "REPLY_LATE": "Answer: too late",
    "UNKNOWN_INBOUND": "Answer: we will read it",
    "SITTER_THANKS": "Answer: support person noted",
    "SITTER_MISSING": "Answer: we call about a support person",
    "CRISIS_REPLY": "Answer to words of danger",
    "AFTER_HOURS": "Answer outside our hours",
    "ON_CALL_PAGE": "On-call page",
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
    "daily_cap": "enough texts for that day; it leaves the next morning",
    "asked_lately": "the same question left less than two days before",
    "daily_cap_dropped": "enough texts for that day, and this one can be left out",
    "no_marketing_consent": "the patient has not asked for news by text",
    "provider_busy": "the phone company was busy; we try again",
    "resend": "it did not leave the first time; we send it again",
    "lane_paused": "texts are on hold",
    "link_revoked": "its link is no longer good",
    "visit_moved": "the visit moved",
    "link_renewed": "a new link was sent instead",
    "visit_begun": "the visit has begun",
    "visit_canceled": "the visit was canceled",
    "visit_no_show": "the patient did not come",
    "visit_in_progress": "the visit has begun",
    "not_missed": "the patient came after all",
    "patient_changed": "a newer text takes its place",
    "answered": "the patient answered it already",
    "visit_late_canceled": "the visit was canceled",
    "dates_changed": "the dates changed",
    "told_anew": "a newer text tells of all dates",
    "offer_over": "the offer is over",
    "plan_over": "the program has ended",
    "care_ended": "the patient is not in our care any more",
    "merged": "two records of the patient became one",
    "number_changed": "the patient has another number now",
    "called_back": "a colleague did not want it sent",
    "called_anew": "a newer call takes its place",
    "read_already": "the message was read before",
    "parcel_moved_on": "the package is further on by now",
    "payment_settled": "the payment is settled by now",
    "forms_signed": "nothing has to be signed any more",
    "membership_changed": "the membership changed meanwhile",
    "price_withdrawn": "the change of price was withdrawn",
    "card_replaced": "the patient has another card by now",
    "recall_heard": "the patient knows by now",
    "count_known": "the patient has counted by now, or asks for nothing any more",
    "asked_again": "the patient has asked anew",
    "supply_closed": "nothing is left at home",
    "unwritable": "it could not be written; tell your administrator",
}


def state_words(state: str, *, reason: str | None, code: int | None) -> str:
    """Return one line for a page: `Not sent: the patient asked for no texts`."""
    words = _STATES[MessageState(state)]
    if state in {MessageState.FAILED, MessageState.UNDELIVERED} and reason != "unwritable":
        return f"{words}. {advice_for(code)}"
    because = _REASONS.get(reason or "")
    return f"{words}: {because}" if because else words


MAIL_NAMES = {
    "VISIT_INVITATION": "E-mail: visit booked",
    "VISIT_INVITATION_CHANGED": "E-mail: visit moved",
    "VISIT_INVITATION_CANCELED": "E-mail: visit canceled",
    "CARE_NEWS": "E-mail: there is news",
    "STAFF_PAGE": "E-mail: on call",
    "STAFF_ALERT": "E-mail: alert",
}

_MAIL_REASONS = {
    "no_mail_server": "this clinic sends no e-mail",
    "mail_busy": "the mail server was busy; we try again",
    "no_address": "the patient has no e-mail address any more",
    "told_before": "an earlier e-mail already says so",
    "told_anew": "a newer e-mail takes its place",
    "called_anew": "a newer call takes its place",
    "lane_paused": "e-mails are on hold",
}
_MAIL_STATES = {
    MessageState.AMBIGUOUS: "No answer from the mail server yet",
    MessageState.SENT: "Sent; e-mail brings no receipt",
    MessageState.FAILED: "Not delivered",
}


def mail_state_words(state: str, *, reason: str | None, code: int | None) -> str:
    """Return one line about an e-mail for a page, as `state_words` does for a text."""
    if state == MessageState.FAILED and reason != "unwritable":
        return f"{_MAIL_STATES[MessageState.FAILED]}. {mail_advice(code)}"
    words = _MAIL_STATES.get(MessageState(state), _STATES[MessageState(state)])
    because = _MAIL_REASONS.get(reason or "") or _REASONS.get(reason or "")
    return f"{words}: {because}" if because else words


def name_of(template_key: str) -> str:
    """Return what staff call a text or an e-mail."""
    return NAMES.get(template_key) or MAIL_NAMES.get(template_key, "Text")


def name_in_history(template_key: str) -> str:
    """Return what a sent text is called; a variant without fluids goes by the name of its text.

    Who may not drink is known to the physicians of the care team, not to everybody who reads the history.
    """
    return name_of(template_key.removesuffix("_DRY"))
