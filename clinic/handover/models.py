"""Tables of patients who are handed over to another physician, and of patients who move."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

_TRANSFER_STATES = "'proposed', 'accepted', 'declined', 'withdrawn', 'done'"


class PhysicianTransfer(Edited, Base):
    """One patient goes from one physician to another on a day, in the patient's calendar; all of them are the history.

    The receiving physician accepts or declines; what was accepted is carried out on the day. `had_since` is from when
    the former physician had the patient. `left` names what could not be handed over by itself, as sentences.
    """

    __tablename__ = "physician_transfer"
    __table_args__ = (
        CheckConstraint(f"state in ({_TRANSFER_STATES})", name="state"),
        CheckConstraint("to_physician_id <> from_physician_id", name="somebody_else"),
        CheckConstraint("(state = 'done') = (done_at is not null)", name="done"),
        CheckConstraint("state not in ('accepted', 'declined', 'done') or answered_at is not null", name="answered"),
        Index(
            "uq_physician_transfer_open",
            "patient_id",
            unique=True,
            postgresql_where=text("state in ('proposed', 'accepted')"),
        ),
        Index("ix_physician_transfer_patient", "patient_id", "created_at"),
        Index("ix_physician_transfer_to", "to_physician_id", postgresql_where=text("state = 'proposed'")),
        Index("ix_physician_transfer_due", "takes_effect_on", postgresql_where=text("state = 'accepted'")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    from_physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    to_physician_id: Mapped[UUID] = mapped_column(ForeignKey("physician.id"))
    takes_effect_on: Mapped[date]
    had_since: Mapped[datetime]
    state: Mapped[str]
    reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer = EncryptedText("answer_sealed")
    proposed_by_name: Mapped[str]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    done_at: Mapped[datetime | None]
    left: Mapped[list[str]] = mapped_column(JSONB)


class Relocation(Edited, Base):
    """One move of a patient to another address, from a day on; `state` may be any of the United States or "XX".

    The new address is sealed as JSON; without one the patient leaves the area that the clinic serves. `consequences`
    are the sentences that were shown before, `left` those that a person has to see to.
    """

    __tablename__ = "relocation"
    __table_args__ = (
        CheckConstraint("status in ('planned', 'done', 'withdrawn')", name="status"),
        CheckConstraint("is_leaving = (address_sealed is null)", name="address"),
        Index("uq_relocation_planned", "patient_id", unique=True, postgresql_where=text("status = 'planned'")),
        Index("ix_relocation_patient", "patient_id", "created_at"),
        Index("ix_relocation_due", "takes_effect_on", postgresql_where=text("status = 'planned'")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    takes_effect_on: Mapped[date]
    from_state: Mapped[str]
    state: Mapped[str]
    is_leaving: Mapped[bool]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = EncryptedText("address_sealed")
    status: Mapped[str]
    consequences: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    planned_by_name: Mapped[str]
    done_at: Mapped[datetime | None]
