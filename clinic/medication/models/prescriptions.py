"""Tables of orders: what a physician prescribed, and every state that the order went through."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

STATES = (
    "'draft', 'signed', 'transmitted', 'transmission_error', 'clarification', 'rejected', 'active', 'on_hold', "
    "'depleted', 'expired', 'stopped', 'canceled', 'replaced'"
)
LIVE = "'signed', 'transmitted', 'transmission_error', 'clarification', 'active', 'on_hold'"


class Prescription(Edited, Base):
    """One physician's order (FHIR MedicationRequest); what was signed never changes, an amendment is a new one.

    `drug`, `strength` and `directions` are the physician's own words and numbers; `quantity` and `units_per_session`
    are whole units. `issued_on` is the day of signing, `expires_on` six calendar months later, the last day on which it
    may be filled. `content_hash` is the SHA-256, in hex, of everything that was signed. The order itself is written and
    sent by a certified system outside; `external_reference` is its number there. `held_from` is the state that an order
    on hold goes back to.
    """

    __tablename__ = "prescription"
    __table_args__ = (
        CheckConstraint(f"state in ({STATES})", name="state"),
        CheckConstraint("route in ('sublingual', 'oral')", name="route"),
        CheckConstraint("form in ('troche', 'lozenge', 'tablet', 'rapidly_dissolving_tablet', 'capsule')", name="form"),
        CheckConstraint("schedule = 'III'", name="schedule"),
        CheckConstraint("patient_state in ('FL', 'NJ')", name="patient_state"),
        CheckConstraint("refills between 0 and 5", name="refills"),
        CheckConstraint("quantity > 0 and units_per_session > 0 and days_supply > 0", name="amounts"),
        CheckConstraint("quantity >= units_per_session", name="one_session_at_least"),
        CheckConstraint("strength_value > 0", name="strength"),
        CheckConstraint("(issued_on is null) = (state in ('draft', 'canceled'))", name="issued_on"),
        CheckConstraint(
            "expires_on is not distinct from (issued_on + interval '6 months')::date", name="six_calendar_months"
        ),
        CheckConstraint("(signed_at is null) = (issued_on is null)", name="signed"),
        CheckConstraint("(content_hash is null) = (issued_on is null)", name="content_hash"),
        CheckConstraint("issued_on is null or pdmp_check_id is not null", name="pdmp_check"),
        CheckConstraint(
            "issued_on is null or (signed_content_sealed is not null and drug_sealed is not null "
            "and directions_sealed is not null and indication_sealed is not null)",
            name="signed_whole",
        ),
        CheckConstraint("(state = 'on_hold') = (held_from is not null)", name="held_from"),
        UniqueConstraint("id", "refills", "expires_on", name="uq_prescription_limits"),
        Index("uq_prescription_live", "patient_id", unique=True, postgresql_where=text(f"state in ({LIVE})")),
        Index("uq_prescription_draft", "patient_id", unique=True, postgresql_where=text("state = 'draft'")),
        Index("ix_prescription_patient", "patient_id", "created_at"),
        Index("ix_prescription_physician", "physician_id"),
        Index("ix_prescription_expiring", "expires_on", postgresql_where=text(f"state in ({LIVE})")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("treatment_plan.id"))
    physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    pharmacy_id: Mapped[UUID] = mapped_column(ForeignKey("pharmacy.id"))
    amends_id: Mapped[UUID | None] = mapped_column(ForeignKey("prescription.id"))
    pdmp_check_id: Mapped[UUID | None] = mapped_column(ForeignKey("pdmp_check.id"))
    state: Mapped[str]
    held_from: Mapped[str | None]
    schedule: Mapped[str] = mapped_column(default="III")
    drug_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    drug = EncryptedText("drug_sealed")
    form: Mapped[str]
    route: Mapped[str]
    strength_value: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    strength_unit: Mapped[str]
    quantity: Mapped[int] = mapped_column(SmallInteger)
    units_per_session: Mapped[int] = mapped_column(SmallInteger)
    days_supply: Mapped[int] = mapped_column(SmallInteger)
    refills: Mapped[int] = mapped_column(SmallInteger, default=0)
    directions_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    directions = EncryptedText("directions_sealed")
    indication_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    indication = EncryptedText("indication_sealed")
    patient_state: Mapped[str]
    signed_content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_content = EncryptedText("signed_content_sealed")
    content_hash: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    external_reference: Mapped[str | None]
    external_status: Mapped[str | None]
    external_status_at: Mapped[datetime | None]


class PrescriptionEvent(Base):
    """Append-only: each state that an order entered, why and by whom; the first has no `from_state`."""

    __tablename__ = "prescription_event"
    __table_args__ = (
        CheckConstraint(f"to_state in ({STATES})", name="to_state"),
        Index("ix_prescription_event_prescription", "prescription_id", "at"),
    )

    id: Mapped[ExternalId]
    prescription_id: Mapped[UUID] = mapped_column(ForeignKey("prescription.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
