"""The one slot function: which starts can be booked, and how many are lost to which rule."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import MAXYEAR, date, time, timedelta
from enum import StrEnum
from functools import cache, partial
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from clinic.kernel.localtime import edge_epoch, local_day, wall_offset
from clinic.scheduling.rules.availability import merged
from clinic.scheduling.rules.grid import Grid
from clinic.scheduling.rules.visits import FOREVER, MINUTE, Blocked, Range, VisitShape, reserved_segments

_MIDNIGHT = time(0)
_A_DAY = timedelta(days=1)
_ALTERNATIVES = 3


class RemovalReason(StrEnum):
    """Why a start cannot be booked; one that fails several rules counts under the first of them in this order."""

    IN_THE_PAST = "in_the_past"
    TOO_SOON = "too_soon"
    BEYOND_HORIZON = "beyond_horizon"
    LONG_PAUSE = "long_pause"
    CLINIC_CLOSED = "clinic_closed"
    NO_LICENCE = "no_licence"
    CAP_REACHED = "cap_reached"
    PHYSICIAN_BUSY = "physician_busy"
    PATIENT_BUSY = "patient_busy"
    OUTSIDE_PATIENT_HOURS = "outside_patient_hours"
    DOES_NOT_FIT = "does_not_fit"
    # The last two are answers about one start only: a search never considers such starts.
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
    `closures` and `full` are when the clinic is closed and when a cap is reached, each with its name.
    `closed` says that a closing took hours away in the dates searched.
    """

    physician_id: UUID
    zone: str
    open: Sequence[Range]
    busy: Sequence[Range] = ()
    licences: Sequence[LicencePeriod] = ()
    closures: Sequence[Blocked] = ()
    full: Sequence[Blocked] = ()
    closed: bool = False


class Pause(NamedTuple):
    """No session from `first_day` of the patient until `until_day`, excluded and None for without end; and why."""

    first_day: date
    until_day: date | None
    words: str


@dataclass(frozen=True, slots=True)
class PatientSide:
    """The patient where he or she will be at the visit: state, zone, own busy ranges, and the hours of the day.

    A visit starts at `earliest` local time or later and ends by `latest` on the same day; none in a `pause`.
    """

    state: str
    zone: str
    busy: Sequence[Range] = ()
    earliest: time = time(8, 15)
    latest: time = time(20)
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """What is looked for: a visit, for a patient, on the patient's local days from first to last, seen at `now`."""

    visit: VisitShape
    patient: PatientSide
    first_day: date
    last_day: date
    now: int


class Objection(NamedTuple):
    """Why one start cannot be booked; `name` is that of the closure or cap in the way."""

    reason: RemovalReason
    name: str = ""


class Slot(NamedTuple):
    """A start that can be booked; the end is the end of the patient's part."""

    physician_id: UUID
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """The answer: `considered` starts within the openings = the slots + everything in `removed`.

    Slots are ordered by start, then as the physicians were given. `without_hours` and `closed` name the physicians
    for whom nothing was considered, because no hours are set or because a closing took them all. `names` are those
    of the closures and caps that took something away.
    """

    request: SlotRequest
    slots: tuple[Slot, ...]
    removed: Mapping[RemovalReason, int]
    considered: int
    without_hours: tuple[UUID, ...] = ()
    closed: tuple[UUID, ...] = ()
    names: Mapping[RemovalReason, tuple[str, ...]] = field(default_factory=dict)


Rules = dict[RemovalReason, int]
"""For each reason the set of starts that it forbids."""

SEARCH_REASONS = tuple(RemovalReason)[:11]
"""The reasons that a search may give, the first that applies counts."""

NOTHING_OVERRULED: frozenset[RemovalReason] = frozenset()


def window_of(request: SlotRequest) -> Range:
    """Return the days asked for as one range; openings have to be expanded for it."""
    zone = request.patient.zone
    return _day_start(request.first_day, zone), _day_start(request.last_day + _A_DAY, zone)


def search(request: SlotRequest, physicians: Sequence[PhysicianSide]) -> SlotSearch:
    """Return every start that can be booked and the number lost to each reason."""
    losses, slots, empty = _Losses(), [], []
    rules, considered = _Rulebook(request), 0
    for physician in physicians:
        grid = rules.grid(physician.zone)
        starts = rules.opened(grid, tuple(physician.open))[0]
        considered += starts.bit_count()
        if not starts:
            empty.append(physician)
            continue
        lost = _lost(starts, rules.forbidden(physician, grid))
        losses.count(lost, request=request, physician=physician, grid=grid)
        slots += _slots(request.visit, physician.physician_id, grid.members(starts - sum(lost.values())))
    slots.sort(key=itemgetter(1))
    return SlotSearch(
        request,
        tuple(slots),
        losses.removed,
        considered,
        without_hours=tuple(physician.physician_id for physician in empty if not physician.closed),
        closed=tuple(physician.physician_id for physician in empty if physician.closed),
        names={reason: tuple(names) for reason, names in losses.names.items()},
    )


def objection(
    request: SlotRequest,
    physician: PhysicianSide,
    starts_at: int,
    *,
    overruled: Collection[RemovalReason] = NOTHING_OVERRULED,
) -> Objection | None:
    """Return the first thing against `starts_at` that is not overruled, or None; the days of the request do not matter.

    A start off the grid cannot be overruled.
    """
    day = local_day(starts_at, request.patient.zone)
    request = replace(request, first_day=day, last_day=day)
    whole_day = _grid(request, physician.zone)
    if (starts_at - whole_day.origin) % whole_day.step:
        return Objection(RemovalReason.OFF_GRID)
    grid = Grid(starts_at, whole_day.step, 1)
    if RemovalReason.NOT_OPEN not in overruled and not grid.starting_in(physician.open):
        return Objection(RemovalReason.NOT_OPEN)
    forbidden = _Rulebook(request).forbidden(physician, grid)
    for reason in SEARCH_REASONS:
        if forbidden[reason] and reason not in overruled:
            return Objection(reason, ", ".join(_names(reason, request, physician, grid=grid, hit=1)))
    return None


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
        RemovalReason.LONG_PAUSE: _paused(patient, grid),
        RemovalReason.PATIENT_BUSY: grid.colliding(patient.busy, begin=0, end=length),
        RemovalReason.OUTSIDE_PATIENT_HOURS: grid.everything ^ suitable,
    }


def _paused(patient: PatientSide, grid: Grid) -> int:
    if patient.pause is None:
        return 0
    until = patient.pause.until_day
    end = grid.end if until is None else _day_start(until, patient.zone)
    return grid.between(_day_start(patient.pause.first_day, patient.zone), end)


class _Rulebook:
    """The rules of one request as sets of starts; what several physicians have in common is worked out once."""

    def __init__(self, request: SlotRequest) -> None:
        self.visit = request.visit
        self.grid = cache(partial(_grid, request))
        self.opened = cache(partial(_opened, request.visit))
        self._of_patient = cache(partial(_patient_rules, request))
        self._licensed = cache(partial(_licensed, request))

    def forbidden(self, physician: PhysicianSide, grid: Grid) -> Rules:
        """Return for each reason the starts that it forbids with this physician."""
        busy = 0
        for begin, end in reserved_segments(self.visit):
            busy |= grid.colliding(physician.busy, begin=begin, end=end)
        return {
            **self._of_patient(grid),
            RemovalReason.CLINIC_CLOSED: _closed(self.visit, physician.closures, grid),
            RemovalReason.NO_LICENCE: grid.everything ^ self._licensed(grid, tuple(physician.licences)),
            RemovalReason.CAP_REACHED: _full(physician.full, grid),
            RemovalReason.PHYSICIAN_BUSY: busy,
            RemovalReason.DOES_NOT_FIT: grid.everything ^ self.opened(grid, tuple(physician.open))[1],
        }


def _opened(visit: VisitShape, grid: Grid, ranges: Sequence[Range]) -> tuple[int, int]:
    """Return the starts within the openings, and those at which the physician's stretches fit in as well."""
    fits = grid.everything
    for offset, length in visit.engaged:
        # Buffers may reach beyond the opening: notes are written after hours.
        fits &= grid.within(ranges, begin=offset * MINUTE, end=(offset + length) * MINUTE)
    return grid.starting_in(ranges), fits


def _closed(visit: VisitShape, stretches: Sequence[Blocked], grid: Grid) -> int:
    if not stretches:
        return 0
    ranges = [(begin, end) for begin, end, _ in stretches]
    closed = grid.starting_in(ranges)
    for offset, length in visit.engaged:
        closed |= grid.colliding(ranges, begin=offset * MINUTE, end=(offset + length) * MINUTE)
    return closed


def _full(stretches: Sequence[Blocked], grid: Grid) -> int:
    return grid.starting_in((begin, end) for begin, end, _ in stretches) if stretches else 0


def _lost(starts: int, forbidden: Rules) -> Rules:
    lost: Rules = {}
    for reason in SEARCH_REASONS:
        hit = starts & forbidden[reason]
        if hit:
            lost[reason] = hit
            starts ^= hit
    return lost


@dataclass(frozen=True, slots=True)
class _Losses:
    """What was lost so far to each reason, and the names of the closures and caps among them, in order."""

    removed: dict[RemovalReason, int] = field(default_factory=dict)
    names: dict[RemovalReason, dict[str, None]] = field(default_factory=dict)

    def count(self, lost: Rules, *, request: SlotRequest, physician: PhysicianSide, grid: Grid) -> None:
        for reason, hit in lost.items():
            self.removed[reason] = self.removed.get(reason, 0) + hit.bit_count()
            for name in _names(reason, request, physician, grid=grid, hit=hit):
                self.names.setdefault(reason, {})[name] = None


def _names(
    reason: RemovalReason, request: SlotRequest, physician: PhysicianSide, *, grid: Grid, hit: int
) -> dict[str, None]:
    if reason is RemovalReason.LONG_PAUSE and request.patient.pause is not None:
        return {request.patient.pause.words: None}
    if reason is RemovalReason.CLINIC_CLOSED:
        return {one.name: None for one in physician.closures if _closed(request.visit, [one], grid) & hit}
    if reason is RemovalReason.CAP_REACHED:
        return {one.name: None for one in physician.full if _full([one], grid) & hit}
    return {}


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


def _licensed(request: SlotRequest, grid: Grid, licences: Sequence[LicencePeriod]) -> int:
    # A license begins and ends with the day where the patient is: that is where medicine is practiced.
    patient = request.patient
    periods = merged(
        (_day_start(period.valid_from, patient.zone), _day_after(period.valid_until, patient.zone))
        for period in licences
        if period.state == patient.state
    )
    return grid.within(periods, begin=0, end=request.visit.patient_minutes * MINUTE)


def _day_after(day: date | None, zone: str) -> int:
    # Registers write "without end" as the last day of the calendar, after which there is no day.
    return FOREVER if day is None or day.year == MAXYEAR else _day_start(day + _A_DAY, zone)


def _day_start(day: date, zone: str) -> int:
    return edge_epoch(day, _MIDNIGHT, zone)
