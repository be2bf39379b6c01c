"""Tables of forms: versions with their words, signatures, withdrawals, and requests to sign."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId
from clinic.kernel.sealed import EncryptedText

KINDS = "'telehealth', 'off_label', 'treatment_agreement', 'pain_fl', 'pain_nj', 'privacy', 'release'"


class ConsentVersion(Edited, Base):
    """A version of a form: a draft until it is published, then frozen for good by a trigger, words and all.

    From `effective_at` on it is the one to sign. Where `signs_again`, who signed an older one has to sign this one.
    """

    __tablename__ = "consent_version"
    __table_args__ = (
        CheckConstraint(f"kind in ({KINDS})", name="kind"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(published_at is null) = (effective_at is null)", name="published"),
        CheckConstraint("number > 1 or signs_again", name="first_is_signed"),
        UniqueConstraint("kind", "number"),
        Index("uq_consent_version_draft", "kind", unique=True, postgresql_where=text("published_at is null")),
    )

    id: Mapped[ExternalId]
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    signs_again: Mapped[bool] = mapped_column(default=True)
    effective_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class ConsentText(Base):
    """The words of a version in one language, exactly as they are shown, with their SHA-256."""

    __tablename__ = "consent_text"
    __table_args__ = (
        CheckConstraint("language in ('en', 'es')", name="language"),
        CheckConstraint("sha256 = encode(sha256(convert_to(words, 'UTF8')), 'hex')", name="sha256"),
        UniqueConstraint("version_id", "language"),
        UniqueConstraint("version_id", "language", "sha256", name="uq_consent_text_signed"),
    )

    id: Mapped[ExternalId]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("consent_version.id"))
    language: Mapped[str]
    words: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str]


class ConsentSignature(Base):
    """Append-only: one electronic signature (ESIGN, FL 668.50, N.J.S.A. 12A:12).

    What was shown is the text by version, language and hash, which the database compares. `boxes` are the sentences
    that were ticked one by one, `statement` the yes to signing electronically. Only `patient_id` can change, when two
    records become one.
    """

    __tablename__ = "consent_signature"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "language", "sha256"],
            ["consent_text.version_id", "consent_text.language", "consent_text.sha256"],
            name="fk_consent_signature_text",
        ),
        CheckConstraint("length(statement) > 0", name="statement"),
        Index("ix_consent_signature_patient", "patient_id"),
        Index("ix_consent_signature_version", "version_id"),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("consent_version.id"))
    language: Mapped[str]
    sha256: Mapped[str]
    typed_name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    typed_name = EncryptedText("typed_name_sealed")
    is_other_name: Mapped[bool] = mapped_column(default=False)
    boxes: Mapped[list[str]] = mapped_column(JSONB)
    statement: Mapped[str]
    released_to_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    released_to = EncryptedText("released_to_sealed")
    at: Mapped[datetime]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = EncryptedText("address_sealed")
    agent_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    agent = EncryptedText("agent_sealed")
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("link.id"))


class ConsentWithdrawal(Base):
    """Append-only: a signature was taken back, by the patient or by telephone; the signature itself stays."""

    __tablename__ = "consent_withdrawal"
    __table_args__ = (CheckConstraint("told_by in ('patient', 'telephone')", name="told_by"),)

    id: Mapped[ExternalId]
    signature_id: Mapped[UUID] = mapped_column(ForeignKey("consent_signature.id"), unique=True)
    told_by: Mapped[str]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note = EncryptedText("note_sealed")
    at: Mapped[datetime]
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    address = EncryptedText("address_sealed")
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class SignatureRequest(Edited, Base):
    """A patient was asked to sign what is missing; settled once nothing is, one open request a patient."""

    __tablename__ = "signature_request"
    __table_args__ = (
        Index("uq_signature_request_open", "patient_id", unique=True, postgresql_where=text("settled_at is null")),
    )

    id: Mapped[ExternalId]
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patient.id"))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    settled_at: Mapped[datetime | None]
