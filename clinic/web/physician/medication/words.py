"""How orders, fills and parcels, their states and kinds of entries read on a physician's pages."""

from collections.abc import Mapping
from types import MappingProxyType

from clinic.medication.actions.claims import ClaimKind
from clinic.medication.actions.disposals import DisposalMethod
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderForm, OrderState, Route
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.pdmp import PdmpResult
from clinic.medication.rules.units import LotProblem, UnitKind
from clinic.web.physician import blueprint

Look = tuple[str, str, str]
"""A word, its tone and its glyph, as the chip takes them."""

_WAITS, _GOOD, _LOOK, _BAD, _OVER = ("info", "○"), ("good", "✓"), ("warn", "!"), ("bad", "!"), ("neutral", "\u00d7")

ORDERS: Mapping[str, Look] = MappingProxyType(
    {
        OrderState.DRAFT: ("Draft, not signed", *_LOOK),
        OrderState.SIGNED: ("Signed", *_WAITS),
        OrderState.TRANSMITTED: ("Sent by the certified system", *_WAITS),
        OrderState.TRANSMISSION_ERROR: ("Could not be sent", *_BAD),
        OrderState.CLARIFICATION: ("Pharmacy asks back", *_LOOK),
        OrderState.REJECTED: ("Rejected", *_BAD),
        OrderState.ACTIVE: ("Active", *_GOOD),
        OrderState.ON_HOLD: ("On hold", *_LOOK),
        OrderState.DEPLETED: ("Used up", *_OVER),
        OrderState.EXPIRED: ("Ran out", *_OVER),
        OrderState.STOPPED: ("Stopped", *_OVER),
        OrderState.CANCELED: ("Draft taken away", *_OVER),
        OrderState.REPLACED: ("Replaced", *_OVER),
    }
)
FILLS: Mapping[str, Look] = MappingProxyType(
    {
        FillState.REQUESTED: ("Requested", *_WAITS),
        FillState.BLOCKED: ("Waits for reasons to be settled", *_LOOK),
        FillState.RELEASED: ("Released", *_GOOD),
        FillState.SENT: ("On its way to the pharmacy", *_WAITS),
        FillState.ACCEPTED: ("Accepted by the pharmacy", *_WAITS),
        FillState.CLARIFICATION: ("Pharmacy asks back", *_LOOK),
        FillState.COMPOUNDING: ("Being made", *_WAITS),
        FillState.VERIFIED: ("Verified", *_WAITS),
        FillState.PACKED: ("Packed", *_WAITS),
        FillState.HANDED_TO_CARRIER: ("With the carrier", *_WAITS),
        FillState.CLOSED: ("Arrived", *_GOOD),
        FillState.REJECTED: ("Rejected by the pharmacy", *_BAD),
        FillState.CANCELED: ("Canceled", *_OVER),
        FillState.VOIDED: ("Came to nothing", *_OVER),
    }
)
PARCELS: Mapping[str, Look] = MappingProxyType(
    {
        ShipmentState.LABEL_CREATED: ("Label made", *_WAITS),
        ShipmentState.IN_TRANSIT: ("On its way", *_WAITS),
        ShipmentState.OUT_FOR_DELIVERY: ("Out for delivery", *_WAITS),
        ShipmentState.PICKUP_READY: ("Waits to be picked up", *_LOOK),
        ShipmentState.DELIVERY_ATTEMPTED: ("Nobody was there", *_LOOK),
        ShipmentState.EXCEPTION: ("Carrier has a problem", *_BAD),
        ShipmentState.DELIVERED: ("Delivered, not confirmed", *_WAITS),
        ShipmentState.DELIVERED_UNSIGNED: ("Delivered without a signature", *_BAD),
        ShipmentState.CONFIRMED: ("Confirmed by the patient", *_GOOD),
        ShipmentState.DISPUTED: ("Reported as not received", *_BAD),
        ShipmentState.RETURNING: ("On its way back", *_LOOK),
        ShipmentState.RETURNED_TO_PHARMACY: ("Back at the pharmacy", *_OVER),
        ShipmentState.LOST: ("Lost", *_BAD),
        ShipmentState.CANCELED: ("Canceled", *_OVER),
    }
)
RESULTS: Mapping[str, Look] = MappingProxyType(
    {
        PdmpResult.NOTHING_ELSE: ("Nothing else", *_GOOD),
        PdmpResult.EXPLAINED: ("Something else, explained", *_WAITS),
        PdmpResult.UNEXPLAINED: ("Something else, not explained", *_BAD),
        PdmpResult.UNAVAILABLE: ("Could not be reached", *_LOOK),
    }
)
UNITS: Mapping[str, str] = MappingProxyType(
    {
        UnitKind.DISPENSED: "Came with a parcel",
        UnitKind.RECEIVED_LESS: "Fewer in the parcel",
        UnitKind.RECEIVED_MORE: "More in the parcel",
        UnitKind.TAKEN: "Taken in a session",
        UnitKind.WASTED: "Wasted",
        UnitKind.DESTROYED: "Destroyed",
        UnitKind.LOST: "Lost",
        UnitKind.RETURNED_UNDELIVERED: "Went back undelivered",
        UnitKind.RECALL_RETURNED: "Went back after a recall",
        UnitKind.FOUND: "Found",
    }
)
CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        ClaimKind.LOST: "Lost",
        ClaimKind.STOLEN: "Stolen",
        ClaimKind.DAMAGED: "Damaged",
        ClaimKind.FOUND: "Found again",
        ClaimKind.NOT_DELIVERED: "Parcel did not come",
        ClaimKind.WRONG_CONTENT: "Parcel had something else in it",
    }
)
MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "delivery": "When a parcel came",
        "session": "At a session",
        "refill": "Before the next shipment",
        "check_in": "In a check-in",
        "closing": "At the end of the plan",
        "asked": "When asked",
    }
)
LOT_PROBLEMS: Mapping[str, Look] = MappingProxyType(
    {LotProblem.RECALLED: ("Recalled", *_BAD), LotProblem.BEYOND_USE: ("Beyond its use date", *_BAD)}
)
METHODS: Mapping[str, str] = MappingProxyType(
    {
        DisposalMethod.TAKE_BACK_SITE: "Taken to a collection site",
        DisposalMethod.DESTROYED_AT_HOME: "Made unusable at home and thrown away",
        DisposalMethod.MAIL_BACK_ENVELOPE: "Sent in a collector\u2019s own prepaid envelope",
    }
)
REQUESTS: Mapping[str, Look] = MappingProxyType(
    {
        "open": ("Waits for an answer", *_LOOK),
        "granted": ("Granted", *_GOOD),
        "declined": ("Declined", *_OVER),
        "withdrawn": ("Taken back", *_OVER),
    }
)
FORMS = [(each.value, each.value.replace("_", " ").capitalize()) for each in OrderForm]
ROUTES = [(each.value, each.value.capitalize()) for each in Route]

LOOKS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "orders": ORDERS,
        "fills": FILLS,
        "parcels": PARCELS,
        "results": RESULTS,
        "units": UNITS,
        "claims": CLAIMS,
        "moments": MOMENTS,
        "lot_problems": LOT_PROBLEMS,
        "requests": REQUESTS,
        "methods": METHODS,
    }
)
"""All of these by name, for the templates."""


@blueprint.app_template_filter("fill_name")
def fill_name(number: int) -> str:
    """Return what a fill of an order is called; refills are counted from the second one, as FHIR counts repeats."""
    return f"Refill {number}" if number else "First fill"
