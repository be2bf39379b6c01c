"""The states of orders, fills and parcels in the codes of FHIR R4B, and the codes that R4B has."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderState
from clinic.medication.rules.parcels import ShipmentState

_O, _F, _P = OrderState, FillState, ShipmentState

INTENT = "order"

MEDICATION_REQUEST: Mapping[OrderState, str] = MappingProxyType(
    {
        _O.DRAFT: "draft",
        _O.SIGNED: "active",
        _O.TRANSMITTED: "active",
        _O.TRANSMISSION_ERROR: "active",
        _O.CLARIFICATION: "on-hold",
        _O.REJECTED: "cancelled",
        _O.ACTIVE: "active",
        _O.ON_HOLD: "on-hold",
        _O.DEPLETED: "completed",
        _O.EXPIRED: "completed",
        _O.STOPPED: "stopped",
        _O.CANCELED: "cancelled",
        _O.REPLACED: "stopped",
    }
)

MEDICATION_DISPENSE: Mapping[FillState, str] = MappingProxyType(
    {
        _F.REQUESTED: "preparation",
        _F.BLOCKED: "on-hold",
        _F.RELEASED: "preparation",
        _F.SENT: "preparation",
        _F.ACCEPTED: "preparation",
        _F.CLARIFICATION: "on-hold",
        _F.COMPOUNDING: "in-progress",
        _F.VERIFIED: "in-progress",
        _F.PACKED: "in-progress",
        _F.HANDED_TO_CARRIER: "completed",
        _F.CLOSED: "completed",
        _F.REJECTED: "declined",
        _F.CANCELED: "cancelled",
        _F.VOIDED: "cancelled",
    }
)

SUPPLY_DELIVERY: Mapping[ShipmentState, str] = MappingProxyType(
    {
        _P.LABEL_CREATED: "in-progress",
        _P.IN_TRANSIT: "in-progress",
        _P.OUT_FOR_DELIVERY: "in-progress",
        _P.PICKUP_READY: "in-progress",
        _P.DELIVERY_ATTEMPTED: "in-progress",
        _P.EXCEPTION: "in-progress",
        _P.DELIVERED: "in-progress",
        _P.DELIVERED_UNSIGNED: "in-progress",
        _P.CONFIRMED: "completed",
        _P.DISPUTED: "in-progress",
        _P.RETURNING: "in-progress",
        _P.RETURNED_TO_PHARMACY: "abandoned",
        _P.LOST: "abandoned",
        _P.CANCELED: "abandoned",
    }
)

VALID: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "MedicationRequest.status": frozenset(
            {
                *("active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown"),
            }
        ),
        "MedicationRequest.intent": frozenset(
            {
                *("proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order"),
                "option",
            }
        ),
        "MedicationDispense.status": frozenset(
            {
                *("preparation", "in-progress", "cancelled", "on-hold", "completed", "entered-in-error", "stopped"),
                *("declined", "unknown"),
            }
        ),
        "SupplyDelivery.status": frozenset({"in-progress", "completed", "abandoned", "entered-in-error"}),
    }
)
"""Every code of R4B for the elements that we fill; a library checks the shape of a resource only."""
