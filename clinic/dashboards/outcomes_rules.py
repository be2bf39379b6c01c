"""How outcomes are counted: months, what is measured, and which numbers are too small to be shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clinic.treatment.rules.phases import Phase

LEAST = 5
"""A count from 1 to 4 could tell of one patient, so it is not shown (the usual limit for health statistics)."""

PHASES = (Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER, Phase.AFTERCARE)
"""The phases that outcomes are told for."""


class Outcome(StrEnum):
    """What is measured."""

    RESPONSE = "response"
    REMISSION = "remission"
    DROP_OUT = "drop_out"
    SIDE_EFFECTS = "side_effects"
    FLAGS = "flags"


@dataclass(frozen=True, slots=True)
class Count:
    """So many patients of so many."""

    part: int = 0
    whole: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a count; None is kept back. The part is only shown with its whole."""

    part: int | None
    whole: int | None

    @property
    def percent(self) -> float | None:
        """Return the rate in percent; None of nothing and of what is kept back."""
        return 100 * self.part / self.whole if self.whole and self.part is not None else None

    @property
    def is_kept_back(self) -> bool:
        """Tell whether there is something that is not shown."""
        return self.part is None or self.whole is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One month: a cell for each phase, and all of them together."""

    month: date
    phases: tuple[Shown, ...]
    total: Shown


def months(first: date, last: date) -> list[date]:
    """Return the first day of every month that the days touch."""
    found, month = [], first.replace(day=1)
    while month <= last:
        found.append(month)
        month = next_month(month)
    return found


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def rows_of(wanted: Iterable[date], counts: Mapping[tuple[date, Phase], Count]) -> list[Row]:
    """Return a row for each month with every number that may be shown."""
    return [shown_row(month, [counts.get((month, phase), Count()) for phase in PHASES]) for month in wanted]


def shown_row(month: date, counts: Sequence[Count]) -> Row:
    """Return one month without what is too small, and without what could be worked out from the rest of the row.

    A whole, the part and those who are left must each be nothing or at least five. Where a cell is kept back, another
    one is too, so that the total does not give it away; where there is no other, the total is kept back.
    """
    wholes = [count.whole for count in counts]
    hidden_wholes, hides_whole = _with_complement(wholes, {at for at, whole in enumerate(wholes) if _is_small(whole)})
    small = {at for at, count in enumerate(counts) if _is_small(count.part) or _is_small(count.whole - count.part)}
    hidden_parts, hides_part = _with_complement([count.part for count in counts], small | hidden_wholes)
    total = Count(sum(count.part for count in counts), sum(wholes))
    hides_part = hides_part or hides_whole or _is_small(total.part) or _is_small(total.whole - total.part)
    return Row(
        month=month,
        phases=tuple(
            _shown(count, hides_part=at in hidden_parts, hides_whole=at in hidden_wholes)
            for at, count in enumerate(counts)
        ),
        total=_shown(total, hides_part=hides_part, hides_whole=hides_whole),
    )


def _is_small(number: int) -> bool:
    return 0 < number < LEAST


def _shown(count: Count, *, hides_part: bool, hides_whole: bool) -> Shown:
    return Shown(None if hides_part else count.part, None if hides_whole else count.whole)


def _gives_away(missing: Sequence[int]) -> bool:
    """Tell whether the rest of the row tells what is missing: of one cell all of it, of few people too much."""
    return sum(missing) > 0 and (len(missing) == 1 or sum(missing) < LEAST)


def _with_complement(numbers: Sequence[int], hidden: Collection[int]) -> tuple[set[int], bool]:
    """Return which cells are kept back and whether the total is: until what is missing is two cells and five people.

    The smallest ones go first; an empty cell keeps nothing secret.
    """
    kept = set(hidden)
    others = sorted((at for at, number in enumerate(numbers) if at not in kept and number), key=numbers.__getitem__)
    while _gives_away([numbers[at] for at in kept]):
        if not others:
            return kept, True
        kept.add(others.pop(0))
    return kept, False
