"""Locks of the supply side in the one order, the patient and then the row, and who may do what."""

from datetime import date, datetime
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.localtime import in_zone
from clinic.medication.errors import NotYourOrder, UnknownFill, UnknownParcel
from clinic.medication.models import Fill, FillLot, Lot, RefillRequest, Shipment, SupplyClaim
from clinic.people.models import Patient
from clinic.people.queries import lock_patient_of
from clinic.treatment.queries.plans import may_decide

_Moving = TypeVar("_Moving", Fill, Shipment, SupplyClaim, RefillRequest)


def lock_fill(session: Session, fill_id: UUID) -> Fill:
    """Return the fill as it is now, locked with its patient; raises UnknownFill."""
    found = lock_with_patient(session, Fill, fill_id)
    if found is None:
        raise UnknownFill
    return found


def lock_parcel(session: Session, shipment_id: UUID) -> Shipment:
    """Return the parcel as it is now, locked with its patient; raises UnknownParcel."""
    found = lock_with_patient(session, Shipment, shipment_id)
    if found is None:
        raise UnknownParcel
    return found


def lock_with_patient(session: Session, table: type[_Moving], row_id: UUID) -> _Moving | None:
    """Return a row as it is now, locked after the patient whose it is, or None when there is no such row.

    Whoever joins two records gives such rows to the other one meanwhile; then that one is locked too.
    """
    while (patient := lock_patient_of(session, table, row_id)) is not None:
        found: _Moving | None = session.scalar(_row_of(table), {"of_row": row_id, "of_patient": patient.id})
        if found is not None:
            return found
    return None


@cache
def _row_of(table: type[_Moving]) -> Select[Any]:
    is_row = (table.id == bindparam("of_row"), table.patient_id == bindparam("of_patient"))
    return select(table).where(*is_row).with_for_update().execution_options(populate_existing=True)


def hold_lots(session: Session, fill: Fill) -> None:
    """Lock the lots of a fill against a recall in between: whoever recalls one waits, or we see the recall."""
    session.scalars(_lots_of(), {"of_fill": fill.id}).all()


@cache
def _lots_of() -> Select[UUID]:
    packed = select(FillLot.lot_id).where(FillLot.fill_id == bindparam("of_fill"))
    return select(Lot.id).where(Lot.id.in_(packed)).order_by(Lot.id).with_for_update(read=True)


def require_living(patient: Patient) -> None:
    """Raise ChangedMeanwhile for a record that was merged into another."""
    if patient.merged_into_id is not None:
        raise ChangedMeanwhile("This record was merged with another. Open the patient's record again.")


def require_physician(session: Session, *, by: Actor, patient_id: UUID, now: datetime) -> None:
    """Raise NotYourOrder unless the actor is a physician of the patient's care team."""
    if not may_decide(session, actor=by, patient_id=patient_id, now=now):
        raise NotYourOrder("A physician of this patient decides this. Ask one of them.")


def require_staff(by: Actor) -> None:
    """Raise NotYourOrder for a patient or a stranger: staff and the clinic's own jobs do this."""
    if by.kind not in {ActorKind.STAFF, ActorKind.SYSTEM, ActorKind.PROVIDER}:
        raise NotYourOrder("The clinic's staff does this. Call the clinic.")


def day_of(patient: Patient, now: datetime) -> date:
    """Return the patient's own date at an instant."""
    return in_zone(now, patient.zone).date()
