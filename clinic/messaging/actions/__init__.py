"""Verbs on texts: plan, call back, answer, take in what phones and the provider report, resume a lane."""

from clinic.messaging.actions.answers import answer
from clinic.messaging.actions.emails import alert_administrators, plan_email
from clinic.messaging.actions.events import plan_event
from clinic.messaging.actions.inbound import REPLY_RECEIVED, receive
from clinic.messaging.actions.lanes import resume_lane
from clinic.messaging.actions.numbers import settle_old_numbers
from clinic.messaging.actions.planning import cancel_planned, dedupe_key_of, holds_texts, plan, release_suppressed
from clinic.messaging.actions.questions import close_questions
from clinic.messaging.actions.recipients import cancel_for_patient, hand_over_texts, move_to_number
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.actions.stopping import start_sending, stop_sending
from clinic.messaging.actions.wordings import reword, take_back_shipped

__all__ = [
    "REPLY_RECEIVED",
    "alert_administrators",
    "answer",
    "cancel_for_patient",
    "cancel_planned",
    "close_questions",
    "dedupe_key_of",
    "hand_over_texts",
    "holds_texts",
    "move_to_number",
    "plan",
    "plan_email",
    "plan_event",
    "receive",
    "record_status",
    "release_suppressed",
    "resume_lane",
    "reword",
    "settle_old_numbers",
    "start_sending",
    "stop_sending",
    "take_back_shipped",
]
