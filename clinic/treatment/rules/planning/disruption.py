"""Re-flow, its parts: visits as they are booked, what becomes of each, and which rows cannot go without others."""

from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from clinic.treatment.rules.planning.course import Candidate, Course, Kind, Limit, Placed, Problem, Step
from clinic.treatment.rules.planning.judging import Judged, Violation, as_anchor, as_visit, violations

_MINUTE = 60
KEEP, MOVE, BOOK, CANCEL = "keep", "move", "book", "cancel"


class Booked(NamedTuple):
    """A later visit as it is booked; `can_keep` is false where the time itself will not do any more."""

    key: Hashable
    kind: Kind
    physician_id: UUID
    starts_at: int
    ends_at: int
    day: int
    can_keep: bool = True
    limits: tuple[Limit, ...] = ()

    @property
    def time(self) -> Candidate:
        """Return the visit's time as one to choose from; nobody is asked for what was agreed to before."""
        return Candidate(self.physician_id, self.starts_at, self.ends_at, self.day, limits=self.limits)


class Row(NamedTuple):
    """What becomes of one visit and why; `needs` are the indexes of rows that have to be accepted with it."""

    what: str
    booked: Booked | None
    placed: Placed | None
    why: str = ""
    needs: tuple[int, ...] = ()

    @property
    def shift(self) -> int:
        """Return by how many minutes the visit moves, earlier or later."""
        if self.booked is None or self.placed is None:
            return 0
        return abs(self.placed.candidate.starts_at - self.booked.starts_at) // _MINUTE

    @property
    def starts_at(self) -> int:
        """Return when it will be, or would have been if it is canceled."""
        if self.placed is not None:
            return self.placed.candidate.starts_at
        return self.booked.starts_at if self.booked else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflow:
    """The rows in order of time, and the course that they make together."""

    rows: tuple[Row, ...]
    course: Course

    @property
    def changes(self) -> int:
        """Return how many visits change."""
        return sum(row.what != KEEP for row in self.rows)

    @property
    def shift(self) -> int:
        """Return the minutes by which visits move in all."""
        return sum(row.shift for row in self.rows)


class _Seated(NamedTuple):
    """A visit to be judged and the row that it comes from, None for one that took place."""

    visit: Judged
    row: int | None


def problems_of_rows(problem: Problem, rows: Sequence[Row], accepted: Collection[int]) -> tuple[Violation, ...]:
    """Return what would be wrong if only the accepted rows came true; `Violation.at` counts anchors first."""
    seated = _seated(problem, rows, accepted)
    return violations(
        [each.visit for each in seated], weekly_most=problem.weekly_most, span=problem.span, is_complete=False
    )


def with_needs(problem: Problem, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows, each with what it needs and why it changes."""
    return tuple(
        row if row.what == KEEP else row._replace(needs=tuple(sorted(_needs(problem, rows, index) - {index})))
        for index, row in enumerate(rows)
    )


def with_reasons(problem: Problem, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows, each that changes with the rule that it breaks as it is booked now."""
    seated = _seated(problem, rows, ())
    reasons: dict[int | None, str] = {}
    for violation in problems_of_rows(problem, rows, ()):
        reasons.setdefault(seated[violation.at].row, violation.sentence)
    return tuple(row._replace(why=_why(row, reasons.get(index))) for index, row in enumerate(rows))


def _why(row: Row, reason: str | None) -> str:
    if row.what == KEEP:
        return ""
    if row.booked is not None and not row.booked.can_keep:
        return "This time cannot be kept."
    if reason is not None:
        return reason
    return "The plan has one visit more." if row.what == BOOK else "So that the other visits keep their distance."


def _needs(problem: Problem, rows: Sequence[Row], index: int) -> set[int]:
    """Return the fewest rows, by adding one after the other, that leave nothing wrong that the row brings about."""
    changing = {at for at, row in enumerate(rows) if row.what != KEEP}
    wrong_before = _wrong(problem, rows, set())
    accepted = {index}
    while accepted != changing:
        missing = {
            at
            for pair, between in _wrong(problem, rows, accepted).items()
            if pair not in wrong_before or accepted & set(between)
            for at in _remedies(rows, between, changing - accepted)
        }
        if not missing:
            break
        accepted |= missing
    return accepted


def _remedies(rows: Sequence[Row], involved: Sequence[int], left: set[int]) -> set[int]:
    """Return the rows left that are involved, else those with a time between, else all."""
    named = left & set(involved)
    if named or not involved:
        return named or left
    first, last = (pick(rows[at].starts_at for at in involved) for pick in (min, max))
    return {at for at in left if first <= rows[at].starts_at <= last} or left


def _wrong(problem: Problem, rows: Sequence[Row], accepted: set[int]) -> dict[tuple[object, ...], tuple[int, ...]]:
    """Return everything wrong with the rows involved, which tell one thing from another."""
    seated = _seated(problem, rows, accepted)
    found: dict[tuple[object, ...], tuple[int, ...]] = {}
    for violation in problems_of_rows(problem, rows, accepted):
        first = violation.at if violation.other is None else violation.other
        involved = tuple(each.row for each in seated[first : violation.at + 1] if each.row is not None)
        found[violation.rule, seated[violation.at].row, seated[first].row] = involved
    return found


def _seated(problem: Problem, rows: Sequence[Row], accepted: Collection[int]) -> list[_Seated]:
    planned = list(_at_their_time(problem, rows, accepted))
    planned.sort(key=lambda each: each.visit.starts_at)
    return [*(_Seated(as_anchor(problem, one), None) for one in problem.anchors), *planned]


def _at_their_time(problem: Problem, rows: Sequence[Row], accepted: Collection[int]) -> Iterator[_Seated]:
    for index, row in enumerate(rows):
        if index in accepted:
            if row.placed is not None:
                yield _Seated(as_visit(*row.placed), index)
        elif row.booked is not None:
            step = row.placed.step if row.placed else _any_step(problem, row.booked.kind)
            yield _Seated(as_visit(step, row.booked.time), index)


def _any_step(problem: Problem, kind: Kind) -> Step:
    """Return a step like those of a kind, for a visit that is one too many."""
    alike = [step for step in problem.steps if step.kind is kind]
    return alike[-1] if alike else Step(number=0, kind=kind, visit_type="")
