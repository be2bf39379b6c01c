"""Rules about months that are billed and about the books."""

from sqlalchemy.orm import Session

from clinic.billing.queries.books import journal_check
from clinic.simulation.truths.asking import Found, Span, ask

_MONTHS = "kind in ('first', 'renewal') and state in ('open', 'paid')"
_COUNT = f"select count(*) from invoice where {_MONTHS} and created_at >= :since"  # noqa: S608 - constants


def no_day_is_billed_twice(session: Session, span: Span) -> Found:
    """No two months of a membership share a day."""
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('membership %s: month of %s begins before %s', subscription_id, period_start_on, before_on)
            from (
              select subscription_id, period_start_on, lag(period_end_on) over (
                partition by subscription_id order by period_start_on, number) as before_on
              from invoice where {_MONTHS}
            ) months where period_start_on < before_on
        """,  # noqa: S608 - constants
    )


def no_day_is_left_out(session: Session, span: Span) -> Found:
    """Between two months of a membership that only ever ran no day is left out."""
    return ask(
        session,
        span,
        rows=_COUNT,
        faults=f"""
            select format('membership %s: nothing from %s to %s', subscription_id, before_on, period_start_on)
            from (
              select subscription_id, period_start_on, kind,
                lag(period_end_on) over in_order as before_on, lag(kind) over in_order as before_kind
              from invoice where {_MONTHS}
              window in_order as (partition by subscription_id order by period_start_on, number)
            ) months
            where kind = 'renewal' and before_kind = 'renewal' and period_start_on > before_on and not exists (
              select from subscription_event e where e.subscription_id = months.subscription_id
              and e.to_state in ('paused', 'medical_hold', 'suspended'))
        """,  # noqa: S608 - constants
    )


def the_books_agree(session: Session, span: Span) -> Found:
    """Every entry of the journal comes to nothing, and invoices are what was paid, credited or is open."""
    entries = ask(
        session, span, rows="select count(*) from journal_entry where at >= :since", faults="select 1 where false"
    )
    found = journal_check(session)
    faults = [f"{each.kind.value}: journal {each.journal}, documents {each.documents}" for each in found.faults]
    return Found(entries.rows, tuple(faults) if found.is_sound is False else ())
