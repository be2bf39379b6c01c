"""The figures of a simulation, read from the tables: by day, by physician and week, and the waiting times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.dashboards.working_hours import working_hours
from clinic.kernel.localtime import edge_epoch

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_VISIT = "select starts_at as at, 1 as n from appointment where state = '{state}'"
_OF_TYPE = "select starts_at as at, 1 as n from appointment where state = 'completed' and visit_type_code {which}"
_TEXTS = "select sent_at as at, 1 as n from message where channel = 'sms' and sent_at is not null and category {which}"
_POSTED = (
    "select e.at, p.amount_cents * {sign} as n from posting p join journal_entry e on e.id = p.entry_id "
    "where p.account = '{account}'"
)
_ENTERED = "select at, abs(units) as n from unit_entry where kind = '{kind}'"

SERIES: Mapping[str, str] = MappingProxyType(
    {
        "patients_registered": "select created_at as at, 1 as n from patient",
        "first_visits": _OF_TYPE.format(which="= 'initial_consultation'"),
        "sessions": _OF_TYPE.format(which="like '%session'"),
        "reviews": _OF_TYPE.format(which="= 'follow_up'"),
        "no_shows": _VISIT.format(state="no_show"),
        "canceled": _VISIT.format(state="canceled"),
        "canceled_late": _VISIT.format(state="late_canceled"),
        "texts_service": _TEXTS.format(which="= 'service'"),
        "texts_safety": _TEXTS.format(which="= 'safety'"),
        "texts_other": _TEXTS.format(which="not in ('service', 'safety')"),
        "texts_received": "select received_at as at, 1 as n from inbound_text",
        "check_ins_done": "select done_at as at, 1 as n from check_in where state = 'done'",
        "check_ins_missed": "select closes_at as at, 1 as n from check_in where state = 'missed'",
        "flags_raised": "select raised_at as at, 1 as n from flag",
        "flags_urgent": "select raised_at as at, 1 as n from flag where level = 5",
        "tasks_opened": "select created_at as at, 1 as n from work_item",
        "tasks_closed": "select closed_at as at, 1 as n from work_item where closed_at is not null",
        "revenue_cents": _POSTED.format(account="revenue_membership", sign=-1),
        "cash_cents": _POSTED.format(account="cash", sign=1),
        "receivable_cents": _POSTED.format(account="receivable", sign=1),
        "units_sent": _ENTERED.format(kind="dispensed"),
        "units_taken": _ENTERED.format(kind="taken"),
        "parcels_sent": "select handed_over_at as at, 1 as n from shipment",
    }
)
"""Each figure of a day as the rows that it adds up."""

_TALLIES: Mapping[str, str] = MappingProxyType(
    {
        "Texts by kind": "select template_key, count(*) from message where channel = 'sms' and sent_at is not null "
        "group by 1 order by 2 desc, 1",
        "Texts not sent, by reason": "select state || coalesce(': ' || reason, ''), count(*) from message where "
        "channel = 'sms' and state in ('canceled', 'suppressed', 'expired') group by 1 order by 2 desc, 1",
        "Flags by rule": "select rule_id || ', level ' || level, count(*) from flag group by 1 order by 2 desc, 1",
        "Tasks by kind": "select kind || ', ' || state, count(*) from work_item group by 1 order by 2 desc, 1",
        "Visits by state": "select visit_type_code || ', ' || state, count(*) from appointment group by 1 order by 1",
        "Plans by phase": "select phase, count(*) from treatment_plan group by 1 order by 1",
        "Memberships by state": "select state, count(*) from subscription group by 1 order by 1",
        "Parcels by state": "select state, count(*) from shipment group by 1 order by 1",
    }
)

_WAITS: Mapping[str, str] = MappingProxyType(
    {
        "first visit": """
            select extract(epoch from min(a.starts_at) - p.created_at) / 86400 from appointment a
            join patient p on p.id = a.patient_id where a.visit_type_code = 'initial_consultation'
            and a.state in ('booked', 'confirmed', 'in_progress', 'completed') group by p.id, p.created_at""",
        "first session": """
            select extract(epoch from min(a.starts_at) - t.started_at) / 86400 from treatment_session s
            join appointment a on a.id = s.appointment_id join treatment_plan t on t.id = s.plan_id
            where a.state in ('booked', 'confirmed', 'in_progress', 'completed') group by t.id, t.started_at""",
        "task": """
            select extract(epoch from closed_at - created_at) / 86400 from work_item where closed_at is not null""",
    }
)
_LATE = """
    select count(*), count(*) filter (where gap > case phase
        when 'induction' then (definition #>> '{induction,most_gap_days}')::int
        else (definition #>> '{maintenance,until_days}')::int end)
    from (
      select s.phase, v.definition, a.starts_at::date - lag(a.starts_at::date) over (
        partition by s.plan_id order by a.starts_at) as gap
      from treatment_session s join appointment a on a.id = s.appointment_id
      join treatment_plan p on p.id = s.plan_id join protocol_version v on v.id = p.protocol_version_id
      where a.state = 'completed' and s.phase in ('induction', 'maintenance')
    ) gaps where gap is not null
"""
_BUSY = """
    select a.physician_id, sum(extract(epoch from upper(part) - lower(part)))
    from appointment a cross join lateral unnest(a.physician_busy) as part
    where a.state in ('booked', 'confirmed', 'in_progress', 'completed', 'no_show')
      and a.starts_at >= :first and a.starts_at < :last group by 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicianWeek:
    """One physician in one week from a Monday on, in hours."""

    monday: date
    physician: str
    open: float
    busy: float

    @property
    def share(self) -> float | None:
        """Return the share of the open time that was engaged."""
        return self.busy / self.open if self.open else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that a report shows; `days` have a value for each series, `waits` are days in rising order."""

    days: Sequence[Mapping[str, object]]
    weeks: Sequence[PhysicianWeek]
    waits: Mapping[str, Sequence[float]]
    tallies: Mapping[str, Sequence[tuple[str, int]]]
    gaps: int
    late_gaps: int


def figures_of(session: Session, *, first: date, last: date, zone: str, names: Mapping[UUID, str]) -> Figures:
    """Read all of it for the days from first to last, in the clinic's zone."""
    gaps, late = session.execute(text(_LATE)).one()
    return Figures(
        days=_days(session, first=first, last=last, zone=zone),
        weeks=_weeks(session, first=first, last=last, zone=zone, names=names),
        waits={name: sorted(float(row[0]) for row in session.execute(text(sql))) for name, sql in _WAITS.items()},
        tallies={name: [(str(key), int(n)) for key, n in session.execute(text(sql))] for name, sql in _TALLIES.items()},
        gaps=gaps,
        late_gaps=late,
    )


def _days(session: Session, *, first: date, last: date, zone: str) -> list[dict[str, object]]:
    found: dict[date, dict[str, object]] = {
        first + number * _DAY: {"day": (first + number * _DAY).isoformat()} | dict.fromkeys(SERIES, 0)
        for number in range((last - first).days + 1)
    }
    for name, rows in SERIES.items():
        summed = f"select (at at time zone :zone)::date, sum(n) from ({rows}) as rows group by 1"  # noqa: S608 - constants
        for day, value in session.execute(text(summed), {"zone": zone}):
            if day in found:
                found[day][name] = int(value)
    return list(found.values())


def _weeks(session: Session, *, first: date, last: date, zone: str, names: Mapping[UUID, str]) -> list[PhysicianWeek]:
    monday, found = first - first.weekday() * _DAY, []
    while monday <= last:
        window = edge_epoch(monday, time(0), zone), edge_epoch(monday + _WEEK, time(0), zone)
        hours = working_hours(session, dict.fromkeys(names, zone), window=window)
        given = {"first": monday, "last": monday + _WEEK}
        busy = {row[0]: float(row[1]) / 3600 for row in session.execute(text(_BUSY), given)}
        for physician_id, name in names.items():
            inside = ((max(begin, window[0]), min(end, window[1])) for begin, end in hours[physician_id].open)
            opened = sum(max(0, end - begin) for begin, end in inside) / 3600
            week = PhysicianWeek(monday=monday, physician=name, open=opened, busy=busy.get(physician_id, 0.0))
            found.append(week)
        monday += _WEEK
    return found
