"""Decisions of access as pure functions: no database and no clock."""

from clinic.access.rules.accounts import AccountState, email_key
from clinic.access.rules.hashing import Hasher, hasher_of
from clinic.access.rules.links import LinkPurpose, link_token, link_url
from clinic.access.rules.sessions import is_touch_due

__all__ = [
    "AccountState",
    "Hasher",
    "LinkPurpose",
    "email_key",
    "hasher_of",
    "is_touch_due",
    "link_token",
    "link_url",
]
