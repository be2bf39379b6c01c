"""A physician's weekly hours."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.people.queries import lock_physician
from clinic.scheduling.actions.edits import HOURS_WIDENED, require_version, save, save_all, values_of
from clinic.scheduling.errors import HoursRefused, UnknownHours
from clinic.scheduling.models import AvailabilityRule
from clinic.scheduling.queries.hours import hours_of, weekly
from clinic.scheduling.rules.availability import WeeklyRule, overlap

_SUNDAY = 6
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_A_DAY = timedelta(days=1)


def add_hours(
    session: Session,
    *,
    physician_id: UUID,
    weekday: int,
    starts_at_local: time,
    ends_at_local: time,
    effective_from: date,
    effective_until: date | None,
    by: Actor,
    now: datetime,
) -> AvailabilityRule:
    """Add weekly hours in the physician's own zone; weekday 0 is Monday, the last day is included, None = no end.

    Raises HoursRefused for hours that make no sense or that overlap others of the same physician.
    """
    (rule,) = add_hours_on(
        session,
        physician_id=physician_id,
        weekdays=(weekday,),
        starts_at_local=starts_at_local,
        ends_at_local=ends_at_local,
        effective_from=effective_from,
        effective_until=effective_until,
        by=by,
        now=now,
    )
    return rule


def add_hours_on(
    session: Session,
    *,
    physician_id: UUID,
    weekdays: Collection[int],
    starts_at_local: time,
    ends_at_local: time,
    effective_from: date,
    effective_until: date | None,
    by: Actor,
    now: datetime,
) -> list[AvailabilityRule]:
    """Add the same weekly hours on several days of the week, all or none; raises what `add_hours` raises."""
    wanted = [
        WeeklyRule(weekday, starts_at_local, ends_at_local, effective_from, effective_until)
        for weekday in dict.fromkeys(weekdays)
    ]
    for each in wanted:
        _require_sense(each)
    lock_physician(session, physician_id)
    known = hours_of(session, physician_id)
    for each in wanted:
        _refuse_overlap(each, known, field="starts_at_local")
    rules = [_set(AvailabilityRule(id=new_id(), physician_id=physician_id, created_at=now), each) for each in wanted]
    save_all(session, rules, "hours.added", by=by, now=now)
    publish(session, HOURS_WIDENED, subject_id=physician_id, now=now)
    return rules


def change_hours(
    session: Session,
    *,
    rule_id: UUID,
    from_day: date,
    weekday: int,
    starts_at_local: time,
    ends_at_local: time,
    effective_until: date | None,
    by: Actor,
    now: datetime,
    version: int | None = None,
) -> AvailabilityRule:
    """Change weekly hours from a day on and return those that then hold; up to the day before the old ones stay.

    Raises what `add_hours` raises, UnknownHours and ChangedMeanwhile.
    """
    rule = _locked(session, rule_id, version=version)
    wanted = WeeklyRule(weekday, starts_at_local, ends_at_local, from_day, effective_until)
    _require_sense(wanted)
    _refuse_overlap(wanted, hours_of(session, rule.physician_id), field="starts_at_local", but=rule)
    if rule.effective_until is not None and from_day > rule.effective_until:
        raise HoursRefused(
            f"These hours end on {rule.effective_until:%B %-d, %Y}. Choose a day before that, or add new hours.",
            field="from_day",
        )
    before = values_of(rule)
    if from_day > rule.effective_from:
        rule.effective_until = from_day - _A_DAY
        save(session, rule, "hours.ended", by=by, now=now, before=before)
        rule = AvailabilityRule(id=new_id(), physician_id=rule.physician_id, created_at=now)
    _set(rule, wanted)
    save(session, rule, "hours.changed", by=by, now=now, before=before)
    publish(session, HOURS_WIDENED, subject_id=rule.physician_id, now=now)
    return rule


def end_hours(
    session: Session, *, rule_id: UUID, last_day: date, by: Actor, now: datetime, version: int | None = None
) -> AvailabilityRule:
    """Let weekly hours end after a day; with a day before their first one they never were. Visits stay."""
    rule = _locked(session, rule_id, version=version)
    before = values_of(rule)
    if last_day < rule.effective_from:
        rule.removed_at = now
    else:
        wanted = weekly(rule)._replace(effective_until=last_day)
        _refuse_overlap(wanted, hours_of(session, rule.physician_id), field="last_day", but=rule)
        rule.effective_until = last_day
    save(session, rule, "hours.ended", by=by, now=now, before=before)
    return rule


def _locked(session: Session, rule_id: UUID, *, version: int | None) -> AvailabilityRule:
    rule = session.get(AvailabilityRule, rule_id)
    if rule is None:
        raise _unknown()
    lock_physician(session, rule.physician_id)
    session.refresh(rule)
    if rule.removed_at is not None:
        raise _unknown()
    require_version(rule, version)
    return rule


def _unknown() -> UnknownHours:
    return UnknownHours("There are no such hours. They may have been removed already.")


def _require_sense(wanted: WeeklyRule) -> None:
    if not 0 <= wanted.weekday <= _SUNDAY:
        raise HoursRefused("Choose a day of the week.", field="weekday")
    if wanted.closes <= wanted.opens:
        raise HoursRefused("The hours must end after they start.", field="ends_at_local")
    if wanted.effective_until is not None and wanted.effective_until < wanted.effective_from:
        raise HoursRefused("The last day must not be before the first one.", field="effective_until")


def _set(rule: AvailabilityRule, wanted: WeeklyRule) -> AvailabilityRule:
    rule.weekday, rule.starts_at_local, rule.ends_at_local = wanted.weekday, wanted.opens, wanted.closes
    rule.effective_from, rule.effective_until = wanted.effective_from, wanted.effective_until
    return rule


def _refuse_overlap(
    wanted: WeeklyRule, known: Iterable[AvailabilityRule], *, field: str, but: AvailabilityRule | None = None
) -> None:
    """Refuse a second rule for the same time: to end one of the two would then change nothing."""
    for other in known:
        if other is not but and overlap(wanted, weekly(other)):
            raise HoursRefused(
                f"There are hours from {other.starts_at_local:%-I:%M %p} to {other.ends_at_local:%-I:%M %p} "
                f"on {_WEEKDAYS[other.weekday]} already. End those first, or choose times beside them.",
                field=field,
            )
