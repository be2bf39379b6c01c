"""Numbers that follow from answers and scores, and the evidence of a decision with its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from clinic.intake.rules.answers import READINGS
from clinic.intake.rules.eligibility import Stage, Verdict, judge
from clinic.intake.rules.questions import Answers, version
from clinic.people.rules.ages import age_on


def numbers_of(
    given: Answers, *, scores: Mapping[str, int], born: date | None = None, today: date | None = None
) -> dict[str, int]:
    """Return the derived facts by name: age, readings, treatments tried and scores; what is unknown is absent."""
    found = dict(scores)
    if born is not None and today is not None:
        found["age"] = age_on(born, today)
    if "tried_count" in given:
        found["tried_count"] = int(str(given["tried_count"]))
    for side in ("systolic", "diastolic"):
        read = [int(str(given[key])) for number in READINGS if (key := f"{side}_{number}") in given]
        if read:
            # Half a millimeter counts up, so that a mean on the edge is not under it.
            found |= {f"mean_{side}": (sum(read) + len(read) - 1) // len(read), f"highest_{side}": max(read)}
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that a decision stands on: answers by section, numbers, policies, and what they mean."""

    answers: Mapping[str, Answers]
    numbers: Mapping[str, int]
    limits: Mapping[str, int]
    verdict: Verdict

    @property
    def content(self) -> dict[str, Any]:
        """Return it as plain data, the form in which it is kept."""
        return {
            "answers": {key: dict(value) for key, value in self.answers.items()},
            "numbers": dict(self.numbers),
            "limits": dict(self.limits),
            "questions": version(),
            "engine": self.verdict.version,
            "outcome": self.verdict.outcome.value,
            "reasons": [each.row.key for each in self.verdict.reasons],
        }

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the content, which a page shows and a decision names."""
        return hashlib.sha256(canonical(self.content).encode()).hexdigest()


def evidence_of(
    answers: Mapping[str, Answers], *, scores: Mapping[str, int], limits: Mapping[str, int], born: date, today: date
) -> Evidence:
    """Return the evidence of a patient's intake on a day."""
    given = together(answers)
    numbers = numbers_of(given, scores=scores, born=born, today=today)
    verdict = judge(given, numbers, limits, stage=Stage.INTAKE)
    return Evidence(answers=answers, numbers=numbers, limits=limits, verdict=verdict)


def together(answers: Mapping[str, Answers]) -> dict[str, Any]:
    """Return the answers of all sections by question."""
    return {key: value for each in answers.values() for key, value in each.items()}


def canonical(content: Mapping[str, Any]) -> str:
    """Return plain data as the one text that equal content has."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
