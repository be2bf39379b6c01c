"""Words of plans: phases, and the limits of what people write into them."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.kernel.text import clean_note
from clinic.treatment.errors import PlanRefused, ReasonTooShort
from clinic.treatment.rules.phases import NEXT_PHASES, Phase
from clinic.treatment.rules.protocols import Protocol

PHASE_NAMES: Mapping[Phase, str] = MappingProxyType(
    {
        Phase.EVALUATION: "Evaluation",
        Phase.INDUCTION: "Induction",
        Phase.MAINTENANCE: "Maintenance",
        Phase.TAPER: "Taper",
        Phase.AFTERCARE: "Aftercare",
        Phase.ENDED: "Ended",
    }
)
"""What staff call each phase."""

MOST_PRIOR = 500
_SHORTEST_REASON, _LONGEST_REASON = 5, 1000


def wanted_in(phase: Phase, protocol: Protocol) -> int | None:
    """Return how many sessions a phase has, where that is fixed."""
    wanted = {Phase.INDUCTION: protocol.induction.sessions, Phase.TAPER: len(protocol.taper.gaps_days)}
    return wanted.get(phase)


def phase_words(phase: Phase, *, taken: int, wanted: int | None) -> str:
    """Return a phase with how far it is: `Induction · 2 of 6 taken`, `Maintenance · 3 taken`, `Aftercare`."""
    name = PHASE_NAMES[phase]
    if phase not in {Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER}:
        return name
    if wanted is None and not taken:
        # "0 taken" would say that nothing ever took place, where all of it was before this plan.
        return name
    count = f"{taken} of {wanted}" if wanted is not None else f"{taken}"
    return f"{name} \u00b7 {count} taken"


def is_usual_next(old: Phase, new: Phase) -> bool:
    """Tell whether this is what most plans do next, so that nobody has to say why."""
    return NEXT_PHASES[old][:1] == (new,)


def written_reason(reason: str | None, *, is_needed: bool = True) -> str | None:
    """Return the reason on one line, or nothing where none is needed; raises ReasonTooShort, PlanRefused."""
    words = " ".join(clean_note(reason or "", field="reason").split())
    if not words and not is_needed:
        return None
    if len(words) < _SHORTEST_REASON:
        raise ReasonTooShort("Say in a few words why, so that others understand it later.", field="reason")
    return within(words, _LONGEST_REASON, field="reason")


def within(words: str, longest: int, *, field: str) -> str:
    """Return the words if they are not too many, else raise PlanRefused."""
    if len(words) > longest:
        raise PlanRefused(f"Write at most {longest} characters; this has {len(words)}.", field=field)
    return words
