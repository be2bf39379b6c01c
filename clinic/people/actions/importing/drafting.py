"""Reading a batch of rows and finding whose records they are about, before anything is decided or written."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError
from clinic.people.actions.importing.deciding import Draft, Known, Outcome, Taken, details_after, known_to
from clinic.people.rules import checked_patient
from clinic.people.rules.importing import Header, ImportedRow, RawRow, RowRefused, read_row
from clinic.people.rules.importing.rows import refusal_of

Read = tuple[RawRow, ImportedRow | RowRefused]


def read_rows(header: Header, rows: Sequence[RawRow]) -> list[Read]:
    """Return what each row says, or what is wrong with it."""
    return [(raw, _read(header, raw)) for raw in rows]


def waves(read: Sequence[Read]) -> Iterator[list[Read]]:
    """Split a batch where a key comes again, so that the second row finds what the first one did."""
    wave: list[Read] = []
    names: set[str] = set()
    for raw, row in read:
        own = {row.external_key or "", row.record_number or ""} - {""} if isinstance(row, ImportedRow) else set()
        if own & names:
            yield wave
            wave, names = [], set()
        wave.append((raw, row))
        names |= own
    if wave:
        yield wave


def drafts_of(session: Session, wave: Sequence[Read], *, is_locking: bool, now: datetime) -> list[Draft | Taken]:
    """Return a draft for each row that can be read, and a rejection for each other one."""
    known = known_to(session, [row for _, row in wave if isinstance(row, ImportedRow)], is_locking=is_locking)
    return [_draft(raw, row, known, now=now) for raw, row in wave]


def rejected(raw: RawRow, refusal: DomainError) -> Taken:
    """Return a row as not taken, with the refusal's words."""
    said = refusal_of(refusal)
    return Taken(row=raw, outcome=Outcome.REJECTED, column=said.column, reason=said.message)


def _read(header: Header, raw: RawRow) -> ImportedRow | RowRefused:
    try:
        return read_row(header, raw)
    except RowRefused as refusal:
        return refusal


def _draft(raw: RawRow, row: ImportedRow | RowRefused, known: Known, *, now: datetime) -> Draft | Taken:
    try:
        if isinstance(row, RowRefused):
            raise row
        found = known.of(row)
        new = details_after(found, row)
        return Draft(raw, row, found, new, checked_patient(new, now=now))
    except DomainError as refusal:
        return rejected(raw, refusal)
