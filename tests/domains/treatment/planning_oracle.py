"""The rules of a course read slowly: every choice of times is tried, and nothing is shared with the search."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clinic.treatment.rules.planning import Anchor, Booked, Candidate, Kind, Problem, Relax, Step, Style

DAYS_GRANTED = 14
PRICE = {
    Relax.PHYSICIAN: 10,
    Relax.PATIENT_HOURS: 12,
    Relax.SUPPORT_HOURS: 14,
    Relax.BEGIN: 8,
    Relax.EARLY: 20,
    Relax.LATE: 20,
    Relax.SPAN: 30,
}
LEVELS = {
    Style.WISHED: ("other", "outside", "spacing", "clock"),
    Style.EVEN: ("other", "spacing", "outside", "clock"),
    Style.SOONEST: ("end", "other", "outside", "deviation", "clock"),
}

Times = tuple[Candidate, ...]
Cost = tuple[int, ...]


class Disruption(NamedTuple):
    """What a course changes of what is booked: visits, then minutes."""

    visits: int
    minutes: int


def every_course(problem: Problem) -> Iterator[Times]:
    """Yield every choice of one time for each step in which no visit begins before the one before it ends."""

    def longer(chosen: Times, free: int) -> Iterator[Times]:
        if len(chosen) == len(problem.steps):
            yield chosen
            return
        for time in problem.steps[len(chosen)].candidates:
            if time.starts_at >= free:
                yield from longer((*chosen, time), time.ends_at)

    return longer((), max((one.ends_at for one in problem.anchors), default=0))


def asked(problem: Problem, times: Times) -> list[tuple[Relax, int]] | None:
    """Return what somebody would have to grant with the days each time, None if a rule is broken that always holds."""
    found: list[tuple[Relax, int]] = []
    sessions: list[Anchor | Candidate] = list(problem.anchors)
    for step, time in zip(problem.steps, times, strict=True):
        by_gap = asked_by_gap(step, time, sessions[-1]) if sessions else []
        if by_gap is None or (step.first_day is not None and time.day < step.first_day):
            return None
        found += [*((wish, 1) for wish in time.breaks), *by_gap]
        if step.last_day is not None and time.day > step.last_day:
            found.append((Relax.BEGIN if step.kind is Kind.SESSION else Relax.LATE, time.day - step.last_day))
        if step.kind is Kind.SESSION:
            sessions.append(time)
    if any(is_crowded(sessions, problem.weekly_most, day=one.day) for one in sessions[len(problem.anchors) :]):
        return None
    if is_over_a_cap(times):
        return None
    return with_length(problem, times, found)


def asked_by_gap(step: Step, time: Candidate, before: Anchor | Candidate) -> list[tuple[Relax, int]] | None:
    gap, spacing = time.day - before.day, step.spacing
    if gap < spacing.least_days:
        return None
    if step.kind is Kind.SESSION and time.starts_at - before.starts_at < spacing.least_gap:
        return None
    found = [(Relax.EARLY, spacing.from_days - gap)] if gap < spacing.from_days else []
    if spacing.most_days is not None and gap > spacing.most_days:
        found.append((Relax.LATE, gap - spacing.most_days))
    return found


def is_crowded(sessions: Sequence[object], most: int, *, day: int) -> bool:
    """Tell whether any seven days in a row that hold `day` have too many sessions."""
    return any(sum(first <= one.day < first + 7 for one in sessions) > most for first in range(day - 6, day + 1))


def is_over_a_cap(times: Times) -> bool:
    limits = [limit for time in times for limit in time.limits]
    return any(sum(other.key == limit.key for other in limits) > limit.room for limit in limits)


def with_length(problem: Problem, times: Times, found: list[tuple[Relax, int]]) -> list[tuple[Relax, int]] | None:
    days = [time.day for step, time in zip(problem.steps, times, strict=True) if step.kind is Kind.SESSION]
    span = problem.span
    if span is None or not days:
        return found
    length = days[-1] - (days[0] if span.first_day is None else span.first_day)
    if length < span.least_days:
        return None
    return [*found, (Relax.SPAN, length - span.most_days)] if length > span.most_days else found


def is_granted(problem: Problem, wanted: list[tuple[Relax, int]]) -> bool:
    return all(kind in problem.allow and days <= DAYS_GRANTED for kind, days in wanted)


def price(wanted: list[tuple[Relax, int]]) -> int:
    return sum(PRICE[kind] + days - 1 for kind, days in wanted)


def cost(problem: Problem, times: Times) -> Cost | None:
    """Return the cost of a course, level by level, None if it is not allowed."""
    wanted = asked(problem, times)
    if wanted is None or not is_granted(problem, wanted):
        return None
    base = min((time.day for step in problem.steps for time in step.candidates), default=0)
    last = max((index for index, step in enumerate(problem.steps) if step.kind is Kind.SESSION), default=-1)
    sums = {"other": 0, "outside": 0, "deviation": 0, "end": 0, "clock": 0}
    previous = problem.anchors[-1].day if problem.anchors else None
    for index, (step, time) in enumerate(zip(problem.steps, times, strict=True)):
        sums["other"] += time.is_other
        sums["outside"] += time.is_outside
        sums["clock"] += time.clock
        if index == last or step.kind is Kind.REVIEW:
            sums["end"] += time.day - base
        if previous is not None and step.spacing.target_days is not None:
            sums["deviation"] += (time.day - previous - step.spacing.target_days) ** 2
        previous = time.day if step.kind is Kind.SESSION else previous
    sums["spacing"] = 4 * sums["deviation"] + sums["end"]
    return (price(wanted), *(sums[name] for name in LEVELS[problem.style]))


def least_cost(problem: Problem) -> Cost | None:
    """Return the cost of the best course, None if there is none."""
    costs = (cost(problem, times) for times in every_course(problem))
    return min((one for one in costs if one is not None), default=None)


def as_number(levels: Cost) -> int:
    """Return a cost as the planner counts it: the shift of booked visits has a level of its own below the price."""
    number = levels[0] << 24
    for level in levels[1:]:
        number = (number << 24) + level
    return number


def disruption(problem: Problem, present: Sequence[Booked], times: Times) -> Disruption:
    """Return the fewest visits and then minutes that change when `present` becomes a course at `times`."""
    visits = minutes = 0
    for kind in Kind:
        new = [time[:2] for step, time in zip(problem.steps, times, strict=True) if step.kind is kind]
        old = [(one.physician_id, one.starts_at) for one in present if one.kind is kind]
        stay = set(new) & {one[2:4] for one in present if one.kind is kind and one.can_keep}
        visits += max(len(new), len(old)) - len(stay)
        minutes += least_shift(
            sorted(start for who, start in old if (who, start) not in stay),
            sorted(start for who, start in new if (who, start) not in stay),
        )
    return Disruption(visits, minutes)


def least_shift(old: list[int], new: list[int]) -> int:
    """Return the least sum of minutes when as many as possible of `old` move to one of `new` each."""
    if not old or not new:
        return 0
    if len(old) > len(new):
        old, new = new, old
    one, others = old[0], old[1:]
    return min(abs(one - start) // 60 + least_shift(others, new[:at] + new[at + 1 :]) for at, start in enumerate(new))
