"""Tables of readiness: every check with what it looked at, and what physicians decided all the same."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, ExternalId
from clinic.kernel.sealed import EncryptedText


class ReadinessCheck(Base):
    """Append-only: whether a session was ready at a moment, and every gate that was not met.

    `reasons` is a list of `{"code", "severity", "values"}`, `overridden` the codes that a physician had set aside;
    `inputs` is the JSON of the facts, `limits` the thresholds by name. The database lets a session begin only on a
    `go` of the moment `start` that is not older than 30 minutes. `time_version` is the visit's time that was judged.
    """

    __tablename__ = "readiness_check"
    __table_args__ = (
        CheckConstraint("moment in ('t72', 't24', 'start')", name="moment"),
        CheckConstraint("verdict in ('go', 'no_go')", name="verdict"),
        Index("ix_readiness_check_appointment", "appointment_id", "decided_at"),
    )

    id: Mapped[ExternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    time_version: Mapped[int] = mapped_column(Integer)
    moment: Mapped[str]
    verdict: Mapped[str]
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    overridden: Mapped[list[str]] = mapped_column(JSONB)
    limits: Mapped[dict[str, Any]]
    inputs_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    inputs = EncryptedText("inputs_sealed")
    decided_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class ReadinessOverride(Base):
    """Append-only: a physician sets gates of one visit aside at its present time, with a reason.

    `start` sets `codes` aside for the start, and of them no more than `evidence` names: a code, or `code:lot` where the
    next case is another one. `held` writes down after its end that a session took place although
    nobody checked it, and sets nothing aside.
    """

    __tablename__ = "readiness_override"
    __table_args__ = (
        CheckConstraint("kind in ('start', 'held')", name="kind"),
        CheckConstraint("(kind = 'held') = (codes = '[]'::jsonb)", name="codes"),
        Index("ix_readiness_override_appointment", "appointment_id", "at"),
    )

    id: Mapped[ExternalId]
    appointment_id: Mapped[UUID] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    time_version: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(JSONB)
    evidence: Mapped[list[str]] = mapped_column(JSONB)
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
