"""Tables of accounts, sessions, links and guesses."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, Edited, ExternalId, InternalId
from clinic.kernel.sealed import EncryptedText

PURPOSES = (
    "'visit', 'course', 'messages', 'check_in', 'medication', 'billing', 'waitlist', 'consent', 'intake', 'support'"
)


class StaffAccount(Edited, Base):
    """A person who works at the clinic; `email_key` is the casefolded NFKC address that sign-in looks up."""

    __tablename__ = "staff_account"
    __table_args__ = (
        CheckConstraint("state in ('invited', 'active', 'disabled')", name="state"),
        CheckConstraint("roles <@ array['coordinator', 'physician', 'admin']::varchar[]", name="roles"),
    )

    id: Mapped[ExternalId]
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(String))
    state: Mapped[str] = mapped_column(default="invited")
    password_hash: Mapped[str | None]
    totp_seed_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_seed = EncryptedText("totp_seed_sealed")
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_counter: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(Base):
    """One single-use way in without the authenticator; only an argon2 hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[ExternalId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """One signed-in browser; only the SHA-256 of its token is kept."""

    __tablename__ = "staff_session"

    id: Mapped[ExternalId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    authenticated_at: Mapped[datetime]
    mfa_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    ip: Mapped[str | None]


class AccountToken(Base):
    """A single-use invitation (72 h) or password reset (15 min); only the SHA-256 of the token is kept."""

    __tablename__ = "account_token"
    __table_args__ = (CheckConstraint("purpose in ('invite', 'reset')", name="purpose"),)

    id: Mapped[ExternalId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("staff_account.id"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime]


class Link(Base):
    """A link sent by text.

    Its token is an HMAC of id, purpose and version, so it can be rendered again at each attempt and nothing usable is
    stored; raising `token_version` revokes every copy.
    """

    __tablename__ = "link"
    __table_args__ = (
        CheckConstraint(f"purpose in ({PURPOSES})", name="purpose"),
        Index("ix_link_resource", "resource_kind", "resource_id"),
    )

    id: Mapped[ExternalId]
    purpose: Mapped[str]
    resource_kind: Mapped[str]
    resource_id: Mapped[UUID]
    patient_id: Mapped[UUID]
    token_version: Mapped[int] = mapped_column(Integer, default=1)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    failed_count: Mapped[int] = mapped_column(SmallInteger, default=0)
    locked_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LinkSession(Base):
    """A patient's browser after the birth date matched; bound to one patient and one purpose."""

    __tablename__ = "link_session"

    id: Mapped[ExternalId]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("link.id"), index=True)
    patient_id: Mapped[UUID]
    purpose: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Guess(Base):
    """One wrong password, code or birth date; counting rows is the limit, so losing Redis resets nothing."""

    __tablename__ = "guess"
    __table_args__ = (
        Index("ix_guess_account", "kind", "account_key", "guessed_at"),
        Index("ix_guess_ip", "kind", "ip", "guessed_at"),
        Index("ix_guess_unforgiven", "kind", "account_key", postgresql_where=text("forgiven_at is null")),
    )

    id: Mapped[InternalId]
    kind: Mapped[str]
    account_key: Mapped[str]
    ip: Mapped[str | None]
    guessed_at: Mapped[datetime]
    forgiven_at: Mapped[datetime | None]
