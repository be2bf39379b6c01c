"""The one slot function: which starts can be booked, and how many are lost to which rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, time, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from clinic.kernel.localtime import edge_epoch, local_day, wall_offset
from clinic.scheduling.rules.availability import merged
from clinic.scheduling.rules.grid import Grid
from clinic.scheduling.rules.visits import FOREVER, MINUTE, Range, VisitShape, reserved_segments

_MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)
_ALTERNATIVES = 3


class RemovalReason(StrEnum):
    """Why a start cannot be booked; one that fails several rules counts under the first of them in this order."""

    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    NO_LICENCE = "no_licence"
    PHYSICIAN_BUSY = "physician_busy"
    PATIENT_BUSY = "patient_busy"
    OUTSIDE_PATIENT_HOURS = "outside_patient_hours"
    DOES_NOT_FIT = "does_not_fit"
    # The last two are answers of `check_one` only: a search never considers such starts.
    NOT_OPEN = "not_open"
    OFF_GRID = "off_grid"


class LicencePeriod(NamedTuple):
    """A license for one state from `valid_from` through `valid_until` (included, None is without end)."""

    state: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class PhysicianSide:
    """One physician: openings (sorted, not touching, see `availability.expand`), busy ranges in any order, licenses.

    `busy` holds what other appointments and unexpired holds reserve, buffers included (`visits.physician_ranges`),
    never the appointment that is being moved. An intended overbooking is checked with `busy` left empty.
    `closed` says that a closing took hours away in the dates searched.
    """

    physician_id: UUID
    zone: str
    open: Sequence[Range]
    busy: Sequence[Range] = ()
    licences: Sequence[LicencePeriod] = ()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class PatientSide:
    """The patient where he or she will be at the visit: state, zone, own busy ranges, and the hours of the day.

    A visit starts at `earliest` local time or later and ends by `latest` on the same day.
    """

    state: str
    zone: str
    busy: Sequence[Range] = ()
    earliest: time = time(8, 15)
    latest: time = time(20)


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """What is looked for: a visit, for a patient, on the patient's local days from first to last, seen at `now`."""

    visit: VisitShape
    patient: PatientSide
    first_day: date
    last_day: date
    now: int


class Slot(NamedTuple):
    """A start that can be booked; the end is the end of the patient's part."""

    physician_id: UUID
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """The answer: `considered` starts within the openings = the slots + everything in `removed`.

    Slots are ordered by start, then as the physicians were given. `without_hours` and `closed` name the physicians
    for whom nothing was considered, because no hours are set or because a closing took them all.
    """

    request: SlotRequest
    slots: tuple[Slot, ...]
    removed: Mapping[RemovalReason, int]
    considered: int
    without_hours: tuple[UUID, ...] = ()
    closed: tuple[UUID, ...] = ()


Rules = dict[RemovalReason, int]
"""For each reason the set of starts that it forbids."""

_ORDER = tuple(RemovalReason)[:8]


def window_of(request: SlotRequest) -> Range:
    """Return the days asked for as one range; openings have to be expanded for it."""
    zone = request.patient.zone
    return _day_start(request.first_day, zone), _day_start(request.last_day + _A_DAY, zone)


def search(request: SlotRequest, physicians: Sequence[PhysicianSide]) -> SlotSearch:
    """Return every start that can be booked and the number lost to each reason."""
    removed: dict[RemovalReason, int] = {}
    considered, slots, empty = 0, [], []
    shared: dict[Grid, Rules] = {}
    for physician in physicians:
        grid = _grid(request, physician.zone)
        if grid not in shared:
            shared[grid] = _patient_rules(request, grid)
        starts = grid.starting_in(physician.open)
        considered += starts.bit_count()
        if not starts:
            empty.append(physician)
            continue
        left = _without(starts, shared[grid] | _physician_rules(request, physician, grid), removed=removed)
        slots += _slots(request.visit, physician.physician_id, grid.members(left))
    slots.sort(key=itemgetter(1))
    return SlotSearch(
        request,
        tuple(slots),
        removed,
        considered,
        without_hours=tuple(physician.physician_id for physician in empty if not physician.closed),
        closed=tuple(physician.physician_id for physician in empty if physician.closed),
    )


def check_one(request: SlotRequest, physician: PhysicianSide, starts_at: int) -> RemovalReason | None:
    """Return the first reason why `starts_at` cannot be booked, or None; the days of the request do not matter."""
    day = local_day(starts_at, request.patient.zone)
    request = replace(request, first_day=day, last_day=day)
    whole_day = _grid(request, physician.zone)
    if (starts_at - whole_day.origin) % whole_day.step:
        return RemovalReason.OFF_GRID
    grid = Grid(starts_at, whole_day.step, 1)
    if not grid.starting_in(physician.open):
        return RemovalReason.NOT_OPEN
    forbidden = _patient_rules(request, grid) | _physician_rules(request, physician, grid)
    return next((reason for reason in _ORDER if forbidden[reason]), None)


def three_alternatives(
    found: SlotSearch, wanted: int, *, physician_id: UUID | None = None, other_physician_costs: int = 30 * MINUTE
) -> tuple[Slot, ...]:
    """Return up to three slots at different times, nearest to `wanted` first.

    Another physician than `physician_id` counts as if it were `other_physician_costs` seconds farther away.
    """

    def distance(slot: Slot) -> tuple[int, int]:
        is_other = physician_id is not None and slot.physician_id != physician_id
        return abs(slot.starts_at - wanted) + (other_physician_costs if is_other else 0), slot.starts_at

    nearest: dict[int, Slot] = {}
    for slot in sorted(found.slots, key=distance):
        nearest.setdefault(slot.starts_at, slot)
        if len(nearest) == _ALTERNATIVES:
            break
    return tuple(nearest.values())


def _grid(request: SlotRequest, zone: str) -> Grid:
    begin, end = window_of(request)
    step = request.visit.step * MINUTE
    # Starts are round on the physician's clock: not every zone is a whole number of quarter hours from UTC.
    origin = begin + -(begin + wall_offset(begin, zone)) % step
    return Grid(origin, step, max(0, -((origin - end) // step)))


def _patient_rules(request: SlotRequest, grid: Grid) -> Rules:
    visit, patient, now = request.visit, request.patient, request.now
    length = visit.patient_minutes * MINUTE
    last_day = local_day(now, patient.zone) + timedelta(days=visit.horizon_days)
    suitable = grid.within(_patient_days(request), begin=0, end=length + visit.rest * MINUTE)
    return {
        RemovalReason.IN_THE_PAST: grid.between(grid.origin, now),
        RemovalReason.TOO_SOON: grid.between(grid.origin, now + visit.min_notice * MINUTE),
        RemovalReason.BEYOND_HORIZON: grid.between(_day_start(last_day + _A_DAY, patient.zone), grid.end),
        RemovalReason.PATIENT_BUSY: grid.colliding(patient.busy, begin=0, end=length),
        RemovalReason.OUTSIDE_PATIENT_HOURS: grid.everything ^ suitable,
    }


def _physician_rules(request: SlotRequest, physician: PhysicianSide, grid: Grid) -> Rules:
    visit = request.visit
    busy, fits = 0, grid.everything
    for begin, end in reserved_segments(visit):
        busy |= grid.colliding(physician.busy, begin=begin, end=end)
    for offset, length in visit.engaged:
        # Buffers may reach beyond the opening: notes are written after hours.
        fits &= grid.within(physician.open, begin=offset * MINUTE, end=(offset + length) * MINUTE)
    licensed = grid.within(_licensed(physician, request.patient), begin=0, end=visit.patient_minutes * MINUTE)
    return {
        RemovalReason.NO_LICENCE: grid.everything ^ licensed,
        RemovalReason.PHYSICIAN_BUSY: busy,
        RemovalReason.DOES_NOT_FIT: grid.everything ^ fits,
    }


def _without(starts: int, forbidden: Rules, *, removed: dict[RemovalReason, int]) -> int:
    for reason in _ORDER:
        hit = starts & forbidden[reason]
        if hit:
            removed[reason] = removed.get(reason, 0) + hit.bit_count()
            starts ^= hit
    return starts


def _slots(visit: VisitShape, physician_id: UUID, starts: Iterator[int]) -> list[Slot]:
    length = visit.patient_minutes * MINUTE
    return [Slot(physician_id, start, start + length) for start in starts]


def _patient_days(request: SlotRequest) -> list[Range]:
    patient, day = request.patient, request.first_day
    ranges: list[Range] = []
    while day <= request.last_day:
        ranges.append((edge_epoch(day, patient.earliest, patient.zone), edge_epoch(day, patient.latest, patient.zone)))
        day += _A_DAY
    return ranges


def _licensed(physician: PhysicianSide, patient: PatientSide) -> tuple[Range, ...]:
    # A license begins and ends with the day where the patient is: that is where medicine is practiced.
    return merged(
        (_day_start(period.valid_from, patient.zone), _day_after(period.valid_until, patient.zone))
        for period in physician.licences
        if period.state == patient.state
    )


def _day_after(day: date | None, zone: str) -> int:
    # Registers write "without end" as the last day of the calendar, after which there is no day.
    return FOREVER if day is None or day.year == MAXYEAR else _day_start(day + _A_DAY, zone)


def _day_start(day: date, zone: str) -> int:
    return edge_epoch(day, _MIDNIGHT, zone)
