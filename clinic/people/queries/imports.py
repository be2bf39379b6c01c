"""Files of patients that were sent to the clinic: how far each is, its parts, and the rows that were not taken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.people.errors import ImportNotFound
from clinic.people.models import PatientImport, PatientImportPart, PatientImportRejection
from clinic.people.rules.importing.rejected import row_from_kept

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A row that was not taken, with the names of the file's columns and the cells as they were written."""

    line: int
    column: str | None
    reason: str
    names: list[str] = field(repr=False)
    cells: list[str] = field(repr=False)


def patient_import(session: Session, import_id: UUID) -> PatientImport:
    """Return one import, or raise ImportNotFound."""
    found = session.get(PatientImport, import_id)
    if found is None:
        raise ImportNotFound("We have no such import.")
    return found


def lock_import(session: Session, import_id: UUID) -> PatientImport:
    """Return one import as it is now, locked until the transaction ends."""
    found = session.get(PatientImport, import_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise ImportNotFound("We have no such import.")
    return found


def patient_imports(session: Session, *, limit: int = 30) -> list[PatientImport]:
    """Return the latest imports, newest first."""
    rows = select(PatientImport).order_by(PatientImport.created_at.desc(), PatientImport.id)
    return list(session.scalars(rows.limit(limit)))


def count_parts(session: Session, import_id: UUID) -> int:
    """Return how many parts of the file have come."""
    parts = select(func.count()).select_from(PatientImportPart).where(PatientImportPart.import_id == import_id)
    return session.scalar(parts) or 0


def part_of_import(session: Session, import_id: UUID, position: int) -> bytes | None:
    """Return one part of the file, or None after the last."""
    part = session.scalar(
        select(PatientImportPart).where(
            PatientImportPart.import_id == import_id, PatientImportPart.position == position
        )
    )
    return None if part is None or part.content is None else part.content.encode("latin-1")


def rejections(session: Session, import_id: UUID, *, limit: int) -> list[Rejection]:
    """Return the first rows that were not taken, by line."""
    return [_rejection(row) for row in _by_line(session, import_id, after=0, limit=limit)]


def all_rejections(session: Session, import_id: UUID) -> Iterator[Rejection]:
    """Give every row that was not taken, by line, a few hundred in memory at a time."""
    line = 0
    while found := _by_line(session, import_id, after=line, limit=_ROWS_AT_ONCE):
        line = found[-1].line
        yield from map(_rejection, found)
        session.expunge_all()


def rejected_lines(session: Session, import_id: UUID, *, first: int, last: int) -> set[int]:
    """Return which lines between two were rejected already."""
    lines = select(PatientImportRejection.line).where(
        PatientImportRejection.import_id == import_id, PatientImportRejection.line.between(first, last)
    )
    return set(session.scalars(lines))


def _by_line(session: Session, import_id: UUID, *, after: int, limit: int) -> list[PatientImportRejection]:
    rows = select(PatientImportRejection).where(
        PatientImportRejection.import_id == import_id, PatientImportRejection.line > after
    )
    return list(session.scalars(rows.order_by(PatientImportRejection.line).limit(limit)))


def _rejection(row: PatientImportRejection) -> Rejection:
    names, cells = row_from_kept(row.row or "[[], []]")
    return Rejection(line=row.line, column=row.column, reason=row.reason, names=names, cells=cells)
