"""How a rule is looked up: one statement counts the rows that it is about, another finds those that break it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

_MOST = 20


@dataclass(frozen=True, slots=True)
class Span:
    """From when on a look reaches back, and the instant at which it is made."""

    since: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows a rule was looked up for, and a word about each of the first that break it."""

    rows: int
    faults: tuple[str, ...] = ()


def ask(session: Session, span: Span, *, rows: str, faults: str) -> Found:
    """Run both statements; `:since` and `:now` are bound, and each fault is one column of words."""
    given = {"since": span.since, "now": span.now}
    count = session.execute(_text(rows), given).scalar_one()
    found = session.execute(_text(f"select * from ({faults}) as broken limit {_MOST}"), given)  # noqa: S608 - constants
    return Found(count, tuple(str(row[0]) for row in found))


@cache
def _text(statement: str) -> TextClause:
    """Return a rule's statement, whose names are looked for once and not on every day."""
    return text(statement)
