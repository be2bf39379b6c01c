"""A rule about the planner, from what the desk was told: in a simulation nobody books in between."""

from collections import Counter
from dataclasses import dataclass, field

from clinic.simulation.truths.asking import Found
from clinic.treatment.errors import CourseRefused


@dataclass
class Proposals:
    """How many proposed courses were to be booked, and what booking refused of them."""

    tried: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def note(self, refusal: CourseRefused) -> None:
        """Keep why a course could not be booked as it was proposed."""
        self.refused.update({problem.sentence for problem in refusal.problems} or {refusal.message})


def what_is_proposed_can_be_booked(proposals: Proposals) -> Found:
    """What the planner proposes can be booked."""
    faults = (f"{sentence} (x{count})" for sentence, count in sorted(proposals.refused.items()))
    return Found(proposals.tried, tuple(faults))
