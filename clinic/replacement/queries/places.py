"""Every place to which one visit could go under every hard rule, the best first, and what is in the way of more."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from clinic.kernel.localtime import local_day
from clinic.replacement.queries.ground import SESSION_REACH, Case, Ground
from clinic.replacement.rules.assigning import Place, Taken
from clinic.replacement.rules.lacking import Lacking
from clinic.replacement.rules.ranking import Seen, Tier, cost_of, tier_of
from clinic.scheduling.rules.places import where
from clinic.scheduling.rules.slots import (
    LicencePeriod,
    PhysicianSide,
    RemovalReason,
    Slot,
    SlotRequest,
    objection,
    search,
)
from clinic.scheduling.rules.visits import MINUTE, patient_range, physician_ranges
from clinic.treatment.queries.candidates import wishes_of
from clinic.treatment.queries.courses import instant
from clinic.treatment.queries.rooms import limits_at
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.legal import LegalVisit, uncovered
from clinic.treatment.rules.planning import Candidate, Kind, Relax, Wishes, candidates_of, day_of

MOST_PLACES = 120
"""So many places of one visit are compared, or as many as there are visits if that is more."""

_OF_STATE = frozenset({Lacking.BUSY, Lacking.LICENSE, Lacking.LEGAL})
_A_DAY = timedelta(days=1)
_EVER = date(2000, 1, 1)
_WISHES = {Relax.PATIENT_HOURS: Lacking.PATIENT_HOURS, Relax.SUPPORT_HOURS: Lacking.SUPPORT_HOURS}


class Option(NamedTuple):
    """A place with how much of the old appointment stays."""

    place: Place
    tier: Tier


class Obstacle(NamedTuple):
    """The rule that keeps a visit from every place, with a name or sentence if it has one."""

    lacking: Lacking
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One visit's question with the calendars to answer it.

    `is_its_day` says that it is about the visit's own day alone, False about the others, None about all days.
    """

    case: Case
    ground: Ground
    request: SlotRequest
    sides: Sequence[PhysicianSide]
    failing: Callable[[Candidate], frozenset[Lacking]]
    wishes: Wishes
    is_its_day: bool | None = None

    def is_about(self, starts_at: int) -> bool:
        """Tell whether a time is judged by where this question takes the patient to be."""
        is_then = local_day(starts_at, self.case.patient.zone) == self.case.old_day
        return self.is_its_day is None or is_then is self.is_its_day


def options_for(ground: Ground, case: Case) -> list[Option]:
    """Return the places that break no rule, the cheapest first; far days only where nearer ones are full."""
    there, most = _look(ground, case.on_its_day), max(MOST_PLACES, ground.crowd)
    found: dict[tuple[UUID, int], Option] = {}
    for look, slots in ((there, _same_time(there)), *_by_distance(_look(ground, case), there)):
        for time in _suitable(look, slots):
            found.setdefault((time.physician_id, time.starts_at), _option(look, time))
        if len(found) >= most:
            break
    return sorted(found.values(), key=_order)[:most]


def option_at(ground: Ground, case: Case, *, physician_id: UUID, starts_at: int) -> Option | Obstacle:
    """Judge one place by everything apart from the calendar, which the booking itself judges."""
    is_its_day = local_day(starts_at, case.on_its_day.patient.zone) == case.on_its_day.old_day
    look = _look(ground, case.on_its_day if is_its_day else case)
    slot = Slot(physician_id, starts_at, starts_at + case.kind.patient_minutes * MINUTE)
    (time,) = candidates_of([slot], look.wishes)
    if _is_away(ground, look, time):
        return Obstacle(Lacking.BUSY)
    wrong = look.failing(time)
    if wrong:
        return _named(look, min(wrong, key=list(Lacking).index), [slot])
    return _option(look, time)


def obstacle_of(ground: Ground, case: Case) -> Obstacle:
    """Return the one rule whose giving way costs least among those that would leave a place.

    The visit's own day is judged where its patient said to be then, other days at home, as the places are.
    """
    looks = _looks(ground, case)
    for lacking in Lacking:
        for look in looks:
            for found, allowed in _relaxed(look, lacking):
                slots = [slot for slot in found if look.is_about(slot.starts_at)]
                if next(_suitable(look, slots, allowed=allowed), None) is not None:
                    return _named(look, lacking, slots)
    return Obstacle(Lacking.EVERYTHING)


def place_of(case: Case, time: Candidate) -> Place:
    """Return a time as a place: whom it takes, under the key of physician and start, at no cost."""
    shape = case.wish.shape()
    takes = [Taken(time.physician_id, *stretch) for stretch in physician_ranges(shape, time.starts_at)]
    takes.append(Taken(case.patient.id, *patient_range(shape, time.starts_at)))
    return Place((time.physician_id, time.starts_at), 0, tuple(takes))


def _looks(ground: Ground, case: Case) -> list[_Look]:
    home = _look(ground, case)
    if case.there is None:
        return [home]
    return [replace(_look(ground, case.on_its_day), is_its_day=True), replace(home, is_its_day=False)]


def _look(ground: Ground, case: Case) -> _Look:
    request = ground.request(case)
    wishes = Wishes(zone=case.patient.zone)
    if case.course is not None:
        wishes = wishes_of(case.course, CourseWish(), Kind.SESSION if case.is_session else Kind.REVIEW)
    return _Look(
        case=case,
        ground=ground,
        request=request,
        sides=ground.sides(case, request),
        failing=_failing(ground, case),
        wishes=wishes,
    )


def _failing(ground: Ground, case: Case) -> Callable[[Candidate], frozenset[Lacking]]:
    """Return what says which rules beside the calendar a time breaks; a law that is missing already is no news."""
    state, judge = case.patient.state, case.judge

    @cache
    def lacks_basis(day: date) -> bool:
        return uncovered(ground.bases, LegalVisit(state, day), exam_on=case.exam_on) is not None

    @cache
    def breaks_course(starts_at: int, ends_at: int) -> bool:
        return judge is not None and judge.why_not(case.row.id, instant(starts_at), instant(ends_at)) is not None

    def failing(time: Candidate) -> frozenset[Lacking]:
        wrong = {_WISHES[broken] for broken in time.breaks if broken in _WISHES}
        if breaks_course(time.starts_at, time.ends_at):
            wrong.add(Lacking.COURSE)
        if lacks_basis(date.fromordinal(time.day)) and not lacks_basis(case.old_day):
            wrong.add(Lacking.LEGAL)
        return frozenset(wrong)

    return failing


def _same_time(look: _Look) -> list[Slot]:
    """Return who could see the patient at the old time; keeping it needs no notice."""
    request = replace(look.request, visit=replace(look.case.wish, ignore_notice=True).shape())
    start = look.case.old_start
    free = [side for side in look.sides if objection(request, side, start) is None]
    return [Slot(side.physician_id, start, start + look.case.kind.patient_minutes * MINUTE) for side in free]


def _by_distance(home: _Look, there: _Look) -> Iterator[tuple[_Look, list[Slot]]]:
    """Yield the free times of the old day, where the patient is `there`, then of the days one away, two and so on."""
    reach = SESSION_REACH if home.case.is_session else home.ground.window
    today = local_day(home.request.now, home.case.patient.zone)
    for far in range(reach.days + 1):
        look = home if far else there
        days = {look.case.old_day - far * _A_DAY, look.case.old_day + far * _A_DAY}
        slots: list[Slot] = []
        for day in sorted(days):
            if day >= today:
                slots += search(replace(look.request, first_day=day, last_day=day), look.sides).slots
        yield look, slots


def _suitable(look: _Look, slots: Iterable[Slot], *, allowed: Collection[Lacking] = ()) -> Iterator[Candidate]:
    """Yield the times that break no rule, apart from what is allowed."""
    for time in candidates_of(slots, look.wishes):
        if look.failing(time) <= frozenset(allowed):
            yield time


def _option(look: _Look, time: Candidate) -> Option:
    case, ground = look.case, look.ground
    old_day = case.old_day.toordinal()
    zone = ground.zone_of(time.physician_id)
    seen = Seen(
        starts_at=time.starts_at,
        day=time.day,
        is_known=time.physician_id in case.known,
        is_outside=time.is_outside,
        clock=time.clock,
        busy_minutes=ground.busy_minutes(time.physician_id, day_of(time.starts_at, zone)),
    )
    place = place_of(case, time)._replace(
        cost=cost_of(seen, old_start=case.old_start, old_day=old_day),
        limits=tuple(limits_at(ground.rooms(case, look.request), time.physician_id, time.starts_at)),
    )
    return Option(place, tier_of(seen, old_start=case.old_start, old_day=old_day))


def _order(option: Option) -> tuple[int, str]:
    return option.place.cost, str(option.place.key)


def _is_away(ground: Ground, look: _Look, time: Candidate) -> bool:
    stretches = physician_ranges(look.case.wish.shape(), time.starts_at)
    away = ground.out.get(time.physician_id, ())
    return any(begin < end and start < stop for begin, stop in stretches for start, end in away)


def _relaxed(look: _Look, lacking: Lacking) -> Iterator[tuple[Sequence[Slot], Collection[Lacking]]]:
    """Yield the times there would be if one rule gave way, with what may then be wrong with them."""
    request, sides = _near(look, look.request), look.sides
    if lacking in {Lacking.PATIENT_HOURS, Lacking.SUPPORT_HOURS, Lacking.COURSE, Lacking.LEGAL}:
        yield search(request, sides).slots, (lacking,)
    elif lacking is Lacking.NOTICE:
        shape = replace(look.case.wish, ignore_notice=True).shape()
        yield search(replace(request, visit=shape), sides).slots, ()
    elif lacking is Lacking.WINDOW and not look.case.is_session and not look.is_its_day:
        yield search(_near(look, look.request, times=2), sides).slots, ()
    elif lacking is Lacking.PATIENT_BUSY:
        yield search(replace(request, patient=replace(request.patient, busy=())), sides).slots, ()
    elif lacking in _OF_SIDES:
        yield search(request, [_OF_SIDES[lacking](look, side) for side in sides]).slots, ()


_OF_SIDES: dict[Lacking, Callable[[_Look, PhysicianSide], PhysicianSide]] = {
    Lacking.CAP: lambda _look, side: replace(side, full=()),
    Lacking.BUSY: lambda look, side: replace(side, busy=tuple(look.ground.out.get(side.physician_id, ()))),
    Lacking.LICENSE: lambda look, side: replace(side, licences=[LicencePeriod(look.case.patient.state, _EVER, None)]),
    Lacking.CLOSURE: lambda _look, side: replace(side, closures=()),
}


def _near(look: _Look, request: SlotRequest, *, times: int = 1) -> SlotRequest:
    reach = SESSION_REACH if look.case.is_session else times * look.ground.window
    if look.is_its_day:
        reach = timedelta()
    today = local_day(request.now, look.case.patient.zone)
    first = max(today, look.case.old_day - reach)
    return replace(request, first_day=first, last_day=max(first, look.case.old_day + reach))


def _named(look: _Look, lacking: Lacking, slots: Iterable[Slot]) -> Obstacle:
    """Return the rule with the name of the cap or closure, or with what the course says about the nearest time.

    What hangs on the state names the one where the patient said to be.
    """
    reason = {Lacking.CAP: RemovalReason.CAP_REACHED, Lacking.CLOSURE: RemovalReason.CLINIC_CLOSED}.get(lacking)
    if reason is not None:
        names = search(_near(look, look.request), look.sides).names.get(reason, ())
        return Obstacle(lacking, ", ".join(names[:2]))
    judge = look.case.judge
    if lacking is Lacking.COURSE and judge is not None:
        near = sorted(slots, key=lambda slot: abs(slot.starts_at - look.case.old_start))
        for slot in near[:1]:
            why = judge.why_not(look.case.row.id, instant(slot.starts_at), instant(slot.ends_at))
            return Obstacle(lacking, why or "")
    if look.is_its_day and lacking in _OF_STATE:
        return Obstacle(lacking, f"the patient says to be {where(look.case.patient.state)} then")
    return Obstacle(lacking)
