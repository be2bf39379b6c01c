"""Ten thousand memberships through three years of days: every day is paid once, at the price of that day."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from clinic.billing.rules.discounts import Rebate
from clinic.billing.rules.invoices import Line, LineKind, Standing, month, totals, upgrade
from clinic.billing.rules.periods import Period, Segment, period

MEMBERS = 10_000
FIRST, LAST = date(2027, 1, 1), date(2030, 1, 1)
"""With a February of 29 days in their midst."""
LOW, HIGH = 25_000, 35_000
PRICE, LINE = UUID(int=1), UUID(int=2)
QUARTER_OFF = Rebate(basis_points=2_500)


class Member:
    """One membership: the months that it was billed, and the days that it was on hold or paused."""

    def __init__(self, number: int) -> None:
        self.chance = Random(number)  # noqa: S311 - lives made up alike in every run
        self.starts_on = FIRST + timedelta(days=number % 366)
        self.rebate = QUARTER_OFF if number % 3 == 0 else None
        self.segments = [Segment(self.starts_on)]
        self.months: list[tuple[Period, list[Line]]] = []
        self.away: list[Period] = []

    def live(self) -> None:
        """Renew month after month until three years are over."""
        number = 0
        while (days := period(self.segments[-1], number)).start_on < LAST:
            lines = list(month(LOW, PRICE, period=days, rebate=self.rebate))
            happens = self.chance.random()
            if happens < 0.05:
                lines += self.raised(days)
            self.months.append((days, lines))
            if 0.05 <= happens < 0.10:
                number = self.held(days)
            elif 0.10 <= happens < 0.13:
                number = self.paused(days)
            else:
                number += 1

    def raised(self, days: Period) -> tuple[Line, ...]:
        """Come to a higher plan on some day of the month."""
        day = days.start_on + timedelta(days=self.chance.randrange(days.days))
        known = month(LOW, PRICE, period=days, rebate=self.rebate)
        standing = Standing(LINE, known[0].amount, -sum(line.amount for line in known[1:]), days)
        return upgrade(standing, HIGH, PRICE, period=days, day=day, rebate=self.rebate)

    def held(self, days: Period) -> int:
        """Be on hold for some days; what was left of the month is a segment of its own, then months count again."""
        from_on = days.start_on + timedelta(days=self.chance.randrange(days.days))
        back_on = from_on + timedelta(days=self.chance.randrange(1, 91))
        self.away.append(Period(from_on, back_on))
        rest = Segment(back_on, (days.end_on - from_on).days)
        self.segments += [rest, Segment(period(rest, 0).end_on)]
        return 0

    def paused(self, days: Period) -> int:
        """Pause from the end of the month on."""
        again_on = days.end_on + timedelta(days=self.chance.randrange(1, 90))
        self.away.append(Period(days.end_on, again_on))
        self.segments.append(Segment(again_on))
        return 0

    def used(self) -> Iterator[Period]:
        """Yield the days that were paid and not on hold, in stretches, each month's own."""
        for days, _ in self.months:
            holds = [each for each in self.away if days.start_on <= each.start_on < days.end_on]
            for each in holds:
                yield Period(days.start_on, each.start_on)
                yield Period(each.end_on, each.end_on + (days.end_on - each.start_on))
            if not holds:
                yield days


def test_no_day_is_missed_or_paid_twice_and_no_cent_is_lost():
    february = 0
    for number in range(MEMBERS):
        member = Member(number)
        member.live()
        stretches = sorted([each for each in (*member.used(), *member.away) if each.days])
        assert all(one.end_on == other.start_on for one, other in pairwise(stretches))
        assert stretches[0].start_on == member.starts_on
        assert stretches[-1].end_on >= LAST
        for days, lines in member.months:
            assert 28 <= days.days <= 31
            february += days.start_on <= date(2028, 2, 29) < days.end_on
            assert_paid_by_the_day(days, lines, member.rebate)
    assert february > 8_000


def assert_paid_by_the_day(days: Period, lines: list[Line], rebate: Rebate | None) -> None:
    """A month costs its price; one with a change costs what the days at each price cost, to the cent."""
    asked = totals(lines).total
    changed = [line for line in lines[1:] if line.kind is LineKind.MEMBERSHIP]
    share = 3 if rebate else 4
    if not changed:
        assert asked == LOW * share // 4
        return
    before = (changed[0].service.start_on - days.start_on).days
    exact = (LOW * before + HIGH * (days.days - before)) * share
    assert abs(asked * 4 * days.days - exact) <= 2 * 4 * days.days
