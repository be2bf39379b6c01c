"""Rules about units, parcels and fills."""

from sqlalchemy.orm import Session

from clinic.simulation.truths.asking import Found, Span, ask

_ENTRIES = "select count(*) from unit_entry where at >= :since"


def no_balance_is_wrong(session: Session, span: Span) -> Found:
    """What a patient has of a lot is the sum of what came and went, and never less than nothing."""
    return ask(
        session,
        span,
        rows=_ENTRIES,
        faults="""
            select format('patient %s, lot %s: %s kept, %s entered', patient_id, lot_id, b.units, e.units)
            from unit_balance b full join (
              select patient_id, lot_id, sum(units) as units from unit_entry group by patient_id, lot_id
            ) e using (patient_id, lot_id)
            where coalesce(b.units, 0) <> coalesce(e.units, 0) or coalesce(b.units, 0) < 0
        """,
    )


def no_unit_comes_from_nowhere(session: Session, span: Span) -> Found:
    """No parcel brings more units of a lot than were packed, and no session takes what never came."""
    return ask(
        session,
        span,
        rows=_ENTRIES,
        faults="""
            select format('fill %s, lot %s: %s of %s packed', e.fill_id, e.lot_id, sum(e.units), l.units)
            from unit_entry e left join fill_lot l on l.fill_id = e.fill_id and l.lot_id = e.lot_id
            where e.kind = 'dispensed' group by e.fill_id, e.lot_id, l.units
            having sum(e.units) > coalesce(l.units, 0)
            union all
            select format('session %s has no visit that took place', e.appointment_id) from unit_entry e
            join appointment a on a.id = e.appointment_id where e.kind = 'taken' and a.state <> 'completed'
        """,
    )


def no_fill_is_beyond_its_order(session: Session, span: Span) -> Found:
    """No order is filled more often than its refills allow, after its last day, or without a decision that let it."""
    return ask(
        session,
        span,
        rows="select count(*) from fill where created_at >= :since",
        faults="""
            select format('order %s: %s fills of %s', p.id, count(*), 1 + p.refills)
            from fill f join prescription p on p.id = f.prescription_id
            where f.released_on is not null and f.state not in ('canceled', 'rejected', 'voided')
            group by p.id, p.refills having count(*) > 1 + p.refills
            union all
            select format('fill %s left without a decision that let it, or too late', f.id) from fill f
            where f.released_on is not null and (f.is_allowed is not true or f.released_on > f.expires_on)
        """,
    )
