"""How a check answers."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is: nothing to do, worth a look, does not work."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    level: Level
    what: str
    said: str
    remedy: str = ""


def fine(what: str, said: str) -> Finding:
    """Return a line about which there is nothing to do."""
    return Finding(Level.OK, what, said)


def judge(what: str, said: str, *, is_well: bool, remedy: str, otherwise: Level = Level.FAIL) -> Finding:
    """Return a fine line, or one of the given level with its remedy."""
    return fine(what, said) if is_well else Finding(otherwise, what, said, remedy)
