"""Everything that a physician signs in an order, in one form of words that never changes, and its hash."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID

from clinic.medication.errors import OrderRefused

STATES_WITH_OWN_REGISTRATION = frozenset({"NJ"})
"""The states that register who prescribes controlled substances besides the federal registration."""

_MAY_BE_EMPTY = frozenset({"cds_number"})
_SOURCE = "21 CFR 1306.05"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderContent:
    """What an order says: for whom, what, how much, how, by whom, from where; `issued_on` is the day of signing."""

    order_id: UUID
    plan_id: UUID
    issued_on: date
    schedule: str
    patient_name: str
    patient_address: str
    patient_born_on: date
    patient_state: str
    drug: str
    form: str
    route: str
    strength_value: Decimal
    strength_unit: str
    quantity: int
    units_per_session: int
    days_supply: int
    refills: int
    directions: str
    indication: str
    prescriber_name: str
    prescriber_address: str
    dea_number: str
    cds_number: str | None
    license_number: str
    pharmacy_name: str
    pharmacy_address: str

    def canonical(self) -> str:
        """Return the content as JSON with sorted names; equal contents give equal text, 10 and 10.000 too."""
        said = {name: _plain(value) for name, value in asdict(self).items()}
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, canonical: str) -> "OrderContent":
        """Return the content that was written so by `canonical`."""
        said = json.loads(canonical)
        return cls(**(said | {name: read(said[name]) for name, read in _READ.items()}))


_READ: Mapping[str, Callable[[str], Any]] = {
    "order_id": UUID,
    "plan_id": UUID,
    "issued_on": date.fromisoformat,
    "patient_born_on": date.fromisoformat,
    "strength_value": Decimal,
}


def content_hash(content: OrderContent) -> str:
    """Return the SHA-256 of the content, in hex."""
    return hash_of(content.canonical())


def hash_of(canonical: str) -> str:
    """Return the SHA-256 of a content as it was written down, in hex."""
    return sha256(canonical.encode()).hexdigest()


def require_complete(content: OrderContent) -> None:
    """Raise OrderRefused naming everything that a prescription must say and this one does not, at the first of it."""
    needed = [field.name for field in fields(content) if field.name not in _MAY_BE_EMPTY]
    if content.patient_state in STATES_WITH_OWN_REGISTRATION:
        needed.append("cds_number")
    missing = [name for name in needed if not str(getattr(content, name) or "").strip()]
    # No refills is a number that was said, not one that is missing.
    missing = [name for name in missing if name != "refills"]
    if missing:
        names = ", ".join(name.replace("_", " ") for name in missing)
        raise OrderRefused(
            f"The order lacks {names} ({_SOURCE}), and nobody can sign without it. Add it to the record it comes from.",
            field=missing[0],
        )


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value) if isinstance(value, UUID | date) else value
