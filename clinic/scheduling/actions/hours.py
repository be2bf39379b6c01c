"""Weekly hours and exceptions to them."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_physician
from clinic.scheduling.errors import HoursRefused, UnknownHours
from clinic.scheduling.models import AvailabilityOverride, AvailabilityRule
from clinic.scheduling.queries.hours import hours_of, weekly
from clinic.scheduling.rules.availability import OverrideKind, WeeklyRule, overlap

_SUNDAY = 6
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_LONGEST_EXCEPTION = timedelta(days=366)


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
    if not 0 <= weekday <= _SUNDAY:
        raise HoursRefused("Choose a day of the week.", field="weekday")
    if ends_at_local <= starts_at_local:
        raise HoursRefused("The hours must end after they start.", field="ends_at_local")
    if effective_until is not None and effective_until < effective_from:
        raise HoursRefused("The last day must not be before the first one.", field="effective_until")
    lock_physician(session, physician_id)
    rule = AvailabilityRule(
        id=new_id(),
        physician_id=physician_id,
        weekday=weekday,
        starts_at_local=starts_at_local,
        ends_at_local=ends_at_local,
        effective_from=effective_from,
        effective_until=effective_until,
        created_at=now,
    )
    _refuse_overlap(session, rule, weekly(rule), field="starts_at_local")
    _save(session, rule, "hours.added", by=by, now=now)
    return rule


def end_hours(
    session: Session, *, rule_id: UUID, last_day: date, by: Actor, now: datetime, version: int | None = None
) -> AvailabilityRule:
    """Let weekly hours end after a day; with a day before their first one they never were. Visits stay."""
    rule = session.get(AvailabilityRule, rule_id)
    if rule is None or rule.removed_at is not None:
        raise UnknownHours("There are no such hours. They may have been removed already.")
    lock_physician(session, rule.physician_id)
    session.refresh(rule)
    _require_version(rule, version)
    if last_day < rule.effective_from:
        rule.removed_at = now
    else:
        _refuse_overlap(session, rule, weekly(rule)._replace(effective_until=last_day), field="last_day")
        rule.effective_until = last_day
    _save(session, rule, "hours.ended", by=by, now=now)
    return rule


def add_override(
    session: Session,
    *,
    physician_id: UUID,
    kind: OverrideKind,
    starts_at: datetime,
    ends_at: datetime,
    note: str,
    by: Actor,
    now: datetime,
) -> AvailabilityOverride:
    """Open or close a stretch of a physician's time whatever the week says; visits within it stay as they are."""
    if ends_at <= starts_at:
        raise HoursRefused("The end must be after the start.", field="ends_at")
    if ends_at - starts_at > _LONGEST_EXCEPTION:
        raise HoursRefused("This is longer than a year. Change the weekly hours instead.", field="ends_at")
    if ends_at <= now:
        raise HoursRefused("This has passed already. Choose a later time.", field="ends_at")
    lock_physician(session, physician_id)
    override = AvailabilityOverride(
        id=new_id(),
        physician_id=physician_id,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        note=note,
        created_at=now,
    )
    _save(session, override, "exception.added", by=by, now=now)
    return override


def remove_override(
    session: Session, *, override_id: UUID, by: Actor, now: datetime, version: int | None = None
) -> AvailabilityOverride:
    """Take back an exception; removing it again changes nothing."""
    override = session.get(AvailabilityOverride, override_id)
    if override is None:
        raise UnknownHours("There is no such exception.")
    lock_physician(session, override.physician_id)
    session.refresh(override)
    if override.removed_at is None:
        _require_version(override, version)
        override.removed_at = now
        _save(session, override, "exception.removed", by=by, now=now)
    return override


def _refuse_overlap(session: Session, rule: AvailabilityRule, wanted: WeeklyRule, *, field: str) -> None:
    """Refuse a second rule for the same time: to end one of the two would then change nothing."""
    with session.no_autoflush:
        others = [other for other in hours_of(session, rule.physician_id) if other.id != rule.id]
    for other in others:
        if overlap(wanted, weekly(other)):
            raise HoursRefused(
                f"There are hours from {other.starts_at_local:%-I:%M %p} to {other.ends_at_local:%-I:%M %p} "
                f"on {_WEEKDAYS[other.weekday]} already. End those first, or choose times beside them.",
                field=field,
            )


def _require_version(row: AvailabilityRule | AvailabilityOverride, version: int | None) -> None:
    if version is not None:
        row.require_version(version)


def _save(
    session: Session, row: AvailabilityRule | AvailabilityOverride, action: str, *, by: Actor, now: datetime
) -> None:
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    journal.note(
        session,
        action,
        subject_kind=row.__tablename__,
        subject_id=row.id,
        at=now,
        patient_ids=(),
        physician_id=str(row.physician_id),
        **_times(row),
    )


def _times(row: AvailabilityRule | AvailabilityOverride) -> dict[str, object]:
    if isinstance(row, AvailabilityOverride):
        return {"kind": row.kind, "starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
    return {
        "weekday": row.weekday,
        "hours": f"{row.starts_at_local:%H:%M}-{row.ends_at_local:%H:%M}",
        "effective_from": row.effective_from.isoformat(),
        "effective_until": row.effective_until.isoformat() if row.effective_until else None,
    }
