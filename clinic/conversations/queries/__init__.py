"""Reads of conversations, talks and secure messages."""

from clinic.conversations.queries.inbox import (
    ConversationRow,
    Who,
    conversations_of_phones,
    count_unread,
    counts,
    page_of_conversations,
    phones_like,
    pulse,
)
from clinic.conversations.queries.last_words import LastWords, StaffWords, newest_staff_words
from clinic.conversations.queries.people_of import Standing, reader_of, standing_of
from clinic.conversations.queries.secure import count_unread_by_staff, live_messages_link, messages_of, secure_message
from clinic.conversations.queries.talk import Said, Talk, Way, conversation_of, talk_with

__all__ = [
    "ConversationRow",
    "LastWords",
    "Said",
    "StaffWords",
    "Standing",
    "Talk",
    "Way",
    "Who",
    "conversation_of",
    "conversations_of_phones",
    "count_unread",
    "count_unread_by_staff",
    "counts",
    "live_messages_link",
    "messages_of",
    "newest_staff_words",
    "page_of_conversations",
    "phones_like",
    "pulse",
    "reader_of",
    "secure_message",
    "standing_of",
    "talk_with",
]
