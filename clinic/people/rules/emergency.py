"""Opening a record outside the own panel in an emergency: how long, with which words, and until when it is reviewed."""

import re
from datetime import datetime, timedelta

from clinic.kernel.text import clean_note
from clinic.people.errors import EmergencyReasonRefused, UnknownRecord

LASTS = timedelta(minutes=15)
"""So long one record stays open."""

REVIEW_WITHIN = timedelta(days=7)
"""A review that takes longer is overdue."""

PURPOSE = "ETREAT"
"""Why the record was opened, in the words of HL7's PurposeOfUse: emergency treatment."""

SHORTEST_REASON, LONGEST_REASON = 10, 500
_SHORTEST_NOTE, _LONGEST_NOTE = 5, 1000
_NUMBER = re.compile(r"[0-9A-Z]{7}")


def checked_reason(typed: str) -> str:
    """Return why a record is opened, on one line; raises EmergencyReasonRefused."""
    return _words(typed, least=SHORTEST_REASON, most=LONGEST_REASON, field="reason")


def checked_review(typed: str) -> str:
    """Return what the reviewer found, on one line; raises EmergencyReasonRefused."""
    return _words(typed, least=_SHORTEST_NOTE, most=_LONGEST_NOTE, field="note")


def record_number_of(typed: str) -> str:
    """Return `K7M-2QF4` however it was typed; raises UnknownRecord for what can be none."""
    found = re.sub(r"[\s\-\u2010-\u2015]", "", typed).upper()
    if not _NUMBER.fullmatch(found):
        raise UnknownRecord("A record number has 7 letters and digits, like K7M-2QF4.", field="record_number")
    return f"{found[:3]}-{found[3:]}"


def is_overdue(starts_at: datetime, now: datetime) -> bool:
    """Tell whether the review of an access has taken too long."""
    return now - starts_at > REVIEW_WITHIN


def _words(typed: str, *, least: int, most: int, field: str) -> str:
    words = " ".join(clean_note(typed, field=field).split())
    if len(words) < least:
        raise EmergencyReasonRefused(f"Say why in at least {least} characters. Others read it later.", field=field)
    if len(words) > most:
        raise EmergencyReasonRefused(f"Write at most {most} characters; this has {len(words)}.", field=field)
    return words
