"""Tables of fills: each time that a pharmacy dispenses on an order, and the lots that went into it."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

STATES = (
    "'requested', 'blocked', 'released', 'sent', 'accepted', 'clarification', 'compounding', 'verified', 'packed', "
    "'handed_to_carrier', 'closed', 'rejected', 'canceled', 'voided'"
)
BEFORE_RELEASE = "'requested', 'blocked'"
OVER = "'closed', 'rejected', 'canceled', 'voided'"


class Fill(Edited, Base):
    """One dispensing on an order (FHIR MedicationDispense); number 0 is the first fill, 1 to 5 are the refills.

    `refills` and `expires_on` are those of the order and bound to it, so that the database itself refuses a fill beyond
    either. A fill leaves `requested` only with the decision that allowed it.
    """

    __tablename__ = "fill"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state"),
        CheckConstraint("number between 0 and refills", name="number"),
        CheckConstraint("released_on <= expires_on", name="released_in_time"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint(
            f"state in ({BEFORE_RELEASE}, 'canceled') or (decision_id is not null and released_on is not null)",
            name="decision",
        ),
        CheckConstraint("decision_id is null or is_allowed", name="is_allowed"),
        ForeignKeyConstraint(
            ["prescription_id", "refills", "expires_on"],
            ["prescription.id", "prescription.refills", "prescription.expires_on"],
            name="fk_fill_prescription_limits",
        ),
        ForeignKeyConstraint(
            ["decision_id", "is_allowed"],
            ["refill_decision.id", "refill_decision.is_allowed"],
            name="fk_fill_decision_verdict",
        ),
        Index(
            "uq_fill_number",
            "prescription_id",
            "number",
            unique=True,
            postgresql_where=text("state not in ('canceled', 'rejected')"),
        ),
        Index("uq_fill_under_way", "patient_id", unique=True, postgresql_where=text(f"state not in ({OVER})")),
        Index("ix_fill_patient", "patient_id", "created_at"),
    )

    id: Mapped[ExternalId]
    prescription_id: Mapped[UUID] = mapped_column(ForeignKey("prescription.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    pharmacy_id: Mapped[UUID] = mapped_column(ForeignKey("pharmacy.id"))
    request_id: Mapped[UUID | None] = mapped_column(ForeignKey("refill_request.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    refills: Mapped[int] = mapped_column(SmallInteger)
    expires_on: Mapped[date]
    units: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str]
    state_since: Mapped[datetime]
    decision_id: Mapped[UUID | None]
    is_allowed: Mapped[bool | None]
    released_on: Mapped[date | None]
    pharmacy_reference: Mapped[str | None]


class FillLot(Base):
    """Append-only: how many units of a lot went into a fill, as the pharmacy's label says."""

    __tablename__ = "fill_lot"
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        UniqueConstraint("fill_id", "lot_id"),
        Index("ix_fill_lot_lot", "lot_id"),
    )

    id: Mapped[ExternalId]
    fill_id: Mapped[UUID] = mapped_column(ForeignKey("fill.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    units: Mapped[int] = mapped_column(SmallInteger)


class FillEvent(Base):
    """Append-only: each state that a fill entered, why and by whom; the first has no `from_state`."""

    __tablename__ = "fill_event"
    __table_args__ = (
        CheckConstraint(f"to_state in ({STATES})", name="to_state"),
        Index("ix_fill_event_fill", "fill_id", "at"),
    )

    id: Mapped[ExternalId]
    fill_id: Mapped[UUID] = mapped_column(ForeignKey("fill.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
