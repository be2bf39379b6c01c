"""Verbs on texts: plan, call back, answer, take in what phones and the provider report, resume a lane."""

from clinic.messaging.actions.answers import answer
from clinic.messaging.actions.inbound import REPLY_RECEIVED, receive
from clinic.messaging.actions.lanes import resume_lane
from clinic.messaging.actions.planning import cancel_planned, dedupe_key_of, plan
from clinic.messaging.actions.recipients import cancel_for_patient, hand_over_texts, move_to_number
from clinic.messaging.actions.statuses import record_status
from clinic.messaging.actions.stopping import start_sending, stop_sending
from clinic.messaging.actions.wordings import reword, take_back_shipped

__all__ = [
    "REPLY_RECEIVED",
    "answer",
    "cancel_for_patient",
    "cancel_planned",
    "dedupe_key_of",
    "hand_over_texts",
    "move_to_number",
    "plan",
    "receive",
    "record_status",
    "resume_lane",
    "reword",
    "start_sending",
    "stop_sending",
    "take_back_shipped",
]
