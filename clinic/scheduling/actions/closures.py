"""Days on which the whole clinic is closed, typed or taken from the public holidays."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_every_physician
from clinic.people.rules import STATES
from clinic.scheduling.actions.edits import require_version, save, values_of
from clinic.scheduling.errors import ClosureRefused, UnknownClosure
from clinic.scheduling.models import ClinicClosure
from clinic.scheduling.queries.closures import closures, holidays_decided, holidays_key
from clinic.scheduling.rules.public_holidays import PublicHoliday, holidays_between
from clinic.worklist.actions import close_for, open_item
from clinic.worklist.queries import was_opened
from clinic.worklist.rules import Outcome, WorkKind

_ASKED_FROM = 10  # October
_LONGEST_NAME = 80
_LONGEST = timedelta(days=366)
_FARTHEST = timedelta(days=3 * 366)
# Somewhere on earth the day may still be the one before.
_STILL_TODAY = timedelta(hours=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    name: str
    state: str | None
    first_day: date
    last_day: date
    starts_at_local: time | None = None
    ends_at_local: time | None = None
    holiday: str | None = None


def add_closure(
    session: Session,
    *,
    name: str,
    state: str | None,
    first_day: date,
    last_day: date,
    by: Actor,
    now: datetime,
    starts_at_local: time | None = None,
    ends_at_local: time | None = None,
) -> ClinicClosure:
    """Close the clinic from the first day through the last, in every physician's own calendar; visits stay.

    Without times whole days are closed, else these hours of each. `state` closes for patients who are there only.
    Raises ClosureRefused.
    """
    wanted = _Wanted(
        name=" ".join(name.split()),
        state=state,
        first_day=first_day,
        last_day=last_day,
        starts_at_local=starts_at_local,
        ends_at_local=ends_at_local,
    )
    _require_sense(wanted, now=now)
    lock_every_physician(session)
    return _add(session, wanted, by=by, now=now)


def change_closure(
    session: Session,
    *,
    closure_id: UUID,
    name: str,
    state: str | None,
    first_day: date,
    last_day: date,
    starts_at_local: time | None,
    ends_at_local: time | None,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> ClinicClosure:
    """Change a closure; raises ClosureRefused, UnknownClosure, ChangedMeanwhile."""
    row = _locked(session, closure_id)
    if row.removed_at is not None:
        raise _unknown()
    require_version(row, version)
    wanted = _Wanted(
        name=" ".join(name.split()),
        state=state,
        first_day=first_day,
        last_day=last_day,
        starts_at_local=starts_at_local,
        ends_at_local=ends_at_local,
        holiday=row.holiday,
    )
    _require_sense(wanted, now=now)
    before = values_of(row)
    for field, value in asdict(wanted).items():
        setattr(row, field, value)
    save(session, row, "closure.changed", by=by, now=now, before=before)
    return row


def remove_closure(
    session: Session, *, closure_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> ClinicClosure:
    """Take back a closure; removing it again changes nothing."""
    row = _locked(session, closure_id)
    if row.removed_at is None:
        require_version(row, version)
        before = values_of(row)
        row.removed_at = now
        save(session, row, "closure.removed", by=by, now=now, before=before)
    return row


def take_holidays(session: Session, *, keys: Collection[str], by: Actor, now: datetime) -> list[ClinicClosure]:
    """Close the clinic on these public holidays, all of them or none; those it is closed for already are left out.

    A holiday of one state closes for patients who are there. Settles the yearly task. Raises ClosureRefused.
    """
    wanted = [_of_holiday(_holiday(key)) for key in dict.fromkeys(keys)]
    for one in wanted:
        _require_sense(one, now=now)
    lock_every_physician(session)
    taken = {row.holiday for row in closures(session)}
    rows = [_add(session, one, by=by, now=now) for one in wanted if one.holiday not in taken]
    for year in sorted({one.first_day.year for one in wanted}):
        close_for(session, dedupe_key=holidays_key(year), by=by, now=now)
    return rows


def take_no_holidays(session: Session, *, year: int, by: Actor, now: datetime) -> None:
    """Remember that no holiday of a year will be taken, so that nobody is asked again."""
    ask_for_holidays(session, year=year, by=by, now=now)
    close_for(session, dedupe_key=holidays_key(year), by=by, now=now, outcome=Outcome.NOT_NEEDED)


def ask_for_holidays(session: Session, *, year: int, by: Actor, now: datetime) -> None:
    """Open the task to decide on which public holidays of a year the clinic is closed."""
    open_item(
        session,
        kind=WorkKind.HOLIDAYS_UNDECIDED,
        dedupe_key=holidays_key(year),
        reason=f"Choose the public holidays of {year} on which the clinic is closed, or say that it is always open.",
        subject_kind="clinic",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )


def watch_holidays(session: Session, *, now: datetime, by: Actor) -> None:
    """From October on, ask once for the holidays of the next year unless somebody decided on them already."""
    year = now.year + 1
    if now.month < _ASKED_FROM or was_opened(session, dedupe_key=holidays_key(year)):
        return
    if not holidays_decided(session, year=year):
        ask_for_holidays(session, year=year, by=by, now=now)


def _add(session: Session, wanted: _Wanted, *, by: Actor, now: datetime) -> ClinicClosure:
    row = ClinicClosure(id=new_id(), created_at=now, **asdict(wanted))
    save(session, row, "closure.added", by=by, now=now)
    return row


def _locked(session: Session, closure_id: UUID) -> ClinicClosure:
    """Return a closure as it is now; bookings of every physician wait until the change is made."""
    lock_every_physician(session)
    row = session.get(ClinicClosure, closure_id, populate_existing=True)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> UnknownClosure:
    return UnknownClosure("There is no such closure. It may have been removed already.")


def _holiday(key: str) -> PublicHoliday:
    year = key[:4]
    if year.isascii() and year.isdecimal() and int(year):
        for found in holidays_between(date(int(year), 1, 1), date(int(year), 12, 31)):
            if found.key == key:
                return found
    raise ClosureRefused("One of these is not a holiday we know. Open the list again.", field="keys")


def _of_holiday(found: PublicHoliday) -> _Wanted:
    state = None if set(found.states) == set(STATES) else found.states[0]
    return _Wanted(name=found.name, state=state, first_day=found.day, last_day=found.day, holiday=found.key)


def _require_sense(wanted: _Wanted, *, now: datetime) -> None:
    if not 1 <= len(wanted.name) <= _LONGEST_NAME:
        raise ClosureRefused(f"Give the closure a name of up to {_LONGEST_NAME} characters.", field="name")
    if wanted.state is not None and wanted.state not in STATES:
        raise ClosureRefused("Choose a state, or both.", field="state")
    _require_days(wanted, today=(now - _STILL_TODAY).date())
    _require_times(wanted)


def _require_days(wanted: _Wanted, *, today: date) -> None:
    if wanted.last_day < wanted.first_day:
        raise ClosureRefused("The last day must not be before the first one.", field="last_day")
    if wanted.last_day - wanted.first_day > _LONGEST:
        raise ClosureRefused("This is longer than a year. Choose fewer days.", field="last_day")
    if wanted.last_day < today:
        raise ClosureRefused(f"{wanted.name} has passed already. Choose later days.", field="last_day")
    if wanted.first_day - today > _FARTHEST:
        raise ClosureRefused("This is more than three years ahead. Choose earlier days.", field="first_day")


def _require_times(wanted: _Wanted) -> None:
    begins, ends = wanted.starts_at_local, wanted.ends_at_local
    if (begins is None) != (ends is None):
        missing = "starts_at_local" if begins is None else "ends_at_local"
        raise ClosureRefused("Give both times, or none for whole days.", field=missing)
    if begins is not None and ends is not None and ends <= begins:
        raise ClosureRefused("The closing must end after it starts.", field="ends_at_local")
