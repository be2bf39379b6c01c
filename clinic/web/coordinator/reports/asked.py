"""Which visits a report is about: days and filters from the address, and whose the reader may count."""

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.dashboards.attendance import Wanted
from clinic.kernel.actor import Role
from clinic.kernel.errors import Invalid, NotFound
from clinic.kernel.localtime import in_zone
from clinic.people.queries import physician_of_staff
from clinic.web.frame.forms import FormModel, Line
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.slots import NearbyDay

READERS = (Role.COORDINATOR, Role.ADMIN, Role.PHYSICIAN)
MOST_DAYS = 366
_USUAL = timedelta(weeks=7)


class OutOfOrder(Invalid):
    """The days of a report are in the wrong order or too many."""

    code = "report_days"


class NoPhysicianRecord(NotFound):
    """The account signs in as a physician and is tied to none."""

    code = "no_physician_record"


class ReportQuery(FormModel):
    """Days (the last eight weeks if none are named) and filters."""

    first: NearbyDay | None = None
    last: NearbyDay | None = None
    physician: UUID | None = None
    type: Line | None = None
    where: Literal["FL", "NJ"] | None = None


def sees_everybody() -> bool:
    """Tell whether the reader may count every physician's visits."""
    return actor().has(Role.COORDINATOR, Role.ADMIN)


def wanted_of(session: Session, query: ReportQuery) -> Wanted:
    """Return what is to be counted; a physician counts only their own visits, whatever the address says."""
    zone = runtime().clinic.zone
    first, last = _days(query, today=in_zone(now(), zone).date())
    return Wanted(
        first=first,
        last=last,
        zone=zone,
        physician_ids=_whose(session, query),
        visit_type_code=query.type,
        state=query.where,
    )


def address_of(query: ReportQuery, wanted: Wanted) -> dict[str, str]:
    """Return the parameters of the same report's address."""
    left_out = {"first", "last"} if sees_everybody() else {"first", "last", "physician"}
    kept = query.model_dump(exclude=left_out, exclude_none=True)
    return {name: str(value) for name, value in {"first": wanted.first, "last": wanted.last, **kept}.items()}


def _days(query: ReportQuery, *, today: date) -> tuple[date, date]:
    last = query.last or max(today, query.first or today)
    monday = last - timedelta(days=last.weekday())
    first = query.first or monday - _USUAL
    if last < first:
        raise OutOfOrder("The last day is before the first one. Change one of them.", field="last")
    if (last - first).days >= MOST_DAYS:
        raise OutOfOrder(f"A report covers up to {MOST_DAYS} days. Choose a nearer last day.", field="last")
    return first, last


def _whose(session: Session, query: ReportQuery) -> list[UUID] | None:
    if sees_everybody():
        return [query.physician] if query.physician else None
    account = actor().id
    own = physician_of_staff(session, account) if account else None
    if own is None:
        raise NoPhysicianRecord("Your account is not tied to a physician yet. Ask an administrator to do that.")
    return [own.id]
