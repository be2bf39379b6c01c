"""Whether a time may be offered to one who waits: what is wished, what the program allows, what is at home."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.people import queries as people
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries.calendar import PatientFacts, patient_facts
from clinic.scheduling.queries.freed import times_within
from clinic.scheduling.queries.hours import visit_type
from clinic.scheduling.queries.visits import appointment
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import Slot
from clinic.scheduling.rules.states import UPCOMING
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.queries.arrangement import Entry, Trouble, booked_entries, troubles_of
from clinic.treatment.queries.candidates import CourseFacts, course_facts
from clinic.treatment.queries.fitting import troubles_of_chosen
from clinic.treatment.rules.courses import ChosenVisit
from clinic.treatment.rules.hours import hours_of, is_within
from clinic.waitlist.models import Opening, SlotOffer, WaitlistEntry
from clinic.waitlist.queries.readying import not_ready, obstacle_of
from clinic.waitlist.rules.ranking import Standing
from clinic.waitlist.rules.states import ASKED
from clinic.waitlist.rules.wishes import MISFIT_WORDS, Misfit, Wanted, misfit

_LOOKED_AT = 12
"""So many of the starts in one stretch are judged for one who waits."""

_OLD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One who waits, with all that times are judged by; `course` is there for visits of a program."""

    entry: WaitlistEntry
    patient: PatientFacts
    kind: VisitType
    wanted: Wanted
    is_visit_there: bool
    care_team: frozenset[UUID]
    course: CourseFacts | None
    obstacle: str | None


def waiting(session: Session, entry: WaitlistEntry, *, now: datetime) -> Waiting:
    """Return everything that times for an entry are judged by, loaded once."""
    patient, kind = patient_facts(session, entry.patient_id), visit_type(session, entry.visit_type_code)
    visit = appointment(session, entry.appointment_id) if entry.appointment_id else None
    is_session = kind.purpose == VisitPurpose.SESSION
    plan = plan_of_patient(session, patient.id) if is_session else None
    team = people.care_team_of(session, patient_id=patient.id, now=now)
    return Waiting(
        entry=entry,
        patient=patient,
        kind=kind,
        wanted=Wanted(
            zone=patient.zone,
            earliest_on=entry.earliest_on,
            latest_on=entry.latest_on,
            weekdays=frozenset(entry.weekdays),
            from_minute=entry.from_minute,
            until_minute=entry.until_minute,
            notice=timedelta(hours=entry.notice_hours),
            physician_id=entry.physician_id,
            present=visit.starts_at if visit else None,
            gain=timedelta(hours=number(session, PolicyKey.EARLIER_BY_HOURS)),
        ),
        is_visit_there=visit is None or (visit.state in UPCOMING and visit.starts_at > now),
        care_team=frozenset(member.physician_id for member, _ in team),
        course=course_facts(session, plan, now=now) if plan else None,
        obstacle=obstacle_of(session, patient, now=now) if is_session else None,
    )


def standing_in(session: Session, one: Waiting, opening: Opening, *, now: datetime) -> tuple[Standing, Slot] | None:
    """Return where one who waits stands for the best of the times in an opening, or None when none may be offered."""
    if one.obstacle or not one.is_visit_there:
        return None
    asked = _asked(session, one.entry.id, now=now)
    free = times_within(
        session,
        visit_type_code=one.kind.code,
        patient_id=one.patient.id,
        physician_id=opening.physician_id,
        stretch=(opening.starts_at, opening.ends_at),
        moving=one.entry.appointment_id,
        now=now,
    )
    fresh = [slot for slot in free if (slot.physician_id, slot.starts_at) not in asked]
    wished = [slot for slot in fresh if _misfit(one, slot, now) is None]
    for slot in wished[:_LOOKED_AT]:
        if unfit(session, one, slot, now=now) is None:
            return _standing(one, slot, opening), slot
    return None


def unfit(session: Session, one: Waiting, slot: Slot, *, now: datetime) -> str | None:
    """Return why a free time is not offered to one who waits, in one sentence for coordinators, or None."""
    found = _misfit(one, slot, now)
    if found is not None:
        return MISFIT_WORDS[found]
    if not one.is_visit_there:
        return "The visit that was to become earlier is over or has begun."
    if one.obstacle is not None or one.kind.purpose != VisitPurpose.SESSION:
        return one.obstacle
    return _against_program(session, one, slot) or not_ready(
        session, one.patient, slot, moving=one.entry.appointment_id, now=now
    )


def _misfit(one: Waiting, slot: Slot, now: datetime) -> Misfit | None:
    begin, end = _instants(slot)
    return misfit(one.wanted, physician_id=slot.physician_id, starts_at=begin, ends_at=end, now=now)


def _against_program(session: Session, one: Waiting, slot: Slot) -> str | None:
    course = one.course
    assert course is not None, "without a program there is an obstacle"
    begin, end = _instants(slot)
    plan = course.plan
    hours = hours_of(plan.patient_hours, field="patient_hours")
    if plan.are_patient_hours_strict and not is_within(hours, starts_at=begin, ends_at=end, zone=course.zone):
        return "It is outside the hours at which the patient can be treated."
    if one.entry.appointment_id is None:
        chosen = ChosenVisit(one.kind.code, slot.physician_id, begin)
        found = troubles_of_chosen(session, course, [chosen])
        return found[0].sentence if found else None
    booked = booked_entries(course)
    others = [entry for entry in booked if entry.key != one.entry.appointment_id]
    moved = [*others, Entry(one.entry.appointment_id, begin, end)]
    before = {(trouble.key, trouble.sentence) for trouble in troubles_of(course, booked)}
    fresh = [each for each in troubles_of(course, moved) if _is_new(each, before, one.entry.appointment_id)]
    return fresh[0].sentence if fresh else None


def _is_new(trouble: Trouble, before: set[tuple[Hashable, str]], moved: UUID) -> bool:
    """Tell whether the move makes trouble: for another date that had none, or for the moved one at all."""
    return moved in {trouble.key, trouble.other} or (trouble.key, trouble.sentence) not in before


def _standing(one: Waiting, slot: Slot, opening: Opening) -> Standing:
    begin, _ = _instants(slot)
    return Standing(
        entry_id=one.entry.id,
        waits_since=one.entry.created_at,
        starts_at=begin,
        physician_id=slot.physician_id,
        present=one.wanted.present,
        is_own_physician=slot.physician_id in one.care_team,
        begins_with_gap=begin == opening.starts_at,
    )


def _asked(session: Session, entry_id: UUID, *, now: datetime) -> Sequence[tuple[UUID, int]]:
    """Return the times that were offered to one who waits and declined, or left without an answer."""
    wanted = select(SlotOffer.physician_id, SlotOffer.starts_at).where(
        SlotOffer.entry_id == entry_id, SlotOffer.state.in_(sorted(ASKED)), SlotOffer.starts_at > now - _OLD
    )
    return [(physician_id, int(at.timestamp())) for physician_id, at in session.execute(wanted)]


def _instants(slot: Slot) -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(slot.starts_at, UTC), datetime.fromtimestamp(slot.ends_at, UTC)
