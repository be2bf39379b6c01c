"""Tables of intakes, their sections as they were saved, and the decisions about them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class Intake(Edited, Base):
    """A patient's intake (FHIR Task); one lives at a time, and answers and decisions hang on it.

    `last_saved_at` is when an answer last changed; `sent_at` when the patient last sent it to the physician.
    """

    __tablename__ = "intake"
    __table_args__ = (
        CheckConstraint("state in ('open', 'waiting', 'needs_more', 'accepted', 'declined', 'closed')", name="state"),
        CheckConstraint("source in ('web', 'desk')", name="source"),
        CheckConstraint("state in ('open', 'closed') or sent_at is not null", name="sent"),
        Index("uq_intake_patient", "patient_id", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_intake_state", "state", "state_since"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    source: Mapped[str]
    state: Mapped[str]
    state_since: Mapped[datetime]
    last_saved_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class IntakeSection(Base):
    """Append-only: the answers of one section as they were saved (FHIR QuestionnaireResponse); the newest count."""

    __tablename__ = "intake_section"
    __table_args__ = (UniqueConstraint("intake_id", "section", "number"),)

    id: Mapped[ExternalId]
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake.id"))
    section: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    questions_version: Mapped[int] = mapped_column(SmallInteger)
    answers_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    answers = EncryptedText("answers_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class IntakeDecision(Base):
    """Append-only: what a physician decided, why, and exactly what was seen.

    `evidence` holds answers, numbers and reasons, of which `evidence_hash` is taken; `policy` the numbers of the clinic
    that the rows of `engine_version` compared with. `sections` are those to be looked at again.
    """

    __tablename__ = "intake_decision"
    __table_args__ = (
        CheckConstraint("decision in ('accept', 'decline', 'needs_more')", name="decision"),
        CheckConstraint("asked_of in ('patient', 'coordinator')", name="asked_of"),
        CheckConstraint("(decision = 'needs_more') = (asked_of is not null)", name="asked"),
        UniqueConstraint("intake_id", "number"),
    )

    id: Mapped[ExternalId]
    intake_id: Mapped[UUID] = mapped_column(ForeignKey("intake.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    decision: Mapped[str]
    outcome: Mapped[str]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    asked_of: Mapped[str | None]
    sections: Mapped[list[str]] = mapped_column(ARRAY(String))
    evidence_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    evidence = EncryptedText("evidence_sealed")
    evidence_hash: Mapped[str]
    engine_version: Mapped[int] = mapped_column(SmallInteger)
    questions_version: Mapped[int] = mapped_column(SmallInteger)
    policy: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    actor_id: Mapped[UUID]
    actor_name: Mapped[str]
