"""What is left at home of a plan that is over, until the patient has counted nothing and the ledger agrees."""

from dataclasses import dataclass
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.medication.models import Disposal
from clinic.medication.queries.ledger import LotBalance, balance_of, counts_of
from clinic.medication.queries.since import newest_entry
from clinic.medication.rules.units import LotProblem
from clinic.people.queries import records_of
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.plans import change_details, changes_of, plans_of_patient
from clinic.treatment.rules.phases import Phase

CLOSED_OTHERWISE = "supply_closed_over"
"""The field of a plan's history under which a physician closed its supply without a count of zero."""

OVER = frozenset({Phase.AFTERCARE, Phase.ENDED})
"""The phases of a plan in which nobody takes units at home any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """A plan that is over and whose supply is not closed; `units` are at home by the ledger, which may be 0."""

    plan: TreatmentPlan
    units: int
    lots: tuple[LotBalance, ...]


def plan_that_is_over(session: Session, patient_id: UUID) -> TreatmentPlan | None:
    """Return a patient's newest plan if it is over, else None; with a newer one what is at home belongs to that."""
    newest = next(iter(plans_of_patient(session, patient_id)), None)
    return newest if newest is not None and newest.phase in OVER else None


def leftovers_of(session: Session, patient_id: UUID) -> Leftovers | None:
    """Return what is not accounted for of a plan that is over, or None once a zero count has closed it.

    A zero count closes what the ledger knew of then, and so does a physician who says why there can be none: a parcel
    that comes later opens it again.
    """
    plan = plan_that_is_over(session, patient_id)
    newest = newest_entry(session, patient_id) if plan is not None else None
    if plan is None or newest is None or newest in {_closed_at(session, patient_id), _let_be(session, plan)}:
        return None
    lots = tuple(balance_of(session, patient_id))
    return Leftovers(plan=plan, units=sum(lot.units for lot in lots), lots=lots)


def lots_to_put_away(session: Session, patient_id: UUID, *, today: date) -> list[LotBalance]:
    """Return the lots of which a patient puts units away now: all when the plan is over, else those beyond use.

    What was recalled is kept aside until somebody has talked with the patient.
    """
    is_over = plan_that_is_over(session, patient_id) is not None
    found = [(lot, lot.problem(today)) for lot in balance_of(session, patient_id)]
    return [
        lot
        for lot, problem in found
        if problem is not LotProblem.RECALLED and (is_over or problem is LotProblem.BEYOND_USE)
    ]


def disposals_of(session: Session, patient_id: UUID) -> list[Disposal]:
    """Return every disposal of a patient's units, the newest first."""
    wanted = select(Disposal).where(Disposal.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(Disposal.at.desc(), Disposal.id)))


def _let_be(session: Session, plan: TreatmentPlan) -> int | None:
    """Return the number of the newest entry that a physician closed the supply over, without a count of zero."""
    for change in changes_of(session, plan.id):
        if CLOSED_OTHERWISE in change.fields:
            return cast("int", change_details(change)[CLOSED_OTHERWISE][1])
    return None


def _closed_at(session: Session, patient_id: UUID) -> int | None:
    """Return the number of the newest entry that the newest zero count knew of."""
    closing = (count for count in counts_of(session, patient_id) if count.moment == "closing")
    return next((count.entry_id for count in closing), None)
