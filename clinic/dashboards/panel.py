"""A physician's panel: one row for each patient with scores, sessions, flags and what is missing, by one statement."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.dashboards.panel_rules import Facts


def _scores(instrument: str, alias: str) -> str:
    """Return the join that reads one instrument's totals in order of time.

    The baseline is the newest score up to the day of the first session, else the first on record.
    """
    return f"""
    left join lateral (
      select v[n] as last, v[n - 1] as before, coalesce(v[m], v[1]) as start, n, at
      from (
        select array_agg(s.value::int order by s.at, s.id) as v, count(*)::int as n, max(s.at) as at,
          nullif(count(*) filter (where s.at < taken.edge), 0)::int as m
        from score s
        where s.patient_id = any(records.ids) and s.instrument_key = '{instrument}' and s.name = 'total'
      ) totals
    ) {alias} on true
    """  # noqa: S608 - put together from constants


# Everything hangs on the patients asked for, by their own indexes: what others have costs nothing.
_PANEL = text(
    f"""
    with session_type as materialized (select array_agg(code) as codes from visit_type where purpose = 'session')
    select p.id, p.record_number, p.legal_last_name, p.legal_first_name, p.search_key, p.state, p.zone, p.status,
      plan.id, plan.phase, coalesce(plan.prior_sessions, 0) + coalesce(taken.count, 0), taken.last_at, taken.next_at,
      phq.last, phq.start, phq.before, phq.n, phq.at, gad.last, gad.start, gad.before, gad.n, gad.at,
      (cast(:now as timestamptz) at time zone p.zone)::date - (greatest(phq.at, gad.at) at time zone p.zone)::date,
      coalesce(flags.count, 0), flags.level, flags.id, flags.sentence, flags.raised_at,
      coalesce(asked.missed, 0), asked.since
    from unnest(cast(:ids as uuid[])) as mine(id)
    join patient p on p.id = mine.id and p.status <> 'merged'
    cross join lateral (select array_agg(m.id) || p.id as ids from patient m where m.merged_into_id = p.id) records
    left join lateral (
      select t.id, t.phase, t.started_at, t.prior_sessions from treatment_plan t
      where t.patient_id = p.id order by t.phase = 'ended', t.started_at desc limit 1
    ) plan on true
    left join lateral (
      select count(*) filter (where held.is_taken)::int as count, max(held.starts_at) filter (where held.is_taken)
          as last_at,
        ((min(held.starts_at) filter (where held.is_taken) at time zone p.zone)::date + 1)::timestamp
          at time zone p.zone as edge,
        min(held.starts_at) filter (where held.state in ('booked', 'confirmed') and held.starts_at > :now) as next_at
      from (
        select a.starts_at, a.state,
          a.visit_type_code = any(session_type.codes)
          and (s.plan_id = plan.id or (s.plan_id is null and a.starts_at >= plan.started_at))
          and (s.outcome = 'taken' or (s.outcome is null and a.state = 'completed')) as is_taken
        from session_type, appointment a left join treatment_session s on s.appointment_id = a.id
        where a.patient_id = p.id
      ) held
    ) taken on true
    {_scores("phq9", "phq")}
    {_scores("gad7", "gad")}
    left join lateral (
      select f.id, f.level, f.sentence, f.raised_at, count(*) over ()::int as count
      from flag f where f.patient_id = p.id and f.state = 'open' order by f.level desc, f.raised_at, f.id limit 1
    ) flags on true
    left join lateral (
      select count(*)::int as missed, min(c.due_on) as since
      from check_in c
      where c.patient_id = p.id and c.state = 'missed' and c.due_on > coalesce(
        (select d.due_on from check_in d where d.patient_id = p.id and d.state = 'done' order by d.due_on desc limit 1),
        '-infinity')
    ) asked on true
    where p.status = 'active' or flags.level > 2
    """  # noqa: S608 - put together from constants
)


def panel(session: Session, ids: Collection[UUID], *, now: datetime) -> list[Facts]:
    """Return these patients, in no order: who is under care, and who left with a flag that still asks for something."""
    if not ids:
        return []
    return [Facts._make(row) for row in session.execute(_PANEL, {"ids": list(ids), "now": now})]
