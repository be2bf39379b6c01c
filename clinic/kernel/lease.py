"""Lease time: the one place that uses the database's clock, so that skewed machines cannot steal each other's work."""

from datetime import timedelta

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.types import DateTime, Interval


def database_clock() -> ColumnElement[object]:
    """Return the SQL expression for the database's present instant (not the transaction's start)."""
    return func.clock_timestamp(type_=DateTime(timezone=True))


def lease_end(length: timedelta) -> ColumnElement[object]:
    """Return the SQL expression for a lease of that length from the database's present instant."""
    return database_clock() + literal(length, Interval())
