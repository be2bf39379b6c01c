"""Tables as files: RFC 4180, UTF-8, and no cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO

from flask import Response

from clinic.kernel.cells import guarded

Cell = str | int | float | Decimal | date | None

_MARK = "\ufeff"


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Cell]], *, has_mark: bool = False) -> str:
    """Return the lines with their ends; `has_mark` puts the byte order mark first, by which Excel knows UTF-8."""
    file = StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in head])
    writer.writerows([_written(cell) for cell in row] for row in rows)
    return f"{_MARK if has_mark else ''}{file.getvalue()}"


def csv_file(name: str, content: str) -> Response:
    """Return the answer that a browser saves under `name`, of plain letters; it is kept by no cache."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="text/csv", headers=headers)


def _written(cell: Cell) -> str:
    """Return a cell as text; numbers cannot be formulas, so that a negative one stays a number."""
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else str(cell)
