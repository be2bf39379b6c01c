"""Whether more may be sent to a patient: every reason against it at one of four moments, in a fixed order."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.medication.rules.gate_inputs import (
    Asked,
    GateInputs,
    GatePolicy,
    LastCount,
    Moment,
    OrderFacts,
    PdmpFacts,
    PrescriberFacts,
)
from clinic.medication.rules.gate_order import about_law, about_order, about_program
from clinic.medication.rules.gate_patient import about_care, about_duties
from clinic.medication.rules.gate_supply import about_lots, about_parcel, about_units
from clinic.medication.rules.reasons import Reason, ReasonCode

__all__ = [
    "MOMENTS",
    "GateInputs",
    "GatePolicy",
    "LastCount",
    "Moment",
    "OrderFacts",
    "PdmpFacts",
    "PrescriberFacts",
    "reasons_to_wait",
]

_R, _P, _W = Moment.RELEASE, Moment.SHIP, Moment.SWEEP
_ALWAYS = frozenset(Moment)
_TO_FILL = frozenset({_R, _W})
_C = ReasonCode

MOMENTS: Mapping[ReasonCode, frozenset[Moment]] = MappingProxyType(
    {
        _C.PATIENT_INACTIVE: _ALWAYS,
        _C.NO_PLAN: _ALWAYS,
        _C.PLAN_NOT_BEGUN: _ALWAYS,
        _C.PLAN_OVER: _ALWAYS,
        _C.HOLDS_OPEN: _ALWAYS,
        _C.NO_ORDER: _ALWAYS,
        _C.ORDER_NOT_ACTIVE: _ALWAYS,
        _C.ORDER_EXPIRED: _TO_FILL,
        _C.ORDER_USED_UP: _ALWAYS,
        _C.PRESCRIBER_NO_LICENSE: _ALWAYS,
        _C.PRESCRIBER_NO_DEA: _ALWAYS,
        _C.PRESCRIBER_NO_CDS: _ALWAYS,
        _C.NO_LEGAL_BASIS: _TO_FILL,
        _C.PDMP_MISSING: _TO_FILL,
        _C.PDMP_OLD: _TO_FILL,
        _C.PDMP_OTHER_STATE: _TO_FILL,
        _C.PDMP_UNEXPLAINED: _TO_FILL,
        _C.PDMP_OUTAGE: _TO_FILL,
        _C.VISIT_OVERDUE: _TO_FILL,
        _C.CHECK_INS_OVERDUE: _TO_FILL,
        _C.CONSENTS_MISSING: _ALWAYS,
        _C.TOO_EARLY: _TO_FILL,
        _C.ENOUGH_ON_HAND: _TO_FILL,
        _C.TOO_MANY_UNITS: _TO_FILL,
        _C.COUNT_MISSING: _TO_FILL,
        _C.COUNT_OLD: _TO_FILL,
        _C.COUNT_DIFFERS: _TO_FILL,
        _C.PARCEL_UNDER_WAY: _TO_FILL,
        _C.DISPUTE_OPEN: _ALWAYS,
        _C.RECALL_OPEN: _ALWAYS,
        _C.PHARMACY_NO_LICENSE: _ALWAYS,
        _C.ADDRESS_NOT_SERVED: _ALWAYS,
        _C.ADDRESS_UNCONFIRMED: _ALWAYS,
        _C.ADDRESS_OLD: _ALWAYS,
        _C.NO_ADULT: frozenset({_R, _P}),
        _C.NOT_PAID: _TO_FILL,
        _C.PLAN_USED_UP: _TO_FILL,
        _C.LOTS_UNKNOWN: frozenset({_P}),
        _C.LOT_RECALLED: frozenset({_P}),
        _C.LOT_BEYOND_USE: frozenset({_P}),
    }
)
"""When each reason counts. What a physician let pass at the release is not asked again when the parcel leaves."""

_GROUPS = (
    about_care,
    about_order,
    about_law,
    about_program,
    about_duties,
    about_units,
    about_parcel,
    about_lots,
)


def reasons_to_wait(inputs: GateInputs, policy: GatePolicy, moment: Moment) -> tuple[Reason, ...]:
    """Return every reason against sending at a moment, none when more may be sent; the same facts always say the same.

    A further problem never takes a reason away.
    """
    asked = Asked(inputs=inputs, policy=policy, moment=moment)
    return tuple(reason for about in _GROUPS for reason in about(asked) if moment in MOMENTS[reason.code])
