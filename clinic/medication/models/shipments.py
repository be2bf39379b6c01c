"""Tables of parcels: what the carrier says, and what the patient found in them."""

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
    "'label_created', 'in_transit', 'out_for_delivery', 'pickup_ready', 'delivery_attempted', 'exception', "
    "'delivered', 'delivered_unsigned', 'confirmed', 'disputed', 'returning', 'returned_to_pharmacy', 'lost', "
    "'canceled'"
)
OVER = "'confirmed', 'returned_to_pharmacy', 'lost', 'canceled'"
WORDS = (
    "'unknown', 'label_created', 'in_transit', 'out_for_delivery', 'pickup_ready', 'delivery_attempted', 'exception', "
    "'delivered', 'returning', 'canceled', 'disputed', 'lost', 'returned_to_pharmacy'"
)
STAFF_WORDS = "'disputed', 'lost', 'returned_to_pharmacy'"


class Shipment(Edited, Base):
    """One parcel of a fill (FHIR SupplyDelivery), which an adult must sign for and the patient confirms.

    No row without a decision of its own that allowed it, for this order and at the moment of handing over; a trigger
    looks at both. `state` is what carrier, patient and staff together say; `address` and
    `county_fips` are where it goes. `tracker_id` is the carrier service's own id of the parcel.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state"),
        CheckConstraint("needs_adult_signature", name="adult_signature"),
        CheckConstraint("to_state in ('FL', 'NJ')", name="to_state"),
        CheckConstraint("is_allowed", name="is_allowed"),
        CheckConstraint("state <> 'confirmed' or (has_signature and confirmed_at is not null)", name="confirmed"),
        CheckConstraint("channel in ('manual', 'sandbox', 'easypost')", name="channel"),
        ForeignKeyConstraint(
            ["decision_id", "is_allowed"],
            ["refill_decision.id", "refill_decision.is_allowed"],
            name="fk_shipment_decision_verdict",
        ),
        UniqueConstraint("carrier", "tracking_number"),
        UniqueConstraint("decision_id"),
        Index("uq_shipment_tracker", "tracker_id", unique=True, postgresql_where=text("tracker_id is not null")),
        Index("ix_shipment_fill", "fill_id"),
        Index("ix_shipment_patient", "patient_id", "created_at"),
        Index("ix_shipment_under_way", "state", "state_since", postgresql_where=text(f"state not in ({OVER})")),
    )

    id: Mapped[ExternalId]
    fill_id: Mapped[UUID] = mapped_column(ForeignKey("fill.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    decision_id: Mapped[UUID]
    is_allowed: Mapped[bool] = mapped_column(default=True)
    channel: Mapped[str]
    carrier: Mapped[str]
    tracking_number: Mapped[str]
    tracker_id: Mapped[str | None]
    state: Mapped[str]
    state_since: Mapped[datetime]
    needs_adult_signature: Mapped[bool] = mapped_column(default=True)
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = EncryptedText("address_sealed")
    to_state: Mapped[str]
    county_fips: Mapped[str]
    handed_over_at: Mapped[datetime]
    expected_on: Mapped[date | None]
    scanned_at: Mapped[datetime | None]
    polled_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    has_signature: Mapped[bool] = mapped_column(default=False)
    signed_by_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_by = EncryptedText("signed_by_sealed")
    confirmed_at: Mapped[datetime | None]
    pharmacy_told_at: Mapped[datetime | None]


class TrackingEvent(Base):
    """Append-only: one thing that a carrier or a person said about a parcel; the same thing again is not a second row.

    `word` is the carrier's own word and `status` ours for it; `at` is when it happened where the parcel was.
    """

    __tablename__ = "tracking_event"
    __table_args__ = (
        CheckConstraint(f"status in ({WORDS})", name="status"),
        CheckConstraint("source in ('carrier', 'staff')", name="source"),
        CheckConstraint(f"source = 'staff' or status not in ({STAFF_WORDS})", name="staff_words"),
        UniqueConstraint("shipment_id", "external_key"),
    )

    id: Mapped[ExternalId]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipment.id"))
    external_key: Mapped[str]
    at: Mapped[datetime]
    status: Mapped[str]
    word: Mapped[str]
    detail: Mapped[str | None]
    place: Mapped[str | None]
    has_signature: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    received_at: Mapped[datetime]
    actor_name: Mapped[str]


class Receipt(Base):
    """Append-only: what the patient found in a parcel; `lot_number` is as typed from the label."""

    __tablename__ = "receipt"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted"),
        Index("ix_receipt_shipment", "shipment_id"),
    )

    id: Mapped[ExternalId]
    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    lot_number: Mapped[str]
    counted: Mapped[int] = mapped_column(SmallInteger)
    is_seal_intact: Mapped[bool]
    is_locked_away: Mapped[bool]
    is_match: Mapped[bool]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
