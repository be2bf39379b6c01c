"""How patients fare month by month and phase by phase: counts only, nobody can be told apart in them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.dashboards.outcomes_rules import Count, Outcome, Row, months, next_month, rows_of
from clinic.kernel.localtime import first_instant_of
from clinic.monitoring.rules.response import ELEVATED, NORMAL
from clinic.treatment.rules.phases import Phase

MODERATE = 2
"""Side effects from here on count: moderate or severe."""

ASKS = 3
"""Flags from this level on count: a physician has to decide."""

# Months as the clinic's clock has them, and how long each course was in each phase.
_SPANS = """
month as (
  select * from unnest(cast(:months as date[]), cast(:begins as timestamptz[]), cast(:ends as timestamptz[]))
    as m(month, begins, ends)
),
span as (
  select t.patient_id, e.plan_id, e.to_phase as phase, e.at as begins, lead(e.at) over in_order as ends,
    lead(e.to_phase) over in_order as next_phase
  from plan_phase e join treatment_plan t on t.id = e.plan_id
  window in_order as (partition by e.plan_id order by e.at, e.from_phase is not null, e.id)
)
"""
# Each patient counts once a month, in the last phase of it; who ends straight out of treatment dropped out.
_COURSES = text(
    f"""
    with {_SPANS},
    course as (
      select distinct on (month.month, span.patient_id) month.month, span.patient_id, span.phase,
        span.next_phase = 'ended' and span.ends < month.ends and span.phase <> 'aftercare' as is_dropped
      from month join span on span.begins < month.ends and (span.ends is null or span.ends > month.begins)
      where span.phase not in ('evaluation', 'ended') and span.begins <= :now
      order by month.month, span.patient_id, span.begins desc
    ),
    flagged as (
      select distinct month.month, f.patient_id
      from month join flag f on f.raised_at >= month.begins and f.raised_at < month.ends
      where f.level >= :asks
    )
    select c.month, c.phase, count(*)::int, count(*) filter (where c.is_dropped)::int, count(f.patient_id)::int
    from course c left join flagged f on f.month = c.month and f.patient_id = c.patient_id
    group by c.month, c.phase
    """  # noqa: S608 - put together from constants
)
# The newest score of a month against the baseline: the newest score up to the day of the course's first session, else
# the first on record; only those who began at a score that asks for treatment.
_SCORES = text(
    f"""
    with {_SPANS},
    newest as (
      select distinct on (month.month, s.patient_id) month.month, s.patient_id, s.id, s.value, s.at
      from month join score s on s.at >= month.begins and s.at < month.ends
      where s.instrument_key = 'phq9' and s.name = 'total'
      order by month.month, s.patient_id, s.at desc, s.id desc
    ),
    begun as (
      select t.id as plan_id,
        ((min(a.starts_at) at time zone p.zone)::date + 1)::timestamp at time zone p.zone as edge
      from treatment_plan t join patient p on p.id = t.patient_id
      join appointment a on a.patient_id = t.patient_id
      join visit_type v on v.code = a.visit_type_code and v.purpose = 'session'
      left join treatment_session r on r.appointment_id = a.id
      where (r.plan_id = t.id or (r.plan_id is null and a.starts_at >= t.started_at))
        and (r.outcome = 'taken' or (r.outcome is null and a.state = 'completed'))
      group by t.id, p.zone
    )
    select newest.month, span.phase, count(*)::int,
      count(*) filter (where newest.value * 2 <= start.value)::int, count(*) filter (where newest.value < :normal)::int
    from newest
    join span on span.patient_id = newest.patient_id and span.begins <= newest.at
      and (span.ends is null or span.ends > newest.at) and span.phase not in ('evaluation', 'ended')
    left join begun on begun.plan_id = span.plan_id
    cross join lateral (
      select s.id, s.value from score s
      where s.patient_id = newest.patient_id and s.instrument_key = 'phq9' and s.name = 'total'
      order by s.at >= coalesce(begun.edge, '-infinity'), case when s.at < begun.edge then s.at end desc, s.at, s.id
      limit 1
    ) start
    where start.id <> newest.id and start.value >= :elevated
    group by newest.month, span.phase
    """  # noqa: S608 - put together from constants
)
_SIDE_EFFECTS = text(
    f"""
    with {_SPANS},
    told as (
      select month.month, s.patient_id, max(s.value) as worst, max(s.at) as at
      from month join score s on s.at >= month.begins and s.at < month.ends
      where s.instrument_key = 'side_effects' and s.name = 'worst'
      group by month.month, s.patient_id
    )
    select told.month, span.phase, count(*)::int, count(*) filter (where told.worst >= :moderate)::int
    from told
    join span on span.patient_id = told.patient_id and span.begins <= told.at
      and (span.ends is null or span.ends > told.at) and span.phase not in ('evaluation', 'ended')
    group by told.month, span.phase
    """  # noqa: S608 - put together from constants
)

_Counts = dict[tuple[date, Phase], Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The months that these days touch, by the clock of `zone`."""

    first: date
    last: date
    zone: str


def outcomes(session: Session, wanted: Wanted, *, now: datetime) -> dict[Outcome, list[Row]]:
    """Return for each outcome a row a month, without what is too small to be shown."""
    asked = months(wanted.first, wanted.last)
    found = _counted(session, _given(asked, wanted.zone, now))
    return {outcome: rows_of(asked, found[outcome]) for outcome in Outcome}


def _given(asked: Sequence[date], zone: str, now: datetime) -> dict[str, Any]:
    return {
        "months": list(asked),
        "begins": [first_instant_of(month, zone) for month in asked],
        "ends": [first_instant_of(next_month(month), zone) for month in asked],
        "now": now,
        "asks": ASKS,
        "moderate": MODERATE,
        "elevated": ELEVATED,
        "normal": NORMAL,
    }


def _counted(session: Session, given: Mapping[str, Any]) -> dict[Outcome, _Counts]:
    found: dict[Outcome, _Counts] = defaultdict(dict)
    for month, phase, whole, dropped, flagged in session.execute(_COURSES, given):
        found[Outcome.DROP_OUT][month, Phase(phase)] = Count(dropped, whole)
        found[Outcome.FLAGS][month, Phase(phase)] = Count(flagged, whole)
    for month, phase, whole, responded, remitted in session.execute(_SCORES, given):
        found[Outcome.RESPONSE][month, Phase(phase)] = Count(responded, whole)
        found[Outcome.REMISSION][month, Phase(phase)] = Count(remitted, whole)
    for month, phase, whole, worse in session.execute(_SIDE_EFFECTS, given):
        found[Outcome.SIDE_EFFECTS][month, Phase(phase)] = Count(worse, whole)
    return found
