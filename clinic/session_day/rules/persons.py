"""Who can be a support person: somebody else, with a telephone of their own."""

from dataclasses import dataclass
from enum import StrEnum

from clinic.intake.rules.answers import Own, is_own_name
from clinic.session_day.errors import SupportRefused

SAID_YES = frozenset({"confirmed", "attested"})
"""States of a support person who counts on being there."""


class Relation(StrEnum):
    """What a support person is to the patient."""

    PARTNER = "partner"
    FAMILY = "family"
    FRIEND = "friend"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Who is to be there: a name, a number in E.164, what they are to the patient, en or es."""

    name: str
    e164: str
    relation: Relation
    language: str


def checked_person(named: Named, own: Own) -> Named:
    """Return who was named, or raise SupportRefused for the patient's own name or number."""
    if len(named.name.split()) == 0:
        raise SupportRefused("Enter the name of your support person.", field="name", reason="no_name")
    if named.e164 == own.e164:
        raise SupportRefused(
            "This is the patient's own number. Enter the support person's.", field="phone", reason="own_phone"
        )
    if is_own_name(named.name, own):
        raise SupportRefused(
            "This is the patient's own name. The support person has to be somebody else.",
            field="name",
            reason="own_name",
        )
    return named
