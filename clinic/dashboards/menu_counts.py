"""What waits behind entries of the staff menu: each entry has a statement that counts, all are asked at once."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from clinic.conversations.queries import count_unread
from clinic.dashboards.failed_payments import count_failed
from clinic.dashboards.membership_queue import count_to_decide
from clinic.dashboards.sign_off import count_waiting
from clinic.intake.queries.board import count_waiting_intakes
from clinic.kernel.actor import Actor, Role
from clinic.medication.queries.deliveries import count_undecided
from clinic.people.queries import id_of_staff, panel_of

Counting = Callable[[Actor, datetime], ColumnElement[int] | None]
"""Returns the statement that counts what waits for a reader, or None where nothing can."""


def counted(session: Session, entries: Mapping[str, Counting], *, reader: Actor, now: datetime) -> dict[str, int]:
    """Return what waits for the reader behind each of these entries, in one statement; 0 where nothing can."""
    asked = {name: counting(reader, now) for name, counting in entries.items()}
    columns = {name: column for name, column in asked.items() if column is not None}
    found = session.execute(select(*columns.values())).one() if columns else ()
    return dict.fromkeys(entries, 0) | dict(zip(columns, found, strict=True))


def unread_conversations(_reader: Actor, _now: datetime) -> ScalarSelect[int]:
    """Count the conversations that somebody must read."""
    return count_unread()


def waiting_for_signature(reader: Actor, now: datetime) -> ColumnElement[int] | None:
    """Count the flags and notes that wait for a physician."""
    return count_waiting(id_of_staff(reader.id), now=now) if reader.id and reader.has(Role.PHYSICIAN) else None


def undecided_shipments(reader: Actor, now: datetime) -> ScalarSelect[int] | None:
    """Count the shipments to a physician's patients that wait for a decision."""
    if not reader.has(Role.PHYSICIAN) or reader.id is None:
        return None
    return count_undecided(panel_of(id_of_staff(reader.id), now))


def unpaid_invoices(_reader: Actor, _now: datetime) -> ScalarSelect[int]:
    """Count the invoices that no card has paid and that need somebody."""
    return count_failed()


def undecided_memberships(reader: Actor, now: datetime) -> ScalarSelect[int] | None:
    """Count the memberships of a physician's patients that wait for a decision."""
    if not reader.has(Role.PHYSICIAN) or reader.id is None:
        return None
    return count_to_decide(panel_of(id_of_staff(reader.id), now))


def undecided_intakes(reader: Actor, now: datetime) -> ScalarSelect[int] | None:
    """Count the intakes of a physician's patients that wait for a decision."""
    if not reader.has(Role.PHYSICIAN) or reader.id is None:
        return None
    return count_waiting_intakes(panel_of(id_of_staff(reader.id), now))
