"""Cells of CSV files that spreadsheets must read as text: a formula gets an apostrophe in front, and loses it again."""

import re

# A spreadsheet runs what begins like this; full-width forms are folded to the plain ones by some of them.
_RUNS = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def guarded(cell: str) -> str:
    """Return the cell as it is written into a file, so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if _RUNS.match(cell) else cell


def unguarded(cell: str) -> str:
    """Return the cell as it was before `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell
