"""Working hours: until when something is done that takes so many of them."""

from datetime import datetime, time, timedelta

from clinic.kernel.localtime import edge_instant, in_zone

_LONGEST_DAYS = 400


def after_business_hours(
    start: datetime, hours: int, *, from_hour: int, until_hour: int, days: int, zone: str
) -> datetime:
    """Return when so many hours of work are over, from `from_hour` until `until_hour`, so many days from Monday."""
    left, day = timedelta(hours=hours), in_zone(start, zone).date()
    for _ in range(_LONGEST_DAYS):
        if day.weekday() < days:
            opens = max(edge_instant(day, time(from_hour), zone), start)
            closes = edge_instant(day + timedelta(days=until_hour // 24), time(until_hour % 24), zone)
            if opens < closes:
                if left <= closes - opens:
                    return opens + left
                left -= closes - opens
        day += timedelta(days=1)
    return start + timedelta(hours=hours)
