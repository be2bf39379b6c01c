"""How a checklist ends: passed, on hold until somebody called, or no session today; with every reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from clinic.session_day.rules.limits import LadderLimits
from clinic.session_day.rules.pressure import Ladder, Reading, Step


class Outcome(StrEnum):
    """What the checklist says about today."""

    PASSED = "passed"
    HOLD = "hold"
    STOPPED = "stopped"


class Reason(StrEnum):
    """Why a session does not simply begin; kept by these codes."""

    PRESSURE_DANGER = "pressure_danger"
    PRESSURE_STOPS = "pressure_stops"
    PRESSURE_HIGH = "pressure_high"
    PULSE = "pulse"
    OXYGEN = "oxygen"
    THOUGHTS = "thoughts"
    PERCEPTION = "perception"
    RACING = "racing"
    ALCOHOL = "alcohol"
    SEDATIVES = "sedatives"
    ILL = "ill"
    PREGNANT = "pregnant"
    BLADDER = "bladder"
    FOOD = "food"
    PLACE = "place"
    DRIVING = "driving"
    ALONE = "alone"
    UNITS = "units"


STOPPING = frozenset(
    {
        *(Reason.PRESSURE_DANGER, Reason.PRESSURE_STOPS, Reason.THOUGHTS, Reason.PERCEPTION, Reason.RACING),
        *(Reason.ALCOHOL, Reason.SEDATIVES, Reason.PREGNANT, Reason.BLADDER),
    }
)
"""Reasons for which there is no session today and a physician looks; for the others somebody calls first."""

PUT_RIGHT = frozenset({Reason.FOOD, Reason.PLACE, Reason.DRIVING, Reason.ALONE})
"""Reasons that the patient may put right, and then answer anew before the list is sent."""

_NO_MEANS: Mapping[str, Reason] = MappingProxyType(
    {
        "food_stopped": Reason.FOOD,
        "no_alcohol": Reason.ALCOHOL,
        "no_sedatives": Reason.SEDATIVES,
        "well": Reason.ILL,
        "not_pregnant": Reason.PREGNANT,
        "bladder_ok": Reason.BLADDER,
        "safe_place": Reason.PLACE,
        "no_driving": Reason.DRIVING,
        "sitter_present": Reason.ALONE,
    }
)
_YES_MEANS: Mapping[str, Reason] = MappingProxyType(
    {"thoughts": Reason.THOUGHTS, "seeing_hearing": Reason.PERCEPTION, "racing": Reason.RACING}
)
_LADDER_MEANS: Mapping[Step, Reason] = MappingProxyType(
    {
        Step.DANGER: Reason.PRESSURE_DANGER,
        Step.STOPPED: Reason.PRESSURE_STOPS,
        Step.HIGH: Reason.PRESSURE_HIGH,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a checklist ends, with every reason in a fixed order."""

    outcome: Outcome
    reasons: tuple[Reason, ...]


def ending(
    answers: Mapping[str, Decimal], readings: Ladder, *, limits: LadderLimits, ordered_units: int | None
) -> Ending:
    """Return how a checklist ends; water is advice and holds nothing up.

    `ordered_units` is what the order says of one session; None is not known.
    """
    found = {*_said(answers), *_measured(readings, limits)}
    units = answers.get("units")
    if units is not None and (units == 0 or (ordered_units is not None and units != ordered_units)):
        found.add(Reason.UNITS)
    reasons = tuple(reason for reason in Reason if reason in found)
    if found & STOPPING:
        return Ending(outcome=Outcome.STOPPED, reasons=reasons)
    return Ending(outcome=Outcome.HOLD if reasons else Outcome.PASSED, reasons=reasons)


def _said(answers: Mapping[str, Decimal]) -> set[Reason]:
    denied = {reason for item, reason in _NO_MEANS.items() if item in answers and answers[item] == 0}
    return denied | {reason for item, reason in _YES_MEANS.items() if answers.get(item, Decimal(0)) > 0}


def _measured(readings: Ladder, limits: LadderLimits) -> set[Reason]:
    found = {_LADDER_MEANS[readings.step]} if readings.step in _LADDER_MEANS else set()
    return found if readings.mean is None else found | _of_body(readings.mean, limits)


def _of_body(mean: Reading, limits: LadderLimits) -> set[Reason]:
    found = set()
    if not limits.pulse_least <= mean.pulse <= limits.pulse_most:
        found.add(Reason.PULSE)
    if mean.spo2 is not None and mean.spo2 < limits.oxygen_least:
        found.add(Reason.OXYGEN)
    return found
