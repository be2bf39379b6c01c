"""Rules about texts, and about what waits to be worked on."""

from sqlalchemy.orm import Session

from clinic.messaging.rules.caps import order
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.simulation.truths.asking import Found, Span, ask

_SENT = "m.channel = 'sms' and m.sent_at >= :since"
_COUNT = f"select count(*) from message m where {_SENT}"  # noqa: S608 - constants
_ANEW = """case
  when template_key in ('SHIP_ATTEMPT', 'PAY_FAILED', 'SIGN_NEEDED')
  then to_char(sent_at at time zone zone, 'YYYY-MM-DD')
  when template_key = 'PAY_RESUMES'
  then (select max(e.version)::text from subscription_event e
        where e.subscription_id = m.subject_id and e.event = 'pause_began' and e.at <= m.sent_at)
end"""
"""A parcel that nobody could take and a card that did not pay are told of once for each day of trying.

A form that is still not signed two days later is asked for once more, and a membership is told once a pause that it
ends.
"""

_BY_DAY = "m.category in ('service', 'safety', 'marketing')"


def none_leaves_at_night(session: Session, span: Span) -> Found:
    """No text goes to a patient before 8:00 or from 20:00 on where the patient is."""
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('%s %s at %s', m.template_key, m.id, m.sent_at at time zone coalesce(p.zone, m.zone))
            from message m left join patient p on p.id = m.recipient_id
            where {_SENT} and {_BY_DAY} and m.recipient_kind <> 'staff' and not (
              (m.sent_at at time zone coalesce(p.zone, m.zone))::time >= time '08:00'
              and (m.sent_at at time zone coalesce(p.zone, m.zone))::time < time '20:00')
        """,  # noqa: S608 - constants
    )


def none_leaves_after_stop(session: Session, span: Span) -> Found:
    """No text goes to a phone that said STOP, or whose owner never agreed."""
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('%s %s', m.template_key, m.id) from message m
            where {_SENT} and {_BY_DAY} and m.recipient_kind = 'patient' and coalesce((
              select e.change from sms_consent_event e where e.phone_id = m.address_id and e.at <= m.sent_at
              order by e.at desc, e.id desc limit 1), 'never') not in ('consented', 'opted_in')
        """,  # noqa: S608 - constants
    )


def none_is_doubled(session: Session, span: Span) -> Found:
    """Nobody gets the same text about the same thing in the same version twice, where it is not told anew each day."""
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('%s about %s %s, %s times', template_key, subject_kind, subject_id, count(*))
            from message m where {_SENT} and {_BY_DAY} and recipient_kind = 'patient' and subject_id is not null
            group by template_key, subject_kind, subject_id, subject_version, recipient_id, address_id, {_ANEW}
            having count(*) > 1
            union all
            select format('%s %s reached the provider more than once', template_key, id)
            from message m where {_SENT} and duplicate_count > 0
        """,  # noqa: S608 - constants
    )


def none_beyond_the_days_cap(session: Session, span: Span) -> Found:
    """No text that gives way on a full day leaves when the day has its number of texts already."""
    yields = ", ".join(f"'{key}'" for key in sorted(order()))
    most = number(session, PolicyKey.TEXTS_A_SESSION_DAY)
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('%s %s to %s', template_key, id, recipient_id) from (
              select m.*, row_number() over (
                partition by recipient_id, (sent_at at time zone zone)::date order by sent_at, id) as place
              from message m where {_SENT} and category = 'service' and recipient_kind = 'patient'
            ) numbered where place > {most} and template_key in ({yields})
        """,  # noqa: S608 - constants
    )


def none_is_lost(session: Session, span: Span) -> Found:
    """Every text that is due left, was dropped with a reason, or waits; none is forgotten on its way."""
    return ask(
        session,
        span,
        rows="select count(*) from message where due_at between :since and :now",
        faults="""
            select format('%s %s is %s since %s', template_key, id, state, updated_at) from message
            where (state in ('canceled', 'suppressed') and reason is null and due_at >= :since)
              or (state = 'pending' and expires_at < :now - interval '1 day')
              or (state = 'pending' and due_at < :now - interval '3 days')
              or (state in ('claimed', 'sending', 'ambiguous') and updated_at < :now - interval '1 day')
              or (state in ('accepted', 'sent') and channel = 'sms' and sent_at < :now - interval '5 days')
        """,
    )


def nothing_is_stuck(session: Session, span: Span) -> Found:
    """No fact and no webhook waits for longer than an hour, and none was given up."""
    return ask(
        session,
        span,
        rows="select (select count(*) from outbox where created_at >= :since)"
        " + (select count(*) from inbox where received_at >= :since)",
        faults="""
            select format('%s about %s is %s after %s tries: %s', topic, subject_id, state, attempt_count,
              last_error_code)
            from outbox where state = 'parked' or (state = 'pending' and due_at < :now - interval '1 hour')
            union all
            select format('webhook %s of %s', external_id, source) from inbox
            where handled_at is null and received_at < :now - interval '1 hour'
        """,
    )
