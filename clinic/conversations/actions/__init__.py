"""Verbs of talks: take in, assign, read, reply, call back, write secure messages and answer them."""

from clinic.conversations.actions.caring import assign, mark_read, mark_unread
from clinic.conversations.actions.numbers import give_number
from clinic.conversations.actions.replying import Seen, call_back, reply
from clinic.conversations.actions.secure import (
    answer_secure_message,
    follow_patient,
    hand_over_messages,
    open_messages,
    read_by_staff,
    revoke_link,
    send_link_again,
    send_secure_message,
)
from clinic.conversations.actions.taking_in import take_in

__all__ = [
    "Seen",
    "answer_secure_message",
    "assign",
    "call_back",
    "follow_patient",
    "give_number",
    "hand_over_messages",
    "mark_read",
    "mark_unread",
    "open_messages",
    "read_by_staff",
    "reply",
    "revoke_link",
    "send_link_again",
    "send_secure_message",
    "take_in",
]
