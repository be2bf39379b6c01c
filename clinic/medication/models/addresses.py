"""Tables of addresses: who said when that one is right, and a mark by which two that are the same are found."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, ExternalId


class AddressWord(Base):
    """Append-only: somebody said that the address on record is right, or that it is not; `on` is the patient's day."""

    __tablename__ = "address_word"
    __table_args__ = (
        CheckConstraint("said_by in ('patient', 'staff')", name="said_by"),
        Index("ix_address_word_patient", "patient_id", "at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    is_right: Mapped[bool]
    said_by: Mapped[str]
    on: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class AddressMark(Base):
    """A keyed code of each patient's address as neighbors write it: the same address has the same mark.

    The address itself is sealed and cannot be read from it. `key_id` is the key that made it, `patient_version` the
    record that it was made of, `since` when the address became this one. No adult signs at a `is_forwarder` address.
    """

    __tablename__ = "address_mark"
    __table_args__ = (Index("ix_address_mark_mark", "mark"),)

    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    mark: Mapped[bytes]
    is_forwarder: Mapped[bool]
    key_id: Mapped[str]
    patient_version: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime]
