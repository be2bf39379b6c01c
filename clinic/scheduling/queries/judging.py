"""Judges one wanted time by the slot function, in words and with other times."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.people.rules import STATES
from clinic.scheduling.errors import NoSlot, NotOffered, PatientBusy, SlotTaken
from clinic.scheduling.queries import calendar
from clinic.scheduling.queries.slots import Wish, loaded, nearby
from clinic.scheduling.rules.explain import refusal
from clinic.scheduling.rules.slots import NOTHING_OVERRULED, Objection, RemovalReason, objection
from clinic.scheduling.rules.visits import patient_range, physician_ranges

OVERBOOKABLE = frozenset(
    {
        RemovalReason.TOO_SOON,
        RemovalReason.CLINIC_CLOSED,
        RemovalReason.CAP_REACHED,
        RemovalReason.PHYSICIAN_BUSY,
        RemovalReason.DOES_NOT_FIT,
        RemovalReason.NOT_OPEN,
    }
)
"""What an overbooking may pass: never a license, the patient's own day, the horizon or the past."""


def objection_to(
    session: Session,
    wanted: Wish,
    *,
    physician_id: UUID,
    at: datetime,
    overruled: Collection[RemovalReason] = NOTHING_OVERRULED,
) -> Objection | None:
    """Return the first thing against a time that is not overruled, by the calendar as it is now."""
    starts_at = int(at.timestamp())
    if at.microsecond:
        return Objection(RemovalReason.OFF_GRID)
    known = calendar.physician(session, physician_id)
    day = local_day(starts_at, wanted.patient.zone)
    request, sides = loaded(session, wanted, [known], days=(day, day))
    return objection(request, sides[0], starts_at, overruled=overruled)


def sentence_of(found: Objection, wanted: Wish) -> str:
    """Return what stands against a time in words."""
    return refusal(found.reason, state_name=STATES[wanted.patient.state], name=found.name)


def refused(session: Session, wanted: Wish, found: Objection, *, physician_id: UUID, at: datetime) -> NoSlot:
    """Return the refusal that fits the objection, with up to three other times."""
    others = nearby(session, wanted, at=at, physician_id=physician_id)
    sentence = sentence_of(found, wanted)
    if found.reason is RemovalReason.PHYSICIAN_BUSY:
        return SlotTaken(sentence, alternatives=others, field="starts_at")
    if found.reason is RemovalReason.PATIENT_BUSY:
        return PatientBusy(sentence, alternatives=others, field="starts_at")
    return NotOffered(sentence, reason=found.reason, alternatives=others)


def physician_busy(wanted: Wish, at: datetime) -> list[Range[datetime]]:
    """Return the stretches, buffers included, that a visit starting at `at` takes from the physician."""
    return [_range(*edges) for edges in physician_ranges(wanted.shape(), int(at.timestamp()))]


def patient_busy(wanted: Wish, at: datetime) -> Range[datetime]:
    """Return the time that a visit starting at `at` takes from the patient."""
    return _range(*patient_range(wanted.shape(), int(at.timestamp())))


def _range(begin: int, end: int) -> Range[datetime]:
    return Range(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC), bounds="[)")
