"""Reads of access: accounts, live sessions, live links and what guessing has cost so far."""

from clinic.access.queries.accounts import (
    StaffRow,
    account,
    account_by_email,
    account_of_token,
    active_accounts_with_role,
    recovery_codes_left,
    staff,
)
from clinic.access.queries.guesses import guessing
from clinic.access.queries.links import count_live_links, live_link, live_link_of_resource
from clinic.access.queries.sessions import LinkVisitor, SignedIn, link_session_by_token, session_by_token
from clinic.access.queries.vouching import UnvouchedChange, unvouched

__all__ = [
    "LinkVisitor",
    "SignedIn",
    "StaffRow",
    "UnvouchedChange",
    "account",
    "account_by_email",
    "account_of_token",
    "active_accounts_with_role",
    "count_live_links",
    "guessing",
    "link_session_by_token",
    "live_link",
    "live_link_of_resource",
    "recovery_codes_left",
    "session_by_token",
    "staff",
    "unvouched",
]
