"""Everything that a whole course of visits needs of the calendar, loaded once: free times of its kinds, and caps."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import calendar
from clinic.scheduling.queries.calendar import Calendars, Ignored, PatientFacts, PhysicianFacts
from clinic.scheduling.queries.hours import visit_type
from clinic.scheduling.queries.pausing import pause_now
from clinic.scheduling.queries.slots import Wish
from clinic.scheduling.rules.caps import Room, room_left
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import PatientSide, SlotRequest, SlotSearch, search, window_of


class CapRoom(NamedTuple):
    """What a physician's cap on one kind of visit, None is every kind, still takes; `number` tells caps apart."""

    physician_id: UUID
    number: int
    kind: str | None
    words: str
    rooms: tuple[Room, ...]


@dataclass(frozen=True, slots=True)
class CourseSlots:
    """The answer for each kind of visit over the same days, and the room that caps leave."""

    patient: PatientFacts
    kinds: Mapping[str, VisitType]
    physicians: Mapping[UUID, PhysicianFacts]
    found: Mapping[str, SlotSearch]
    caps: tuple[CapRoom, ...]
    first_day: date
    last_day: date


def course_slots(
    session: Session,
    *,
    patient_id: UUID,
    visit_type_codes: Collection[str],
    first_day: date,
    last_day: date,
    now: datetime,
    beside: Collection[UUID] = (),
    ignore_notice: bool = False,
) -> CourseSlots:
    """Return every start that can be booked with any physician on the patient's local days, for each kind of visit.

    Visits `beside` give up their times: they neither block nor count for caps. Days beyond the last that any of the
    kinds can be booked are not looked at, however late `last_day` is. Raises UnknownVisitType and UnknownPatient.
    """
    session.flush()  # The calendar is read by plain statements, which would not see what is only in the session.
    patient = calendar.patient_facts(session, patient_id)
    kinds = {code: visit_type(session, code) for code in visit_type_codes}
    known = calendar.physicians(session)
    today = local_day(int(now.timestamp()), patient.zone)
    first = max(first_day, today)
    last = min(last_day, today + timedelta(days=max((kind.horizon_days for kind in kinds.values()), default=0)))
    ignored = Ignored(others=tuple(beside))
    wishes = [Wish(kind, patient, now=now, ignored=ignored, ignore_notice=ignore_notice) for kind in kinds.values()]
    pause = pause_now(session, patient.id, zone=patient.zone, now=now, only_begun=True, beside=beside)
    wishes = [replace(one, pause=pause) if one.visit.purpose == VisitPurpose.SESSION else one for one in wishes]
    requests = [wish.request(first, max(first, last)) for wish in wishes]
    calendars, side = _loaded(session, requests[0], wishes, of=known)
    asked = [replace(request, patient=replace(side, pause=request.patient.pause)) for request in requests]
    return CourseSlots(
        patient=patient,
        kinds=kinds,
        physicians={one.id: one for one in known},
        found={code: search(one, calendars.sides(one, code)) for code, one in zip(kinds, asked, strict=True)},
        caps=tuple(cap_rooms(calendars, requests[0])),
        first_day=first,
        last_day=last,
    )


def _loaded(
    session: Session, request: SlotRequest, wishes: Sequence[Wish], *, of: Sequence[PhysicianFacts]
) -> tuple[Calendars, PatientSide]:
    patient_id, ignored = wishes[0].patient.id, wishes[0].ignored
    visits = [wish.visit for wish in wishes]
    with_busy = calendar.with_patient_busy(session, request, patient_id=patient_id, ignored=ignored)
    found = calendar.calendars(session, request, of=of, visits=visits, patient_id=patient_id, ignored=ignored)
    return found, with_busy.patient


def cap_rooms(calendars: Calendars, request: SlotRequest) -> Iterator[CapRoom]:
    """Yield what each cap still takes on the days of the request."""
    window = window_of(request)
    for physician in calendars.of:
        for number, (kind, cap, counts) in enumerate(calendars.caps.get(physician.id, ())):
            yield CapRoom(
                physician.id, number, kind, cap.words, room_left(cap, counts, zone=physician.zone, window=window)
            )
