"""Writing orders: drafts, their changes, and amendments of signed ones, which are new orders."""

from dataclasses import asdict
from datetime import datetime
from enum import Enum
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.transaction import refusing
from clinic.medication.actions.order_moves import (
    lock_for_physician,
    move,
    note_order,
    prescriber,
    record,
    require_own,
    second_order,
)
from clinic.medication.actions.supply_locks import require_living, require_physician
from clinic.medication.errors import PharmacyRefused, SecondOrder, WrongState
from clinic.medication.models import Prescription
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.pharmacies import pharmacy
from clinic.medication.rules.orders import LIVE, OrderFields, OrderState
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.treatment.queries.plans import plan_for
from clinic.treatment.rules.plans import written_reason


def draft_order(
    session: Session, *, patient_id: UUID, pharmacy_id: UUID, fields: OrderFields, by: Actor, now: datetime
) -> Prescription:
    """Begin an order of a patient who has none; nothing counts before it is signed.

    Raises NotYourOrder, SecondOrder, UnknownPharmacy, PharmacyRefused and NoPlan.
    """
    patient = lock_patient(session, patient_id)
    require_living(patient)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    if live_order_of(session, patient.id) is not None:
        raise second_order()
    return _drafted(session, patient, pharmacy_id, fields=fields, amends=None, by=by, now=now)


def amend_order(
    session: Session, *, order_id: UUID, pharmacy_id: UUID, fields: OrderFields, by: Actor, now: datetime
) -> Prescription:
    """Begin an order that takes the place of a signed one when it is signed itself; until then that one counts.

    Raises what `draft_order` raises, UnknownOrder, and WrongState for an order that does not count any more.
    """
    old, patient = lock_for_physician(session, order_id, by=by, now=now)
    if OrderState(old.state) not in LIVE:
        raise WrongState(f"This order is {old.state.replace('_', ' ')}, so nothing takes its place. Write a new order.")
    return _drafted(session, patient, pharmacy_id, fields=fields, amends=old, by=by, now=now)


def change_draft(
    session: Session,
    *,
    order_id: UUID,
    pharmacy_id: UUID,
    fields: OrderFields,
    version: int,
    by: Actor,
    now: datetime,
) -> Prescription:
    """Change the own draft; raises WrongState once it is signed, NotYourOrder, ChangedMeanwhile, UnknownPharmacy."""
    row, _ = lock_for_physician(session, order_id, by=by, now=now)
    require_own(session, row, by=by)
    _require_draft(row)
    row.require_version(version)
    _fill_in(session, row, pharmacy_id=pharmacy_id, fields=fields)
    row.touch(by=by, now=now)
    session.flush()
    note_order(session, row, "order.edited", now=now)
    return row


def cancel_draft(session: Session, *, order_id: UUID, reason: str, by: Actor, now: datetime) -> Prescription:
    """Take a draft away, also a colleague's; raises WrongState once it is signed, NotYourOrder, ReasonTooShort."""
    row, _ = lock_for_physician(session, order_id, by=by, now=now)
    _require_draft(row)
    move(session, row, OrderState.CANCELED, reason=written_reason(reason), by=by, now=now)
    return row


def _drafted(
    session: Session,
    patient: Patient,
    pharmacy_id: UUID,
    *,
    fields: OrderFields,
    amends: Prescription | None,
    by: Actor,
    now: datetime,
) -> Prescription:
    row = Prescription(id=new_id(), patient_id=patient.id, patient_state=patient.state, created_at=now)
    row.plan_id = plan_for(session, patient_id=patient.id).id
    row.physician_id = prescriber(session, by).id
    row.amends_id = amends.id if amends else None
    row.state = OrderState.DRAFT.value
    _fill_in(session, row, pharmacy_id=pharmacy_id, fields=fields)
    another = SecondOrder(
        "A draft for this patient waits for a signature already. Open it and sign, change or cancel it."
    )
    with refusing(session, {"uq_prescription_draft": another}):
        session.add(row)
        row.touch(by=by, now=now)
    record(session, row, old=None, by=by, now=now)
    return row


def _fill_in(session: Session, row: Prescription, *, pharmacy_id: UUID, fields: OrderFields) -> None:
    """Write what was entered into a draft; the id comes before, as sealed words belong to it."""
    chosen = pharmacy(session, pharmacy_id)
    if chosen.retired_at is not None:
        raise PharmacyRefused(f"{chosen.name} takes no new orders. Choose another pharmacy.", field="pharmacy_id")
    row.pharmacy_id = chosen.id
    for name, value in asdict(fields).items():
        setattr(row, name, value.value if isinstance(value, Enum) else value)


def _require_draft(row: Prescription) -> None:
    if row.state != OrderState.DRAFT:
        raise WrongState("This order is signed, so it stays as it is. Amend it: that makes a new one.")
