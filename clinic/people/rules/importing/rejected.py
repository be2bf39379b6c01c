"""`rejected.csv`: the rows that were not taken, as written and with the reason, to be fixed and fed again."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from clinic.kernel.cells import guarded
from clinic.people.rules.importing.columns import EXTRA


def rejected_header(names: Sequence[str]) -> str:
    """Return the first line: the file's own columns, then `reason` and `line`."""
    return _line([*(name for name in names if name not in EXTRA), *EXTRA])


def rejected_row(names: Sequence[str], cells: Sequence[str], *, reason: str, line: int) -> str:
    """Return one row; what spreadsheets would run as a formula is guarded, a row of another width is made to fit."""
    wide = [*cells, *[""] * len(names)][: max(len(names), 1)]
    own = [cell for name, cell in zip(names, wide, strict=True) if name not in EXTRA]
    return _line([*own, reason, str(line)])


def kept_row(names: Sequence[str], cells: Sequence[str]) -> str:
    """Return a row with its columns' names as text to keep, since the file itself is not kept."""
    return json.dumps([list(names), list(cells)], ensure_ascii=False)


def row_from_kept(text: str) -> tuple[list[str], list[str]]:
    """Return the columns' names and the cells of a kept row."""
    names, cells = json.loads(text)
    return names, cells


def _line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(map(guarded, cells))
    return out.getvalue()
