"""The columns that a file of patients may have, and the reading of its first line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from clinic.kernel.text import search_key
from clinic.people.errors import FileRefused


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, whether a file needs it, what to write and an example."""

    name: str
    is_required: bool
    what: str
    example: str


COLUMNS: tuple[Column, ...] = (
    Column(
        "external_key",
        False,
        "The patient's number in the system that the file comes from. The same number again updates the same "
        "record. Up to 64 characters without spaces.",
        "A-10442",
    ),
    Column(
        "record_number",
        False,
        "The record number here, to update a record that has no external_key yet.",
        "K7M-2QF4",
    ),
    Column("legal_first_name", True, "As it stands on the photo ID.", "Daniela"),
    Column("legal_last_name", True, "As it stands on the photo ID.", "Reyes"),
    Column("preferred_name", False, "What the patient wants to be called.", "Dana"),
    Column("birth_date", True, "Year first, or month/day/year with four digits for the year.", "1984-03-12"),
    Column("phone", True, "A 10-digit US mobile number.", "305 555 0123"),
    Column("email", False, "One e-mail address.", "dana@example.org"),
    Column("address_line", True, "Street and number.", "12 Palm Way"),
    Column("city", True, "The city.", "Miami"),
    Column("state", True, "FL or NJ.", "FL"),
    Column("postal_code", True, "5 digits, or 5 and 4. A first zero that a spreadsheet dropped is put back.", "33101"),
    Column("county", True, "The county's name or its 5-digit code.", "Miami-Dade"),
    Column("language", False, "en or es. Empty means en for a new patient.", "en"),
    Column(
        "zone",
        False,
        "Eastern or Central, for a county that has both. Otherwise the county decides.",
        "Eastern",
    ),
    Column(
        "texts_consent",
        False,
        "yes, if the patient agreed to texts and the next three columns say how. Without yes nobody is texted.",
        "yes",
    ),
    Column("consent_source", False, "in person, phone call or web form. Needed with yes.", "in person"),
    Column("consent_date", False, "The day on which the patient agreed. Needed with yes.", "2026-10-02"),
    Column(
        "consent_wording",
        False,
        "The version of this clinic's wording that the patient agreed to. Needed with yes.",
        "sms-2026-11-en",
    ),
)

EXTRA = ("reason", "line")
"""What `rejected.csv` has in addition; ignored when it comes back."""

BY_NAME: Mapping[str, Column] = MappingProxyType({column.name: column for column in COLUMNS})
_SHOWN_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the file's columns in their order."""

    names: tuple[str, ...]

    def named(self, cells: Sequence[str]) -> dict[str, str]:
        """Return name -> cell of one row; columns that the file lacks are empty."""
        return dict.fromkeys(BY_NAME, "") | dict(zip(self.names, cells, strict=True))


def read_header(cells: Sequence[str]) -> Header:
    """Return the header, or raise FileRefused naming what is missing, unknown or there twice.

    Names are read without case; a space counts as an underscore.
    """
    names = tuple(map(name_of, _without_empty_end(cells)))
    _require_no_blank(names)
    _require_once(names)
    unknown = [name for name in names if name not in BY_NAME and name not in EXTRA]
    missing = [column.name for column in COLUMNS if column.is_required and column.name not in names]
    if len(missing) == sum(column.is_required for column in COLUMNS):
        raise FileRefused(f"The first line must name the columns: {', '.join(missing)}.")
    if missing:
        raise FileRefused(f"{_columns_missing(missing)} Add {'it' if len(missing) == 1 else 'them'} to the first line.")
    if unknown:
        listed = ", ".join(unknown[:_SHOWN_AT_MOST]) + (" and more" if len(unknown) > _SHOWN_AT_MOST else "")
        raise FileRefused(f"Unknown columns: {listed}. Take them out, or rename them to columns that we know.")
    return Header(names)


def name_of(cell: str) -> str:
    """Return a column's name as we write it, however a file spells it."""
    return "_".join(search_key(cell).replace("_", " ").split())


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _require_no_blank(names: tuple[str, ...]) -> None:
    for place, name in enumerate(names, start=1):
        if not name:
            raise FileRefused(f"Column {place} has no name in the first line. Name it or take it out.")


def _require_once(names: tuple[str, ...]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise FileRefused(f"The first line names {', '.join(twice)} more than once. Keep one of each.")


def _columns_missing(missing: Sequence[str]) -> str:
    return f"The column {missing[0]} is missing." if len(missing) == 1 else f"Columns missing: {', '.join(missing)}."
