"""When wrong guesses are somebody's program, and what an administrator reads about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from clinic.access.rules.throttles import ALARM_COUNT, GuessKind

_SAID = {
    GuessKind.PASSWORD: ("wrong password", "for", "account"),
    GuessKind.CODE: ("wrong code", "for", "account"),
    GuessKind.BIRTH_DATE: ("wrong birth date", "on", "visit link"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessed:
    """Wrong guesses of one kind within the hour, and at how many accounts or links they were aimed."""

    kind: GuessKind
    tries: int
    targets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Guessing:
    """All wrong guesses within the hour; `busiest` is the address that most came from, if one is known."""

    of_kinds: Sequence[Guessed] = field(default_factory=tuple)
    addresses: int = 0
    busiest: str | None = None

    @property
    def tries(self) -> int:
        """Return how many guesses there were of every kind."""
        return sum(one.tries for one in self.of_kinds)

    @property
    def is_alarming(self) -> bool:
        """Tell whether this is more than people do."""
        return self.tries >= ALARM_COUNT


def alarm_words(guessing: Guessing) -> str:
    """Return what is going on and what to do; numbers only, since what was typed may be a person's secret."""
    said = [_part(one) for one in guessing.of_kinds]
    listed = " and ".join(part for part in (", ".join(said[:-1]), said[-1]) if part)
    source = f", from {_many(guessing.addresses, 'address', 'addresses')}" if guessing.addresses else ""
    block = f" and ask whoever looks after the servers to block {guessing.busiest}" if guessing.busiest else ""
    return (
        f"Somebody is guessing: {listed} within an hour{source}. Further tries are slowed down by themselves. "
        f"Check that you know every account on the staff list, turn off those that nobody uses{block}."
    )


def _part(one: Guessed) -> str:
    what, where, target = _SAID[one.kind]
    return f"{_many(one.tries, what)} {where} {_many(one.targets, target)}"


def _many(count: int, one: str, several: str | None = None) -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"
