"""The form of a file and of each cell: what is taken, and what is said about what is not."""

import csv
import io
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.cells import guarded, unguarded
from clinic.people.errors import FileRefused
from clinic.people.rules.importing import COLUMNS, ImportedRow, PatientFile, RowRefused, read_row
from clinic.people.rules.importing.rejected import kept_row, rejected_header, rejected_row, row_from_kept
from tests.domains.people.import_files import AGREES, GOOD, csv_of

INJECTIONS = (
    "=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", '=HYPERLINK("http://x")',
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1", "'=1", "''=1", "+13055550123", "-", "=",
)  # fmt: skip


def read(content: bytes, *, piece: int = 10_000) -> list[ImportedRow | RowRefused]:
    file = PatientFile(content[start : start + piece] for start in range(0, len(content), piece))
    found: list[ImportedRow | RowRefused] = []
    for raw in file.rows():
        try:
            found.append(read_row(file.header, raw))
        except RowRefused as refusal:
            found.append(refusal)
    return found


def row_with(**cells: str) -> ImportedRow:
    (row,) = read(csv_of(GOOD | cells, columns=tuple(GOOD | cells)))
    if isinstance(row, RowRefused):
        raise row
    return row


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [
        ({"birth_date": "1984-3-2"}, "birth_date", date(1984, 3, 2)),
        ({"birth_date": "3/2/1984"}, "birth_date", date(1984, 3, 2)),
        ({"birth_date": "03/02/1984"}, "birth_date", date(1984, 3, 2)),
        ({"state": "florida"}, "state", "FL"),
        ({"county": "miami dade county"}, "county_fips", "12086"),
        ({"county": "12086"}, "county_fips", "12086"),
        ({"county": "St. Lucie", "postal_code": "34950"}, "county_fips", "12111"),
        ({"county": "saint lucie", "postal_code": "34950"}, "county_fips", "12111"),
        ({"state": "NJ", "county": "Hudson", "postal_code": "7030"}, "postal_code", "07030"),
        ({"state": "NJ", "county": "Union", "postal_code": "07083"}, "county_fips", "34039"),
        ({"county": "Union", "postal_code": "32054"}, "county_fips", "12125"),
        ({"phone": "'+13055550123"}, "phone", "+13055550123"),
        ({"language": "Español"}, "language", "es"),
        ({"language": ""}, "language", "en"),
        ({"zone": "Central"}, "zone", "America/Chicago"),
        ({"zone": "America/Chicago"}, "zone", "America/Chicago"),
        ({"legal_first_name": "José"}, "legal_first_name", "José"),
        ({"legal_first_name": " D'Arcy "}, "legal_first_name", "D'Arcy"),
        ({"preferred_name": ""}, "preferred_name", None),
    ],
)
def test_a_cell_is_read_as_people_write_it(cells: dict[str, str], field: str, value: object) -> None:
    assert getattr(row_with(**cells).new, field) == value


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"birth_date": "12.3.1984"}, "birth_date", "Write the date like 1984-03-12 or 3/12/1984 (month first)."),
        ({"birth_date": "3/12/84"}, "birth_date", "Write the date like"),
        ({"birth_date": "31/12/1984"}, "birth_date", "There is no such day."),
        ({"birth_date": "2/29/1983"}, "birth_date", "There is no such day."),
        ({"birth_date": ""}, "birth_date", "This cell is empty, and we need it."),
        ({"phone": "3.05555E+09"}, "phone", "Enter a 10-digit US mobile number"),
        ({"phone": "800 555 0123"}, "phone", "toll-free"),
        ({"email": "dana@"}, "email", "Enter an e-mail address"),
        ({"state": "GA"}, "state", "Write FL or NJ."),
        ({"postal_code": "07030"}, "postal_code", "not a ZIP code in Florida"),
        ({"postal_code": "3310"}, "postal_code", "5 digits"),
        ({"county": "Hudson"}, "county", "We know no such county in Florida."),
        ({"county": "99999"}, "county", "We know no such county"),
        ({"language": "fr"}, "language", "Write en or es"),
        ({"zone": "Pacific"}, "zone", "Write Eastern or Central"),
        ({"legal_first_name": "=1+1"}, "legal_first_name", "begin with a letter"),
        ({"legal_last_name": "Re\u200byes"}, "legal_last_name", "hidden character"),
        ({"address_line": "12 Palm Way\nApt 4"}, "address_line", "goes over two lines"),
        ({"external_key": "A 1"}, "external_key", "without spaces"),
        ({"external_key": "x" * 65}, "external_key", "64 characters"),
        ({"record_number": "12345"}, "record_number", "like K7M-2QF4"),
        ({"texts_consent": "maybe"}, "texts_consent", "Write yes or no"),
        ({"texts_consent": "yes"}, "consent_source", "empty, and we need it"),
        (AGREES | {"consent_wording": "ours"}, "consent_wording", "like sms-2026-11-en"),
        (AGREES | {"consent_source": "fax"}, "consent_source", "in person, phone call or web form"),
        (AGREES | {"texts_consent": ""}, "texts_consent", "Write yes, or empty consent_source"),
    ],
)
def test_a_wrong_cell_is_named_with_what_to_write(cells: dict[str, str], column: str, says: str) -> None:
    with pytest.raises(RowRefused) as caught:
        row_with(**cells)
    assert caught.value.column == column
    assert f"{column}: " in caught.value.message
    assert says in caught.value.message


def test_every_wrong_cell_of_a_row_is_named_at_once() -> None:
    with pytest.raises(RowRefused) as caught:
        row_with(birth_date="?", phone="1", county="Nowhere")
    assert [name for name in GOOD if f"{name}: " in caught.value.message] == ["birth_date", "phone", "county"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "its first line is"),
        (b"hello\nworld\n", "The first line must name the columns"),
        (csv_of(GOOD, columns=("", *GOOD)), "Column 1 has no name"),
        (csv_of(GOOD, columns=("city", *GOOD)), "names city more than once"),
        (csv_of(GOOD, columns=(*GOOD, "Social Security")), "Unknown columns: social_security."),
        (csv_of(GOOD, columns=tuple(name for name in GOOD if name != "phone")), "The column phone is missing."),
        (csv_of(GOOD).decode().encode("utf-16"), "UTF-16"),
        (csv_of(GOOD).decode().encode("utf-16-le"), "not text in UTF-8"),
        (csv_of(GOOD | {"city": "José"}).decode().encode("cp1252"), "Line 2: This file is not written in UTF-8"),
        (bytes(range(256)) * 4, "UTF-8"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old Excel workbook"),
        (b"%PDF-1.7", "PDF"),
        (csv_of(GOOD) + b'"open,1\n', "Line 3: A quotation mark"),
        (csv_of(GOOD) + b'A"B,"x"y\n', "Line 3: A quotation mark"),
        (csv_of(GOOD) + b"x" * 100_000, "Line 3: This line is too long"),
        (csv_of(GOOD) + b'"' + b"y,\n" * 5000, "A quotation mark"),
    ],
)
def test_a_file_that_is_no_list_of_patients_is_refused_with_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(FileRefused) as caught:
        read(content)
    assert says in caught.value.message


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_of_every_office_are_read(separator: str, end: str) -> None:
    text = csv_of(GOOD, GOOD | {"city": "José"}).decode().replace(",", separator).replace("\r\n", end)
    rows = read(b"\xef\xbb\xbf" + text.encode(), piece=3)
    assert [row.new.city for row in rows if isinstance(row, ImportedRow)] == ["Miami", "José"]
    assert [row.line for row in rows if isinstance(row, ImportedRow)] == [2, 3]


def test_lines_are_counted_as_an_editor_does() -> None:
    rows = read(csv_of(GOOD | {"address_line": "12 Palm Way\nApt 4"}, GOOD) + b",,,\n\n" + csv_of(GOOD))
    assert [getattr(row, "line", None) for row in rows] == [None, 4, None, 8]
    assert "repeats the names of the columns" in str(rows[2])


def test_a_row_with_too_many_or_too_few_cells_is_named() -> None:
    few, many = read(csv_of(GOOD) + b"a,b\n" + csv_of(GOOD).splitlines()[1] + b",extra\n")[1:]
    assert "has 2 cells and the first line has 17" in str(few)
    assert "has 18 cells" in str(many)


def test_empty_cells_after_the_last_column_do_not_matter() -> None:
    header, row = csv_of(GOOD).splitlines()
    assert isinstance(read(header + b",,\n" + row + b",,,,\n")[0], ImportedRow)


@pytest.mark.parametrize("cell", INJECTIONS)
def test_no_cell_of_rejected_csv_is_run_by_a_spreadsheet(cell: str) -> None:
    text = rejected_header(["city"]) + rejected_row(["city"], [cell], reason="Because.", line=2)
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert header == ["city", "reason", "line"]
    assert row[0].startswith("'")
    assert unguarded(row[0]) == cell


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_what_was_guarded_reads_as_it_was(cell: str) -> None:
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[:1] not in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=6))
def test_a_kept_row_comes_back_as_it_was(cells: list[str]) -> None:
    assert row_from_kept(kept_row(["a"], cells)) == (["a"], cells)


def test_rejected_rows_lose_what_an_earlier_rejection_added() -> None:
    again = rejected_row(["city", "reason", "line"], ["Miami", "Old.", "7"], reason="New.", line=2)
    assert next(csv.reader([again])) == ["Miami", "New.", "2"]


@given(st.binary(max_size=400))
def test_no_bytes_whatever_break_the_reader(content: bytes) -> None:
    with suppress(FileRefused):
        read(csv_of(GOOD) + content)


def test_every_column_says_what_to_write() -> None:
    assert all(column.what.endswith(".") and column.example for column in COLUMNS)
