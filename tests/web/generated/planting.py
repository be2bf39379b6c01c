"""Puts a canary into every watched column that no action of the town has filled, so that a new column is watched."""

import re
from collections.abc import Iterator
from datetime import date, time, timedelta
from itertools import islice, product
from json import dumps

from sqlalchemy import CheckConstraint, Column, Date, Integer, LargeBinary, String, Time, Uuid, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.kernel.db import Base, Instant
from clinic.kernel.ids import new_id
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.generated.canaries import mapped, sealed_of
from tests.web.generated.columns import COLUMNS
from tests.web.generated.town import Town

_CHOICE = re.compile(r"(\w+) in \(([^)]*)\)")
_OWNERS = (("amy", "physician"), ("bea", "other"))
_MOST_TRIES = 40


SHAPES = {
    "patient_import_rejection.row_sealed": lambda words: dumps([["legal_last_name"], [words]]),
    "visit_note.data_sealed": lambda words: dumps([["Scale", words, "2026-11-20"]]),
}
"""Columns whose words stand inside a structure that the product reads."""
FIXED = {"relocation.from_state": "FL", "relocation.state": "NJ"}
"""Columns with one of the product's own codes, which no constraint lists."""


def plant(session: Session, town: Town) -> None:
    """Fill what is empty, in an order in which rows that others need come first."""
    for table in Base.metadata.sorted_tables:
        watched = COLUMNS[table.name].watched.split() if table.name in COLUMNS else []
        model = mapped(table.name)
        if watched and session.scalar(select(model).limit(1)) is None:
            for owner in _OWNERS:
                _plant_row(session, town, model, owner)
        for row in session.scalars(select(model)) if watched else ():
            _fill(session, row, [one for one in watched if getattr(row, one) is None])


def _fill(session: Session, row: Base, columns: list[str]) -> None:
    if not columns:
        return
    nested = session.begin_nested()
    try:
        for column in columns:
            _set(row, column)
        session.flush()
        nested.commit()
    except DBAPIError:
        # The row's state allows no such value (a closed table, a rule between columns): another row carries it.
        nested.rollback()


def _set(row: Base, column: str) -> None:
    attribute = sealed_of(type(row)).get(column)
    words = f"planted {row.__tablename__} {column} canary {new_id().hex[-8:]}"
    if attribute:
        shape = SHAPES.get(f"{row.__tablename__}.{column}", str)
        setattr(row, attribute, shape(words))
    elif isinstance(row.__table__.c[column].type, LargeBinary):
        setattr(row, column, words.encode())
    else:
        setattr(row, column, words)


def _plant_row(session: Session, town: Town, model: type[Base], owner: tuple[str, str]) -> None:
    """Insert one row that the table's own rules allow, trying its choices one after the other."""
    columns = [one for one in model.__table__.columns if _is_wanted(one)]
    values = [list(_values(session, town, one, owner)) for one in columns]
    for chosen in islice(product(*values), _MOST_TRIES):
        row = model(**dict(zip((one.name for one in columns), chosen, strict=True)))
        for column in COLUMNS[model.__tablename__].watched.split():
            _set(row, column)
        nested = session.begin_nested()
        try:
            session.add(row)
            session.flush()
            nested.commit()
        except DBAPIError:
            nested.rollback()
        else:
            return
    raise AssertionError(f"no row of {model.__tablename__} could be planted: let town.py make one by its action")


def _is_wanted(column: Column[object]) -> bool:
    watched = COLUMNS[column.table.name].watched.split()
    is_given = column.default is not None or column.identity is not None or column.nullable
    return column.primary_key or not (is_given or column.name in watched)


def _values(session: Session, town: Town, column: Column[object], owner: tuple[str, str]) -> Iterator[object]:
    patient, physician = owner
    known = {"patient": town.patients[patient], "physician": town.physicians[physician]}
    key = next(iter(column.foreign_keys), None)
    if key is not None:
        target = key.column
        yield known.get(target.table.name) or session.scalars(select(target)).first()
    elif column.name.removesuffix("_id") in known:
        yield known[column.name.removesuffix("_id")]
    elif f"{column.table.name}.{column.name}" in FIXED:
        yield FIXED[f"{column.table.name}.{column.name}"]
    elif choices := _choices(column):
        yield from choices
    elif isinstance(column.type, Integer):
        yield from (1, 2, 3)
    else:
        yield _value(column)


def _value(column: Column[object]) -> object:
    is_end = column.name.startswith(("ends", "last"))
    by_kind = {
        Uuid: new_id(),
        String: f"planted {column.table.name} {new_id().hex[:6]}",
        Date: date(2026, 12, 1 + is_end),
        Time: time(9 + is_end),
        LargeBinary: new_id().bytes,
        JSONB: [],
        Instant: NOW + timedelta(hours=is_end),
    }
    return next((value for kind, value in by_kind.items() if isinstance(column.type, kind)), False)


def _choices(column: Column[object]) -> list[str]:
    for rule in column.table.constraints:
        found = _CHOICE.search(str(rule.sqltext)) if isinstance(rule, CheckConstraint) else None
        if found and found[1] == column.name:
            return re.findall(r"'([^']*)'", found[2])
    return []
