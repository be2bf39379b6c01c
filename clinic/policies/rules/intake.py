"""Policies of the intake: the numbers that its rows compare with, and how long a decision counts."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.policies.rules.keys import PolicyKey
from clinic.policies.rules.kinds import Policy, WholeNumberPolicy

_HOUSE = "The clinic's own choice"
_ENROLLED = "Published program of care at home: who could enroll"
_PRESSURE = "The US label of the nearest approved nasal spray: consider delaying over 140/90; otherwise an opinion"
_KRATOM = "Advice before anesthesia: two weeks without it"
_MMHG = "mmHg"


def _number(title: str, meaning: str, unit: str, *, limits: tuple[int, int, int], source: str) -> WholeNumberPolicy:
    """Return a policy of the physician; `limits` are the least, the most and what it starts with."""
    least, most, default = limits
    return WholeNumberPolicy(
        title=title,
        meaning=meaning,
        unit=unit,
        least=least,
        most=most,
        default=default,
        source=source,
        is_clinical=True,
    )


def _pressure(title: str, meaning: str, *, limits: tuple[int, int, int]) -> WholeNumberPolicy:
    return _number(f"Intake: {title}", meaning, _MMHG, limits=limits, source=_PRESSURE)


_MEAN = "Nothing begins while the mean of the readings at home is this high."
_EACH = "Nothing begins while any reading at home is this high."
_LOOK = "A physician looks at a mean this high."
_CALL = "A reading this high tells the patient to get help, and calls a physician at any hour."

INTAKE: Mapping[PolicyKey, Policy] = MappingProxyType(
    {
        PolicyKey.INTAKE_REQUIRED: _number(
            "Intake: needed",
            "1 lets a plan go from evaluation to induction only after a physician accepted the intake, or with a "
            "written reason; 0 asks for none.",
            "1 is yes, 0 is no",
            limits=(0, 1, 0),
            source=_HOUSE,
        ),
        PolicyKey.INTAKE_DECISION_DAYS: _number(
            "Intake: how long a decision counts",
            "An accepted intake that is older is looked at again before a plan begins.",
            "days",
            limits=(14, 365, 90),
            source=_HOUSE,
        ),
        PolicyKey.INTAKE_STUCK_DAYS: WholeNumberPolicy(
            title="Intake: stands still",
            meaning="A coordinator is asked to call somebody whose intake is open and unchanged for so long.",
            unit="days",
            least=2,
            most=30,
            default=4,
            source=_HOUSE,
        ),
        PolicyKey.INTAKE_LEAST_AGE: _number(
            "Intake: age", "Younger people are not accepted.", "years", limits=(18, 25, 18), source=_ENROLLED
        ),
        PolicyKey.INTAKE_MEAN_SYSTOLIC: _pressure("mean, upper number", _MEAN, limits=(120, 160, 140)),
        PolicyKey.INTAKE_MEAN_DIASTOLIC: _pressure("mean, lower number", _MEAN, limits=(80, 100, 90)),
        PolicyKey.INTAKE_STOP_SYSTOLIC: _pressure("one reading, upper number", _EACH, limits=(140, 180, 160)),
        PolicyKey.INTAKE_STOP_DIASTOLIC: _pressure("one reading, lower number", _EACH, limits=(90, 120, 100)),
        PolicyKey.INTAKE_LOOK_SYSTOLIC: _pressure("to be looked at, upper number", _LOOK, limits=(110, 140, 130)),
        PolicyKey.INTAKE_LOOK_DIASTOLIC: _pressure("to be looked at, lower number", _LOOK, limits=(70, 90, 80)),
        PolicyKey.INTAKE_DANGER_SYSTOLIC: _pressure("danger, upper number", _CALL, limits=(160, 200, 180)),
        PolicyKey.INTAKE_DANGER_DIASTOLIC: _pressure("danger, lower number", _CALL, limits=(100, 140, 120)),
        PolicyKey.INTAKE_HEART_WEEKS: _number(
            "Intake: after a heart event",
            "So long after a heart attack or the like nothing begins. The patient is asked about this time.",
            "weeks",
            limits=(4, 52, 6),
            source="An opinion",
        ),
        PolicyKey.INTAKE_KRATOM_DAYS: _number(
            "Intake: after kratom or 7-OH",
            "So long after the last use nothing begins. The patient is asked about this time.",
            "days",
            limits=(7, 60, 14),
            source=_KRATOM,
        ),
        PolicyKey.INTAKE_TRIED_LEAST: _number(
            "Intake: treatments tried before",
            "A physician looks at an intake with fewer.",
            "treatments",
            limits=(0, 3, 2),
            source=_ENROLLED,
        ),
        PolicyKey.INTAKE_PHQ9_LEAST: _number(
            "Intake: PHQ-9",
            "A physician looks at an intake whose PHQ-9 and GAD-7 are both lower, without pain.",
            "points",
            limits=(1, 27, 10),
            source=_ENROLLED,
        ),
        PolicyKey.INTAKE_GAD7_LEAST: _number(
            "Intake: GAD-7",
            "A physician looks at an intake whose PHQ-9 and GAD-7 are both lower, without pain.",
            "points",
            limits=(1, 21, 10),
            source=_ENROLLED,
        ),
        PolicyKey.INTAKE_AUDIT_C: _number(
            "Intake: AUDIT-C",
            "A physician looks at an intake with this or more.",
            "points",
            limits=(1, 12, 3),
            source="AUDIT-C: 3 for women and 4 for men; the lower one for everybody",
        ),
    }
)
