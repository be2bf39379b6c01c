"""What others did to a visit after somebody looked at it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from clinic.people.models import Physician
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.changes import REMARKS, VisitChange


def changes_since(session: Session, visit: Appointment, *, seen: int) -> tuple[VisitChange, ...]:
    """Return what made the version `seen` of a visit the present one, oldest first; every change counts as one."""
    newer = visit.version - seen
    return last_changes(session, visit.id, count=newer) if newer > 0 else ()


def last_changes(session: Session, appointment_id: UUID, *, count: int = 1) -> tuple[VisitChange, ...]:
    """Return the last changes of a visit, oldest first, without remarks on them."""
    wanted = _named(appointment_id).where(AppointmentHistory.change.not_in(sorted(REMARKS)))
    return _oldest_first(session, wanted.limit(count))


def changes_of(session: Session, appointment_id: UUID) -> tuple[VisitChange, ...]:
    """Return everything that happened to a visit, oldest first, with the physicians' names."""
    return _oldest_first(session, _named(appointment_id))


def _named(appointment_id: UUID) -> Select[*tuple[Any, ...]]:
    row, was, is_now = AppointmentHistory, aliased(Physician), aliased(Physician)
    return (
        select(
            *(row.actor_name.label("who"), row.at, row.change, row.to_state.label("state"), row.reason),
            *(row.from_starts_at, row.to_starts_at.label("starts_at")),
            *(was.full_name.label("from_physician_name"), is_now.full_name.label("physician_name")),
        )
        .join(is_now, is_now.id == row.to_physician_id)
        .outerjoin(was, was.id == row.from_physician_id)
        .where(row.appointment_id == appointment_id)
        .order_by(row.id.desc())
    )


def _oldest_first(session: Session, wanted: Select[*tuple[Any, ...]]) -> tuple[VisitChange, ...]:
    found = [VisitChange(**one) for one in session.execute(wanted).mappings()]
    return tuple(reversed(found))
