"""What waits behind entries of the staff menu: each entry has a statement that counts, all are asked at once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, Uuid, bindparam, select
from sqlalchemy.orm import Session

from clinic.conversations.queries import count_unread
from clinic.dashboards.failed_payments import count_failed
from clinic.dashboards.membership_queue import count_to_decide
from clinic.dashboards.sign_off import count_waiting
from clinic.intake.queries.board import count_waiting_intakes
from clinic.kernel.actor import Actor
from clinic.kernel.db import Instant
from clinic.medication.queries.deliveries import count_undecided
from clinic.people.queries import id_of_staff, panel_of

Counting = Callable[[ColumnElement[UUID], ColumnElement[datetime]], ColumnElement[int]]
"""Returns the statement that counts what waits for a reader, given the places of the reader's account and of now."""

_READER, _NOW = bindparam("reader", type_=Uuid()), bindparam("now", type_=Instant())


def counted(session: Session, entries: Mapping[str, Counting], *, reader: Actor, now: datetime) -> dict[str, int]:
    """Return what waits for the reader behind each of these entries, in one statement; 0 where nothing can."""
    if not entries:
        return {}
    found = session.execute(_statement(tuple(entries.values())), {"reader": reader.id, "now": now}).one()
    return dict(zip(entries, found, strict=True))


@lru_cache(maxsize=32)
def _statement(countings: tuple[Counting, ...]) -> Select[*tuple[int, ...]]:
    """Return the statement of a menu; every staff page asks it, and building it takes longer than asking."""
    return select(*(counting(_READER, _NOW) for counting in countings))


def unread_conversations(_reader: ColumnElement[UUID], _now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """Count the conversations that somebody must read."""
    return count_unread()


def waiting_for_signature(reader: ColumnElement[UUID], now: ColumnElement[datetime]) -> ColumnElement[int]:
    """Count the flags and notes that wait for a physician."""
    return count_waiting(id_of_staff(reader), now=now)


def undecided_shipments(reader: ColumnElement[UUID], now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """Count the shipments to a physician's patients that wait for a decision."""
    return count_undecided(panel_of(id_of_staff(reader), now))


def unpaid_invoices(_reader: ColumnElement[UUID], _now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """Count the invoices that no card has paid and that need somebody."""
    return count_failed()


def undecided_memberships(reader: ColumnElement[UUID], now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """Count the memberships of a physician's patients that wait for a decision."""
    return count_to_decide(panel_of(id_of_staff(reader), now))


def undecided_intakes(reader: ColumnElement[UUID], now: ColumnElement[datetime]) -> ScalarSelect[int]:
    """Count the intakes of a physician's patients that wait for a decision."""
    return count_waiting_intakes(panel_of(id_of_staff(reader), now))
