"""From names and strings to a model: nothing undeclared, nothing twice, nothing hidden, every refusal at its box."""

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, PrivateAttr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from clinic.kernel.errors import DomainError, Invalid
from clinic.kernel.text import clean_note
from clinic.web.frame.fields import TYPED, Repeated, ThreeBoxes, Unshown
from clinic.web.frame.form_state import FormErrors, Typed, filled, refused
from clinic.web.frame.wording import FIELD_WORDS

_PARTS = ("month", "day", "year")
_KINDS = {
    "missing": "missing",
    "too_short": "missing",
    "string_too_long": "long",
    "too_long": "long",
    "string_too_short": "short",
    "enum": "choice",
    "literal_error": "choice",
    "uuid_parsing": "choice",
    "uuid_type": "choice",
    "greater_than": "range",
    "greater_than_equal": "range",
    "less_than": "range",
    "less_than_equal": "range",
}


class FormModel(BaseModel):
    """A form's or query's boxes; names not declared are refused, and so are types that read text generously.

    `words` gives the sentence of a field (`"legal_name"`) or of one way to go wrong (`"legal_name.long"`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: ClassVar[Mapping[str, Any]] = {}
    _sent: Mapping[str, Typed] = PrivateAttr(default_factory=dict)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's signature
        """Refuse a plain int, bool or date when the class is made, because pydantic would read `3.0` or `on`."""
        super().__pydantic_init_subclass__(**kwargs)
        for name, info in cls.model_fields.items():
            is_loose = not info.metadata and info.annotation in TYPED
            if is_loose or any(part in TYPED for part in get_args(info.annotation)):
                raise TypeError(f"{cls.__name__}.{name}: use a type of clinic.web.frame.fields")

    def refused(self, refusal: DomainError) -> FormErrors:
        """Return the form as it was sent, with a domain's refusal at its field or above it."""
        return refused(self._sent or filled(self).values, refusal)


Model = TypeVar("Model", bound=FormModel)


def read(model: type[Model], sent: MultiDict[str, str], *, ignored: frozenset[str]) -> Model | FormErrors:
    """Return the model of what was sent, or FormErrors; names in `ignored` belong to the frame."""
    shown = _shown(model, sent, ignored=ignored)
    errors = _raw_errors(model, sent, ignored=ignored)
    problems = [str(FIELD_WORDS["unknown"])] if _unknown_names(model, sent, ignored=ignored) else []
    found: Model | None = None
    try:
        found = model.model_validate(_values(model, sent))
    except ValidationError as refusal:
        _add_refusals(model, refusal, errors=errors, problems=problems)
    if found is None or errors or problems:
        return FormErrors(
            values=shown,
            errors=errors,
            problems=tuple(problems),
            unworded=frozenset(errors) - _worded(model),
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    found._sent = shown  # noqa: SLF001 - the model's own private attribute, set by its reader
    return found


def _worded(model: type[FormModel]) -> set[str]:
    """Return the fields that have sentences of their own."""
    return {name.partition(".")[0] for name in model.words}


def _has(info: FieldInfo, mark: type[object]) -> bool:
    """Tell whether a field's type carries a mark, itself or inside `... | None`."""
    return any(isinstance(found, mark) for found in _metadata(info))


def _metadata(info: FieldInfo) -> Iterator[object]:
    yield from info.metadata
    for part in get_args(info.annotation):
        yield from getattr(part, "__metadata__", ())


def _names(model: type[FormModel]) -> dict[str, str]:
    """Return box name -> field name; a date in three boxes has three."""
    names: dict[str, str] = {}
    for name, info in model.model_fields.items():
        names[name] = name
        if _has(info, ThreeBoxes):
            names |= {f"{name}_{part}": name for part in _PARTS}
    return names


def _unknown_names(model: type[FormModel], sent: Iterable[str], *, ignored: frozenset[str]) -> set[str]:
    return set(sent) - set(_names(model)) - ignored


def _shown(model: type[FormModel], sent: MultiDict[str, str], *, ignored: frozenset[str]) -> dict[str, Typed]:
    names = _names(model)
    shown: dict[str, Typed] = {}
    for box in sent:
        field = names.get(box)
        if field is None or box in ignored or _has(model.model_fields[field], Unshown):
            continue
        repeated = _has(model.model_fields[field], Repeated)
        shown[box] = tuple(sent.getlist(box)) if repeated else sent.getlist(box)[0]
    return shown


def _raw_errors(model: type[FormModel], sent: MultiDict[str, str], *, ignored: frozenset[str]) -> dict[str, str]:
    errors: dict[str, str] = {}
    names = _names(model)
    for box, values in sent.lists():
        field = names.get(box)
        if field is None or box in ignored:
            continue
        if len(values) > 1 and not _has(model.model_fields[field], Repeated):
            errors[field] = str(FIELD_WORDS["twice"])
        elif any(_is_hiding(value) for value in values):
            errors[field] = str(FIELD_WORDS["hidden_character"])
    return errors


def _is_hiding(value: str) -> bool:
    try:
        clean_note(value)
    except Invalid:
        return True
    return False


def _values(model: type[FormModel], sent: MultiDict[str, str]) -> dict[str, object]:
    """Return field -> what to validate; an empty box counts as absent."""
    values: dict[str, object] = {}
    for name, info in model.model_fields.items():
        if _has(info, Repeated):
            values[name] = tuple(value for value in sent.getlist(name) if value.strip())
        elif _has(info, ThreeBoxes) and name not in sent:
            values[name] = _joined_date(name, sent)
        else:
            values[name] = sent.get(name, "")
    return {name: value for name, value in values.items() if _is_filled(value)}


def _is_filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _joined_date(name: str, sent: MultiDict[str, str]) -> str:
    """Return `1984-03-12` from the boxes month, day and year, or an empty string when all are empty."""
    month, day, year = (sent.get(f"{name}_{part}", "").strip() for part in _PARTS)
    if not (month or day or year):
        return ""
    return f"{year}-{month.zfill(2)}-{day.zfill(2)}"


def _add_refusals(
    model: type[FormModel], refusal: ValidationError, *, errors: dict[str, str], problems: list[str]
) -> None:
    for detail in refusal.errors(include_url=False, include_input=False):
        if not detail["loc"]:
            problems.append(_sentence(model, "", detail))
            continue
        name = str(detail["loc"][0])
        errors.setdefault(name, _sentence(model, name, detail))


def _sentence(model: type[FormModel], name: str, detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    kind = _KINDS.get(detail["type"], detail["type"])
    if kind == "said":
        return str(context["said"])
    if kind == "value_error":
        return str(context["error"])
    own = model.words.get(f"{name}.{kind}")
    if own is None and kind not in {"long", "range"}:
        own = model.words.get(name)
    sentence = str(own if own is not None else FIELD_WORDS.get(kind, FIELD_WORDS["other"]))
    return sentence % {"limit": context.get("max_length", "")} if "%(limit)s" in sentence else sentence
