"""A legal basis as typed, and how its boxes read."""

from typing import Annotated, ClassVar

from pydantic import Field

from clinic.people.rules import STATES
from clinic.treatment.models import LegalBasis
from clinic.treatment.rules.legal import SCHEDULES, Level, NewBasis
from clinic.web.frame.forms import FormModel, FormState, IsoDate, Line, Note, Tick, WholeNumber, filled

LEVELS = [
    (Level.FEDERAL.value, "Federal law", "Holds in every state, unless you choose one."),
    (Level.STATE.value, "A state\u2019s law", "Choose the state."),
]
STATE_CHOICES = list(STATES.items())
SCHEDULE_CHOICES = [(each, f"Schedule {each}") for each in SCHEDULES]
LABELS = {
    "name": "Name",
    "level": "Whose law",
    "state": "State",
    "schedule": "Schedule",
    "valid_from": "First day",
    "valid_until": "Last day",
    "needs_in_person_exam": "Only after an exam in person",
    "source": "Source",
    "note": "Note",
}


class Reasoned(FormModel):
    """Why something is written down or taken away."""

    reason: Annotated[Line, Field(max_length=300)]

    words: ClassVar[dict[str, str]] = {
        "reason": "Say in a few words why.",
        "reason.long": "This is too long. Use at most 300 characters.",
        "name": "Give it a name of up to 80 characters.",
        "level": "Choose federal or state law.",
        "schedule": "Choose a schedule.",
        "valid_from": "Enter the first day on which it holds.",
        "valid_until": "Enter the last day as a date, or leave it open.",
        "source": "Say where this stands, for example the citation.",
    }


class BasisForm(Reasoned):
    """A new basis."""

    name: Annotated[Line, Field(max_length=80)]
    level: Level
    state: Line | None = None
    schedule: Line
    valid_from: IsoDate
    valid_until: IsoDate | None = None
    needs_in_person_exam: Tick
    source: Annotated[Line, Field(max_length=200)]
    note: Annotated[Note, Field(max_length=500)] | None = None

    def new(self) -> NewBasis:
        """Return what was typed for the domain."""
        return NewBasis(
            name=self.name,
            level=self.level,
            state=self.state,
            schedule=self.schedule,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            needs_in_person_exam=self.needs_in_person_exam,
            source=self.source,
            note=self.note or "",
        )


class SavedBasisForm(BasisForm):
    """A basis as typed over a saved one."""

    version: WholeNumber


class SeenBasisForm(Reasoned):
    """The basis as it was shown."""

    version: WholeNumber


def filled_from(basis: LegalBasis) -> FormState:
    """Return the boxes with what is saved."""
    return filled({name: getattr(basis, name) for name in LABELS} | {"version": basis.version})
