"""Whether a session is ready: every gate that is not met at one of four moments, in a fixed order."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from clinic.readiness.rules.codes import GATES, Gate, GateCode, Severity
from clinic.readiness.rules.facts import DayCheck, Facts, Limits, Moment, Support
from clinic.treatment.rules.phases import SESSION_PHASES

ORDERED_ENOUGH = frozenset({"active", "depleted"})
"""What came on an order that is used up may be taken by it."""

_Values = Mapping[str, str]
_NONE: _Values = MappingProxyType({})
_DECIDED_ON: Mapping[GateCode, str] = MappingProxyType(
    {GateCode.LOT_RECALLED: "lots", GateCode.CHECKLIST_HELD: "reasons"}
)
"""Gates whose next case is another one, with the value that tells one from the other."""

_SAID_YES = frozenset({Support.CONFIRMED, Support.ATTESTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A gate that is not met; values of names in `_on` are ISO days, of `state` two letters."""

    code: GateCode
    severity: Severity
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def gate(self) -> Gate:
        """Return whose the gate is and what follows from it."""
        return GATES[self.code]

    @property
    def is_block(self) -> bool:
        """Tell whether the session waits for it."""
        return self.severity is Severity.BLOCK

    @property
    def names(self) -> tuple[str, ...]:
        """Return what a physician sets aside who decides on this: the code, or one `code:lot` each."""
        said = self.values.get(_DECIDED_ON.get(self.code, ""), "")
        return tuple(f"{self.code.value}:{each}" for each in said.split(", ")) if said else (self.code.value,)

    def is_aside(self, aside: Collection[str]) -> bool:
        """Tell whether a physician set it aside: its code, or all that it is about as `code:lot`."""
        if not self.gate.has_override:
            return False
        return self.code in aside or set(self.names) <= set(aside)

    def as_json(self) -> dict[str, Any]:
        """Return code, severity and values, as they are stored with a check."""
        return {"code": self.code.value, "severity": self.severity.value, "values": dict(self.values)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Reason":
        """Return a reason that was stored by `as_json`."""
        return cls(code=GateCode(stored["code"]), severity=Severity(stored["severity"]), values=stored["values"])


def unmet(facts: Facts, limits: Limits, moment: Moment) -> tuple[Reason, ...]:
    """Return every gate that is not met at a moment, none when all are; the same facts always say the same.

    Meeting one gate never closes another: each looks at facts of its own.
    """
    return tuple(_reasons(facts, limits, moment))


def _reasons(facts: Facts, limits: Limits, moment: Moment) -> Iterator[Reason]:
    for code in asked_at(moment):
        values = _TESTS[code](facts, limits)
        if values is not None:
            yield Reason(code=code, severity=GATES[code].weight[moment], values=dict(values))


def asked_at(moment: Moment) -> tuple[GateCode, ...]:
    """Return the gates that are asked at a moment, in the order in which they are told."""
    return tuple(code for code in GateCode if moment in GATES[code].weight)


def blocking(reasons: Iterable[Reason], overridden: Collection[str] = ()) -> tuple[Reason, ...]:
    """Return what a session waits for; what a physician set aside, and may, is left out."""
    return tuple(each for each in reasons if each.is_block and not each.is_aside(overridden))


def _when(is_unmet: bool, values: _Values = _NONE) -> _Values | None:  # noqa: FBT001 - the question itself
    return values if is_unmet else None


def _order(facts: Facts, _: Limits) -> _Values | None:
    if facts.order is None:
        return {"order": "none"}
    return _when(facts.order not in ORDERED_ENOUGH, {"order": facts.order.replace("_", " ")})


def _units(facts: Facts, _: Limits) -> _Values | None:
    return _when(facts.units_good < facts.units_needed, _counted(facts))


def _receipt(facts: Facts, _: Limits) -> _Values | None:
    confirmed = facts.units_good - facts.units_unconfirmed
    return _when(
        facts.units_unconfirmed > 0 and confirmed < facts.units_needed, {"units": str(facts.units_unconfirmed)}
    )


def _counted(facts: Facts) -> _Values:
    return {"good": str(facts.units_good), "needed": str(facts.units_needed)}


def _gap(facts: Facts, _: Limits) -> _Values | None:
    is_short = facts.hours_since is not None and facts.hours_since < facts.least_gap_hours
    is_short = is_short or (facts.days_since is not None and facts.days_since < facts.least_gap_days)
    least = f"{facts.least_gap_days} days" if facts.least_gap_days else f"{facts.least_gap_hours} hours"
    return _when(is_short, {"least": least})


def _floor(facts: Facts, limits: Limits) -> _Values | None:
    hours = facts.floor_hours_since
    return _when(hours is not None and hours < limits.floor_hours, {"hours": str(limits.floor_hours)})


def _visit(facts: Facts, limits: Limits) -> _Values | None:
    last, days = facts.last_visit_on, {"days": str(limits.visit_days)}
    if last is None:
        return days
    return _when((facts.on - last).days > limits.visit_days, {**days, "last_visit_on": last.isoformat()})


def _checklist(state: DayCheck) -> Callable[[Facts, Limits], _Values | None]:
    def test(facts: Facts, _: Limits) -> _Values | None:
        said = {"reasons": ", ".join(facts.checklist_reasons)} if facts.checklist_reasons else {"reasons": "see there"}
        return _when(facts.checklist is state, said)

    return test


_TESTS: Mapping[GateCode, Callable[[Facts, Limits], _Values | None]] = MappingProxyType(
    {
        GateCode.PATIENT_INACTIVE: lambda facts, _: _when(not facts.is_active),
        GateCode.NO_PROGRAM: lambda facts, _: _when(facts.phase not in SESSION_PHASES),
        GateCode.PROGRAM_PAUSED: lambda facts, _: _when(facts.is_paused),
        GateCode.CLINICAL_HOLD: lambda facts, _: _when(facts.has_hold),
        GateCode.CHECKLIST_STOPPED: _checklist(DayCheck.STOPPED),
        GateCode.CHECKLIST_HELD: _checklist(DayCheck.HOLD),
        GateCode.CHECKLIST_OPEN: lambda facts, _: _when(facts.checklist in {DayCheck.NONE, DayCheck.OPEN}),
        GateCode.LOCATION_UNSTATED: lambda facts, _: _when(facts.is_location_stated is False),
        GateCode.NO_LICENSE: lambda facts, _: _when(not facts.has_license, {"state": facts.location_state}),
        GateCode.NO_LEGAL_BASIS: lambda facts, _: _when(not facts.is_covered, {"state": facts.location_state}),
        GateCode.GAP_BELOW_FLOOR: _floor,
        GateCode.GAP_SHORT: _gap,
        GateCode.ORDER_INACTIVE: _order,
        GateCode.UNITS_SHORT: _units,
        GateCode.RECEIPT_OPEN: _receipt,
        GateCode.LOT_RECALLED: lambda facts, _: _when(
            facts.units_recalled > 0, {"units": str(facts.units_recalled), "lots": ", ".join(facts.recalled_lots)}
        ),
        GateCode.LOT_OUT_OF_DATE: lambda facts, _: _when(
            facts.units_out_of_date > 0, {"units": str(facts.units_out_of_date)}
        ),
        GateCode.CONSENTS_MISSING: lambda facts, _: _when(
            bool(facts.missing_consents), {"names": ", ".join(facts.missing_consents).replace("_", " ")}
        ),
        GateCode.SUPPORT_UNNAMED: lambda facts, _: _when(facts.support is Support.NONE),
        GateCode.SUPPORT_UNCONFIRMED: lambda facts, _: _when(facts.support not in _SAID_YES),
        GateCode.SUPPORT_UNATTESTED: lambda facts, _: _when(not facts.is_attested_today),
        GateCode.FOLLOW_UPS_OPEN: lambda facts, _: _when(
            facts.follow_ups_open > 0, {"count": str(facts.follow_ups_open)}
        ),
        GateCode.VISIT_OVERDUE: _visit,
        GateCode.FIRST_UNATTENDED: lambda facts, _: _when(facts.is_first and not facts.is_clinician_there),
        GateCode.MEMBERSHIP_CLOSED: lambda facts, _: _when(not facts.is_membership_open),
    }
)


def lifted(reasons: Iterable[Reason], overridden: Collection[str]) -> list[str]:
    """Return the codes of what a session would wait for had a physician not set it aside."""
    return [each.code.value for each in reasons if each.is_block and not blocking([each], overridden)]
