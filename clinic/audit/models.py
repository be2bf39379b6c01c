"""The audit table; triggers of the first migration number, stamp and chain its rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, FetchedValue, Index, LargeBinary, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.audit.rules import SetupKind
from clinic.kernel.db import Base

_SETUP_KINDS = ", ".join(f"'{kind}'" for kind in SetupKind)
IS_SETUP = text(f"subject_kind in ({_SETUP_KINDS})")
"""Which entries the partial index holds; a query names it so that the planner takes that index."""

IS_PANEL = text("action = 'panel.viewed'")
"""The same for the one look that a page asks about: when its reader was last on the panel."""

IS_CONTACT = text("action in ('patient.edited', 'patient.number_changed')")
"""The same for changes of a patient's own facts, which the rules count."""


class AuditEvent(Base):
    """One thing done or seen (FHIR AuditEvent); append-only for everybody.

    `seq`, `recorded_at`, `prev_hash` and `hash` are set by the database whatever the writer sends;
    `occurred_at` is business time.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_patients", "patient_ids", postgresql_using="gin"),
        Index("ix_audit_event_setup", "subject_kind", "subject_id", "seq", postgresql_where=IS_SETUP),
        Index("ix_audit_event_panel", "actor_id", "seq", postgresql_where=IS_PANEL),
        Index("ix_audit_event_contact", "subject_id", "occurred_at", postgresql_where=IS_CONTACT),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, server_default=FetchedValue())
    recorded_at: Mapped[datetime]
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    patient_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    request_id: Mapped[str | None]
    ip: Mapped[str | None]
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
