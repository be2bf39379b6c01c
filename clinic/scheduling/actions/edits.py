"""Saving what people edit about hours, closures and caps: a new version and an audit entry."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.scheduling.models import AvailabilityOverride, AvailabilityRule, ClinicClosure, VisitCap

HOURS_WIDENED = "hours.widened"
"""The fact that a physician may have more time than before."""

Row = AvailabilityRule | AvailabilityOverride | ClinicClosure | VisitCap

_NOT_KEPT = frozenset({"id", "version", "created_at", "updated_at", "updated_by", "note"})


def require_version(row: Row, version: int | None) -> None:
    """Raise ChangedMeanwhile unless the row still is what the person saw; None asks for nothing."""
    if version is not None:
        row.require_version(version)


def values_of(row: Row) -> dict[str, object]:
    """Return what a row says, as the audit trail keeps it; free text stays out."""
    columns = (column.key for column in row.__table__.columns if column.key not in _NOT_KEPT)
    return {key: _plain(getattr(row, key)) for key in columns}


def save(
    session: Session,
    row: Row,
    action: str,
    *,
    by: Actor,
    now: datetime,
    before: Mapping[str, object] | None = None,
) -> None:
    """Write a row down with its next version; the audit entry holds what it says, and what it said `before`."""
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    _note(session, row, action, now=now, before=before)


def save_all(session: Session, rows: Sequence[Row], action: str, *, by: Actor, now: datetime) -> None:
    """Write several new rows down with one statement, each with an audit entry of its own."""
    for row in rows:
        row.touch(by=by, now=now)
    session.add_all(rows)
    session.flush()
    for row in rows:
        _note(session, row, action, now=now, before=None)


def _note(session: Session, row: Row, action: str, *, now: datetime, before: Mapping[str, object] | None) -> None:
    after = values_of(row)
    changed = {key: value for key, value in (before or {}).items() if after[key] != value}
    journal.note(
        session,
        action,
        subject_kind=row.__tablename__,
        subject_id=row.id,
        at=now,
        patient_ids=(),
        **after,
        **({"before": changed} if before is not None else {}),
    )


def _plain(value: object) -> object:
    if isinstance(value, date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else str(value)
