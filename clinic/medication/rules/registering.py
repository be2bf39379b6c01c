"""Pharmacies, their licenses and prescribers' registrations: what may be written down about them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from clinic.kernel.phone import to_e164
from clinic.kernel.text import clean_line
from clinic.medication.errors import PharmacyRefused
from clinic.medication.rules.signed_content import STATES_WITH_OWN_REGISTRATION
from clinic.people.rules import STATES

_DEA = re.compile(r"[A-Z][A-Z9][0-9]{7}")
_LONGEST_NAME, _LONGEST_ADDRESS, _LONGEST_NUMBER = 120, 200, 40
_CHANNELS = ("manual", "sandbox")


class RegistrationKind(StrEnum):
    """Who registers a prescriber: the federal agency in each state, or a state that does so itself."""

    DEA = "dea"
    CDS = "cds"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPharmacy:
    """What somebody typed about a pharmacy; `channel` says how it is told of fills, `manual` or `sandbox`."""

    name: str
    phone: str
    address: str
    dea_number: str
    channel: str = "manual"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPharmacyLicense:
    """A pharmacy's license to send into a state; both days are inclusive."""

    state: str
    number: str
    valid_from: date
    valid_until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRegistration:
    """A prescriber's registration in a state with its registered address; both days are inclusive."""

    kind: str
    state: str
    number: str
    address: str
    valid_from: date
    valid_until: date


def is_dea_number(number: str) -> bool:
    """Tell whether a number can be one of the federal agency's: two letters and seven digits, the last one a check.

    The second letter is that of a name, or 9 for an address of a business. The check digit is the last one of
    (1st + 3rd + 5th) + 2 * (2nd + 4th + 6th).
    """
    if not _DEA.fullmatch(number):
        return False
    digits = [int(symbol) for symbol in number[2:]]
    return (sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])) % 10 == digits[6]


def checked_pharmacy(new: NewPharmacy) -> NewPharmacy:
    """Return a pharmacy's details cleaned, or raise PharmacyRefused at a field, NotATextablePhone."""
    wanted = replace(
        new,
        name=_line(new.name, "name"),
        phone=to_e164(new.phone, field="phone"),
        address=_line(new.address, "address"),
        dea_number=_number(new.dea_number, "dea_number"),
    )
    _require(
        (
            ("name", len(wanted.name) <= _LONGEST_NAME, f"Give it a name of up to {_LONGEST_NAME} characters."),
            _address_demand(wanted.address),
            _dea_demand("dea_number", wanted.dea_number),
            ("channel", wanted.channel in _CHANNELS, "Choose how this pharmacy is told of fills."),
        )
    )
    return wanted


def checked_pharmacy_license(new: NewPharmacyLicense) -> NewPharmacyLicense:
    """Return a pharmacy's license cleaned, or raise PharmacyRefused at a field."""
    wanted = replace(new, number=_number(new.number, "number"))
    _require(_license_demands(wanted))
    return wanted


def checked_registration(new: NewRegistration) -> NewRegistration:
    """Return a prescriber's registration cleaned, or raise PharmacyRefused at a field."""
    wanted = replace(new, number=_number(new.number, "number"), address=_line(new.address, "address"))
    _require((("kind", wanted.kind in set(RegistrationKind), "Choose the kind of registration."),))
    has_own = wanted.kind != RegistrationKind.CDS or wanted.state in STATES_WITH_OWN_REGISTRATION
    own = f"{STATES.get(wanted.state, 'This state')} has no registration of its own. Choose the federal one."
    _require((*_license_demands(wanted), _address_demand(wanted.address), ("kind", has_own, own)))
    if wanted.kind == RegistrationKind.DEA:
        _require((_dea_demand("number", wanted.number),))
    return wanted


def checked_end(*, valid_from: date, valid_until: date) -> date:
    """Return a new last day, or raise PharmacyRefused when it is before the first one."""
    _require((_dates_demand(valid_from, valid_until),))
    return valid_until


_Demand = tuple[str, bool, str]


def _require(demands: Iterable[_Demand]) -> None:
    for field, is_fine, sentence in demands:
        if not is_fine:
            raise PharmacyRefused(sentence, field=field)


def _license_demands(wanted: NewPharmacyLicense | NewRegistration) -> tuple[_Demand, ...]:
    return (
        ("state", wanted.state in STATES, "The clinic serves Florida and New Jersey. Choose one of them."),
        _dates_demand(wanted.valid_from, wanted.valid_until),
    )


def _dates_demand(first: date, last: date) -> _Demand:
    sentence = f"The last day, {last:%m/%d/%Y}, is before the first, {first:%m/%d/%Y}. Check both."
    return "valid_until", last >= first, sentence


def _dea_demand(field: str, number: str) -> _Demand:
    sentence = (
        f"\u201c{number}\u201d is no DEA number: two letters and seven digits, of which the last is a check digit."
    )
    return field, is_dea_number(number), f"{sentence} Compare it with the certificate."


def _address_demand(address: str) -> _Demand:
    return "address", len(address) <= _LONGEST_ADDRESS, f"Use at most {_LONGEST_ADDRESS} characters for the address."


def _number(typed: str, field: str) -> str:
    number = _line(typed, field).upper()
    _require(((field, len(number) <= _LONGEST_NUMBER, f"Use at most {_LONGEST_NUMBER} characters for the number."),))
    return number


def _line(typed: str, field: str) -> str:
    line = clean_line(typed, field=field)
    _require(((field, bool(line), f"Enter the {field.replace('_', ' ').replace('dea', 'DEA')}."),))
    return line
