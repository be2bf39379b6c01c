"""What the process writes to its log while something runs, in the shape that it has in production."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from io import StringIO

from clinic.kernel import logs


@dataclass
class Logbook:
    """The lines that were written."""

    lines: list[str] = field(default_factory=list)


@contextmanager
def written_down(book: Logbook) -> Iterator[None]:
    """Log as a process does, into the book, and put pytest's own handlers back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    page = StringIO()
    with redirect_stderr(page):
        logs.configure("INFO")
        assert root.handlers, sys.stderr
        try:
            yield
        finally:
            root.handlers = handlers
            root.setLevel(level)
    book.lines += page.getvalue().splitlines()
