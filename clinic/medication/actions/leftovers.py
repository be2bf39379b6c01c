"""What becomes of units when a plan is over: somebody is asked about them, they are put away, a zero count closes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.actions.counts import CountAt, record_count, zero_count
from clinic.medication.actions.disposals import dispose
from clinic.medication.actions.supply_locks import require_physician
from clinic.medication.errors import UnitsRefused
from clinic.medication.models import UnitCount
from clinic.medication.queries.leftovers import CLOSED_OTHERWISE, Leftovers, leftovers_of
from clinic.medication.queries.since import newest_entry
from clinic.people.queries import lock_living, lock_patient
from clinic.treatment.actions.ledger import write_pairs
from clinic.treatment.queries.plans import plans_of_patient
from clinic.treatment.rules.plans import written_reason
from clinic.worklist.actions import close_each, open_item
from clinic.worklist.rules import WorkKind


def watch_leftovers(session: Session, *, patient_id: UUID, by: Actor, now: datetime) -> Leftovers | None:
    """Ask a physician about the supply of a plan that is over, and stop asking once it is closed or a plan goes on.

    Return what is left to do about it.
    """
    patient = lock_living(session, patient_id)
    found = leftovers_of(session, patient.id)
    others = [each for each in plans_of_patient(session, patient.id) if found is None or each.id != found.plan.id]
    close_each(session, dedupe_keys=[_key(each.id) for each in others], by=by, now=now)
    if found is not None:
        _ask(session, patient.id, found, by=by, now=now)
    return found


def count_at_home(
    session: Session, *, patient_id: UUID, counted: int, at: CountAt, by: Actor, now: datetime
) -> UnitCount:
    """Keep how many units are at home; nothing, with the ledger in agreement, closes the supply of a plan that is over.

    Raises UnitsRefused at `counted` like `record_count`.
    """
    patient = lock_patient(session, patient_id)
    found = leftovers_of(session, patient.id)
    if found is not None and not counted and not found.units:
        return zero_count(session, plan_id=found.plan.id, counted=counted, by=by, now=now)
    return record_count(session, patient_id=patient.id, counted=counted, at=at, by=by, now=now)


def close_otherwise(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> None:
    """Close the supply of a plan that is over although no count of zero can be had; a physician says why.

    The ledger stays as it is: what is missing stays missing there. Raises NotYourOrder, ReasonTooShort and UnitsRefused
    where nothing is left to close.
    """
    patient = lock_living(session, patient_id)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    found = leftovers_of(session, patient.id)
    if found is None:
        raise UnitsRefused("Nothing is left to close. Open the plan again.")
    why = written_reason(reason)
    pairs: dict[str, list[object]] = {CLOSED_OTHERWISE: [None, newest_entry(session, patient.id)]}
    write_pairs(session, found.plan, pairs, reason=why, by=by, now=now)
    watch_leftovers(session, patient_id=patient.id, by=by, now=now)


def put_away(
    session: Session,
    *,
    patient_id: UUID,
    lot_id: UUID,
    units: int,
    method: str,
    witness: str,
    counted: int,
    by: Actor,
    now: datetime,
) -> UnitCount:
    """Take units out of the ledger that are gone for good, and keep how many are left at home after that.

    Raises UnitsRefused and LotUnknown; then nothing is changed.
    """
    dispose(session, patient_id=patient_id, lot_id=lot_id, units=units, method=method, witness=witness, by=by, now=now)
    return count_at_home(session, patient_id=patient_id, counted=counted, at=CountAt(), by=by, now=now)


def _ask(session: Session, patient_id: UUID, found: Leftovers, *, by: Actor, now: datetime) -> None:
    open_item(
        session,
        kind=WorkKind.SUPPLY_LEFT,
        dedupe_key=_key(found.plan.id),
        reason=_reason(found.units),
        subject_kind="patient",
        subject_id=patient_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )


def _reason(units: int) -> str:
    if not units:
        return "By the ledger nothing is left at home. Ask the patient for a last count; a 0 closes the plan's supply."
    said = "1 unit is" if units == 1 else f"{units} units are"
    return (
        f"{said} not accounted for. Have them taken to a collection site or destroyed before a witness, then take a "
        "count of 0."
    )


def _key(plan_id: UUID) -> str:
    return f"supply_left:{plan_id}"
