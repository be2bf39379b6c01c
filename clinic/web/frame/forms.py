"""Reading forms and query strings: one model for each, strictly, with a sentence at every box that is wrong."""

from typing import TypeVar

from flask import request

from clinic.kernel.errors import Invalid
from clinic.web.frame.fields import (
    DateParts,
    IsoDate,
    IsoInstant,
    Line,
    LocalTime,
    Many,
    Note,
    Secret,
    Tick,
    WholeNumber,
    refusing,
)
from clinic.web.frame.form_state import FormErrors, FormState, blank_form, filled, redisplay, with_prefix
from clinic.web.frame.reading import FormModel, read

__all__ = [
    "DateParts",
    "FormErrors",
    "FormModel",
    "FormState",
    "IsoDate",
    "IsoInstant",
    "Line",
    "LocalTime",
    "Many",
    "NoFields",
    "Note",
    "Secret",
    "Tick",
    "WholeNumber",
    "blank_form",
    "filled",
    "read_form",
    "read_query",
    "redisplay",
    "refusing",
    "with_prefix",
]

_TOKEN = "csrf_token"  # noqa: S105 - the box's name
_ALWAYS_IN_QUERY = frozenset({"lang"})

Model = TypeVar("Model", bound=FormModel)


class NoFields(FormModel):
    """A form that is only a button."""


def read_form(model: type[Model]) -> Model | FormErrors:
    """Return the form that was posted, or what is wrong with it together with what was typed."""
    return read(model, request.form, ignored=frozenset({_TOKEN}))


def read_query(model: type[Model]) -> Model:
    """Return the query string as a model, or raise Invalid naming the first part that cannot be used."""
    found = read(model, request.args, ignored=_ALWAYS_IN_QUERY)
    if not isinstance(found, FormErrors):
        return found
    for name, message in found.errors.items():
        raise Invalid(f"{name}: {message}", field=name)
    raise Invalid(found.problems[0])
