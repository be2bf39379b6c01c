"""How much a sign asks for."""

from enum import IntEnum


class Level(IntEnum):
    """How much a signal asks for: INFO stays in the chart, HOLD stops the next session, URGENT pages."""

    INFO = 1
    WATCH = 2
    REVIEW = 3
    HOLD = 4
    URGENT = 5
