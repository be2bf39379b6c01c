"""Lists in pages: which page, how many there are, and the addresses of its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

Row = TypeVar("Row")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Row]):
    """One page of a list; `number` counts from 1, `total` counts rows of all pages."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        """Return the number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """Return the place of the first row shown, counted from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """Return the place of the last row shown."""
        return self.first_row + len(self.rows) - 1 if self.rows else 0

    def url(self, number: int) -> str:
        """Return the address of another page with the same filters."""
        kept = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
        return f"{request.path}?{urlencode([*kept, ('page', str(number))])}"


def offset_of(number: int, *, size: int = PAGE_SIZE) -> int:
    """Return how many rows lie before a page."""
    return (max(1, number) - 1) * size


def page_of(rows: Sequence[Row], number: int) -> Page[Row]:
    """Return the page asked for of a list at hand, or its last page when the list has become shorter."""
    number = min(number, Page(rows=(), number=1, total=len(rows)).last)
    start = offset_of(number)
    return Page(rows=rows[start : start + PAGE_SIZE], number=number, total=len(rows))
