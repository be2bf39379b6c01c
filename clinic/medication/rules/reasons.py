"""The reasons for which a parcel waits, each in three wordings: for physicians, for coordinators, for the patient."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from babel.dates import format_date

from clinic.people.rules import STATES
from clinic.treatment.rules.legal import day_in_full


class ReasonCode(StrEnum):
    """Every reason, in the order in which they are told."""

    PATIENT_INACTIVE = "patient_inactive"
    NO_PLAN = "no_plan"
    PLAN_NOT_BEGUN = "plan_not_begun"
    PLAN_OVER = "plan_over"
    HOLDS_OPEN = "holds_open"
    NO_ORDER = "no_order"
    ORDER_NOT_ACTIVE = "order_not_active"
    ORDER_EXPIRED = "order_expired"
    ORDER_USED_UP = "order_used_up"
    PRESCRIBER_NO_LICENSE = "prescriber_no_license"
    PRESCRIBER_NO_DEA = "prescriber_no_dea"
    PRESCRIBER_NO_CDS = "prescriber_no_cds"
    NO_LEGAL_BASIS = "no_legal_basis"
    PDMP_MISSING = "pdmp_missing"
    PDMP_OLD = "pdmp_old"
    PDMP_OTHER_STATE = "pdmp_other_state"
    PDMP_UNEXPLAINED = "pdmp_unexplained"
    PDMP_OUTAGE = "pdmp_outage"
    VISIT_OVERDUE = "visit_overdue"
    CHECK_INS_OVERDUE = "check_ins_overdue"
    CONSENTS_MISSING = "consents_missing"
    TOO_EARLY = "too_early"
    ENOUGH_ON_HAND = "enough_on_hand"
    TOO_MANY_UNITS = "too_many_units"
    COUNT_MISSING = "count_missing"
    COUNT_OLD = "count_old"
    COUNT_DIFFERS = "count_differs"
    PARCEL_UNDER_WAY = "parcel_under_way"
    DISPUTE_OPEN = "dispute_open"
    RECALL_OPEN = "recall_open"
    PHARMACY_NO_LICENSE = "pharmacy_no_license"
    ADDRESS_NOT_SERVED = "address_not_served"
    ADDRESS_UNCONFIRMED = "address_unconfirmed"
    ADDRESS_OLD = "address_old"
    NO_ADULT = "no_adult"
    NOT_PAID = "not_paid"
    PLAN_USED_UP = "plan_used_up"
    LOTS_UNKNOWN = "lots_unknown"
    LOT_RECALLED = "lot_recalled"
    LOT_BEYOND_USE = "lot_beyond_use"


ABOUT_ADDRESS = frozenset({ReasonCode.ADDRESS_NOT_SERVED, ReasonCode.ADDRESS_UNCONFIRMED, ReasonCode.ADDRESS_OLD})
"""What a coordinator or the patient puts right at the address."""

PHYSICIAN = "physician"
"""Who may set a reason aside, where anybody may."""

_ANY_PHYSICIAN = "a physician"
_DECIDES = "{physician} decides"
_OPEN_CHECK = "A clinical check is open."
_LOCALES = {"en": "en_US", "es": "es_US"}
_COUNTED = {"days": "day", "most_days": "day", "units": "unit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words of a reason with names of values in braces, its source, and who may set it aside."""

    physician: str
    coordinator: str
    patient: Mapping[str, str]
    source: str
    override: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a parcel waits; values of names in `_on` are ISO days, of `state` and `checked_state` two letters."""

    code: ReasonCode
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def override(self) -> str | None:
        """Return who may set it aside with a reason of their own, or None for nobody."""
        return wording(self.code).override

    def as_json(self) -> dict[str, Any]:
        """Return code, values and who may override, as they are stored with a decision."""
        return {"code": self.code.value, "values": dict(self.values), "override": self.override}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Reason":
        """Return a reason that was stored by `as_json`; who may override it now is what the rules say now."""
        return cls(code=ReasonCode(stored["code"]), values=stored["values"])


def wording(code: ReasonCode) -> Wording:
    """Return the words of a reason."""
    return _wordings()[code]


def said_to_physician(reason: Reason) -> str:
    """Return the reason with its values and the way out; pages say the source, and who may set it aside, beside it."""
    return wording(reason.code).physician.format_map(_in_english(reason.values))


def for_coordinator(reason: Reason, *, physician: str | None = None) -> str:
    """Return what is to be done without anything clinical; `physician` is who decides, as `Dr. Okafor`."""
    who = physician or _ANY_PHYSICIAN
    words = wording(reason.code)
    if words.coordinator == _OPEN_CHECK:
        return f"{_OPEN_CHECK[:-1]}, {who} decides."
    said = words.coordinator.format_map({**_in_english(reason.values), "physician": who})
    if _DECIDES in words.coordinator:
        return _sentences(said)
    aside = f"{who} can decide otherwise." if words.override else "Nobody can set this aside."
    return _sentences(f"{said} {aside}")


def for_patient(reason: Reason, *, language: str) -> str:
    """Return what the patient can do, or that the clinic is at it, in `en` or `es`."""
    return wording(reason.code).patient[language].format_map(_dated(reason.values, language))


def split(reasons: Iterable[Reason], overrides: Collection[str]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Return the reasons that stay and those that a physician's overrides set aside, both in their order."""
    every = tuple(reasons)
    aside = tuple(each for each in every if each.code in overrides and each.override is not None)
    return tuple(each for each in every if each not in aside), aside


@cache
def _wordings() -> Mapping[ReasonCode, Wording]:
    text = files("clinic.medication").joinpath("data/gate_reasons.json").read_text(encoding="utf-8")
    return {ReasonCode(code): Wording(**written) for code, written in json.loads(text).items()}


def _in_english(values: Mapping[str, str]) -> dict[str, str]:
    return {name: _value(name, value) for name, value in values.items()}


def _value(name: str, value: str) -> str:
    if name.endswith("_on"):
        return day_in_full(date.fromisoformat(value))
    if name in _COUNTED:
        return f"{value} {_COUNTED[name]}{'' if value == '1' else 's'}"
    if name in {"state", "checked_state"}:
        return STATES.get(value, value.replace("_", " "))
    return value


def _dated(values: Mapping[str, str], language: str) -> dict[str, str]:
    return {
        name: format_date(date.fromisoformat(value), format="long", locale=_LOCALES[language])
        for name, value in values.items()
        if name.endswith("_on")
    }


def _sentences(words: str) -> str:
    """Return words in which every sentence begins with a capital, whoever is named first."""
    return ". ".join(f"{each[:1].upper()}{each[1:]}" for each in words.split(". "))
