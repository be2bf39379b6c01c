"""The gates by name: whose each is, who may set it aside, when it is asked and how much it weighs then."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from clinic.readiness.rules.facts import Moment


class GateCode(StrEnum):
    """Every gate, in the order in which reasons are told."""

    PATIENT_INACTIVE = "patient_inactive"
    NO_PROGRAM = "no_program"
    PROGRAM_PAUSED = "program_paused"
    CLINICAL_HOLD = "clinical_hold"
    CHECKLIST_STOPPED = "checklist_stopped"
    CHECKLIST_HELD = "checklist_held"
    CHECKLIST_OPEN = "checklist_open"
    LOCATION_UNSTATED = "location_unstated"
    NO_LICENSE = "no_license"
    NO_LEGAL_BASIS = "no_legal_basis"
    GAP_BELOW_FLOOR = "gap_below_floor"
    GAP_SHORT = "gap_short"
    ORDER_INACTIVE = "order_inactive"
    UNITS_SHORT = "units_short"
    RECEIPT_OPEN = "receipt_open"
    LOT_RECALLED = "lot_recalled"
    LOT_OUT_OF_DATE = "lot_out_of_date"
    CONSENTS_MISSING = "consents_missing"
    SUPPORT_UNNAMED = "support_unnamed"
    SUPPORT_UNCONFIRMED = "support_unconfirmed"
    SUPPORT_UNATTESTED = "support_unattested"
    FOLLOW_UPS_OPEN = "follow_ups_open"
    VISIT_OVERDUE = "visit_overdue"
    FIRST_UNATTENDED = "first_unattended"
    MEMBERSHIP_CLOSED = "membership_closed"


class Severity(StrEnum):
    """Whether a gate keeps a session from going on, or only tells somebody what is left to do."""

    BLOCK = "block"
    ADVISE = "advise"


class Owner(StrEnum):
    """Who sees to a gate."""

    COORDINATOR = "coordinator"
    PHYSICIAN = "physician"


class Way(StrEnum):
    """Which page of the clinic puts a gate right."""

    VISIT = "visit"
    MOVE = "move"
    PATIENT = "patient"
    FORMS = "forms"
    BILLING = "billing"
    MEDICATION = "medication"
    BOOK = "book"
    COURSE = "course"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate: its weight at each moment at which it is asked, and what follows from it.

    `is_clinical` gates on the day are told to the patient as a pause; `has_override` lets a physician set it aside.
    """

    owner: Owner
    way: Way
    weight: Mapping[Moment, Severity]
    has_override: bool = False
    is_clinical: bool = False


_O, _72, _24, _S = Moment.OFFER, Moment.T72, Moment.T24, Moment.START
_B, _A = Severity.BLOCK, Severity.ADVISE
_C, _P = Owner.COORDINATOR, Owner.PHYSICIAN
_ALWAYS = {_O: _B, _72: _B, _24: _B, _S: _B}
_FROM_72 = {_O: _A, _72: _B, _24: _B, _S: _B}
_FROM_24 = {_O: _A, _72: _A, _24: _B, _S: _B}
_AT_START = {_S: _B}

GATES: Mapping[GateCode, Gate] = MappingProxyType(
    {
        GateCode.PATIENT_INACTIVE: Gate(owner=_C, way=Way.PATIENT, weight=_ALWAYS),
        GateCode.NO_PROGRAM: Gate(owner=_P, way=Way.COURSE, weight=_ALWAYS),
        GateCode.PROGRAM_PAUSED: Gate(owner=_P, way=Way.COURSE, weight=_ALWAYS, has_override=True),
        GateCode.CLINICAL_HOLD: Gate(owner=_P, way=Way.PATIENT, weight=_ALWAYS, is_clinical=True),
        GateCode.CHECKLIST_STOPPED: Gate(owner=_P, way=Way.VISIT, weight=_AT_START, is_clinical=True),
        GateCode.CHECKLIST_HELD: Gate(owner=_P, way=Way.VISIT, weight=_AT_START, has_override=True, is_clinical=True),
        GateCode.CHECKLIST_OPEN: Gate(owner=_C, way=Way.VISIT, weight=_AT_START),
        GateCode.LOCATION_UNSTATED: Gate(owner=_C, way=Way.VISIT, weight=_AT_START),
        GateCode.NO_LICENSE: Gate(owner=_C, way=Way.MOVE, weight=_ALWAYS),
        GateCode.NO_LEGAL_BASIS: Gate(owner=_P, way=Way.COURSE, weight=_ALWAYS),
        GateCode.GAP_BELOW_FLOOR: Gate(owner=_C, way=Way.MOVE, weight=_ALWAYS),
        GateCode.GAP_SHORT: Gate(owner=_C, way=Way.MOVE, weight=_ALWAYS, has_override=True),
        GateCode.ORDER_INACTIVE: Gate(owner=_P, way=Way.MEDICATION, weight=_FROM_72),
        GateCode.UNITS_SHORT: Gate(owner=_C, way=Way.MEDICATION, weight=_ALWAYS, has_override=True),
        GateCode.RECEIPT_OPEN: Gate(owner=_C, way=Way.MEDICATION, weight=_FROM_24),
        GateCode.LOT_RECALLED: Gate(owner=_C, way=Way.MEDICATION, weight=_FROM_72, has_override=True),
        GateCode.LOT_OUT_OF_DATE: Gate(owner=_C, way=Way.MEDICATION, weight={_O: _A, _72: _A, _24: _A, _S: _A}),
        GateCode.CONSENTS_MISSING: Gate(owner=_C, way=Way.FORMS, weight=_FROM_72),
        GateCode.SUPPORT_UNNAMED: Gate(owner=_C, way=Way.VISIT, weight={_72: _A}),
        GateCode.SUPPORT_UNCONFIRMED: Gate(owner=_C, way=Way.VISIT, weight={_24: _A}),
        GateCode.SUPPORT_UNATTESTED: Gate(owner=_C, way=Way.VISIT, weight=_AT_START),
        GateCode.FOLLOW_UPS_OPEN: Gate(owner=_C, way=Way.PATIENT, weight=_FROM_24, has_override=True),
        GateCode.VISIT_OVERDUE: Gate(owner=_C, way=Way.BOOK, weight=_FROM_24, has_override=True),
        GateCode.FIRST_UNATTENDED: Gate(owner=_C, way=Way.MOVE, weight=_FROM_24),
        GateCode.MEMBERSHIP_CLOSED: Gate(owner=_C, way=Way.BILLING, weight={_O: _B, _72: _A, _24: _A, _S: _A}),
    }
)
"""What is owed keeps no offer open and no session from beginning: money alone takes no care from somebody at home."""
