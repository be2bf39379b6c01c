"""Tables of conversations and secure messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText


class Conversation(Edited, Base):
    """All texts with one phone, as a thing that somebody takes care of.

    It is unread while `last_inbound_at` is later than `read_up_to`. `assignee_id` is who takes care of it.
    """

    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_last", "last_at"),
        Index(
            "ix_conversation_unread",
            "last_inbound_at",
            postgresql_where=text("read_up_to is null or read_up_to < last_inbound_at"),
        ),
    )

    id: Mapped[ExternalId]
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"), unique=True)
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff_account.id"))
    last_inbound_at: Mapped[datetime | None]
    last_at: Mapped[datetime]
    read_up_to: Mapped[datetime | None]


class SecureMessage(Base):
    """One message that is read behind a link and a date of birth, never in a text; from staff or from the patient."""

    __tablename__ = "secure_message"
    __table_args__ = (
        CheckConstraint("author_kind in ('staff', 'patient')", name="author_kind"),
        Index("ix_secure_message_patient", "patient_id", "sent_at"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    author_kind: Mapped[str]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body = EncryptedText("body_sealed")
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
