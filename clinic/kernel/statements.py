"""Conditions for statements that are built once and asked with other values each time.

`IN` is written out anew for each number of values, compiled or not; a list parameter is one parameter.
"""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import ARRAY, ColumnElement, bindparam, func, literal
from sqlalchemy.orm import InstrumentedAttribute

_T = TypeVar("_T")
_Column = InstrumentedAttribute[_T] | ColumnElement[_T]


def among(column: _Column[_T], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of a list that is given under this name when the statement runs."""
    return column == func.any(bindparam(name, type_=ARRAY(column.type)))


def among_these(column: _Column[_T], values: Iterable[_T]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these values."""
    return column == func.any(literal(list(values), ARRAY(column.type)))


def other_than(column: _Column[_T], values: Iterable[_T]) -> ColumnElement[bool]:
    """Return the condition that a column is none of these values."""
    return column != func.all(literal(list(values), ARRAY(column.type)))
