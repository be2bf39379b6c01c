"""Rules about visits, sessions, flags and the history."""

from sqlalchemy.orm import Session

from clinic.audit.queries import verify
from clinic.simulation.truths.asking import Found, Span, ask

_STANDS = "('booked', 'confirmed', 'in_progress', 'completed')"
_VISITS = f"select count(*) from appointment where state in {_STANDS} and ends_at >= :since"  # noqa: S608 - constants
_TAKEN = """
    select s.plan_id, s.phase, a.id, a.starts_at, (a.starts_at at time zone a.location_zone)::date as day,
      p.adjustments, v.definition
    from treatment_session s join appointment a on a.id = s.appointment_id
    join treatment_plan p on p.id = s.plan_id join protocol_version v on v.id = p.protocol_version_id
    where a.state = 'completed' and s.outcome is distinct from 'skipped'
"""
_SESSIONS = f"select count(*) from ({_TAKEN}) t where starts_at >= :since"  # noqa: S608 - constants


def no_physician_is_booked_twice(session: Session, span: Span) -> Found:
    """No physician has two visits at once, unless somebody booked one over the other and said why."""
    return _overlaps(session, span, who="physician_id", when="physician_busy", also="and a.overbook_reason is null")


def no_patient_is_booked_twice(session: Session, span: Span) -> Found:
    """No patient is in two visits at once."""
    return _overlaps(session, span, who="patient_id", when="patient_period")


def _overlaps(session: Session, span: Span, *, who: str, when: str, also: str = "") -> Found:
    overbooked = also.replace("a.", "b.")
    return ask(
        session,
        span,
        rows=_VISITS,
        faults=f"""
            select format('visits %s and %s', a.id, b.id) from appointment a
            join appointment b on b.{who} = a.{who} and b.id > a.id and a.{when} && b.{when}
              and b.starts_at between a.starts_at - interval '1 day' and a.starts_at + interval '1 day'
            where a.state in {_STANDS} and b.state in {_STANDS} {also} {overbooked} and a.ends_at >= :since
        """,  # noqa: S608 - constants
    )


def no_session_is_too_early(session: Session, span: Span) -> Found:
    """No session is closer to the one before than the plan allows, unless a physician set that aside and said why."""
    return ask(
        session,
        span,
        rows=_SESSIONS,
        faults=f"""
            select format('session %s of plan %s, %s after the one before', id, plan_id, starts_at - before_at) from (
              select t.*, lag(starts_at) over each_plan as before_at, lag(day) over each_plan as before_on
              from ({_TAKEN}) t window each_plan as (partition by plan_id order by starts_at)
            ) pairs
            where starts_at >= :since and not exists (
              select from readiness_override o where o.appointment_id = pairs.id and o.codes @> '["gap_short"]'
            ) and case phase
              when 'induction' then starts_at - before_at < make_interval(hours => coalesce(
                adjustments ->> 'induction.least_gap_hours', definition #>> '{{induction,least_gap_hours}}')::int)
              when 'maintenance' then day - before_on < coalesce(
                adjustments ->> 'maintenance.least_gap_days', definition #>> '{{maintenance,least_gap_days}}')::int
              else false end
        """,  # noqa: S608 - constants
    )


def no_week_has_too_many_sessions(session: Session, span: Span) -> Found:
    """No seven days in a row hold more sessions of a patient than the plan allows."""
    return ask(
        session,
        span,
        rows=_SESSIONS,
        faults=f"""
            with taken as ({_TAKEN})
            select format('session %s of plan %s is number %s of its seven days', t.id, t.plan_id, count(*))
            from taken t join taken b on b.plan_id = t.plan_id and b.day between t.day - 6 and t.day
              and b.starts_at <= t.starts_at
            where t.starts_at >= :since group by t.id, t.plan_id, t.adjustments, t.definition
            having count(*) > coalesce(t.adjustments ->> 'weekly_most', t.definition ->> 'weekly_most')::int
        """,  # noqa: S608 - constants
    )


def no_visit_is_forgotten(session: Session, span: Span) -> Found:
    """Every visit that is over was kept, missed or called off by the end of the next day."""
    return ask(
        session,
        span,
        rows="select count(*) from appointment where ends_at between :since and :now",
        faults="""
            select format('visit %s is still %s', id, state) from appointment
            where state in ('held', 'booked', 'confirmed', 'in_progress') and ends_at < :now - interval '1 day'
        """,
    )


def every_urgent_flag_is_answered(session: Session, span: Span) -> Found:
    """Every urgent flag was decided about, or a task or a call is open about it."""
    return ask(
        session,
        span,
        rows="select count(*) from flag where level = 5",
        faults="""
            select format('flag %s of rule %s', f.id, f.rule_id) from flag f where f.level = 5 and f.state = 'open'
            and not exists (select from work_item w where w.subject_id = f.id and w.state = 'open')
            and not exists (select from on_call_page c where c.subject_id = f.id and c.acknowledged_at is null)
        """,
    )


def the_history_is_whole(session: Session, span: Span) -> Found:  # noqa: ARG001 - the chain is checked from its start
    """The audit chain verifies from its first row to its last."""
    found = verify(session)
    faults = () if found.broken_at is None else (f"row {found.broken_at}",)
    return Found(found.rows, faults)
