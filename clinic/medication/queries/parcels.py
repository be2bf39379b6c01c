"""Parcels by id, number and patient, with everything that was said of one."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import other_than
from clinic.medication.errors import UnknownParcel
from clinic.medication.models import Receipt, Shipment, SupplyClaim, TrackingEvent
from clinic.medication.rules.parcels import OVER, ParcelWord, Tracked
from clinic.people.queries import records_of


def shipment(session: Session, shipment_id: UUID) -> Shipment:
    """Return the parcel, or raise UnknownParcel."""
    found = session.get(Shipment, shipment_id)
    if found is None:
        raise UnknownParcel
    return found


def shipment_by_number(session: Session, tracking_number: str, *, carrier: str) -> Shipment | None:
    """Return the parcel with a carrier's number, however it is spaced or capitalized, or None."""
    asked = {"of_carrier": carrier.strip().casefold(), "of_number": plain_tracking(tracking_number)}
    return session.scalar(_by_number(), asked)


@cache
def _by_number() -> Select[Shipment]:
    is_carrier = func.lower(Shipment.carrier) == bindparam("of_carrier")
    return select(Shipment).where(is_carrier, Shipment.tracking_number == bindparam("of_number"))


def shipment_by_tracker(session: Session, tracker_id: str) -> Shipment | None:
    """Return the parcel that a carrier service knows under its own id, or None."""
    return session.scalar(select(Shipment).where(Shipment.tracker_id == tracker_id))


def shipments_of(session: Session, patient_id: UUID) -> list[Shipment]:
    """Return every parcel of a patient, the newest first."""
    wanted = select(Shipment).where(Shipment.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(Shipment.handed_over_at.desc(), Shipment.id)))


def open_shipments(session: Session) -> list[Shipment]:
    """Return every parcel that is not over, the longest under way first."""
    return list(session.scalars(_open()))


@cache
def _open() -> Select[Shipment]:
    wanted = select(Shipment).where(other_than(Shipment.state, sorted(OVER)))
    return wanted.order_by(Shipment.handed_over_at, Shipment.id)


def tracking_of(session: Session, shipment_id: UUID) -> list[TrackingEvent]:
    """Return what was said of a parcel, in the order in which it happened."""
    wanted = select(TrackingEvent).where(TrackingEvent.shipment_id == shipment_id)
    return list(session.scalars(wanted.order_by(*_AS_IT_HAPPENED)))


def tracked(session: Session, shipment_id: UUID) -> list[Tracked]:
    """Return what was said of a parcel as the rules take it."""
    found = session.execute(_tracked(), {"of_parcel": shipment_id})
    return [
        Tracked(at=at, status=ParcelWord(status), key=key, has_signature=has_signature, is_staff=source == "staff")
        for at, status, key, has_signature, source in found
    ]


@cache
def _tracked() -> Select[datetime, str, str, bool, str]:
    said = TrackingEvent
    wanted = select(said.at, said.status, said.external_key, said.has_signature, said.source)
    return wanted.where(said.shipment_id == bindparam("of_parcel")).order_by(*_AS_IT_HAPPENED)


_AS_IT_HAPPENED = (TrackingEvent.at, TrackingEvent.received_at, TrackingEvent.id)


def receipts_of(session: Session, shipment_id: UUID) -> list[Receipt]:
    """Return what the patient found in a parcel, the newest word last."""
    return list(session.scalars(_receipts(), {"of_parcel": shipment_id}))


@cache
def _receipts() -> Select[Receipt]:
    return select(Receipt).where(Receipt.shipment_id == bindparam("of_parcel")).order_by(Receipt.at, Receipt.id)


def claims_of(session: Session, patient_id: UUID) -> list[SupplyClaim]:
    """Return every report of a patient about units, the newest first."""
    wanted = select(SupplyClaim).where(SupplyClaim.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(SupplyClaim.reported_at.desc(), SupplyClaim.id)))


def open_claim_about(session: Session, shipment_id: UUID, *, kind: str) -> SupplyClaim | None:
    """Return the report of a kind about a parcel that nobody settled yet, the newest one, or None."""
    wanted = select(SupplyClaim).where(
        SupplyClaim.shipment_id == shipment_id, SupplyClaim.kind == kind, SupplyClaim.settled_at.is_(None)
    )
    return session.scalar(wanted.order_by(SupplyClaim.reported_at.desc(), SupplyClaim.id).limit(1))


def plain_tracking(typed: str) -> str:
    """Return a tracking number as it is stored: letters and digits only, in capitals."""
    return "".join(symbol for symbol in typed.upper() if symbol.isascii() and symbol.isalnum())
