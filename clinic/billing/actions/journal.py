"""Entries of the double-entry journal: each fact once, with postings that come to nothing."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.models import JournalEntry, Posting
from clinic.billing.rules.journal import Account
from clinic.kernel.ids import new_id


class Source(NamedTuple):
    """Where an entry comes from: `invoice`, `credit_note`, `payment` or `refund`, its id, and what it did (`memo`)."""

    kind: str
    id: UUID
    memo: str


def enter(
    session: Session,
    source: Source,
    postings: Mapping[Account, int],
    *,
    patient_id: UUID,
    on: date,
    now: datetime,
) -> JournalEntry | None:
    """Enter what a document did on the day `on`, in signed cents by account; nothing where nothing moved.

    The database refuses the same memo of a document a second time, and postings that do not come to nothing.
    """
    if not postings:
        return None
    entry = JournalEntry(id=new_id(), source_kind=source.kind, source_id=source.id, memo=source.memo, at=now)
    entry.patient_id, entry.entered_on = patient_id, on
    session.add(entry)
    session.flush()
    session.add_all(
        Posting(entry_id=entry.id, account=account.value, patient_id=patient_id, amount_cents=cents)
        for account, cents in postings.items()
    )
    session.flush()
    return entry
