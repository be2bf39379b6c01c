"""Tables of documents: invoices and credit notes with their lines, and the counters of their numbers."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

INVOICE_STATES = "'draft', 'open', 'paid', 'void', 'uncollectible'"
INVOICE_KINDS = "'first', 'renewal', 'change'"
LINE_KINDS = "'membership', 'unused', 'discount', 'balance'"
CREDIT_KINDS = "'credit', 'refund', 'offset'"


class DocumentCounter(Base):
    """The next number of a series; the row is locked where a number is taken, so that none is left out."""

    __tablename__ = "document_counter"
    __table_args__ = (CheckConstraint("next_number > 0", name="next_number"),)

    series: Mapped[str] = mapped_column(primary_key=True)
    next_number: Mapped[int] = mapped_column(BigInteger)


class Invoice(Edited, Base):
    """What a patient owes for a period (FHIR Invoice); once it has a number, its lines and amounts never change.

    Amounts are whole cents. `balance_cents` is what the patient's own credit pays, below nothing what goes onto it; a
    line of the kind `balance` says so. `billed_to` are name and address as they were then.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint(f"state in ({INVOICE_STATES})", name="state"),
        CheckConstraint(f"kind in ({INVOICE_KINDS})", name="kind"),
        CheckConstraint("currency = 'USD'", name="currency"),
        CheckConstraint("total_cents >= 0", name="total_cents"),
        CheckConstraint("subtotal_cents - discount_cents - balance_cents + tax_cents = total_cents", name="adds_up"),
        CheckConstraint("(state = 'draft') = (number is null)", name="number"),
        CheckConstraint("(number is null) = (finalized_at is null)", name="finalized_at"),
        CheckConstraint("(state = 'paid') = (paid_at is not null)", name="paid_at"),
        CheckConstraint("period_end_on > period_start_on", name="period"),
        Index(
            "uq_invoice_renewal",
            "subscription_id",
            "period_start_on",
            unique=True,
            postgresql_where=text("kind = 'renewal' and state <> 'void'"),
        ),
        Index(
            "uq_invoice_first",
            "subscription_id",
            "period_start_on",
            unique=True,
            postgresql_where=text("kind = 'first' and state <> 'void'"),
        ),
        Index("ix_invoice_patient", "patient_id", "created_at"),
        Index("ix_invoice_open", "due_on", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[ExternalId]
    number: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("subscription.id"))
    kind: Mapped[str]
    state: Mapped[str]
    currency: Mapped[str] = mapped_column(default="USD")
    subtotal_cents: Mapped[int] = mapped_column(Integer)
    discount_cents: Mapped[int] = mapped_column(Integer, default=0)
    balance_cents: Mapped[int] = mapped_column(Integer, default=0)
    tax_cents: Mapped[int] = mapped_column(Integer, default=0)
    total_cents: Mapped[int] = mapped_column(Integer)
    period_start_on: Mapped[date]
    period_end_on: Mapped[date]
    due_on: Mapped[date]
    finalized_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    next_attempt_on: Mapped[date | None]
    billed_to_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    billed_to = EncryptedText("billed_to_sealed")


class InvoiceLine(Base):
    """One line of an invoice, in signed cents, for the days `[service_start_on, service_end_on)`."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint(f"kind in ({LINE_KINDS})", name="kind"),
        CheckConstraint("service_end_on > service_start_on", name="service"),
        CheckConstraint("amount_cents >= 0 or kind <> 'membership'", name="charge"),
        CheckConstraint("amount_cents <= 0 or kind not in ('unused', 'discount')", name="reduction"),
        UniqueConstraint("invoice_id", "position"),
        Index("ix_invoice_line_source", "source_line_id"),
    )

    id: Mapped[ExternalId]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    position: Mapped[int]
    kind: Mapped[str]
    amount_cents: Mapped[int] = mapped_column(Integer)
    service_start_on: Mapped[date]
    service_end_on: Mapped[date]
    price_id: Mapped[UUID | None] = mapped_column(ForeignKey("plan_price.id"))
    source_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoice_line.id"))
    redemption_id: Mapped[UUID | None] = mapped_column(ForeignKey("discount_redemption.id"))


class CreditNote(Base):
    """Append-only: money of an invoice that went back to the card, on the balance (`credit`), or off it (`offset`)."""

    __tablename__ = "credit_note"
    __table_args__ = (
        CheckConstraint(f"kind in ({CREDIT_KINDS})", name="kind"),
        CheckConstraint("total_cents > 0", name="total_cents"),
        Index("ix_credit_note_invoice", "invoice_id"),
    )

    id: Mapped[ExternalId]
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    reason: Mapped[str]
    total_cents: Mapped[int] = mapped_column(Integer)
    issued_on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class CreditNoteLine(Base):
    """Append-only: how much of one line of the invoice a credit note gives back."""

    __tablename__ = "credit_note_line"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        UniqueConstraint("credit_note_id", "source_line_id"),
        Index("ix_credit_note_line_source", "source_line_id"),
    )

    id: Mapped[ExternalId]
    credit_note_id: Mapped[UUID] = mapped_column(ForeignKey("credit_note.id"))
    source_line_id: Mapped[UUID] = mapped_column(ForeignKey("invoice_line.id"))
    amount_cents: Mapped[int] = mapped_column(Integer)
