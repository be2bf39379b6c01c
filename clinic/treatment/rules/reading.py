"""Reading a protocol from its stored form and writing it back; nothing that makes no sense gets through."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.rules.protocol_fields import FIELDS, Field
from clinic.treatment.rules.protocols import Aftercare, Induction, Maintenance, Protocol, Reviews, Taper
from clinic.treatment.rules.sense import require_sense

_PARTS: Mapping[str, type[Any]] = {
    "induction": Induction,
    "maintenance": Maintenance,
    "taper": Taper,
    "aftercare": Aftercare,
    "reviews": Reviews,
}
_LONGEST_CODE = 40


def protocol_of(definition: Mapping[str, object]) -> Protocol:
    """Return the protocol that was written with `definition_of` or by hand; raises ProtocolRefused at its field."""
    _require_keys(definition, {field.name for field in fields(Protocol)}, of="")
    parts: dict[str, Any] = {name: _part(name, definition[name]) for name in _PARTS}
    numbers: dict[str, Any] = {name: _value(name, definition[name]) for name in definition if name not in _PARTS}
    protocol = Protocol(**parts, **numbers)
    require_sense(protocol)
    return protocol


def checked(protocol: Protocol) -> Protocol:
    """Return the protocol if every number of it can be right, else raise ProtocolRefused."""
    return protocol_of(definition_of(protocol))


def definition_of(protocol: Protocol) -> dict[str, Any]:
    """Return the protocol as plain lists, objects, numbers and texts."""
    return {
        name: {inner: _plain(value) for inner, value in part.items()} if isinstance(part, dict) else part
        for name, part in asdict(protocol).items()
    }


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _part(name: str, given: object) -> object:
    kind = _PARTS[name]
    if not isinstance(given, Mapping):
        raise ProtocolRefused(f"{name.capitalize()} is missing its numbers.", field=name)
    _require_keys(given, {field.name for field in fields(kind)}, of=f"{name}.")
    return kind(**{inner: _value(f"{name}.{inner}", value) for inner, value in given.items()})


def _require_keys(given: Mapping[str, object], known: set[str], *, of: str) -> None:
    for name in sorted(known - given.keys()):
        raise ProtocolRefused("This is missing. Fill it in.", field=of + name)
    for name in sorted(map(str, given.keys() - known)):
        raise ProtocolRefused(f"A protocol has nothing called \u201c{name[:40]}\u201d. Leave it out.", field=of + name)


def _value(name: str, given: object) -> object:
    if name.endswith(".visit_type"):
        return _code(name, given)
    field = FIELDS[name]
    return _numbers(field, given) if field.is_list else _number(field, given)


def _code(name: str, given: object) -> str:
    if not isinstance(given, str) or not given.isidentifier() or len(given) > _LONGEST_CODE:
        raise ProtocolRefused("Choose a kind of visit.", field=name)
    return given


def _number(field: Field, given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not field.least <= given <= field.most:
        raise ProtocolRefused(
            f"Enter a whole number of {field.unit} from {field.least} to {field.most}.", field=field.name
        )
    return given


def _numbers(field: Field, given: object) -> tuple[int, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str | bytes) or not 1 <= len(given) <= field.longest:
        raise ProtocolRefused(f"Enter 1 to {field.longest} numbers of {field.unit}.", field=field.name)
    return tuple(_number(field, each) for each in given)
