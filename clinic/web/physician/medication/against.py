"""What speaks against a shipment as pages show it: the sentence, its source, and where it is settled."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from flask import url_for

from clinic.medication.rules.reasons import Reason, ReasonCode, said_to_physician, wording

_C = ReasonCode
_PROGRAM = ("physician.ask_program", None, "Record a PDMP check")
_PLAN = ("physician.plan", None, "Open the plan")
_COUNT = ("physician.ask_home_count", None, "Enter a count")
_STEPS: Mapping[ReasonCode, tuple[str, str | None, str]] = MappingProxyType(
    {
        _C.NO_PLAN: _PLAN,
        _C.PLAN_NOT_BEGUN: _PLAN,
        _C.PLAN_OVER: _PLAN,
        _C.HOLDS_OPEN: ("physician.findings", None, "Open the flags"),
        _C.NO_ORDER: ("physician.new_order", None, "Write an order"),
        _C.ORDER_EXPIRED: ("physician.medication", "order", "Open the order"),
        _C.ORDER_NOT_ACTIVE: ("physician.medication", "order", "Open the order"),
        _C.ORDER_USED_UP: ("physician.medication", "order", "Open the order"),
        _C.PDMP_MISSING: _PROGRAM,
        _C.PDMP_OLD: _PROGRAM,
        _C.PDMP_OTHER_STATE: _PROGRAM,
        _C.PDMP_UNEXPLAINED: _PROGRAM,
        _C.PDMP_OUTAGE: _PROGRAM,
        _C.COUNT_MISSING: _COUNT,
        _C.COUNT_OLD: _COUNT,
        _C.COUNT_DIFFERS: ("physician.medication", "counts", "Open the count"),
        _C.DISPUTE_OPEN: ("physician.medication", "reports", "Open the report"),
    }
)
"""Where a physician settles a reason: the page, the place on it, and what the link says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A reason on a page; `is_firm` when nobody can set it aside, `href` and `step` where there is a page for it."""

    code: str
    sentence: str
    source: str
    is_firm: bool
    href: str | None
    step: str


def shown(reasons: Iterable[Reason], patient_id: UUID) -> list[Shown]:
    """Return the reasons in their order, those first that nobody can set aside."""
    return sorted((_shown(each, patient_id) for each in reasons), key=lambda one: not one.is_firm)


def _shown(reason: Reason, patient_id: UUID) -> Shown:
    endpoint, place, step = _STEPS.get(reason.code, (None, None, ""))
    return Shown(
        code=reason.code.value,
        sentence=said_to_physician(reason),
        source=wording(reason.code).source,
        is_firm=reason.override is None,
        href=url_for(endpoint, patient_id=patient_id, _anchor=place) if endpoint else None,
        step=step,
    )
