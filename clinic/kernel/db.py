"""Declarative base, column types and row mixins shared by all tables."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Identity, Integer, MetaData
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from clinic.kernel.actor import Actor
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_name)s",
}


class Instant(TypeDecorator[datetime]):
    """`timestamptz` that takes only aware datetimes and gives back UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a naive datetime before it reaches the database."""
        if value is not None and value.tzinfo is None:
            raise ValueError("instants are aware datetimes")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return the instant in UTC whatever the session's zone."""
        return None if value is None else value.astimezone(UTC)


Moment = datetime | ColumnElement[datetime]
"""An instant, or its place in a statement that is built once and asked often."""


class Base(DeclarativeBase):
    """All tables of the product."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: Instant, dict[str, Any]: JSONB}  # noqa: RUF012 - SQLAlchemy's own declaration


ExternalId = Annotated[UUID, mapped_column(primary_key=True, default=new_id)]
InternalId = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]


class Edited:
    """Columns of a row that people edit: who saved it last, when, and its version for "changed by a colleague"."""

    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(default="")

    def touch(self, *, by: Actor, now: datetime) -> None:
        """Count one more saved edit."""
        self.version = (self.version or 0) + 1
        self.updated_at = now
        self.updated_by = by.name

    def require_version(self, seen: int) -> None:
        """Raise ChangedMeanwhile when the row was saved after the asking person read it."""
        if self.version != seen:
            who = self.updated_by or "A colleague"
            raise ChangedMeanwhile(
                f"{who} changed this after you opened it. Look at it again, then make your change.",
                who=who,
                at=self.updated_at,
            )
