"""The report on visits whose time has come: rates, reasons, lead times, use of open hours, moves."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.dashboards.attendance_rules import (
    FATES,
    USED_TIME,
    Mover,
    Share,
    Step,
    Tally,
    minutes_within,
    mondays,
    standing_moves,
    tally,
)
from clinic.dashboards.working_hours import working_hours
from clinic.kernel.actor import ActorKind
from clinic.kernel.localtime import first_instant_of
from clinic.people.models import Physician
from clinic.people.queries import all_physicians
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState

_A_DAY = timedelta(days=1)

# One list of visits for every figure: what was ever booked and has its time behind it.
_COUNTED = """
a.starts_at >= :begin and a.starts_at < :end and a.starts_at <= :now and a.state not in ('held', 'expired')
and (cast(:physicians as uuid[]) is null or a.physician_id = any(cast(:physicians as uuid[])))
and (cast(:kind as text) is null or a.visit_type_code = :kind)
and (cast(:place as text) is null or a.location_state = :place)
"""
# The calendar week of the clinic's own clock begins on Monday, whatever the clocks did in it.
_WEEKS = text(
    f"""
    select date_trunc('week', a.starts_at at time zone :zone)::date, a.state, count(*)
    from appointment a where {_COUNTED} group by 1, 2
    """  # noqa: S608 - put together from constants
)
_REASONS = text(
    f"""
    select a.cancel_reason, a.state = 'late_canceled', count(*)
    from appointment a where a.state in ('canceled', 'late_canceled') and {_COUNTED} group by 1, 2
    """  # noqa: S608 - put together from constants
)
_LEADS = text(
    f"""
    select (a.starts_at at time zone :zone)::date - (booked.at at time zone :zone)::date as days,
      count(*) as visits
    from appointment a
    join lateral (select min(h.at) as at from appointment_history h
                  where h.appointment_id = a.id and h.change = 'booked') booked on booked.at is not null
    where a.state not in ('canceled', 'late_canceled') and {_COUNTED} group by 1
    """  # noqa: S608 - put together from constants
)
_MINUTES = text(
    f"""
    select a.physician_id, a.state, a.overbook_reason is not null, count(*),
      sum((select sum(extract(epoch from upper(stretch) - lower(stretch)))
           from unnest(a.physician_busy) stretch))::bigint
    from appointment a where {_COUNTED} group by 1, 2, 3
    """  # noqa: S608 - put together from constants
)
_MOVES = text(
    f"""
    select h.appointment_id, h.change, h.reason, h.actor_kind
    from appointment_history h join appointment a on a.id = h.appointment_id
    where h.change in ('moved', 'move_undone') and {_COUNTED} order by h.id
    """  # noqa: S608 - put together from constants
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which visits: local days of `zone` from first to last, and filters; `physician_ids` None is everybody."""

    first: date
    last: date
    zone: str
    physician_ids: Collection[UUID] | None = None
    visit_type_code: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicianUse:
    """How one physician's open minutes were used; overbooked visits take no open time of their own."""

    physician_id: UUID
    name: str
    visits: int
    used: Share
    overbooked: int
    overbooked_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Moves that stand: how many visits were moved how often, and who wanted it."""

    times: Mapping[int, int]
    movers: Mapping[Mover, int]
    visits: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """All figures of the report; weeks in order, reasons as (code, late, in time), lead times by days."""

    total: Tally
    weeks: Sequence[tuple[date, Tally]]
    reasons: Sequence[tuple[str, int, int]]
    leads: Mapping[int, int]
    use: Sequence[PhysicianUse]
    moves: Moves


def attendance(session: Session, wanted: Wanted, *, now: datetime) -> Attendance:
    """Return the figures of the visits that started within the days and not after `now`."""
    given = _given(wanted, now)
    weeks = _weeks(session, wanted, given)
    total = Tally(sum((Counter(of_week.fates) for _, of_week in weeks), Counter()))
    return Attendance(
        total=total,
        weeks=weeks,
        reasons=_reasons(session, given),
        leads={row.days: row.visits for row in session.execute(_LEADS, given)},
        use=_use(session, wanted, given),
        moves=_moves(session, given, visits=total.total),
    )


def _given(wanted: Wanted, now: datetime) -> dict[str, object]:
    return {
        "begin": first_instant_of(wanted.first, wanted.zone),
        "end": first_instant_of(wanted.last + _A_DAY, wanted.zone),
        "now": now,
        "zone": wanted.zone,
        "physicians": None if wanted.physician_ids is None else list(wanted.physician_ids),
        "kind": wanted.visit_type_code,
        "place": wanted.state,
    }


def _weeks(session: Session, wanted: Wanted, given: Mapping[str, object]) -> list[tuple[date, Tally]]:
    counted: dict[date, list[tuple[AppointmentState, int]]] = defaultdict(list)
    for monday, state, count in session.execute(_WEEKS, given):
        counted[monday].append((AppointmentState(state), count))
    return [(monday, tally(counted[monday])) for monday in mondays(wanted.first, wanted.last)]


def _reasons(session: Session, given: Mapping[str, object]) -> list[tuple[str, int, int]]:
    """Return each reason with how often it came late and in time, the most frequent first."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for reason, is_late, count in session.execute(_REASONS, given):
        found[reason or ""][0 if is_late else 1] += count
    return sorted(((code, late, timely) for code, (late, timely) in found.items()), key=_by_number)


def _by_number(row: tuple[str, int, int]) -> tuple[int, str]:
    return -row[1] - row[2], row[0]


@dataclass(slots=True)
class _Minutes:
    """What one physician's visits took."""

    visits: int = 0
    used: int = 0
    overbooked: int = 0
    overbooked_used: int = 0


def _use(session: Session, wanted: Wanted, given: Mapping[str, object]) -> list[PhysicianUse]:
    """Return everybody who had open hours or visits, by name."""
    taken: dict[UUID, _Minutes] = defaultdict(_Minutes)
    for physician_id, state, is_overbooked, count, seconds in session.execute(_MINUTES, given):
        if FATES[AppointmentState(state)] in USED_TIME:
            _add(taken[physician_id], count, seconds // 60, is_overbooked=is_overbooked)
    asked = wanted.physician_ids
    physicians = [one for one in all_physicians(session) if asked is None or one.id in asked]
    opened = _open_minutes(session, physicians, given)
    rows = [_row(one, taken[one.id], opened[one.id]) for one in physicians]
    return [row for row in rows if row.used.whole or row.visits or row.overbooked]


def _add(taken: _Minutes, count: int, minutes: int, *, is_overbooked: bool) -> None:
    if is_overbooked:
        taken.overbooked += count
        taken.overbooked_used += minutes
    else:
        taken.visits += count
        taken.used += minutes


def _row(physician: Physician, taken: _Minutes, opened: int) -> PhysicianUse:
    return PhysicianUse(
        physician_id=physician.id,
        name=physician.full_name,
        visits=taken.visits,
        used=Share(taken.used, opened),
        overbooked=taken.overbooked,
        overbooked_minutes=taken.overbooked_used,
    )


def _open_minutes(session: Session, physicians: Sequence[Physician], given: Mapping[str, object]) -> dict[UUID, int]:
    """Return how long each was open in the days until now; caps leave hours open and do not count."""
    begin, end, now = (given[name] for name in ("begin", "end", "now"))
    assert isinstance(begin, datetime)
    assert isinstance(end, datetime)
    assert isinstance(now, datetime)
    window = int(begin.timestamp()), int(max(begin, min(end, now)).timestamp())
    found = working_hours(session, {one.id: one.zone for one in physicians}, window=window)
    return {one.id: minutes_within(found[one.id].open, window) for one in physicians}


def _moves(session: Session, given: Mapping[str, object], *, visits: int) -> Moves:
    steps: dict[UUID, list[Step]] = defaultdict(list)
    for appointment_id, change, reason, actor_kind in session.execute(_MOVES, given):
        steps[appointment_id].append(Step(Change(change), reason, actor_kind == ActorKind.PATIENT))
    standing = [moves for moves in map(standing_moves, steps.values()) if moves]
    return Moves(
        times=dict(sorted(Counter(len(moves) for moves in standing).items())),
        movers=dict(Counter(mover for moves in standing for mover in moves)),
        visits=Share(len(standing), visits),
    )
