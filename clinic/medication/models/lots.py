"""Tables of lots and of recalls by lot."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class Lot(Edited, Base):
    """One compounded batch of a pharmacy (FHIR Medication.batch); units of it are usable up to `beyond_use_on`."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("beyond_use_on > compounded_on", name="dates_in_order"),
        UniqueConstraint("pharmacy_id", "number"),
    )

    id: Mapped[ExternalId]
    pharmacy_id: Mapped[UUID] = mapped_column(ForeignKey("pharmacy.id"))
    number: Mapped[str]
    compounded_on: Mapped[date]
    beyond_use_on: Mapped[date]


class LotRecall(Base):
    """Append-only: a lot whose units nobody may use any more, since when and on whose word."""

    __tablename__ = "lot_recall"

    id: Mapped[ExternalId]
    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot.id"), unique=True)
    source: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class RecallNotice(Edited, Base):
    """One patient whom a recall concerns; it waits until the patient or somebody on the telephone says it was heard."""

    __tablename__ = "recall_notice"
    __table_args__ = (
        CheckConstraint("units_on_hand >= 0", name="units_on_hand"),
        CheckConstraint("heard_from in ('patient', 'staff')", name="heard_from"),
        CheckConstraint("(heard_at is null) = (heard_from is null)", name="heard"),
        UniqueConstraint("recall_id", "patient_id"),
        Index("ix_recall_notice_waiting", "patient_id", postgresql_where=text("heard_at is null")),
    )

    id: Mapped[ExternalId]
    recall_id: Mapped[UUID] = mapped_column(ForeignKey("lot_recall.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    units_on_hand: Mapped[int] = mapped_column(SmallInteger)
    heard_at: Mapped[datetime | None]
    heard_from: Mapped[str | None]
