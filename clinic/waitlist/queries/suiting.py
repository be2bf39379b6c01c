"""Times that are free now and would suit one who waits, for the page of an entry."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.scheduling.queries import find_slots
from clinic.scheduling.queries.slots import OfferedSlot
from clinic.scheduling.rules.slots import Slot
from clinic.waitlist.models import WaitlistEntry
from clinic.waitlist.queries.fitting import unfit, waiting

_DAYS, _MOST_JUDGED, _MOST_SHOWN = 14, 60, 6


class Suiting(NamedTuple):
    """Times that could be offered now, and why there is none, in one sentence."""

    times: tuple[OfferedSlot, ...]
    why_none: str | None


def suiting_times(session: Session, entry: WaitlistEntry, *, now: datetime) -> Suiting:
    """Return up to six free times within two weeks that may be offered to one who waits."""
    one = waiting(session, entry, now=now)
    today = in_zone(now, one.patient.zone).date()
    first = max(today, entry.earliest_on)
    last = min(first + timedelta(days=_DAYS), entry.latest_on)
    if last < first:
        return Suiting((), "The last day that was asked for is over.")
    found = find_slots(
        session,
        visit_type_code=entry.visit_type_code,
        patient_id=entry.patient_id,
        first_day=first,
        last_day=last,
        physician_ids=[entry.physician_id] if entry.physician_id else None,
        moving=entry.appointment_id,
        now=now,
    )
    suiting, why = list[OfferedSlot](), None
    for time in found.slots[:_MOST_JUDGED]:
        reason = unfit(session, one, _slot(time), now=now)
        why = why or reason
        suiting += [] if reason else [time]
        if len(suiting) == _MOST_SHOWN:
            break
    return Suiting(tuple(suiting), None if suiting else why or " ".join(found.sentences))


def _slot(time: OfferedSlot) -> Slot:
    return Slot(time.physician_id, int(time.starts_at.timestamp()), int(time.ends_at.timestamp()))
