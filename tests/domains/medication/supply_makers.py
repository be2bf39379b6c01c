"""Makes supply for tests: fills let out, verified and packed, parcels on their way, delivered and confirmed.

Everything goes through the product's own actions; what a carrier says is written as the port has it.
"""

from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy.orm import Session

from clinic.gateways.carriers import CarrierEvent, CarrierWord
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.medication.actions.fills import release_fill, request_fill
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.actions.order_states import record_external_status
from clinic.medication.actions.parcels import take_events
from clinic.medication.actions.pharmacy_steps import LotUnits, Told, record_pharmacy_step
from clinic.medication.actions.receipts import Found, confirm_receipt
from clinic.medication.actions.requests import request_refill
from clinic.medication.models import Fill, Prescription, Receipt, Shipment
from clinic.medication.rules.fills import FillState
from clinic.people.models import Patient
from clinic.treatment.models import TreatmentPlan
from tests.domains.medication.medication_makers import OrderClinic, a_check
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import COORDINATOR, on, take

CARRIER = Actor(kind=ActorKind.PROVIDER, name="Carrier")
WATCHER = system("Parcel watcher")
LOT = LotUnits(number="L-2026/07", compounded_on=date(2026, 11, 16), beyond_use_on=date(2027, 4, 30), units=12)
_NUMBERS = count(1)


def patient_of(session: Session, order: Prescription) -> Actor:
    """Return an order's patient as somebody at the own page."""
    return Actor(kind=ActorKind.PATIENT, id=order.patient_id, name="Patient")


def an_order(clinic: OrderClinic, *, now: datetime = NOW, **changes: object) -> Prescription:
    """Return an active order of a patient who is treated and was seen by a physician last week."""
    plan = clinic.treated()
    take(clinic.session, plan, at=on("2026-11-18"), kind="follow_up")
    order = clinic.signed(plan, now=now, **changes)
    record_external_status(
        clinic.session, order_id=order.id, status="PharmacyVerified", reference="RX-1", by=COORDINATOR, now=now
    )
    return order


def a_plan_of(session: Session, order: Prescription) -> TreatmentPlan:
    """Return the plan that an order was written for."""
    return session.get_one(TreatmentPlan, order.plan_id)


def a_released_fill(clinic: OrderClinic, order: Prescription, *, now: datetime = NOW) -> Fill:
    """Ask for the next shipment as the patient, look into the program, and let the fill out."""
    session = clinic.session
    request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=now)
    patient = session.get_one(Patient, order.patient_id)
    a_check(session, patient, by=clinic.doctor, now=now)
    fill = request_fill(session, order_id=order.id, by=COORDINATOR, now=now)
    released = release_fill(session, fill_id=fill.id, by=clinic.doctor, now=now)
    assert released.decision.is_allowed, released.decision.reasons
    return released.fill


def a_packed_fill(
    clinic: OrderClinic, order: Prescription, *, lots: tuple[LotUnits, ...] = (LOT,), now: datetime = NOW
) -> Fill:
    """Let a fill go through the pharmacy until it is packed."""
    fill = a_released_fill(clinic, order, now=now)
    for state in (FillState.SENT, FillState.ACCEPTED, FillState.COMPOUNDING, FillState.VERIFIED, FillState.PACKED):
        told = Told(state=state, lots=lots if state is FillState.VERIFIED else ())
        record_pharmacy_step(clinic.session, fill_id=fill.id, told=told, by=COORDINATOR, now=now)
    return fill


def a_label(**changes: object) -> Label:
    """Return a label with a number of its own."""
    wanted = {"carrier": "UPS", "tracking_number": f"1Z{next(_NUMBERS):016}"} | changes
    return Label(**wanted)  # type: ignore[arg-type]


def a_parcel(clinic: OrderClinic, order: Prescription, *, now: datetime = NOW, **changes: object) -> Shipment:
    """Hand a packed fill to the carrier."""
    fill = a_packed_fill(clinic, order, now=now, **changes)  # type: ignore[arg-type]
    handed = hand_over(clinic.session, fill_id=fill.id, label=a_label(), by=COORDINATOR, now=now)
    assert handed.shipment is not None, handed.decision.reasons
    return handed.shipment


def told(parcel: Shipment, status: CarrierWord, *, at: datetime, **changes: object) -> CarrierEvent:
    """Return what a carrier says of a parcel at an instant."""
    wanted = {
        "key": f"{parcel.tracking_number}|{at.isoformat()}|{status}",
        "at": at,
        "status": status,
        "word": status.value,
        "detail": "",
        "place": None,
        "tracker_id": "",
        "tracking_number": parcel.tracking_number,
        "carrier": parcel.carrier,
    }
    return CarrierEvent(**(wanted | changes))  # type: ignore[arg-type]


def deliver(session: Session, parcel: Shipment, *, at: datetime, signed_by: str | None = "A. Invented") -> Shipment:
    """Let the carrier scan a parcel and deliver it, with a signature unless there was none."""
    events = [
        told(parcel, CarrierWord.IN_TRANSIT, at=at - timedelta(hours=20)),
        told(parcel, CarrierWord.DELIVERED, at=at, signed_by=signed_by),
    ]
    return take_events(session, shipment_id=parcel.id, events=events, by=CARRIER, now=at)


def confirm(session: Session, parcel: Shipment, *, now: datetime, **changes: object) -> Receipt:
    """Let the patient confirm what was packed."""
    wanted = {"lot_number": LOT.number, "counted": 12, "is_seal_intact": True, "is_locked_away": True} | changes
    patient = Actor(kind=ActorKind.PATIENT, id=parcel.patient_id, name="Patient")
    found = Found(**wanted)  # type: ignore[arg-type]
    return confirm_receipt(session, shipment_id=parcel.id, found=found, by=patient, now=now)


def supplied(clinic: OrderClinic, order: Prescription, *, now: datetime = NOW) -> Shipment:
    """Bring a fill of an order to the patient, confirmed a day after it left."""
    parcel = a_parcel(clinic, order, now=now)
    at = now + timedelta(days=1)
    deliver(clinic.session, parcel, at=at)
    confirm(clinic.session, parcel, now=at + timedelta(hours=1))
    return parcel
