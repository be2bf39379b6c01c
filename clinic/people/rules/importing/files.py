"""A CSV file as a stream: its encoding, its separator, its lines, and never more than one row in memory."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic.kernel.cells import unguarded
from clinic.people.errors import FileRefused
from clinic.people.rules.importing.columns import Header, read_header

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

LONGEST_CELL = 4000
_LONGEST_LINE = 64 * 1024
_LINE_END = re.compile(rb"\r\n|\r|\n")
_SEPARATORS = ",;\t"
_BUFFER = 64 * 1024

_SAVE_AS = "In Excel choose Save As, then “CSV UTF-8 (Comma delimited)”."
_STARTS = (
    (b"PK\x03\x04", f"This is an Excel workbook, not a CSV file. {_SAVE_AS}"),
    (b"\xd0\xcf\x11\xe0", f"This is an old Excel workbook, not a CSV file. {_SAVE_AS}"),
    (b"\xff\xfe", f"This file is written in UTF-16. {_SAVE_AS}"),
    (b"\xfe\xff", f"This file is written in UTF-16. {_SAVE_AS}"),
    (b"%PDF", "This is a PDF, not a CSV file. Export the patients as CSV."),
)


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row as written; `line` is the line of the file on which it begins, the first being 1."""

    line: int
    cells: tuple[str, ...]


class PatientFile:
    """A file being read: its header at once, its rows one by one; FileRefused tells what is wrong with its form."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        """Read the first line; `chunks` are the file's bytes in pieces of any size."""
        self._lines = _lines(chunks)
        first = next(self._lines, None)
        if first is None or not first.strip():
            raise FileRefused("The file is empty, or its first line is. The first line must name the columns.", line=1)
        self._separator = max(_SEPARATORS, key=first.count)
        self._reader = csv.reader(self._from(first), delimiter=self._separator, strict=True)
        self.header: Header = read_header(next(self._cells())[1])

    def rows(self) -> Iterator[RawRow]:
        """Give the rows that hold anything; cells that `rejected.csv` guarded are as they were before."""
        for line, cells in self._cells():
            if any(cell.strip() for cell in cells):
                yield RawRow(line, tuple(map(unguarded, self._without_empty_end(cells))))

    def _without_empty_end(self, cells: list[str]) -> list[str]:
        """Drop what spreadsheets append to a row: empty cells beyond the header."""
        width = len(self.header.names)
        return cells[:width] if not any(cells[width:]) else cells

    def _from(self, first: str) -> Iterator[str]:
        yield first
        yield from self._lines

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        line = self._reader.line_num + 1
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as trouble:
                raise _not_csv(line) from trouble
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise _not_csv(line)
            yield line, cells
            line = self._reader.line_num + 1


def _not_csv(line: int) -> FileRefused:
    return FileRefused(
        "A quotation mark opens a cell on this line and nothing closes it where it should. "
        "Write a quotation mark inside a cell twice, and the whole cell between quotation marks.",
        line=line,
    )


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Give lines with their ends as they are written; a UTF-8 byte order mark is skipped."""
    stream = io.TextIOWrapper(io.BufferedReader(_Chunks(chunks), _BUFFER), encoding="utf-8-sig", newline="")
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(_LONGEST_LINE)
        except UnicodeDecodeError as trouble:
            before = len(_LINE_END.findall(trouble.object[: trouble.start]))
            raise FileRefused(f"This file is not written in UTF-8. {_SAVE_AS}", line=number + before) from trouble
        if not line:
            return
        _require_text(line, number)
        yield line


def _require_text(line: str, number: int) -> None:
    if "\x00" in line:
        raise FileRefused(f"This file is not text in UTF-8. {_SAVE_AS}", line=number)
    if len(line) >= _LONGEST_LINE:
        raise FileRefused("This line is too long to be a patient. Check that the file is a CSV file.", line=number)


class _Chunks(io.RawIOBase):
    """Pieces of a file as one stream of bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self._has_begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._refuse_other_kinds(chunk)
            self._rest = memoryview(chunk)
        room = memoryview(buffer)
        size = min(len(room), len(self._rest))
        room[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _refuse_other_kinds(self, chunk: bytes) -> None:
        if self._has_begun or not chunk:
            return
        self._has_begun = True
        for start, sentence in _STARTS:
            if chunk.startswith(start):
                raise FileRefused(sentence)
