"""Patients from a CSV file as pure functions: the file's form, its columns, one row as somebody's details."""

from clinic.people.rules.importing.columns import BY_NAME, COLUMNS, EXTRA, Column, Header, read_header
from clinic.people.rules.importing.files import PatientFile, RawRow
from clinic.people.rules.importing.rows import ImportedRow, RowRefused, read_row

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "EXTRA",
    "Column",
    "Header",
    "ImportedRow",
    "PatientFile",
    "RawRow",
    "RowRefused",
    "read_header",
    "read_row",
]
