"""Tables of money that moves: customers and cards at the gateway by their tokens, payments, refunds and disputes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId

GATEWAYS = "'sandbox', 'stripe'"
UNDER_WAY = "'pending', 'requires_action', 'processing'"
PAYMENT_STATES = f"{UNDER_WAY}, 'failed', 'succeeded', 'canceled'"


class GatewayCustomer(Base):
    """A patient's token at a gateway; it is written before the first card is asked for."""

    __tablename__ = "gateway_customer"
    __table_args__ = (
        CheckConstraint(f"gateway in ({GATEWAYS})", name="gateway"),
        UniqueConstraint("patient_id", "gateway"),
        UniqueConstraint("gateway", "gateway_customer_id"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    gateway: Mapped[str]
    gateway_customer_id: Mapped[str | None]
    created_at: Mapped[datetime]


class CardSetup(Base):
    """One asking for a card (Stripe SetupIntent); our id is its idempotency key, the card itself never comes here."""

    __tablename__ = "card_setup"
    __table_args__ = (
        CheckConstraint("state in ('asked', 'requires_action', 'succeeded', 'failed')", name="state"),
        UniqueConstraint("gateway", "gateway_setup_id"),
        Index("ix_card_setup_patient", "patient_id", "created_at"),
        Index("ix_card_setup_due", "next_look_at", postgresql_where=text("next_look_at is not null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    gateway: Mapped[str]
    gateway_setup_id: Mapped[str | None]
    state: Mapped[str]
    decline_code: Mapped[str | None]
    created_at: Mapped[datetime]
    next_look_at: Mapped[datetime | None]


class PaymentMethod(Edited, Base):
    """A card as a token with what a person knows it by; a patient has at most one that is used.

    One that is used no more has `next_look_at` until the gateway was told to forget it.
    """

    __tablename__ = "payment_method"
    __table_args__ = (
        CheckConstraint("last4 ~ '^[0-9]{4}$'", name="last4"),
        CheckConstraint("expires_month between 1 and 12", name="expires_month"),
        UniqueConstraint("gateway", "gateway_method_id"),
        Index("uq_payment_method_used", "patient_id", unique=True, postgresql_where=text("detached_at is null")),
        Index("ix_payment_method_due", "next_look_at", postgresql_where=text("next_look_at is not null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("gateway_customer.id"))
    gateway: Mapped[str]
    gateway_method_id: Mapped[str]
    brand: Mapped[str]
    last4: Mapped[str]
    expires_month: Mapped[int] = mapped_column(SmallInteger)
    expires_year: Mapped[int] = mapped_column(SmallInteger)
    detached_at: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]


class Payment(Edited, Base):
    """One attempt to collect an invoice (Stripe PaymentIntent).

    `idempotency_key` is stored before the gateway hears of it. An outcome that nobody knows stays `processing` until
    the gateway is asked; only a definite failure allows another attempt. A canceled one with `next_look_at` is one
    that the gateway is still to be told of.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(f"gateway in ({GATEWAYS})", name="gateway"),
        CheckConstraint(f"state in ({PAYMENT_STATES})", name="state"),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("attempt between 1 and 20", name="attempt"),
        CheckConstraint("(state = 'failed') or decline_code is null", name="decline_code"),
        UniqueConstraint("gateway", "gateway_payment_id"),
        UniqueConstraint("invoice_id", "attempt"),
        Index("uq_payment_under_way", "invoice_id", unique=True, postgresql_where=text(f"state in ({UNDER_WAY})")),
        Index("uq_payment_succeeded", "invoice_id", unique=True, postgresql_where=text("state = 'succeeded'")),
        Index("ix_payment_patient", "patient_id", "created_at"),
        Index("ix_payment_due", "next_look_at", postgresql_where=text("next_look_at is not null")),
    )

    id: Mapped[ExternalId]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoice.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    method_id: Mapped[UUID] = mapped_column(ForeignKey("payment_method.id"))
    gateway: Mapped[str]
    gateway_payment_id: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    attempt: Mapped[int] = mapped_column(SmallInteger)
    is_scheduled: Mapped[bool]
    state: Mapped[str]
    state_since: Mapped[datetime]
    amount_cents: Mapped[int] = mapped_column(Integer)
    decline_code: Mapped[str | None]
    is_hard: Mapped[bool] = mapped_column(default=False)
    next_look_at: Mapped[datetime | None]


class PaymentEvent(Base):
    """Append-only: each state that a payment was found in, and how it was learned."""

    __tablename__ = "payment_event"
    __table_args__ = (
        CheckConstraint("learned_by in ('answer', 'webhook', 'poll', 'person')", name="learned_by"),
        Index("ix_payment_event_payment", "payment_id", "at"),
    )

    id: Mapped[ExternalId]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    code: Mapped[str | None]
    learned_by: Mapped[str]
    at: Mapped[datetime]


class Refund(Edited, Base):
    """Money that goes back to the card a payment came from; its credit note says why."""

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("state in ('pending', 'processing', 'failed', 'succeeded')", name="state"),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        UniqueConstraint("gateway", "gateway_refund_id"),
        UniqueConstraint("credit_note_id"),
        Index("ix_refund_payment", "payment_id"),
        Index("ix_refund_due", "next_look_at", postgresql_where=text("next_look_at is not null")),
    )

    id: Mapped[ExternalId]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payment.id"))
    credit_note_id: Mapped[UUID] = mapped_column(ForeignKey("credit_note.id"))
    gateway: Mapped[str]
    gateway_refund_id: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    amount_cents: Mapped[int] = mapped_column(Integer)
    state: Mapped[str]
    state_since: Mapped[datetime]
    failure_code: Mapped[str | None]
    next_look_at: Mapped[datetime | None]
