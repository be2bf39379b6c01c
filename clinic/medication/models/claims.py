"""Tables of what patients report about units, and of units that were disposed of."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class SupplyClaim(Edited, Base):
    """Units that are said to be lost, stolen, damaged, not to have come or to be there again; nothing is replaced.

    `pharmacy_told_at` is when the pharmacy heard of it, which has duties of its own then.
    """

    __tablename__ = "supply_claim"
    __table_args__ = (
        CheckConstraint(
            "kind in ('lost', 'stolen', 'damaged', 'not_delivered', 'wrong_content', 'found')", name="kind"
        ),
        CheckConstraint("reported_by in ('patient', 'staff')", name="reported_by"),
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("kind <> 'not_delivered' or shipment_id is not null", name="parcel"),
        CheckConstraint("(settled_at is null) = (settlement_sealed is null)", name="settled"),
        Index("ix_supply_claim_patient", "patient_id", "reported_on"),
        Index("ix_supply_claim_open", "reported_at", postgresql_where=text("settled_at is null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    units: Mapped[int] = mapped_column(SmallInteger)
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot.id"))
    shipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("shipment.id"))
    reported_by: Mapped[str]
    reported_on: Mapped[date]
    reported_at: Mapped[datetime]
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    words = EncryptedText("words_sealed")
    pharmacy_told_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settlement_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    settlement = EncryptedText("settlement_sealed")


class Disposal(Base):
    """Append-only: units that a patient gave to a take-back or destroyed before a witness."""

    __tablename__ = "disposal"
    __table_args__ = (
        CheckConstraint("method in ('take_back_site', 'mail_back_envelope', 'destroyed_at_home')", name="method"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("method <> 'destroyed_at_home' or witness_sealed is not null", name="witness"),
        Index("ix_disposal_patient", "patient_id", "on"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"))
    units: Mapped[int] = mapped_column(SmallInteger)
    method: Mapped[str]
    witness_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    witness = EncryptedText("witness_sealed")
    on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
