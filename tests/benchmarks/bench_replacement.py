"""Prints how the assignment of new places compares with greedy choice and with trying every combination."""

import random
import sys
import time
from collections.abc import Callable
from itertools import product

import ground  # also sets the path

from clinic.replacement.rules.assigning import Assignment, Place, Taken, assign, greedy

ROUNDS = 2 if "--short" in sys.argv else 5
QUARTERS_A_DAY, DAYS = 32, 5
PLACES_COMPARED = 120
"""As many as `queries/places.py` keeps for one visit."""

Rows = list[list[Place]]


def town(visits: int, physicians: int, *, free: float, lengths: tuple[int, ...], seed: int) -> Rows:
    """Return visits of one physician on five days and the free places with colleagues, two of three licensed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    open_ = {
        (who, day, quarter)
        for who, day, quarter in product(range(physicians), range(DAYS), range(QUARTERS_A_DAY))
        if chance.random() < free
    }
    return [_row(number, open_, physicians, length=chance.choice(lengths), chance=chance) for number in range(visits)]


def _row(
    number: int, open_: set[tuple[int, int, int]], physicians: int, *, length: int, chance: random.Random
) -> list[Place]:
    day, quarter = chance.randrange(DAYS), chance.randrange(QUARTERS_A_DAY - length)
    licensed = chance.sample(range(physicians), max(1, 2 * physicians // 3))
    found = []
    for who, at_day, at in product(licensed, range(DAYS), range(QUARTERS_A_DAY - length + 1)):
        if all((who, at_day, at + more) in open_ for more in range(length)):
            begin = at_day * 96 + at
            apart = 15 * abs(at - quarter)
            tier = (
                0 if (at_day, at) == (day, quarter) else 10_000 if at_day == day else 100_000 + 1440 * abs(at_day - day)
            )
            takes = (Taken(who, begin, begin + length), Taken(("patient", number), begin, begin + length))
            found.append(Place((who, at_day, at), tier + apart + 60 * (who % 3), takes))
    return sorted(found, key=lambda place: place.cost)[:PLACES_COMPARED]


def try_all(rows: Rows) -> Assignment:
    """Return the best of every combination there is."""
    sound = (chosen for chosen in product(*([None, *row] for row in rows)) if _goes_together(chosen))
    return min((Assignment(chosen, is_best=True) for chosen in sound), key=lambda found: found.score)


def _goes_together(chosen: tuple[Place | None, ...]) -> bool:
    taken: list[Taken] = []
    for place in chosen:
        for one in place.takes if place else ():
            if any(one.owner == other.owner and one.begin < other.end and other.begin < one.end for other in taken):
                return False
            taken.append(one)
    return True


def measured(work: Callable[[Rows], Assignment], cases: list[Rows]) -> tuple[float, list[Assignment]]:
    """Return the seconds of processor time for all cases, and the answers."""
    begin = time.process_time()
    found = [work(rows) for rows in cases]
    return max(time.process_time() - begin, 1e-6), found


def against_greedy(name: str, *, free: float, lengths: tuple[int, ...], visits: int = 60) -> None:
    """Print one line: how many more are placed, at what part of the cost, at how many times the time."""
    cases = [town(visits, 20, free=free, lengths=lengths, seed=seed) for seed in range(ROUNDS)]
    slow, best = measured(assign, cases)
    fast, quick = measured(greedy, cases)
    left = [sum(one.score[0] for one in answers) / ROUNDS for answers in (best, quick)]
    cost = sum(one.score[1] for one in best) / max(1, sum(one.score[1] for one in quick))
    proven = sum(one.is_best for one in best)
    ground.say(
        f"  {name:34} without a place {left[0]:.1f} against {left[1]:.1f}, cost {cost:.3f} of greedy's, "
        f"time {slow / fast:.0f} times greedy's ({1000 * slow / ROUNDS:.0f} ms), proven best {proven} of {ROUNDS}"
    )


def main() -> None:
    """Print both comparisons."""
    ground.say("60 visits, 20 physicians, 5 days, at most 120 places each:")
    for free in (0.9, 0.5, 0.3):
        against_greedy(f"{free:.0%} free, half hours", free=free, lengths=(2,))
        against_greedy(f"{free:.0%} free, 30 to 60 minutes", free=free, lengths=(2, 3, 4))
    against_greedy("scarce: 17% free, half hours", free=0.17, lengths=(2,))
    against_greedy("200 visits, 50% free", free=0.5, lengths=(2, 3), visits=200)
    small = [[row[:4] for row in town(5, 2, free=0.35, lengths=(2, 3), seed=seed)] for seed in range(10 * ROUNDS)]
    slow, every = measured(try_all, small)
    fast, best = measured(assign, small)
    equal = sum(one.score == other.score for one, other in zip(every, best, strict=True))
    ground.say(
        f"5 visits, 4 places each: equal to every combination in {equal} of {len(small)} cases; "
        f"that takes {slow / fast:.0f} times as long"
    )


if __name__ == "__main__":
    main()
