"""Where a patient stands with each form: signed in a version that counts, or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from clinic.consents.rules.kinds import ConsentKind, all_kinds


class FormStatus(StrEnum):
    """How a form stands; only `current` counts."""

    CURRENT = "current"
    MISSING = "missing"
    OUTDATED = "outdated"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The versions of a kind that count now: the newest one, and the oldest one whose signatures still count."""

    kind: ConsentKind
    newest: int
    oldest_valid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A patient's last signature of a kind."""

    kind: ConsentKind
    signature_id: UUID
    number: int
    at: datetime
    withdrawn_at: datetime | None
    is_from_before: bool = False
    """Whether the course rested for long since, after which it counts no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormStanding:
    """One form of a patient; `signed` is the last signature, whatever became of it."""

    kind: ConsentKind
    status: FormStatus
    is_required: bool
    signed: Signed | None

    @property
    def is_missing(self) -> bool:
        """Tell whether the patient has to sign it."""
        return self.is_required and self.status is not FormStatus.CURRENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All forms of a patient, in the order in which they are read."""

    forms: tuple[FormStanding, ...]

    @property
    def missing(self) -> tuple[FormStanding, ...]:
        """Return what has to be signed."""
        return tuple(form for form in self.forms if form.is_missing)

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing has to be signed."""
        return not self.missing

    def of(self, kind: ConsentKind) -> FormStanding | None:
        """Return one form, None where it is not this patient's."""
        return next((form for form in self.forms if form.kind is kind), None)


def status_of(in_force: InForce, signed: Signed | None, *, is_required: bool = True) -> FormStatus:
    """Return how a form stands: a withdrawal counts before the version; what nobody has to sign grows not old."""
    if signed is None:
        return FormStatus.MISSING
    if signed.withdrawn_at is not None:
        return FormStatus.WITHDRAWN
    if signed.is_from_before and is_required:
        return FormStatus.OUTDATED
    return FormStatus.CURRENT if signed.number >= in_force.oldest_valid else FormStatus.OUTDATED


def standing(
    in_force: Mapping[ConsentKind, InForce], signed: Iterable[Signed], *, state: str, of_pain: bool
) -> Standing:
    """Return where somebody stands: every form that is asked or offered, and whatever was signed once."""
    last = {each.kind: each for each in signed}
    forms = []
    for kind, facts in all_kinds().items():
        if kind not in in_force:
            continue
        if kind in last or facts.is_offered(state=state, of_pain=of_pain):
            is_required = facts.is_required(state=state, of_pain=of_pain)
            forms.append(
                FormStanding(
                    kind=kind,
                    status=status_of(in_force[kind], last.get(kind), is_required=is_required),
                    is_required=is_required,
                    signed=last.get(kind),
                )
            )
    return Standing(forms=tuple(forms))
