"""Rules about how sessions begin."""

from sqlalchemy.orm import Session

from clinic.simulation.truths.asking import Found, Span, ask

_BEGUN = """
    from appointment_history h join appointment a on a.id = h.appointment_id
    join visit_type v on v.code = a.visit_type_code and v.purpose = 'session'
    where h.change = 'arrived' and h.at between :since and :now
"""


def no_session_without_a_go(session: Session, span: Span) -> Found:
    """No session begins without a go of its start from the last 30 minutes, or a physician who wrote it down later."""
    return ask(
        session,
        span,
        rows=f"select count(*) {_BEGUN}",
        faults=f"""
            select format('session %s began at %s', a.id, h.at) {_BEGUN}
            and not exists (
              select from readiness_check c where c.appointment_id = a.id and c.moment = 'start' and c.verdict = 'go'
                and c.decided_at between h.at - interval '30 minutes' and h.at
            )
            and not exists (
              select from readiness_override o where o.appointment_id = a.id and o.kind = 'held' and o.at = h.at
            )
        """,  # noqa: S608 - a constant
    )
