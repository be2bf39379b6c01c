"""What staff read on every page while an administrator has stopped all texts."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.localtime import day_label, in_zone, time_label
from clinic.messaging.queries import standing_stop


def stop_notice(session: Session, *, now: datetime, zone: str) -> list[str]:
    """Return `No texts leave since 10:42 AM ET: why. Dana Reyes stopped them.`, or nothing while texts leave."""
    stop = standing_stop(session)
    if stop is None:
        return []
    at = time_label(stop.since, zone, language="en")
    if in_zone(stop.since, zone).date() != in_zone(now, zone).date():
        at = f"{day_label(stop.since, zone, language='en')}, {at}"
    return [f"No texts leave since {at}: {stop.reason.rstrip('.')}. {stop.by_name} stopped them."]
