"""What was ordered for a patient, dispensed on it and sent, as far as a physician signed it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.medication.errors import WrongState
from clinic.medication.models import Fill, Lot, Prescription, Shipment
from clinic.medication.queries.fills import fills_of
from clinic.medication.queries.lots import packed_lots
from clinic.medication.queries.orders import is_intact, orders_of
from clinic.medication.queries.parcels import shipments_of
from clinic.medication.rules.signed_content import OrderContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispensed:
    """A fill, its lots with how many units of each were packed, and its parcels, the newest first."""

    fill: Fill
    lots: tuple[tuple[Lot, int], ...] = ()
    parcels: tuple[Shipment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """A signed order, what it says by its signed content, and its fills, the first one first."""

    order: Prescription
    content: OrderContent
    fills: tuple[Dispensed, ...] = ()


def signed_record(session: Session, patient_id: UUID) -> list[Ordered]:
    """Return every order of a patient that was signed, the newest first; drafts and what was canceled are left out.

    Raises WrongState when an order is not what was signed any more.
    """
    fills, parcels = fills_of(session, patient_id), shipments_of(session, patient_id)
    return [
        Ordered(
            order=order,
            content=_content(order),
            fills=tuple(
                Dispensed(
                    fill=fill,
                    lots=tuple(packed_lots(session, fill.id)),
                    parcels=tuple(parcel for parcel in parcels if parcel.fill_id == fill.id),
                )
                for fill in reversed(fills)
                if fill.prescription_id == order.id
            ),
        )
        for order in orders_of(session, patient_id)
        if order.signed_at is not None
    ]


def _content(order: Prescription) -> OrderContent:
    if order.signed_content is None or not is_intact(order):
        raise WrongState(
            f"The order of {order.issued_on} is not what was signed, so nothing was given out. Tell an administrator "
            "today, and do not rely on it."
        )
    return OrderContent.read(order.signed_content)
