"""Searching: which times can be booked, why the others cannot, and what to offer instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import local_day
from clinic.people.rules import STATES
from clinic.scheduling.errors import Alternatives, TooManyDays
from clinic.scheduling.models import VisitType
from clinic.scheduling.queries import calendar
from clinic.scheduling.queries.calendar import NOTHING_IGNORED, Ignored, PatientFacts, PhysicianFacts
from clinic.scheduling.queries.hours import shape_of, visit_type
from clinic.scheduling.queries.pausing import pause_now
from clinic.scheduling.queries.there import away
from clinic.scheduling.rules.explain import explain
from clinic.scheduling.rules.purposes import VisitPurpose
from clinic.scheduling.rules.slots import (
    PatientSide,
    Pause,
    PhysicianSide,
    RemovalReason,
    Slot,
    SlotRequest,
    SlotSearch,
    search,
    three_alternatives,
)
from clinic.scheduling.rules.visits import VisitShape

# Most often the days around it have three; two weeks are loaded only if they have not.
_NEARBY = (timedelta(days=1), timedelta(days=14))
_MOST_DAYS = timedelta(days=62)
_FARTHEST = timedelta(days=2 * 366)


class OfferedSlot(NamedTuple):
    """A time that can be booked, with the name to show; both instants in UTC."""

    physician_id: UUID
    physician_name: str
    physician_zone: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class PhysicianCounts:
    """One physician's part of a search: `considered` = `offered` + everything in `removed`."""

    physician_id: UUID
    name: str
    offered: int
    considered: int
    removed: Mapping[RemovalReason, int]


@dataclass(frozen=True, slots=True)
class FoundSlots:
    """The answer to a search, in the patient's zone; `next_day` is looked for only when nothing was found."""

    slots: tuple[OfferedSlot, ...]
    zone: str
    removed: Mapping[RemovalReason, int]
    sentences: tuple[str, ...]
    next_day: date | None
    request: SlotRequest
    physicians: Sequence[PhysicianFacts]
    sides: Sequence[PhysicianSide]

    def by_day(self) -> dict[date, list[OfferedSlot]]:
        """Return the slots by the patient's local day, earliest first."""
        days: dict[date, list[OfferedSlot]] = {}
        for slot in self.slots:
            days.setdefault(local_day(int(slot.starts_at.timestamp()), self.zone), []).append(slot)
        return days

    def by_physician(self) -> tuple[PhysicianCounts, ...]:
        """Return what each physician has to offer and what removed the rest, for "why so few?"."""
        return tuple(
            _counts(known, search(self.request, [side]))
            for known, side in zip(self.physicians, self.sides, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """A visit looked for: its kind, the patient as known now, and what does not block it."""

    visit: VisitType
    patient: PatientFacts
    now: datetime
    ignored: Ignored = NOTHING_IGNORED
    ignore_notice: bool = False
    pause: Pause | None = None

    def request(self, first_day: date, last_day: date) -> SlotRequest:
        """Return the question for the slot function over the patient's local days."""
        return SlotRequest(
            visit=self.shape(),
            patient=PatientSide(self.patient.state, self.patient.zone, pause=self.pause),
            first_day=first_day,
            last_day=last_day,
            now=int(self.now.timestamp()),
        )

    def at(self, session: Session, at: datetime) -> "Wish":
        """Return the wish with the patient where he or she said to be on the day of `at`, if something was said."""
        found = away(session, self.patient, moving=self.ignored.moving)
        if found is None or local_day(int(at.timestamp()), found[0].zone) != found[1]:
            return self
        return replace(self, patient=found[0])

    def shape(self) -> VisitShape:
        """Return what the visit asks of the calendar."""
        return shape_of(self.visit, ignore_notice=self.ignore_notice)


def wish(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    now: datetime,
    ignored: Ignored = NOTHING_IGNORED,
    ignore_notice: bool = False,
) -> Wish:
    """Return what is looked for, or raise UnknownVisitType or UnknownPatient."""
    session.flush()  # The calendar is read by plain statements, which would not see what is only in the session.
    kind, patient = visit_type(session, visit_type_code), calendar.patient_facts(session, patient_id)
    pause = None
    if kind.purpose == VisitPurpose.SESSION:
        pause = pause_now(session, patient.id, zone=patient.zone, now=now, beside=ignored.ids)
    return Wish(kind, patient, now=now, ignored=ignored, ignore_notice=ignore_notice, pause=pause)


def loaded(
    session: Session, wanted: Wish, known: Sequence[PhysicianFacts], *, days: tuple[date, date]
) -> tuple[SlotRequest, list[PhysicianSide]]:
    """Return the question and the calendars that the slot function needs for the patient's local days."""
    patient_id, ignored = wanted.patient.id, wanted.ignored
    asked = wanted.request(*days)
    request = calendar.with_patient_busy(session, asked, patient_id=patient_id, ignored=ignored)
    found = calendar.calendars(
        session, request, of=known, visits=[wanted.visit], patient_id=patient_id, ignored=ignored
    )
    return request, found.sides(request, wanted.visit.code)


def find_slots(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    first_day: date,
    last_day: date,
    now: datetime,
    physician_ids: Sequence[UUID] | None = None,
    ignore_notice: bool = False,
    moving: UUID | None = None,
    held_by: UUID | None = None,
) -> FoundSlots:
    """Return every start that can be booked on the patient's local days from first to last, and why others cannot.

    `physician_ids` None asks all active physicians; an unlicensed one shows among the removed. The time of `moving`
    and what `held_by` holds for this patient do not block.
    """
    wanted = wish(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        now=now,
        ignored=Ignored(moving, held_by),
        ignore_notice=ignore_notice,
    )
    _require_sensible(wanted, first_day, last_day)
    known = calendar.physicians(session, physician_ids)
    request, sides = loaded(session, wanted, known, days=(first_day, last_day))
    found = search(request, sides)
    slots = _there_too(session, wanted, known, found=found.slots, days=(first_day, last_day))
    later = None if slots else _next_day(session, wanted, known, after=last_day)
    return FoundSlots(
        slots=_offered(slots, known),
        zone=wanted.patient.zone,
        removed=found.removed,
        sentences=tuple(explain(found, state_name=STATES[wanted.patient.state])),
        next_day=later,
        request=request,
        physicians=known,
        sides=sides,
    )


def why_removed(
    session: Session, *, visit_type_code: str, patient_id: UUID, first_day: date, last_day: date, now: datetime
) -> tuple[str, ...]:
    """Return in sentences what takes times away on the patient's local days, as `find_slots` does, and nothing else."""
    wanted = wish(session, visit_type_code=visit_type_code, patient_id=patient_id, now=now)
    _require_sensible(wanted, first_day, last_day)
    found = search(*loaded(session, wanted, calendar.physicians(session), days=(first_day, last_day)))
    return tuple(explain(found, state_name=STATES[wanted.patient.state]))


def _there_too(
    session: Session,
    wanted: Wish,
    known: Sequence[PhysicianFacts],
    *,
    found: tuple[Slot, ...],
    days: tuple[date, date],
) -> tuple[Slot, ...]:
    """Return the slots with those of the day on which the patient is away judged there."""
    found_away = away(session, wanted.patient, moving=wanted.ignored.moving)
    if found_away is None or not days[0] <= found_away[1] <= days[1]:
        return found
    patient, day = found_away
    answer = search(*loaded(session, replace(wanted, patient=patient), known, days=(day, day)))
    others = [slot for slot in found if local_day(slot.starts_at, patient.zone) != day]
    return tuple(sorted([*others, *answer.slots], key=lambda slot: slot.starts_at))


def nearby(
    session: Session, wanted: Wish, *, at: datetime, physician_id: UUID | None = None, count: int = 3
) -> tuple[Slot, ...]:
    """Return up to three slots nearest to `at`, within two weeks of it; one with the same physician is preferred."""
    known = calendar.physicians(session)
    found: tuple[Slot, ...] = ()
    for span in _NEARBY:
        days = _day(at - span, wanted), _day(max(at, wanted.now) + span, wanted)
        answer = search(*loaded(session, wanted, known, days=days))
        found = three_alternatives(answer, int(at.timestamp()), physician_id=physician_id)[:count]
        if len(found) == count:
            break
    return found


def _day(instant: datetime, wanted: Wish) -> date:
    return local_day(int(max(instant, wanted.now).timestamp()), wanted.patient.zone)


def alternatives(
    session: Session,
    *,
    visit_type_code: str,
    patient_id: UUID,
    wanted: datetime,
    now: datetime,
    physician_id: UUID | None = None,
    count: int = 3,
    moving: UUID | None = None,
    ignore_notice: bool = False,
) -> tuple[OfferedSlot, ...]:
    """Return up to three times that can be booked instead of `wanted`, the nearest first."""
    looked_for = wish(
        session,
        visit_type_code=visit_type_code,
        patient_id=patient_id,
        now=now,
        ignored=Ignored(moving),
        ignore_notice=ignore_notice,
    )
    return named(session, nearby(session, looked_for, at=wanted, physician_id=physician_id, count=count))


def named(session: Session, found: Alternatives) -> tuple[OfferedSlot, ...]:
    """Return slots (for example a refusal's alternatives) with their physicians' names."""
    known = calendar.physicians(session, {physician_id for physician_id, _, _ in found})
    return _offered(found, known)


def _require_sensible(wanted: Wish, first_day: date, last_day: date) -> None:
    today = local_day(int(wanted.now.timestamp()), wanted.patient.zone)
    if first_day > last_day:
        raise TooManyDays("The last day must not be before the first one.", field="last_day")
    if last_day - first_day > _MOST_DAYS:
        raise TooManyDays("Search at most two months at a time.", field="last_day")
    if abs(first_day - today) > _FARTHEST:
        raise TooManyDays("This day is too far away. Choose one nearer to today.", field="first_day")


def _next_day(session: Session, wanted: Wish, known: Sequence[PhysicianFacts], *, after: date) -> date | None:
    zone = wanted.patient.zone
    today = local_day(int(wanted.now.timestamp()), zone)
    days = (max(after + timedelta(days=1), today), today + timedelta(days=wanted.visit.horizon_days))
    if days[0] > days[1]:
        return None
    found = search(*loaded(session, wanted, known, days=days))
    return local_day(found.slots[0].starts_at, zone) if found.slots else None


def _offered(found: Alternatives, known: Sequence[PhysicianFacts]) -> tuple[OfferedSlot, ...]:
    facts = {physician.id: (physician.name, physician.zone) for physician in known}
    instant = cache(partial(datetime.fromtimestamp, tz=UTC))  # physicians offer the same few starts
    return tuple(
        OfferedSlot(physician_id, *facts[physician_id], instant(starts_at), instant(ends_at))
        for physician_id, starts_at, ends_at in found
    )


def _counts(known: PhysicianFacts, found: SlotSearch) -> PhysicianCounts:
    return PhysicianCounts(
        known.id, known.name, offered=len(found.slots), considered=found.considered, removed=found.removed
    )
