"""Judges one wanted time under the locks, and says no with the reason and other times."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.people.rules import PatientStatus
from clinic.scheduling.errors import NoSlot, NotCovered, NotOffered, PatientNotActive
from clinic.scheduling.queries.covering import cover_of, is_asked
from clinic.scheduling.queries.judging import objection_to, patient_busy, physician_busy, refused
from clinic.scheduling.queries.slots import Wish
from clinic.scheduling.rules.explain import refusal
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import Objection, RemovalReason

_REACH = timedelta(days=2 * 366)


def require_in_reach(at: datetime, now: datetime) -> None:
    """Raise NotOffered for an instant so far away that no calendar is worth opening for it."""
    if abs(at - now) > _REACH:
        reason = RemovalReason.BEYOND_HORIZON if at > now else RemovalReason.IN_THE_PAST
        raise NotOffered(refusal(reason, state_name=""), reason=reason)


def require_active(wanted: Wish) -> None:
    """Raise PatientNotActive for somebody who is not under the clinic's care any more."""
    if wanted.patient.status != PatientStatus.ACTIVE:
        raise PatientNotActive("This patient is not under our care any more, so no visit can be booked.")


def require_covered(session: Session, wanted: Wish, *, at: datetime, by: Actor) -> None:
    """Raise NotCovered for a new session that the patient's membership does not let begin; the caller holds the locks.

    Visits that are booked, moves of them and other kinds of visits are never asked for money. A physician may book all
    the same.
    """
    if wanted.visit.purpose != VisitPurpose.SESSION or not is_asked(by):
        return
    refused = cover_of(session, wanted.patient.id, now=wanted.now).why_not(at)
    if refused:
        raise NotCovered(refused)


def require_offered(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> None:
    """Raise SlotTaken, PatientBusy or NotOffered when `at` cannot be had; the caller holds the locks.

    The same function that offered the time judges it again, with the calendar as it is under the locks.
    """
    require_active(wanted)
    found = objection_to(session, wanted, physician_id=physician_id, at=at)
    if found is not None:
        raise refused(session, wanted, found, physician_id=physician_id, at=at)


def taken_after_all(session: Session, wanted: Wish, *, physician_id: UUID, at: datetime) -> NoSlot:
    """Return the refusal for a time that a constraint of the database kept free of a second visit."""
    found = objection_to(session, wanted, physician_id=physician_id, at=at) or Objection(RemovalReason.PHYSICIAN_BUSY)
    return refused(session, wanted, found, physician_id=physician_id, at=at)


def times_of(wanted: Wish, at: datetime) -> dict[str, object]:
    """Return the columns that say when a visit starting at `at` is and whom it keeps busy."""
    period = patient_busy(wanted, at)
    return {
        "starts_at": period.lower,
        "ends_at": period.upper,
        "patient_period": period,
        "physician_busy": physician_busy(wanted, at),
        "location_state": wanted.patient.state,
        "location_county_fips": wanted.patient.county_fips,
        "location_zone": wanted.patient.zone,
    }
