"""Tables of the double-entry journal: entries whose postings come to nothing, checked when they are committed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, ExternalId, InternalId

ACCOUNTS = (
    "'receivable', 'cash', 'revenue_membership', 'contra_discount', 'contra_refund', 'patient_credit', 'write_off'"
)


class JournalEntry(Base):
    """Append-only: one fact of money, told by the document that it comes from; the same fact is never entered twice."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        UniqueConstraint("source_kind", "source_id", "memo"),
        Index("ix_journal_entry_entered_on", "entered_on"),
    )

    id: Mapped[ExternalId]
    source_kind: Mapped[str]
    source_id: Mapped[UUID]
    memo: Mapped[str]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    entered_on: Mapped[date]
    at: Mapped[datetime]


class Posting(Base):
    """Append-only: signed cents on one account, a debit above nothing and a credit below."""

    __tablename__ = "posting"
    __table_args__ = (
        CheckConstraint(f"account in ({ACCOUNTS})", name="account"),
        CheckConstraint("amount_cents <> 0", name="amount_cents"),
        Index("ix_posting_entry", "entry_id"),
        Index("ix_posting_account", "account", "patient_id"),
    )

    id: Mapped[InternalId]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("journal_entry.id"))
    account: Mapped[str]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
