"""The table of policy values; every change is a new row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.kernel.db import Base, InternalId


class PolicyVersion(Base):
    """Append-only: the value that a policy has from `at` on, who set it and why; the newest row counts."""

    __tablename__ = "policy_version"
    __table_args__ = (Index("ix_policy_version_key", "key", "id"),)

    id: Mapped[InternalId]
    key: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB)
    at: Mapped[datetime]
    reason: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
