"""Which months outcomes are asked for, from the address."""

from datetime import date

from clinic.dashboards.outcomes import Wanted
from clinic.dashboards.outcomes_rules import months
from clinic.kernel.errors import Invalid
from clinic.kernel.localtime import in_zone
from clinic.web.frame.forms import FormModel
from clinic.web.frame.requests import now, runtime
from clinic.web.slots import NearbyDay

MOST_MONTHS = 24
_USUAL = 6


class TooManyMonths(Invalid):
    """The months are in the wrong order or too many."""

    code = "outcome_months"


class OutcomeQuery(FormModel):
    """Days in the first and the last month; the last six months if none are named."""

    first: NearbyDay | None = None
    last: NearbyDay | None = None


def wanted_of(query: OutcomeQuery) -> Wanted:
    """Return the months asked for by the clinic's clock."""
    zone = runtime().clinic.zone
    last = query.last or max(in_zone(now(), zone).date(), query.first or date.min)
    first = query.first or _before(last, _USUAL - 1)
    if last < first:
        raise TooManyMonths("The last day is before the first one. Change one of them.", field="last")
    if len(months(first, last)) > MOST_MONTHS:
        raise TooManyMonths(f"Choose at most {MOST_MONTHS} months, so that the page stays readable.", field="first")
    return Wanted(first=first, last=last, zone=zone)


def _before(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return date(year, month + 1, 1)
