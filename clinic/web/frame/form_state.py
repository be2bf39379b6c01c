"""A form as a page shows it: what was typed, what is wrong with it, and the ids that tie the two together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import Enum
from http import HTTPStatus

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel

from clinic.kernel.errors import DomainError
from clinic.web.frame.errors import status_of
from clinic.web.frame.telling import told

Typed = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormState:
    """What a form's boxes hold and say.

    `prefix` keeps ids apart when two forms of a page share field names; `unworded` names the fields whose sentence
    is a general one, which the list of problems starts with the field's name.
    """

    values: Mapping[str, Typed] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    unworded: frozenset[str] = frozenset()
    prefix: str = ""
    status: HTTPStatus = HTTPStatus.OK

    def value(self, name: str) -> str:
        """Return what the box holds, or an empty string."""
        found = self.values.get(name, "")
        return found if isinstance(found, str) else ""

    def holds(self, name: str, option: object) -> bool:
        """Tell whether an option of a choice is the chosen one, or one of them."""
        found = self.values.get(name, "")
        return str(option) in found if isinstance(found, tuple) else str(option) == found

    def error(self, name: str) -> str | None:
        """Return the sentence to show at the box, if any."""
        return self.errors.get(name)

    def id(self, name: str) -> str:
        """Return the id of the box, or of the first box of a group."""
        return f"{self.prefix}-{name}" if self.prefix else name

    @property
    def told(self) -> list[tuple[str, str]]:
        """Return field and sentence for the list of problems on top."""
        return [(name, self._with_name(name, sentence)) for name, sentence in self.errors.items()]

    def _with_name(self, name: str, sentence: str) -> str:
        return f"{name.replace('_', ' ').capitalize()}: {sentence}" if name in self.unworded else sentence

    @property
    def has_errors(self) -> bool:
        """Tell whether anything is to be put right."""
        return bool(self.errors or self.problems)


class FormErrors(FormState):
    """A form that could not be used as it was sent."""

    __slots__ = ()

    def refused(self, refusal: DomainError) -> "FormErrors":
        """Return the form with a domain's refusal at its field, or above the form when it names none."""
        return refused(self.values, refusal)


def refused(values: Mapping[str, Typed], refusal: DomainError) -> FormErrors:
    """Return a form that shows what was typed and why the domain refused it."""
    status = status_of(refusal)
    if refusal.field:
        return FormErrors(values=values, errors={refusal.field: told(refusal)}, status=status)
    return FormErrors(values=values, problems=(told(refusal),), status=status)


def blank_form(*, prefix: str = "", **values: object) -> FormState:
    """Return a form for its first display, with any boxes already filled."""
    return FormState(values=_typed(values), prefix=prefix)


def filled(source: BaseModel | Mapping[str, object], *, prefix: str = "") -> FormState:
    """Return a form that shows present values, for editing."""
    values = source.model_dump() if isinstance(source, BaseModel) else source
    return FormState(values=_typed(values), prefix=prefix)


def with_prefix(form: FormState, prefix: str) -> FormState:
    """Return the same form with another id prefix."""
    return replace(form, prefix=prefix)


def redisplay(template: str, form: FormErrors, **context: object) -> ResponseReturnValue:
    """Return the form's page once more, with messages and the status of the refusal (422, or 409 for a conflict)."""
    return render_template(template, form=form, **context), form.status


def _typed(values: Mapping[str, object]) -> dict[str, Typed]:
    shown: dict[str, Typed] = {}
    for name, value in values.items():
        if value is None:
            continue
        if isinstance(value, (list, tuple, set, frozenset)):
            shown[name] = tuple(_as_text(item) for item in value)
            continue
        shown[name] = _as_text(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            shown |= {f"{name}_month": str(value.month), f"{name}_day": str(value.day), f"{name}_year": str(value.year)}
    return shown


def _as_text(value: object) -> str:
    if value is True or value is False:
        return "yes" if value else ""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
