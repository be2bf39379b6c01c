"""What a membership lets begin, and which days one of its ceilings counts in."""

from dataclasses import dataclass
from datetime import date

from clinic.kernel.localtime import months_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Whether new sessions and shipments may begin now, and their ceilings in the days of `zone`; None is none."""

    is_open: bool
    zone: str = "UTC"
    today: date | None = None
    period: tuple[date, date] | None = None
    most_sessions: int | None = None
    most_shipments: int | None = None

    @property
    def window(self) -> tuple[date, date] | None:
        """Return the days `[first, end)` that ceilings count in today."""
        return None if self.today is None else self.days_around(self.today)

    def days_around(self, day: date) -> tuple[date, date] | None:
        """Return the days `[first, end)` that a ceiling counts in for what is on `day`; months follow the period.

        None where no period runs, or for a day before it.
        """
        if self.period is None or day < self.period[0]:
            return None
        first, end = self.period
        months = 0
        while day >= end:
            months += 1
            first, end = end, months_after(self.period[1], months)
        return first, end
