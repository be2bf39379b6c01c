"""Tables of messages, attempts, provider events, inbound texts and lanes."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, ExternalId, InternalId
from clinic.kernel.sealed import EncryptedText

_STATES = (
    "'pending', 'claimed', 'sending', 'ambiguous', 'accepted', 'sent', 'delivered', 'undelivered', 'failed', "
    "'suppressed', 'expired', 'canceled', 'unknown', 'unconfirmed'"
)


class Message(Base):
    """One message for one address, whatever the channel; the work table of the sending protocol.

    A text goes to the phone `address_id`, an e-mail to `email_to`. `answered_at` is when a reply answered its question.

    `dedupe_key` makes planning the same text twice harmless. The body is not stored: template version, language and
    sealed variables are, with the link unresolved, and the clinic's own wording where there is one: the newest when the
    text first leaves, kept for every further try; none for the words that the product ships. `subject_kind`,
    `subject_id` and `subject_version` name the row that the send-time guard re-reads. `policy` ALO = at least once,
    AMO = at most once. `sent_at` is when the provider took the text; `check_at` is when an ambiguous or unconfirmed one
    is looked up next.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint(f"state in ({_STATES})", name="state"),
        CheckConstraint("policy in ('ALO', 'AMO')", name="policy"),
        CheckConstraint(
            "(channel = 'sms' and address_id is not null and email_to is null)"
            " or (channel = 'email' and address_id is null and email_to is not null)",
            name="channel",
        ),
        CheckConstraint("recipient_kind in ('patient', 'stranger', 'staff')", name="recipient_kind"),
        CheckConstraint("expires_at > due_at", name="expires_after_due"),
        Index("ix_message_pending", "lane", "due_at", postgresql_where=text("state = 'pending'")),
        Index("ix_message_leased", "lease_until", postgresql_where=text("state in ('claimed', 'sending')")),
        Index("ix_message_ambiguous", "check_at", postgresql_where=text("state = 'ambiguous'")),
        Index("ix_message_unconfirmed", "check_at", postgresql_where=text("state in ('accepted', 'sent')")),
        Index("ix_message_subject", "subject_kind", "subject_id"),
        Index("ix_message_recipient", "recipient_id", "due_at"),
        Index("ix_message_address", "address_id", "state"),
    )

    id: Mapped[ExternalId]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str] = mapped_column(default="sms")
    address_id: Mapped[UUID | None] = mapped_column(ForeignKey("phone.id"))
    email_to: Mapped[str | None]
    recipient_kind: Mapped[str]
    recipient_id: Mapped[UUID | None]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    subject_version: Mapped[int | None] = mapped_column(Integer)
    template_key: Mapped[str]
    template_version: Mapped[int] = mapped_column(SmallInteger)
    wording_id: Mapped[int | None] = mapped_column(ForeignKey("message_wording.id"))
    language: Mapped[str]
    variables_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    variables_json = EncryptedText("variables_sealed")
    link_id: Mapped[UUID | None] = mapped_column(ForeignKey("link.id"))
    zone: Mapped[str]
    lane: Mapped[int] = mapped_column(SmallInteger)
    policy: Mapped[str]
    category: Mapped[str]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    check_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="pending")
    attempt_count: Mapped[int] = mapped_column(Integer, default=0)
    ambiguous_count: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    provider_sid: Mapped[str | None] = mapped_column(unique=True)
    provider_rank: Mapped[int] = mapped_column(SmallInteger, default=0)
    error_code: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None]
    duplicate_count: Mapped[int] = mapped_column(Integer, default=0)
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    final_at: Mapped[datetime | None]


class MessageWording(Base):
    """Append-only: the words that a clinic gave a text, by language, who wrote them and why; the newest row counts.

    `words` is null where the shipped words were taken back. They stand in for the shipped words of `template_version`
    only: a release with a newer version of the text starts from its own words again.
    """

    __tablename__ = "message_wording"
    __table_args__ = (
        UniqueConstraint("template_key", "number"),
        CheckConstraint("number > 0", name="number"),
    )

    id: Mapped[InternalId]
    template_key: Mapped[str]
    template_version: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(Integer)
    words: Mapped[Mapping[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    at: Mapped[datetime]
    reason: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]


class MessageAttempt(Base):
    """One committed intent to call the provider; its id travels in the status callback's address.

    `body_digest` is the SHA-256 of the normalized text, to find it again in the provider's list after a lost answer.
    """

    __tablename__ = "message_attempt"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[ExternalId]
    message_id: Mapped[UUID] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int] = mapped_column(Integer)
    fence: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[datetime]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    provider_sid: Mapped[str | None] = mapped_column(index=True)
    outcome: Mapped[str | None]
    http_status: Mapped[int | None] = mapped_column(Integer)
    error_code: Mapped[int | None] = mapped_column(Integer)


class MessageEvent(Base):
    """One status that the provider reported, stored once."""

    __tablename__ = "message_event"

    provider_sid: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID | None] = mapped_column(index=True)
    error_code: Mapped[int | None] = mapped_column(Integer)
    received_at: Mapped[datetime]


class InboundText(Base):
    """One text that a phone sent to the clinic; its provider id makes a replay harmless.

    `answers_id` is the message whose question it answers. `is_urgent`: its words sounded like danger.
    """

    __tablename__ = "inbound_text"
    __table_args__ = (Index("ix_inbound_text_phone", "phone_id", "received_at"),)

    id: Mapped[ExternalId]
    provider_sid: Mapped[str] = mapped_column(unique=True)
    phone_id: Mapped[UUID] = mapped_column(ForeignKey("phone.id"))
    to_e164: Mapped[str]
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    body = EncryptedText("body_sealed")
    meaning: Mapped[str]
    answers_id: Mapped[UUID | None] = mapped_column(ForeignKey("message.id"))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]


class Lane(Base):
    """A queue of messages by urgency; an account-level error pauses it until a person resumes it."""

    __tablename__ = "message_lane"

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    paused_at: Mapped[datetime | None]
    pause_reason: Mapped[str | None]


class SendingSwitch(Base):
    """The one row that every text passes on its way out: while `stopped_at` is set, nothing is handed over.

    The gate reads it FOR SHARE in the transaction that promises a text to the provider; whoever stops or starts
    changes it, so that the two never pass each other unseen.
    """

    __tablename__ = "sending_switch"
    __table_args__ = (
        CheckConstraint(
            "(stopped_at is null) = (reason is null) and (stopped_at is null) = (stopped_by_name is null)",
            name="says_why",
        ),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[UUID | None]
    stopped_by_name: Mapped[str | None]
    reason: Mapped[str | None]


class SweepRun(Base):
    """When each sweep last ran, so that many workers do not run it at once and silence is seen."""

    __tablename__ = "sweep_run"

    name: Mapped[str] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime]


class SenderPace(Base):
    """How many segments the sender number may send at this moment; filled by the database's clock, spent by claims."""

    __tablename__ = "sender_pace"

    name: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime]


class ProviderAudit(Base):
    """One night's comparison of a day's texts with the provider's own list, both ways.

    `unknown_sids` are texts of the provider that we never meant to send; `missing_ids` are messages that we count as
    accepted and the provider does not list.
    """

    __tablename__ = "provider_audit"

    day: Mapped[date] = mapped_column(primary_key=True)
    ran_at: Mapped[datetime]
    listed_count: Mapped[int] = mapped_column(Integer)
    accepted_count: Mapped[int] = mapped_column(Integer)
    unknown_sids: Mapped[list[str]] = mapped_column(ARRAY(String))
    missing_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
