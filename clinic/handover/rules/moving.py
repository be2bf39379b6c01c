"""What a move to another address means, in sentences, and which of them a person has to see to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from clinic.people.rules import STATES
from clinic.people.rules.addresses import NewAddress
from clinic.scheduling.rules.places import PLACES

FARTHEST = timedelta(days=365)


class MoveStatus(StrEnum):
    """Where a move stands."""

    PLANNED = "planned"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class About(StrEnum):
    """What a consequence is about; those of the first five become tasks."""

    VISIT = "visit"
    PHYSICIAN = "physician"
    SUPPLY = "supply"
    HAND_OFF = "hand_off"
    CALL = "call"
    LAW = "law"
    PARCELS = "parcels"
    CLOCK = "clock"
    FORMS = "forms"
    STAYS = "stays"


TASKS = (About.VISIT, About.PHYSICIAN, About.SUPPLY, About.HAND_OFF, About.CALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMove:
    """A move from a day on; without an address the patient leaves the states that the clinic serves."""

    on: date
    state: str
    address: NewAddress | None

    @property
    def is_leaving(self) -> bool:
        """Tell whether the clinic may not treat there."""
        return self.state not in STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """One thing that follows, in a sentence; `visit_id` where it is about one visit."""

    about: About
    sentence: str
    visit_id: str | None = None

    @property
    def is_task(self) -> bool:
        """Tell whether a person has to see to it."""
        return self.about in TASKS

    def kept(self) -> dict[str, str | None]:
        """Return it as it is stored."""
        return asdict(self)


def read_back(kept: Iterable[Mapping[str, str | None]]) -> tuple[Consequence, ...]:
    """Return stored consequences."""
    return tuple(
        Consequence(about=About(str(each["about"])), sentence=str(each["sentence"]), visit_id=each.get("visit_id"))
        for each in kept
    )


def fingerprint(found: Sequence[Consequence]) -> str:
    """Return 16 characters that are others as soon as anything else would follow."""
    return sha256("|".join(each.sentence for each in found).encode()).hexdigest()[:16]


def why_not(move: NewMove, *, today: date) -> tuple[str, str] | None:
    """Return the box and the sentence of what cannot stand, or None."""
    if move.state not in PLACES:
        return "state", "Choose the state."
    if move.on < today:
        return "on", "This day has been. Choose today or a later day."
    if move.on > today + FARTHEST:
        return "on", "Choose a day within a year."
    return None


def leaving_words(state: str, on: str, *, visits: int, has_order: bool, has_membership: bool) -> list[Consequence]:
    """Return what ends, when, and what goes on, for a patient who leaves the area."""
    place = PLACES[state]
    found = [
        Consequence(
            about=About.HAND_OFF,
            sentence=f"The patient leaves our area on {on} ({place}). Decide before that day: a taper that ends in "
            "time or an end, who goes on caring, and the count of what is at home to zero.",
        ),
        Consequence(
            about=About.CALL,
            sentence=f"Call the patient: treatment here ends on {on}, nothing stops without a word before, and we help "
            "to find care there.",
        ),
    ]
    if visits:
        verb = "visit cannot take place there" if visits == 1 else "visits cannot take place there"
        found.append(Consequence(about=About.STAYS, sentence=f"{visits} {verb}; each stays booked until it is moved."))
    if has_order:
        found.append(
            Consequence(about=About.PARCELS, sentence=f"No parcel can be sent to {place}; the last one leaves before.")
        )
    if has_membership:
        found.append(
            Consequence(about=About.STAYS, sentence="The membership ends with the care; unused days are paid back.")
        )
    stays = "Check-ins, the urgent line and messages go on until a person closes the record."
    return [*found, Consequence(about=About.STAYS, sentence=stays)]
