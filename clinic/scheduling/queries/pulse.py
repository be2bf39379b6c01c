"""A fingerprint of the calendar for pages that show it: while it stays the same there is nothing new to fetch."""

from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.kernel.localtime import first_instant_of

_A_DAY = timedelta(days=1)
# A version counts every change of a row, so a handful of numbers says it all. Visits that left the day are missed by
# their ids; a hold that ran out is missed by the condition. Hours, caps and closures are few: all of them are counted.
_PULSE = text(
    """
    select md5(concat_ws('|',
      (select string_agg(id::text || version || location_zone, ',' order by id) from appointment
       where starts_at >= :begin and starts_at < :end and state <> 'expired'
         and (state <> 'held' or hold_expires_at > :now)),
      (select string_agg(id::text || version, ',' order by id) from availability_override
       where removed_at is null and starts_at < :end and ends_at > :begin),
      (select count(*) || ',' || coalesce(sum(version), 0) || ',' || count(removed_at) from availability_rule),
      (select count(*) || ',' || coalesce(sum(version), 0) || ',' || count(removed_at) from clinic_closure),
      (select count(*) || ',' || coalesce(sum(version), 0) || ',' || count(removed_at) from visit_cap),
      (select count(*) || ',' || coalesce(sum(version), 0) from physician)
    ))
    """
)


def pulse(session: Session, *, day: date, zone: str, now: datetime, until: date | None = None) -> str:
    """Return 32 characters that change with any visit, hold, hours, exception, closure or cap of the local days.

    `until` is the last day where more than one is shown. A hold that runs out changes it too.
    """
    begin, end = first_instant_of(day, zone), first_instant_of((until or day) + _A_DAY, zone)
    return str(session.scalar(_PULSE, {"begin": begin, "end": end, "now": now}))
