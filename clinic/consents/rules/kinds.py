"""The kinds of forms with what the law and the clinic want of each, from the data of this package.

`scope` and `category` are codes of FHIR Consent: the scope's code system, and LOINC.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "es")


class ConsentKind(StrEnum):
    """What a form is about, in the order in which patients read them."""

    TELEHEALTH = "telehealth"
    OFF_LABEL = "off_label"
    TREATMENT_AGREEMENT = "treatment_agreement"
    PAIN_FL = "pain_fl"
    PAIN_NJ = "pain_nj"
    PRIVACY = "privacy"
    RELEASE = "release"


class Required(StrEnum):
    """Of whom a form is required."""

    ALWAYS = "always"
    OF_PAIN = "of_pain"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindFacts:
    """What is wanted of one kind of form; `desk` and `physician` are its names for staff, in their own wording.

    `least_boxes` is how many sentences at least have a box of their own. `withdrawal` says by language what taking
    the signature back means.
    """

    kind: ConsentKind
    scope: str
    category: str
    required: Required
    states: frozenset[str]
    least_boxes: int
    can_be_withdrawn: bool
    tells_physician: bool
    names_recipient: bool
    desk: str
    physician: str
    source: str
    withdrawal: Mapping[str, str]

    def is_required(self, *, state: str, of_pain: bool) -> bool:
        """Tell whether somebody living in `state`, treated for pain or not, has to sign it."""
        if state not in self.states:
            return False
        return self.required is Required.ALWAYS or (self.required is Required.OF_PAIN and of_pain)

    def is_offered(self, *, state: str, of_pain: bool) -> bool:
        """Tell whether it can be signed: it has to be, or it is nobody's duty."""
        is_optional = self.required is Required.NEVER and state in self.states
        return is_optional or self.is_required(state=state, of_pain=of_pain)


@cache
def all_kinds() -> Mapping[ConsentKind, KindFacts]:
    """Return the facts of every kind, in the order in which patients read them."""
    stored = json.loads((files("clinic.consents") / "data" / "kinds.json").read_text(encoding="utf-8"))
    known = {facts.kind: facts for facts in map(_facts, stored)}
    return {kind: known[kind] for kind in ConsentKind}


def _facts(stored: dict[str, Any]) -> KindFacts:
    read = {"kind": ConsentKind(stored["kind"]), "required": Required(stored["required"])}
    return KindFacts(**{**stored, **read, "states": frozenset(stored["states"])})
