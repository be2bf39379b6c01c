"""The session and the account of the person whose page is asked for."""

from uuid import UUID

from clinic.access import queries
from clinic.access.models import StaffAccount
from clinic.web.frame.requests import actor, runtime, visitor


def own_session_id() -> UUID:
    """Return the id of the session that asks; only for pages of people who gave a password."""
    found = visitor().session_id
    assert found is not None
    return found


def own_account() -> StaffAccount:
    """Return the account of the person who asks; only for pages of people who gave a password."""
    account_id = actor().id
    assert account_id is not None
    with runtime().begin(by=actor()) as session:
        return queries.account(session, account_id)
