"""The numbers of a protocol as boxes of a form: their groups, how they read, and the way from and to a Protocol."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from clinic.treatment.rules.protocol_fields import FIELDS, Field
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.reading import definition_of, protocol_of

Value = str | int | list[int]

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "induction": "Induction",
        "maintenance": "Maintenance",
        "taper": "Taper",
        "aftercare": "Aftercare",
        "reviews": "Physician visits",
        "": "In every phase",
    }
)
"""The parts of a protocol in the order of the form, with their headings."""

_KIND = "visit_type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One box; `key` is the dotted name in the definition, `field` its number's rules, None for a kind of visit."""

    key: str
    field: Field | None

    @property
    def name(self) -> str:
        """Return the name of the box in the form: `induction_sessions`."""
        return box_name(self.key)

    @property
    def label(self) -> str:
        """Return what the box is called."""
        return self.field.words if self.field else "Kind of visit"

    @property
    def full_label(self) -> str:
        """Return the label with its unit: `Shortest gap, in hours`."""
        if self.field is None or self.field.words.lower() == self.field.unit:
            return self.label
        return f"{self.label}, in {self.field.unit}"

    @property
    def is_list(self) -> bool:
        """Tell whether several numbers stand in the box."""
        return self.field is not None and self.field.is_list

    def in_words(self, value: Value) -> str:
        """Return a value with its unit: `72 hours`, `1 day`, `30, 45 and 60 days`."""
        if self.field is None:
            return str(value)
        noun, _, rest = self.field.unit.partition(" ")
        unit = f"{noun.removesuffix('s')} {rest}".strip() if value in (1, [1]) else self.field.unit
        return f"{listed(value) if isinstance(value, list) else value} {unit}"


def box_name(key: str) -> str:
    """Return the box of a dotted name; other names stay as they are."""
    return key.replace(".", "_")


def _boxes() -> Iterator[Box]:
    for group in GROUPS:
        if group:
            yield Box(key=f"{group}.{_KIND}", field=None)
        yield from (Box(key=key, field=field) for key, field in FIELDS.items() if key.rpartition(".")[0] == group)


BOXES = tuple(_boxes())
"""Every box in the order of the form."""

BOX_OF: Mapping[str, Box] = MappingProxyType({box.key: box for box in BOXES})


def grouped() -> list[tuple[str, str, list[Box]]]:
    """Return part, heading and boxes in the order of the form."""
    return [(part, title, [box for box in BOXES if _part(box.key) == part]) for part, title in GROUPS.items()]


def _part(key: str) -> str:
    return key.rpartition(".")[0]


def flat(protocol: Protocol) -> dict[str, Value]:
    """Return everything that a protocol says by its dotted name."""
    definition = definition_of(protocol)
    return {box.key: _at(definition, box.key) for box in BOXES}


def _at(definition: Mapping[str, object], key: str) -> Value:
    part, _, inner = key.rpartition(".")
    holder = definition[part] if part else definition
    assert isinstance(holder, Mapping)
    found: Value = holder[inner]
    return found


def typed(value: Value) -> str:
    """Return a value as one types it: `72`, `30, 45, 60`."""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def typed_boxes(protocol: Protocol) -> dict[str, str]:
    """Return what stands in the boxes for a protocol, by the box's name."""
    return {box_name(key): typed(value) for key, value in flat(protocol).items()}


def protocol_from(values: Mapping[str, object]) -> Protocol:
    """Build a protocol from values by the box's name; raises ProtocolRefused with a dotted name."""
    definition: dict[str, object] = {}
    for box in BOXES:
        part, _, inner = box.key.rpartition(".")
        holder = definition.setdefault(part, {}) if part else definition
        assert isinstance(holder, dict)
        holder[inner] = values[box.name]
    return protocol_of(definition)


def listed(values: list[int]) -> str:
    """Return `30, 45 and 60`."""
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}" if first else last
