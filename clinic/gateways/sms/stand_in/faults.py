"""Which requests and delivery reports go wrong, drawn from a seed so that a run can be repeated."""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Ways for a request to create a text to go wrong; those that begin with `accept` keep the text."""

    BUSY = "429"
    BEFORE_500 = "500-before"
    BEFORE_503 = "503-before"
    RESET = "reset"
    ACCEPT_500 = "accept-500"
    ACCEPT_DROP = "accept-drop"
    ACCEPT_STALL = "accept-stall"
    ACCEPT_HALF = "accept-half"


KEEPS_THE_TEXT = frozenset({Fault.ACCEPT_500, Fault.ACCEPT_DROP, Fault.ACCEPT_STALL, Fault.ACCEPT_HALF})


@dataclass
class FaultPlan:
    """Probabilities of faults; `stall`, `delay` (of each report) and `list_lag` are seconds.

    `early` is the share of first reports sent before the request is answered.
    """

    rate: float = 0.0
    kinds: tuple[Fault, ...] = tuple(Fault)
    seed: int = 0
    lost: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    early: float = 0.0
    stall: float = 15.0
    delay: float = 0.0
    list_lag: float = 0.0
    _random: random.Random = field(init=False, repr=False)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a repeatable draw, nothing secret

    def draw(self) -> Fault | None:
        """Return what goes wrong with the next request, or None."""
        with self._lock:
            return self._random.choice(self.kinds) if self._random.random() < self.rate else None

    def happens(self, share: float) -> bool:
        """Say yes in this share of cases."""
        with self._lock:
            return self._random.random() < share

    def between(self, low: float, high: float) -> float:
        """Return a number of seconds between two."""
        with self._lock:
            return self._random.uniform(low, high)


def parse_plan(spec: str) -> FaultPlan:
    """Read `rate=0.33,seed=1,kinds=429,accept-500,lost=0.2`; words without `=` go on with the kinds.

    Raises ValueError that names what cannot be read.
    """
    numbers: dict[str, float] = {}
    kinds: list[Fault] = []
    for word in filter(None, (part.strip() for part in spec.split(","))):
        name, sign, value = word.partition("=")
        if not sign or name == "kinds":
            kinds.append(Fault(value if sign else name))
        else:
            numbers[_known(name)] = float(value)
    seed = int(numbers.pop("seed", 0))
    return FaultPlan(kinds=tuple(kinds) or tuple(Fault), seed=seed, **numbers)


_NUMBERS = frozenset({"rate", "seed", "lost", "doubled", "reordered", "early", "stall", "delay", "list_lag"})


def _known(name: str) -> str:
    if name not in _NUMBERS:
        raise ValueError(f"unknown fault setting: {name}")
    return name
