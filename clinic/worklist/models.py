"""The table of things that need a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText
from clinic.worklist.rules import NEVER_WAIT

_NEVER_WAIT = ", ".join(f"'{kind}'" for kind in sorted(NEVER_WAIT))


class WorkItem(Edited, Base):
    """One task: `reason` says in plain words why (sealed, since it may name what happened to a patient).

    `dedupe_key` is unique among open items, so that the same trouble opens one task, not many.
    `subject_kind`/`subject_id` name what the action button leads to. A task that somebody put off is out of sight until
    `put_off_until` and comes back by itself; what is about somebody's life cannot be.
    """

    __tablename__ = "work_item"
    __table_args__ = (
        CheckConstraint("state in ('open', 'done', 'dismissed')", name="state"),
        CheckConstraint("(state = 'open') = (closed_at is null)", name="closed_once"),
        CheckConstraint(
            "(put_off_until is null) = (put_off_why is null) and (put_off_until is null) = (put_off_by_name is null)",
            name="put_off_whole",
        ),
        CheckConstraint("put_off_why in ('no_answer', 'left_message', 'link_sent')", name="put_off_why"),
        CheckConstraint(f"put_off_until is null or kind not in ({_NEVER_WAIT})", name="danger_does_not_wait"),
        Index("uq_work_item_open_dedupe_key", "dedupe_key", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_work_item_open_due", "owner_role", "due_at", postgresql_where=text("state = 'open'")),
        Index("ix_work_item_patient", "patient_id"),
        Index("ix_work_item_dedupe_key", "dedupe_key"),
    )

    id: Mapped[ExternalId]
    kind: Mapped[str]
    dedupe_key: Mapped[str]
    owner_role: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    patient_id: Mapped[UUID | None]
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    reason = EncryptedText("reason_sealed")
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    claimed_by: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None]
    put_off_until: Mapped[datetime | None]
    put_off_why: Mapped[str | None]
    put_off_by_name: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    outcome: Mapped[str | None]
    outcome_note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome_note = EncryptedText("outcome_note_sealed")
