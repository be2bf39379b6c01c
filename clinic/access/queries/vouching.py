"""Reading what somebody should be told about their own account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access.models import StaffSession
from clinic.access.rules.vouching import SignInChange, vouching_key
from clinic.worklist import queries as tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class UnvouchedChange:
    """A change of one's own sign-in that nobody has said was right."""

    change: SignInChange
    at: datetime
    said: str


def unvouched(session: Session, *, account_id: UUID, session_id: UUID) -> list[UnvouchedChange]:
    """Return the changes from before this session began, the earliest first; one's own just now is no news."""
    keys = {vouching_key(account_id, change): change for change in SignInChange}
    found = tasks.open_with_keys(session, keys=list(keys))
    if not found:
        return []
    began = session.get_one(StaffSession, session_id).authenticated_at
    return [
        UnvouchedChange(change=keys[key], at=item.opened_at, said=item.reason)
        for key, item in found
        if item.opened_at < began
    ]
