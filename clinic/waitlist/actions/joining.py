"""Getting on the list, changing what is wished, and leaving it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.kernel.transaction import refusing
from clinic.people.rules import PatientStatus
from clinic.scheduling.actions.locking import own
from clinic.scheduling.errors import UnknownPatient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment, visit_type
from clinic.scheduling.queries.calendar import PatientFacts, patient_facts, physician
from clinic.scheduling.rules.states import UPCOMING
from clinic.waitlist.actions.ending import end_offer, open_offer_of
from clinic.waitlist.actions.ledger import end_entry, lock_entry, require_waiting, write_down
from clinic.waitlist.errors import NotWaiting, WishRefused
from clinic.waitlist.models import WaitlistEntry
from clinic.waitlist.rules.states import EntryState, Happening, OfferState
from clinic.waitlist.rules.wishes import A_DAY_IN_MINUTES, LONGEST, MOST_NOTICE_HOURS

_SATURDAY_AND_SUNDAY_TOO = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What somebody waits for, as typed: days inclusive, minutes of the patient's day, no weekday = any day."""

    earliest_on: date
    latest_on: date
    weekdays: Sequence[int] = ()
    from_minute: int = 0
    until_minute: int = A_DAY_IN_MINUTES
    notice_hours: int = 24
    physician_id: UUID | None = None


def join_for_visit(
    session: Session, *, appointment_id: UUID, wishes: Wishes, by: Actor, now: datetime
) -> WaitlistEntry:
    """Let somebody wait for an earlier time of a booked visit.

    Raises NotWaiting for a visit that is over or waited for already, WishRefused, UnknownAppointment.
    """
    visit = own(appointment(session, appointment_id), by)
    if visit.state not in UPCOMING or visit.starts_at <= now:
        raise NotWaiting("This visit is over or has begun, so no earlier time can be looked for.")
    return _join(session, visit.patient_id, visit.visit_type_code, wishes=wishes, visit=visit, by=by, now=now)


def join_for_first(
    session: Session, *, patient_id: UUID, visit_type_code: str, wishes: Wishes, by: Actor, now: datetime
) -> WaitlistEntry:
    """Let somebody wait for a first time of a kind of visit. Raises what `join_for_visit` raises, UnknownVisitType."""
    if by.kind is ActorKind.PATIENT and by.id != patient_id:
        raise UnknownPatient("There is no such patient.")
    kind = visit_type(session, visit_type_code)
    if not kind.is_active or (by.kind is ActorKind.PATIENT and not kind.is_patient_bookable):
        raise NotWaiting("This kind of visit is not offered here, so nobody can wait for it. Choose another one.")
    return _join(session, patient_id, kind.code, wishes=wishes, visit=None, by=by, now=now)


def change_wishes(
    session: Session, *, entry_id: UUID, wishes: Wishes, version: int | None = None, by: Actor, now: datetime
) -> WaitlistEntry:
    """Change what is waited for; the place in the row stays. An open offer stays open.

    Raises NotWaiting, WishRefused and ChangedMeanwhile.
    """
    entry = lock_entry(session, entry_id, by=by)
    require_waiting(entry)
    if version is not None:
        entry.require_version(version)
    visit = appointment(session, entry.appointment_id) if entry.appointment_id else None
    _require_sense(session, patient_facts(session, entry.patient_id), wishes, visit=visit, now=now)
    _set(entry, wishes)
    write_down(session, entry, Happening.CHANGED, by=by, now=now)
    return entry


def leave(session: Session, *, entry_id: UUID, by: Actor, now: datetime) -> WaitlistEntry:
    """Take somebody off the list; an open offer goes on to the next. Leaving again changes nothing."""
    entry = lock_entry(session, entry_id, by=by)
    if entry.state == EntryState.WAITING:
        stop_waiting(session, entry, EntryState.LEFT, by=by, now=now)
    return entry


def stop_waiting(
    session: Session, entry: WaitlistEntry, state: EntryState, *, by: Actor, now: datetime, reason: str | None = None
) -> None:
    """End a locked entry that waits, with its open offer."""
    offer = open_offer_of(session, entry)
    if offer is not None:
        end_offer(session, entry, offer, state=OfferState.DECLINED, by=by, now=now, reason=reason)
    end_entry(entry, state, now=now)
    happening = Happening.LEFT if state is EntryState.LEFT else Happening.OVER
    write_down(session, entry, happening, by=by, now=now, reason=reason)


def _join(
    session: Session,
    patient_id: UUID,
    visit_type_code: str,
    *,
    wishes: Wishes,
    visit: Appointment | None,
    by: Actor,
    now: datetime,
) -> WaitlistEntry:
    patient = patient_facts(session, patient_id)
    if patient.status != PatientStatus.ACTIVE:
        raise NotWaiting("This patient is not under our care any more, so nothing can be waited for.")
    _require_sense(session, patient, wishes, visit=visit, now=now)
    entry = WaitlistEntry(
        id=new_id(),
        patient_id=patient_id,
        visit_type_code=visit_type_code,
        appointment_id=visit.id if visit else None,
        state=EntryState.WAITING,
        created_at=now,
        updated_at=now,
    )
    _set(entry, wishes)
    with refusing(session, _twice()):
        session.add(entry)
        session.flush()
    write_down(session, entry, Happening.JOINED, by=by, now=now)
    return entry


def _set(entry: WaitlistEntry, wishes: Wishes) -> None:
    entry.earliest_on, entry.latest_on = wishes.earliest_on, wishes.latest_on
    entry.weekdays = sorted(set(wishes.weekdays))
    entry.from_minute, entry.until_minute = wishes.from_minute, wishes.until_minute
    entry.notice_hours, entry.physician_id = wishes.notice_hours, wishes.physician_id


def _require_sense(
    session: Session, patient: PatientFacts, wishes: Wishes, *, visit: Appointment | None, now: datetime
) -> None:
    today = in_zone(now, patient.zone).date()
    if wishes.latest_on < max(wishes.earliest_on, today):
        raise WishRefused("The last day must not be before the first one or before today.", field="latest_on")
    if wishes.latest_on - today > LONGEST:
        raise WishRefused(f"Choose a last day within the next {LONGEST.days} days.", field="latest_on")
    if visit is not None and wishes.earliest_on > in_zone(visit.starts_at, patient.zone).date():
        raise WishRefused(
            "The first day is after the visit that is booked. Choose an earlier one.", field="earliest_on"
        )
    if any(not 0 <= day < _SATURDAY_AND_SUNDAY_TOO for day in wishes.weekdays):
        raise WishRefused("Choose days of the week from the list.", field="weekdays")
    if not 0 <= wishes.from_minute < wishes.until_minute <= A_DAY_IN_MINUTES:
        raise WishRefused("The hours must end after they begin.", field="until_hour")
    if not timedelta() <= timedelta(hours=wishes.notice_hours) <= timedelta(hours=MOST_NOTICE_HOURS):
        raise WishRefused("Choose how short a notice is fine from the list.", field="notice_hours")
    if wishes.physician_id is not None:
        physician(session, wishes.physician_id)


def _twice() -> dict[str, DomainError]:
    here = NotWaiting("The patient waits for this already. Change the wishes of that entry instead.")
    return {"uq_waitlist_entry_visit": here, "uq_waitlist_entry_first": here}
