"""Judges one wanted time by the slot function, and says no with the reason and other times."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.people.rules import STATES, PatientStatus
from clinic.scheduling.errors import NoSlot, NotOffered, PatientBusy, PatientNotActive, SlotTaken
from clinic.scheduling.queries import calendar
from clinic.scheduling.queries.slots import Wish, loaded, nearby
from clinic.scheduling.rules.explain import refusal
from clinic.scheduling.rules.slots import RemovalReason, check_one
from clinic.scheduling.rules.visits import patient_range, physician_ranges

_REACH = timedelta(days=2 * 366)


def require_in_reach(at: datetime, now: datetime) -> None:
    """Raise NotOffered for an instant so far away that no calendar is worth opening for it."""
    if abs(at - now) > _REACH:
        reason = RemovalReason.BEYOND_HORIZON if at > now else RemovalReason.IN_THE_PAST
        raise NotOffered(refusal(reason, state_name=""), reason=reason)


def require_offered(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> None:
    """Raise SlotTaken, PatientBusy or NotOffered when `at` cannot be had; the caller holds the locks.

    The same function that offered the time judges it again, with the calendar as it is under the locks.
    """
    if wanted.patient.status != PatientStatus.ACTIVE:
        raise PatientNotActive("This patient is not under our care any more, so no visit can be booked.")
    reason = _objection(session, wanted, physician_id=physician_id, at=at)
    if reason is not None:
        raise refused(session, wanted, reason, physician_id=physician_id, at=at)


def taken_after_all(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> NoSlot:
    """Return the refusal for a time that a constraint of the database kept free of a second visit."""
    reason = _objection(session, wanted, physician_id=physician_id, at=at) or RemovalReason.PHYSICIAN_BUSY
    return refused(session, wanted, reason, physician_id=physician_id, at=at)


def refused(session: Session, wanted: Wish, reason: RemovalReason, *, physician_id: UUID, at: datetime) -> NoSlot:
    """Return the refusal that fits the reason, with up to three other times."""
    others = nearby(session, wanted, at=at, physician_id=physician_id)
    sentence = refusal(reason, state_name=STATES[wanted.patient.state])
    if reason is RemovalReason.PHYSICIAN_BUSY:
        return SlotTaken(sentence, alternatives=others, field="starts_at")
    if reason is RemovalReason.PATIENT_BUSY:
        return PatientBusy(sentence, alternatives=others, field="starts_at")
    return NotOffered(sentence, reason=reason, alternatives=others)


def times_of(wanted: Wish, at: datetime) -> dict[str, object]:
    """Return the columns that say when a visit starting at `at` is and whom it keeps busy."""
    shape, starts_at = wanted.shape(), int(at.timestamp())
    begin, end = (_instant(edge) for edge in patient_range(shape, starts_at))
    return {
        "starts_at": begin,
        "ends_at": end,
        "patient_period": Range(begin, end, bounds="[)"),
        "physician_busy": [
            Range(_instant(low), _instant(high), bounds="[)") for low, high in physician_ranges(shape, starts_at)
        ],
        "location_state": wanted.patient.state,
        "location_county_fips": wanted.patient.county_fips,
        "location_zone": wanted.patient.zone,
    }


def _objection(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> RemovalReason | None:
    starts_at = int(at.timestamp())
    if at.microsecond:
        return RemovalReason.OFF_GRID
    known = calendar.physician(session, physician_id)
    day = local_day(starts_at, wanted.patient.zone)
    request, sides = loaded(session, wanted, [known], days=(day, day))
    return check_one(request, sides[0], starts_at)


def _instant(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
