"""What patients' memberships let begin: read where a session is booked and where a shipment is released."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.people.models import CareAllowance
from clinic.people.rules.allowances import Allowance
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey

_OF_PATIENTS = select(CareAllowance).where(among(CareAllowance.patient_id, "ids"))


def allowances(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Allowance]:
    """Return what may begin for each of these patients.

    Who never had a membership is not limited, unless the clinic's policy asks everybody for one.
    """
    rows = session.scalars(_OF_PATIENTS, {"ids": list(patient_ids)})
    known = {row.patient_id: _read(row, now) for row in rows if row.is_tapering or _is_of_membership(row)}
    missing = [each for each in patient_ids if each not in known]
    if missing:
        stranger = Allowance(is_open=not number(session, PolicyKey.MEMBERSHIPS_REQUIRED))
        known |= dict.fromkeys(missing, stranger)
    return known


def allowance(session: Session, patient_id: UUID, *, now: datetime) -> Allowance:
    """Return what may begin for one patient."""
    return allowances(session, [patient_id], now=now)[patient_id]


def _is_of_membership(row: CareAllowance) -> bool:
    """Tell whether a membership wrote the row: it is stopped or has a period, unlike what a taper alone leaves."""
    return row.stops_at is not None or row.period_start_on is not None


def _read(row: CareAllowance, now: datetime) -> Allowance:
    if row.is_tapering:
        return Allowance(is_open=True)
    return Allowance(
        is_open=row.stops_at is None or now < row.stops_at,
        zone=row.zone,
        today=in_zone(now, row.zone).date(),
        period=_period(row),
        most_sessions=row.most_sessions,
        most_shipments=row.most_shipments,
    )


def _period(row: CareAllowance) -> tuple[date, date] | None:
    if row.period_start_on is None or row.period_end_on is None:
        return None
    return row.period_start_on, row.period_end_on
