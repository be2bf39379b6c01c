"""Secure messages: how long they may be and how long the link to them works."""

from datetime import timedelta

from clinic.conversations.errors import MessageRefused
from clinic.kernel.text import clean_note

LONGEST = 4000
LINK_LASTS = timedelta(days=30)
"""The link in a text opens the talk for so long after the last message (policy)."""

LINK_WANTED = 1
"""The version of the subject of a text that brings the link again, also where its message was read before."""

LINK_RESOURCE = "messages"
"""A patient has one link to all messages; the resource's id is the patient's."""


def checked_message(typed: str) -> str:
    """Return the words of a message without hidden characters, or raise MessageRefused."""
    body = clean_note(typed, field="body")
    if not body:
        raise MessageRefused("Write your message first.", field="body")
    if len(body) > LONGEST:
        raise MessageRefused(f"Use at most {LONGEST:,} characters. Send the rest as a second message.", field="body")
    return body
