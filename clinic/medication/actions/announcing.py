"""Texts about a parcel: that it is on its way, that nobody could take it, that it is there."""

from collections.abc import Mapping
from datetime import datetime, time
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.medication.actions.page_link import page_link
from clinic.medication.models import Shipment
from clinic.medication.queries.parcels import shipment
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.sending import SUBJECT
from clinic.messaging.actions import plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.rules import PatientStatus

SENT, ATTEMPTED, DELIVERED = "shipment.sent", "shipment.attempted", "shipment.delivered"
_UNCONFIRMED = "shipment.unconfirmed"

_S = ShipmentState
_EVENTS: Mapping[ShipmentState, str] = MappingProxyType(
    {
        _S.LABEL_CREATED: SENT,
        _S.IN_TRANSIT: SENT,
        _S.OUT_FOR_DELIVERY: SENT,
        _S.DELIVERY_ATTEMPTED: ATTEMPTED,
        _S.PICKUP_READY: ATTEMPTED,
        _S.DELIVERED: DELIVERED,
        _S.DELIVERED_UNSIGNED: DELIVERED,
    }
)
_NOON = time(12)


def tell_of_parcel(session: Session, *, subject_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> None:
    """Text the patient what is so of a parcel: each thing once, and each day anew that nobody could take it.

    That a parcel is on its way is told once the day is known on which it comes; that it is there is asked once more the
    next morning. Raises UnknownParcel.
    """
    parcel = shipment(session, subject_id)
    patient = lock_patient(session, parcel.patient_id)
    attempt = f"{in_zone(parcel.state_since, patient.zone):%Y-%m-%d}"
    event = _EVENTS.get(ShipmentState(parcel.state))
    again = attempt if event == ATTEMPTED else None
    _plan(session, parcel, patient, event=event, ring=ring, again=again, by=by, now=now)
    if event == DELIVERED:
        _plan(session, parcel, patient, event=_UNCONFIRMED, ring=ring, again=None, by=by, now=now)


def tell_again(session: Session, *, shipment_id: UUID, ring: KeyRing, by: Actor, now: datetime) -> bool:
    """Text what is so of a parcel once more, with a link that opens again; tell whether there is anything to text.

    The same minute again is the same text. Raises UnknownParcel.
    """
    parcel = shipment(session, shipment_id)
    patient = lock_patient(session, parcel.patient_id)
    event = _EVENTS.get(ShipmentState(parcel.state))
    return _plan(session, parcel, patient, event=event, ring=ring, again=f"{now:%Y-%m-%dT%H:%M}", by=by, now=now)


def _plan(
    session: Session,
    parcel: Shipment,
    patient: Patient,
    *,
    event: str | None,
    ring: KeyRing,
    again: str | None,
    by: Actor,
    now: datetime,
) -> bool:
    variables = _variables(parcel, patient.zone, now=now)
    if event is None or patient.status != PatientStatus.ACTIVE or (event == SENT and "starts_at" not in variables):
        return False
    plan_event(
        session,
        event=event,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=parcel.id),
        times=EventTimes(),
        variables=variables,
        link_id=page_link(session, patient, by=by, now=now, ring=ring).id,
        again=again,
        by=by,
        now=now,
    )
    return True


def _variables(parcel: Shipment, zone: str, *, now: datetime) -> dict[str, datetime | str]:
    """Return what the words name; a text says the day of `starts_at` only, never a time."""
    variables: dict[str, datetime | str] = {"carrier": parcel.carrier}
    comes_on = in_zone(now, zone).date() if parcel.state == _S.OUT_FOR_DELIVERY else parcel.expected_on
    if comes_on is not None:
        variables["starts_at"] = edge_instant(comes_on, _NOON, zone)
    return variables
