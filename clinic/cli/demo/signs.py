"""Who shows which sign at the demo clinic: for every rule that can have data somebody whose answers or findings fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from clinic.cli.demo.answers import TOTAL, Wishes
from clinic.monitoring.rules.findings import FindingKind

ROUNDS = (12, 7, 2)
"""So many days ago physicians asked everybody for a round of answers, besides what the calendar asks."""

ASKED = ("phq9", "gad7", "sds_ketamine", "craving")

_K = FindingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a physician wrote down so many days ago."""

    ago: int
    kind: FindingKind
    details: Mapping[str, object] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """One patient's answers over the three rounds; `lately` holds from the second round on, `last` in the third.

    `rounds` are those in which the patient is asked; `also` is asked from the second round on; with `leaves_last` the
    third round is not answered yet.
    """

    phq9: tuple[int, int, int] = (11, 8, 6)
    gad7: tuple[int, int, int] = (9, 7, 5)
    sds: tuple[int, int, int] = (1, 1, 1)
    craving: tuple[int, int, int] = (1, 1, 0)
    lately: Wishes = field(default_factory=dict)
    last: Wishes = field(default_factory=dict)
    also: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()
    rounds: tuple[int, ...] = (0, 1, 2)
    answers: bool = True
    leaves_last: bool = False

    def wishes(self, number: int) -> dict[tuple[str, str], int]:
        """Return what the patient answers in a round, 0 being the first."""
        return {
            ("phq9", TOTAL): self.phq9[number],
            ("gad7", TOTAL): self.gad7[number],
            ("sds_ketamine", TOTAL): self.sds[number],
            ("craving", "now"): self.craving[number],
            **(self.lately if number > 0 else {}),
            **(self.last if number > 1 else {}),
        }


_WITHDRAWAL: Wishes = MappingProxyType(
    {("withdrawal", item): 2 for item in ("craving", "anxiety", "poor_sleep", "shaking")}
    | {("withdrawal", "started_within"): 1, ("withdrawal", "eased_after"): 1}
)

SIGNS: Mapping[int, Signs] = MappingProxyType(
    {
        2: Signs(phq9=(16, 9, 4), gad7=(13, 8, 4)),
        7: Signs(
            phq9=(14, 13, 12),
            gad7=(10, 10, 9),
            craving=(2, 4, 7),
            also=("tolerance",),
            last={("tolerance", "less_effect"): 1},
            found=(Found(ago=3, kind=_K.DOSE_REQUEST),),
        ),
        9: Signs(
            phq9=(15, 12, 9),
            gad7=(12, 9, 8),
            sds=(1, 3, 6),
            found=(
                Found(ago=3, kind=_K.TOOK_MORE, details={"units_taken": 5, "units_ordered": 4, "had_symptoms": False}),
            ),
        ),
        11: Signs(
            phq9=(13, 9, 5),
            gad7=(8, 6, 3),
            rounds=(1, 2),
            also=("lurn_si10", "bladder_extra"),
            lately={("lurn_si10", "q1"): 2, ("lurn_si10", "q5"): 2},
            last={("bladder_extra", "blood"): 1},
        ),
        13: Signs(
            phq9=(10, 10, 9),
            gad7=(11, 9, 8),
            rounds=(1, 2),
            also=("substances", "audit_c"),
            last={("substances", "kratom"): 1, ("audit_c", "q1"): 4, ("audit_c", "q2"): 1, ("audit_c", "q3"): 2},
            found=(
                Found(ago=9, kind=_K.ADDRESS_CHANGED, details={"what": "address"}),
                Found(ago=3, kind=_K.ADDRESS_CHANGED, details={"what": "phone"}),
            ),
        ),
        19: Signs(
            rounds=(2,),
            phq9=(6, 4, 3),
            gad7=(5, 4, 3),
            sds=(0, 0, 0),
            craving=(0, 0, 0),
            found=(Found(ago=6, kind=_K.TEST, details={"test": "urine"}),),
        ),
        27: Signs(
            phq9=(19, 13, 8),
            gad7=(15, 11, 7),
            also=("side_effects", "headache_session", "sleep", "unit_count"),
            last={
                ("side_effects", "nausea"): 3,
                ("headache_session", "any"): 1,
                ("headache_session", "onset"): 2,
                ("headache_session", "severity"): 7,
                ("headache_session", "hours"): 9,
                ("headache_session", "helped_rest"): 1,
            },
        ),
        28: Signs(
            phq9=(17, 16, 16),
            found=(
                Found(ago=5, kind=_K.CONCERN, details={"who": "family"}),
                Found(ago=2, kind=_K.ASKS_TO_STOP),
            ),
        ),
        29: Signs(answers=False),
        30: Signs(
            phq9=(14, 14, 14),
            gad7=(12, 12, 12),
            rounds=(2,),
            leaves_last=True,
            found=(Found(ago=1, kind=_K.LOST, details={"what": "damaged"}),),
        ),
        31: Signs(
            phq9=(8, 10, 16),
            also=("side_effects_between",),
            lately={("side_effects_between", "memory"): 2},
            last={("phq9", "q9"): 1, ("c_ssrs", "q1"): 1},
            found=(Found(ago=3, kind=_K.MEMORY, details={"severity": "2"}),),
        ),
        32: Signs(
            phq9=(17, 14, 12), gad7=(14, 12, 10), rounds=(1, 2), also=("withdrawal",), lately=_WITHDRAWAL, sds=(2, 4, 5)
        ),
        33: Signs(
            phq9=(9, 9, 9),
            gad7=(6, 6, 6),
            rounds=(2,),
            found=(Found(ago=2, kind=_K.OUTSIDE_SUPPLY, details={"source": "clinic"}),),
        ),
        34: Signs(
            phq9=(5, 5, 6), gad7=(4, 4, 4), craving=(1, 0, 0), also=("withdrawal",), last={("withdrawal", "fatigue"): 1}
        ),
        36: Signs(
            phq9=(13, 10, 6),
            gad7=(9, 8, 8),
            sds=(1, 1, 3),
            craving=(1, 2, 4),
            also=("vitals",),
            last={("vitals", "systolic"): 146, ("vitals", "diastolic"): 88},
        ),
        37: Signs(phq9=(18, 18, 18), gad7=(16, 16, 16), rounds=(2,)),
        38: Signs(
            phq9=(12, 9, 6),
            gad7=(7, 7, 6),
            rounds=(2,),
            also=("use_pattern",),
            last={("use_pattern", "alone"): 1},
            found=(Found(ago=4, kind=_K.IMPAIRED, note="Slurred at the start of the video visit; says no alcohol."),),
        ),
    }
)
"""By the place in the list; whoever is left out answers what the calendar asks, with nothing to tell."""
