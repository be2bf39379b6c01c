"""Tables of requests for the next shipment and of every decision about one, with what it looked at."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class RefillRequest(Edited, Base):
    """Somebody asked for the next shipment; `allowed_on` is the first day on which the plan allows it, as of then.

    With the request the patient says that the address is right (`address_confirmed_on`) and whether an adult will be
    there to sign.
    """

    __tablename__ = "refill_request"
    __table_args__ = (
        CheckConstraint("asked_by in ('patient', 'staff')", name="asked_by"),
        CheckConstraint("state in ('open', 'granted', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'open') = (answered_at is null)", name="answered_at"),
        Index("uq_refill_request_open", "patient_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_refill_request_patient", "patient_id", "asked_on"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    asked_on: Mapped[date]
    allowed_on: Mapped[date]
    address_confirmed_on: Mapped[date | None]
    is_adult_available: Mapped[bool | None]
    state: Mapped[str]
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = EncryptedText("answer_sealed")
    answered_at: Mapped[datetime | None]


class RefillDecision(Base):
    """Append-only: what the gate said at one moment, with every reason and everything that it looked at.

    `reasons` is a list of `{"code", "values", "override"}`; `inputs` is the JSON of the gate's inputs; `policy` holds
    the thresholds by key. `overridden` lists the codes that a physician set aside, with the reason; what is left
    decides `is_allowed`.
    """

    __tablename__ = "refill_decision"
    __table_args__ = (
        CheckConstraint("moment in ('release', 'ship', 'sweep')", name="moment"),
        CheckConstraint("(overridden = '[]'::jsonb) = (override_reason_sealed is null)", name="override_reason"),
        CheckConstraint("is_allowed = (reasons = overridden_reasons)", name="is_allowed"),
        UniqueConstraint("id", "is_allowed", name="uq_refill_decision_verdict"),
        Index("ix_refill_decision_patient", "patient_id", "at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    prescription_id: Mapped[UUID | None] = mapped_column(ForeignKey("prescription.id"))
    moment: Mapped[str]
    is_allowed: Mapped[bool]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    overridden: Mapped[list[str]] = mapped_column(JSONB)
    overridden_reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    override_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    override_reason = EncryptedText("override_reason_sealed")
    inputs_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    inputs = EncryptedText("inputs_sealed")
    policy: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
