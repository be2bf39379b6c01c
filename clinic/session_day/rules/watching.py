"""The watch over a session: what is due next, what is late, and whether it may end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.session_day.rules.limits import Pressure, WatchLimits


class SeenKind(StrEnum):
    """What a support person notes."""

    CHECK = "check"
    PRESSURE = "pressure"
    STEADY = "steady"
    EMERGENCY = "emergency"


class Missing(StrEnum):
    """What still keeps the support person there."""

    TIME = "time"
    WELL = "well"
    PRESSURE = "pressure"
    PRESSURE_HIGH = "pressure_high"
    STEADY = "steady"


class DueState(StrEnum):
    """Where one of the two readings stands."""

    LATER = "later"
    NOW = "now"
    LATE = "late"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One note: `is_good` is awake and breathing normally, or awake, steady and without nausea."""

    kind: SeenKind
    at: datetime
    is_good: bool = True
    pressure: Pressure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Where the watch over one session stands; instants in UTC.

    `late_level` is 0 while the checks are in time, 1 once one is late, 2 once it is late for twice as long.
    """

    last_check_at: datetime | None
    next_check_at: datetime
    late_level: int
    is_well: bool
    first_pressure: DueState
    second_pressure: DueState
    has_emergency: bool
    missing: tuple[Missing, ...]

    @property
    def may_end(self) -> bool:
        """Tell whether nobody has to watch any longer."""
        return not self.missing

    @property
    def wants_pressure(self) -> bool:
        """Tell whether a reading is due."""
        return {self.first_pressure, self.second_pressure} & {DueState.NOW, DueState.LATE} != set()


def watch(
    seen: Sequence[Seen], *, started_at: datetime, baseline: Pressure | None, limits: WatchLimits, now: datetime
) -> Watch:
    """Return where the watch stands; notes stand in the order of time, `baseline` is the mean before the session."""
    looks = [one for one in seen if one.kind in {SeenKind.CHECK, SeenKind.STEADY, SeenKind.PRESSURE}]
    last_at = max((one.at for one in looks), default=None)
    since = max(last_at or started_at, started_at)
    pressures = [one for one in seen if one.kind is SeenKind.PRESSURE and one.pressure is not None]
    late = now - since
    early, later = started_at + limits.pressure_from, started_at + limits.least
    return Watch(
        last_check_at=last_at,
        next_check_at=since + limits.check_every,
        late_level=(late >= limits.late_after) + (late >= 2 * limits.late_after),
        is_well=_last_is_good(seen, SeenKind.CHECK, default=True),
        first_pressure=_due(pressures, begin=early, end=started_at + limits.pressure_until, now=now),
        second_pressure=_due(pressures, begin=later, end=later + limits.check_every, now=now),
        has_emergency=any(one.kind is SeenKind.EMERGENCY for one in seen),
        missing=_missing(seen, pressures, started_at=started_at, baseline=baseline, limits=limits, now=now),
    )


def is_settled(pressure: Pressure, baseline: Pressure | None, limits: WatchLimits) -> bool:
    """Tell whether a pressure lets the watch end: below the limit, or close to what it was before."""
    if not limits.end.reached_by(pressure):
        return True
    if baseline is None:
        return False
    most = 100 + limits.end_percent
    return pressure.systolic * 100 <= baseline.systolic * most and pressure.diastolic * 100 <= baseline.diastolic * most


def _last_is_good(seen: Sequence[Seen], kind: SeenKind, *, default: bool) -> bool:
    return next((one.is_good for one in reversed(seen) if one.kind is kind), default)


def _due(pressures: Sequence[Seen], *, begin: datetime, end: datetime, now: datetime) -> DueState:
    if any(one.at >= begin for one in pressures):
        return DueState.DONE
    if now < begin:
        return DueState.LATER
    return DueState.NOW if now <= end else DueState.LATE


def _missing(
    seen: Sequence[Seen],
    pressures: Sequence[Seen],
    *,
    started_at: datetime,
    baseline: Pressure | None,
    limits: WatchLimits,
    now: datetime,
) -> tuple[Missing, ...]:
    ends_at = started_at + limits.least
    last = pressures[-1] if pressures else None
    found = []
    if now < ends_at:
        found.append(Missing.TIME)
    if not _last_is_good(seen, SeenKind.CHECK, default=True):
        found.append(Missing.WELL)
    if last is None or last.at < ends_at:
        found.append(Missing.PRESSURE)
    elif last.pressure is not None and not is_settled(last.pressure, baseline, limits):
        found.append(Missing.PRESSURE_HIGH)
    if not _last_is_good(seen, SeenKind.STEADY, default=False):
        found.append(Missing.STEADY)
    return tuple(found)
