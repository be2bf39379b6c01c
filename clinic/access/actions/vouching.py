"""Asking whether a change of how somebody signs in was theirs, as long as there is no other channel to tell them.

The question is a task of administrators, who hear of the change even when its owner is locked out; its owner reads
it at the next sign-in. Whoever of them answers takes it off the list (ASVS 6.3.7).
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access.models import StaffAccount
from clinic.access.rules.vouching import SignInChange, change_words, vouching_key
from clinic.kernel.actor import Actor
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome, WorkKind


def ask_whose(session: Session, account: StaffAccount, change: SignInChange, *, by: Actor, now: datetime) -> None:
    """Open the question about a change just made; the latest of a kind takes the place of an earlier one."""
    key = vouching_key(account.id, change)
    worklist.close_for(session, dedupe_key=key, by=by, now=now)
    worklist.open_item(
        session,
        kind=WorkKind.SIGN_IN_CHANGED,
        dedupe_key=key,
        reason=change_words(change, account.full_name, by=by),
        subject_kind="staff_account",
        subject_id=account.id,
        patient_id=None,
        now=now,
        by=by,
    )


def vouch(session: Session, *, account_id: UUID, by: Actor, now: datetime) -> None:
    """Take the questions about one's own changes off the list: they were made by their owner."""
    for change in SignInChange:
        key = vouching_key(account_id, change)
        worklist.close_for(session, dedupe_key=key, by=by, now=now, outcome=Outcome.DONE)
