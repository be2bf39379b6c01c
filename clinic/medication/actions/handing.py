"""Handing a packed fill to a carrier: asked for once more at the gate, with an adult's signature."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.carriers import CARRIERS, known_carrier, looks_like
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.outbox import publish
from clinic.kernel.transaction import refusing
from clinic.medication.actions.filling import move_fill, use_up
from clinic.medication.actions.gate import decide
from clinic.medication.actions.parcel_settling import SHIPMENT_CHANGED, note_parcel
from clinic.medication.actions.supply_locks import day_of, hold_lots, lock_fill, require_staff
from clinic.medication.errors import ParcelRefused
from clinic.medication.models import Fill, RefillDecision, Shipment
from clinic.medication.queries.parcels import plain_tracking, shipment_by_number
from clinic.medication.rules.fills import FillState, require_move
from clinic.medication.rules.gate_inputs import Moment
from clinic.medication.rules.parcels import ShipmentState
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.rules import county

CHANNELS = ("manual", "sandbox", "easypost")
_LONGEST = 40
_LATEST_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What stands on a parcel, and through which channel its way is heard of."""

    carrier: str
    tracking_number: str
    expected_on: date | None = None
    channel: str = "manual"


class HandedOver(NamedTuple):
    """What the gate said, and the parcel, or None where the gate is closed and the fill stays packed."""

    decision: RefillDecision
    shipment: Shipment | None


def hand_over(
    session: Session,
    *,
    fill_id: UUID,
    label: Label,
    by: Actor,
    now: datetime,
    overrides: Collection[str] = (),
    reason: str = "",
) -> HandedOver:
    """Give a packed fill to a carrier if the gate is open for it now; each parcel has a decision of its own.

    Nothing is raised for a closed gate, so that the decision is kept. Raises UnknownFill, WrongState before it is
    packed, ParcelRefused at a field, NotYourOrder and OrderRefused.
    """
    require_staff(by)
    fill = lock_fill(session, fill_id)
    require_move(FillState(fill.state), FillState.HANDED_TO_CARRIER)
    patient = lock_patient(session, fill.patient_id)
    known = _checked(session, label, today=day_of(patient, now))
    hold_lots(session, fill)
    decision = decide(
        session,
        patient_id=patient.id,
        moment=Moment.SHIP,
        fill=fill,
        overrides=overrides,
        reason=reason,
        by=by,
        now=now,
    )
    if not decision.is_allowed:
        return HandedOver(decision, None)
    parcel = _made(patient, fill, known, decision=decision, now=now)
    parcel.touch(by=by, now=now)
    taken = _number_taken(known)
    with refusing(session, {"uq_shipment_carrier": taken, "uq_shipment_carrier_tracking_number": taken}):
        session.add(parcel)
        session.flush()
    move_fill(session, fill, FillState.HANDED_TO_CARRIER, by=by, now=now)
    use_up(session, fill, by=by, now=now)
    note_parcel(session, parcel, "parcel.handed_over", now=now, carrier=parcel.carrier)
    publish(session, SHIPMENT_CHANGED, subject_id=parcel.id, now=now)
    return HandedOver(decision, parcel)


def _checked(session: Session, label: Label, *, today: date) -> Label:
    carrier = known_carrier(label.carrier)
    tracking = plain_tracking(label.tracking_number)
    if carrier is None:
        raise ParcelRefused(f"Choose the carrier: {', '.join(CARRIERS)}.", field="carrier")
    is_made_up = label.channel == "sandbox" and 1 <= len(tracking) <= _LONGEST
    if not is_made_up and not looks_like(carrier, tracking):
        raise ParcelRefused(
            f"\u201c{tracking}\u201d is no tracking number of {carrier}, and nobody can hand over without one. Read it "
            "from the label again, with every digit.",
            field="tracking_number",
        )
    if label.channel not in CHANNELS:
        raise ParcelRefused("Choose how the parcel is followed.", field="channel")
    if label.expected_on is not None and not 0 <= (label.expected_on - today).days <= _LATEST_DAYS:
        raise ParcelRefused(
            f"{label.expected_on:%m/%d/%Y} is not within the next {_LATEST_DAYS} days. Choose a day that is.",
            field="expected_on",
        )
    found = Label(carrier=carrier, tracking_number=tracking, expected_on=label.expected_on, channel=label.channel)
    if shipment_by_number(session, tracking, carrier=carrier) is not None:
        raise _number_taken(found)
    return found


def _number_taken(label: Label) -> ParcelRefused:
    return ParcelRefused(
        f"{label.carrier} {label.tracking_number} is the number of another parcel, and nobody can use it twice. Read "
        "it from this label again.",
        field="tracking_number",
    )


def _made(patient: Patient, fill: Fill, label: Label, *, decision: RefillDecision, now: datetime) -> Shipment:
    if county(patient.county_fips).state != patient.state:
        raise ParcelRefused(
            "The address and its county do not fit. Correct the patient's address first.", field="address"
        )
    parcel = Shipment(id=new_id(), fill_id=fill.id, patient_id=patient.id, decision_id=decision.id, is_allowed=True)
    parcel.carrier, parcel.tracking_number, parcel.channel = label.carrier, label.tracking_number, label.channel
    parcel.expected_on, parcel.handed_over_at, parcel.created_at = label.expected_on, now, now
    parcel.state, parcel.state_since = ShipmentState.LABEL_CREATED.value, now
    parcel.needs_adult_signature, parcel.has_signature = True, False
    parcel.address = f"{patient.address_line}, {patient.city}, {patient.state} {patient.postal_code}"
    parcel.to_state, parcel.county_fips = patient.state, patient.county_fips
    return parcel
