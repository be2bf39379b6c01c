"""Reads of access: accounts, live sessions, live links and what guessing has cost so far."""

from clinic.access.queries.accounts import (
    StaffRow,
    account,
    account_by_email,
    account_of_token,
    active_accounts_with_role,
    recovery_codes_left,
    roles_of,
    staff,
)
from clinic.access.queries.entering import AreaVisitor, SignIns, area_session_by_token, entry_request, sign_ins_of
from clinic.access.queries.guesses import guessing
from clinic.access.queries.links import count_live_links, live_link, live_link_of_resource
from clinic.access.queries.sessions import LinkVisitor, SignedIn, link_session_by_token, session_by_token
from clinic.access.queries.vouching import UnvouchedChange, unvouched

__all__ = [
    "AreaVisitor",
    "LinkVisitor",
    "SignIns",
    "SignedIn",
    "StaffRow",
    "UnvouchedChange",
    "account",
    "account_by_email",
    "account_of_token",
    "active_accounts_with_role",
    "area_session_by_token",
    "count_live_links",
    "entry_request",
    "guessing",
    "link_session_by_token",
    "live_link",
    "live_link_of_resource",
    "recovery_codes_left",
    "roles_of",
    "session_by_token",
    "sign_ins_of",
    "staff",
    "unvouched",
]
