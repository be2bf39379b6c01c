"""A patient's own numbers over those of the protocol, by dotted name; the result has to make sense as a whole."""

from collections.abc import Mapping
from copy import deepcopy

from clinic.treatment.errors import ProtocolRefused
from clinic.treatment.rules.protocol_fields import FIELDS
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.reading import definition_of, protocol_of

ADJUSTABLE = tuple(name for name, field in FIELDS.items() if field.is_adjustable)
"""The numbers that a physician may set for one patient."""


def adjusted(protocol: Protocol, adjustments: Mapping[str, object]) -> Protocol:
    """Return the protocol with a patient's own numbers; raises ProtocolRefused at the dotted name."""
    definition = deepcopy(definition_of(protocol))
    for name, value in adjustments.items():
        if name not in ADJUSTABLE:
            raise ProtocolRefused("This number is the same for every patient. Leave it out.", field=name)
        part, _, inner = name.rpartition(".")
        (definition[part] if part else definition)[inner] = value
    return protocol_of(definition)


def checked_adjustments(protocol: Protocol, adjustments: Mapping[str, object]) -> dict[str, int | list[int]]:
    """Return only the numbers that differ from the protocol's own, in the order of a form."""
    before, after = (numbers_of(each) for each in (protocol, adjusted(protocol, adjustments)))
    return {name: after[name] for name in ADJUSTABLE if after[name] != before[name]}


def numbers_of(protocol: Protocol) -> dict[str, int | list[int]]:
    """Return every number by its dotted name, in the order of a form."""
    definition = definition_of(protocol)
    return {name: _at(definition, name) for name in FIELDS}


def _at(definition: Mapping[str, object], name: str) -> int | list[int]:
    part, _, inner = name.rpartition(".")
    holder = definition[part] if part else definition
    assert isinstance(holder, Mapping)
    found: int | list[int] = holder[inner]
    return found
