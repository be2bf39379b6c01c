"""Conditions for statements that are built once and asked with other values each time.

`IN` is written out anew for each number of values, compiled or not; a list parameter is one parameter.
"""

from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import ARRAY, ColumnElement, bindparam, func, literal, literal_column
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import NullType

_T = TypeVar("_T")
_Column = InstrumentedAttribute[_T] | ColumnElement[_T]


def among(column: _Column[_T], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of a list that is given under this name when the statement runs."""
    return column == func.any(bindparam(name, type_=_list_of(column)))


def among_these(column: _Column[_T], values: Iterable[_T]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these values."""
    return column == func.any(literal(list(values), _list_of(column)))


def other_than(column: _Column[_T], values: Iterable[_T]) -> ColumnElement[bool]:
    """Return the condition that a column is none of these values."""
    return column != func.all(literal(list(values), _list_of(column)))


def is_always(column: _Column[str], value: str) -> ColumnElement[bool]:
    """Return the condition that a column is this word of ours, written out instead of given.

    For what workers ask all the time: a plan that the server made for any parameters can use the index of that state.
    """
    if not value.isidentifier():
        raise ValueError(f"{value!r} is not a word")
    return column == literal_column(f"'{value}'")


def _list_of(column: _Column[_T]) -> ARRAY[_T]:
    """Return the type of a list of a column's values; a foreign key has a type only after its target was imported."""
    if isinstance(column.type, NullType):
        raise TypeError(f"{column} has no type yet: build the statement when it is asked for the first time")
    return ARRAY(column.type)
