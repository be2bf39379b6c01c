"""Patients as short rows: found while somebody types, and listed page by page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session

from clinic.kernel.text import like_escaped
from clinic.people.models import Patient, Phone
from clinic.people.rules import PatientStatus, formal_name, search_words


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """What a list shows of a patient: operational fields only."""

    id: UUID
    record_number: str
    legal_first_name: str
    legal_last_name: str
    preferred_name: str | None
    birth_date: date
    e164: str
    state: str
    county_fips: str
    zone: str
    language: str
    status: str
    created_at: datetime

    @property
    def name(self) -> str:
        """Return `Reyes, Daniela (Dana)`."""
        formal = formal_name(self.legal_last_name, self.legal_first_name)
        return f"{formal} ({self.preferred_name})" if self.preferred_name else formal


class PatientSort(StrEnum):
    """Orders in which the list of patients can be read."""

    NAME = "name"
    NEWEST = "newest"
    BIRTH_DATE = "birth_date"
    STATE = "state"


_ORDERS: Mapping[PatientSort, tuple[ColumnElement[Any], ...]] = MappingProxyType(
    {
        PatientSort.NAME: (),
        PatientSort.NEWEST: (Patient.created_at.desc(),),
        PatientSort.BIRTH_DATE: (Patient.birth_date.asc(),),
        PatientSort.STATE: (Patient.state.asc(), Patient.county_fips.asc()),
    }
)

_IS_ONE_RECORD = Patient.status != PatientStatus.MERGED
"""A merged record is found through the one that lives on, which carries its names."""


def search(session: Session, *, text: str, limit: int = 20) -> list[PatientRow]:
    """Return patients in whom every typed word is found, those first whose own words begin with them.

    Words are matched without case and accents against names, phone digits and record number; an empty text finds none.
    """
    words = search_words(text)
    if not words:
        return []
    begun = (
        _rows()
        .where(_IS_ONE_RECORD, *_holding(words))
        .order_by(_words_not_begun(words), Patient.search_key, Patient.id)
    )
    return _read(session, begun.limit(limit))


def count_patients(session: Session, *, text: str = "") -> int:
    """Return how many patients there are, or how many the text finds."""
    found = select(func.count()).select_from(Patient).where(_IS_ONE_RECORD, *_holding(search_words(text)))
    return session.scalar(found) or 0


def page_of_patients(
    session: Session,
    *,
    text: str = "",
    sort: PatientSort = PatientSort.NAME,
    limit: int = 50,
    offset: int = 0,
) -> list[PatientRow]:
    """Return one page of all patients, or of those whom the text finds; the name decides between equals."""
    ordered = (
        _rows()
        .where(_IS_ONE_RECORD, *_holding(search_words(text)))
        .order_by(*_ORDERS[sort], Patient.search_key, Patient.id)
    )
    return _read(session, ordered.limit(limit).offset(offset))


def rows_of(session: Session, ids: Collection[UUID]) -> dict[UUID, PatientRow]:
    """Return the rows of these patients by id, for other domains' lists."""
    return {row.id: row for row in _read(session, _rows().where(Patient.id.in_(ids)))}


def read_rows(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[PatientRow]:
    """Return rows by name under conditions on the patient table."""
    return _read(session, _rows().where(*conditions).order_by(Patient.search_key, Patient.id).limit(limit))


def _rows() -> Select[*tuple[object, ...]]:
    columns = [Phone.e164 if name == "e164" else getattr(Patient, name) for name in PatientRow.__dataclass_fields__]
    return select(*columns).join(Phone, Phone.id == Patient.phone_id)


def _read(session: Session, rows: Select[*tuple[object, ...]]) -> list[PatientRow]:
    return [PatientRow(**row) for row in session.execute(rows).mappings()]


def _holding(words: list[str]) -> list[ColumnElement[bool]]:
    return [Patient.search_key.like(f"%{like_escaped(word)}%", escape="\\") for word in words]


def _words_not_begun(words: list[str]) -> ColumnElement[int]:
    """Count the typed words with which no word of the key begins; the key's first word is the last name."""
    key = literal(" ").concat(Patient.search_key)
    misses = [case((key.like(f"% {like_escaped(word)}%", escape="\\"), 0), else_=1) for word in words]
    return sum(misses[1:], start=misses[0])
