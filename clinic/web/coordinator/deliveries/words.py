"""How fills and parcels read on the coordinators' pages, where nothing clinical is said."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from clinic.medication.queries.deliveries import Column
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ParcelWord, ShipmentState

COLUMNS: Mapping[Column, tuple[str, str]] = MappingProxyType(
    {
        Column.TO_ORDER: ("To order", "Asked for, and not with a pharmacy yet."),
        Column.AT_PHARMACY: ("At the pharmacy", "Sent, and not with a carrier yet."),
        Column.IN_TRANSIT: ("In transit", "With the carrier, as far as the carrier says."),
        Column.EXCEPTIONS: ("To call about", "The pharmacy asks back, or the carrier cannot hand it over."),
        Column.UNCONFIRMED: (
            "Delivered, not confirmed",
            "The carrier says so. The patient has not yet.",
        ),
    }
)
"""Title of a column and what stands in it."""

LATE_AFTER: Mapping[Column, timedelta] = MappingProxyType(
    {
        Column.TO_ORDER: timedelta(hours=24),
        Column.AT_PHARMACY: timedelta(days=3),
        Column.IN_TRANSIT: timedelta(days=3),
        Column.EXCEPTIONS: timedelta(hours=4),
        Column.UNCONFIRMED: timedelta(hours=24),
    }
)
"""How long a card may stand in a column before it is shown as late; a parcel is so after its expected day, too."""

SCAN_LATE_AFTER = timedelta(hours=48)
"""A parcel that no carrier has scanned is late sooner."""

REQUEST_WORD, REQUEST_NEXT = "Asked for the next one", "A physician decides"

FILL_WORDS: Mapping[FillState, str] = MappingProxyType(
    {
        FillState.REQUESTED: "Waits for a physician",
        FillState.BLOCKED: "Cannot go out yet",
        FillState.RELEASED: "Released, not sent",
        FillState.SENT: "Sent to the pharmacy",
        FillState.ACCEPTED: "Taken by the pharmacy",
        FillState.CLARIFICATION: "The pharmacy asks back",
        FillState.COMPOUNDING: "Being made",
        FillState.VERIFIED: "Checked, with lots",
        FillState.PACKED: "Packed",
        FillState.HANDED_TO_CARRIER: "With the carrier",
        FillState.CLOSED: "Done",
        FillState.REJECTED: "Refused by the pharmacy",
        FillState.CANCELED: "Canceled",
        FillState.VOIDED: "Did not go out",
    }
)

FILL_NEXT: Mapping[FillState, str] = MappingProxyType(
    {
        FillState.REQUESTED: "A physician decides",
        FillState.BLOCKED: "See what it waits for",
        FillState.RELEASED: "Send it to the pharmacy",
        FillState.SENT: "Ask whether the pharmacy has it",
        FillState.CLARIFICATION: "Call the pharmacy",
        FillState.PACKED: "Give it to the carrier",
    }
)
"""What somebody does next about a fill; for the other states it is the pharmacy's turn."""

PARCEL_NEXT: Mapping[ShipmentState, str] = MappingProxyType(
    {
        ShipmentState.PICKUP_READY: "Tell the patient where it waits",
        ShipmentState.DELIVERY_ATTEMPTED: "Ask when an adult is at home",
        ShipmentState.EXCEPTION: "Call the carrier",
        ShipmentState.DISPUTED: "Tell the pharmacy, ask who signed",
        ShipmentState.RETURNING: "Tell the pharmacy and the patient",
        ShipmentState.DELIVERED: "Ask the patient to confirm it",
        ShipmentState.DELIVERED_UNSIGNED: "Ask the patient whether it is there",
    }
)
"""What somebody does next about a parcel; for the other states it is the carrier's turn."""

ASK_PHARMACY, ASK_CARRIER, ASK_FOR_SCAN = (
    "Ask the pharmacy how far it is",
    "Ask the carrier where it is",
    "Ask whether the carrier has it",
)
"""What somebody does about what is late and nobody's turn here."""

STEP_WORDS: Mapping[FillState, str] = MappingProxyType(
    {
        FillState.SENT: "It was sent to the pharmacy",
        FillState.ACCEPTED: "The pharmacy takes it",
        FillState.CLARIFICATION: "The pharmacy asks back",
        FillState.COMPOUNDING: "The pharmacy makes it",
        FillState.VERIFIED: "The pharmacy has checked it and names the lots",
        FillState.PACKED: "It is packed",
        FillState.REJECTED: "The pharmacy refuses it",
        FillState.VOIDED: "The pharmacy keeps it, it never goes out",
    }
)
"""What a pharmacy can tell, in the order in which it usually does."""

PARCEL_WORDS: Mapping[ShipmentState, str] = MappingProxyType(
    {
        ShipmentState.LABEL_CREATED: "Handed over, no scan yet",
        ShipmentState.IN_TRANSIT: "In transit",
        ShipmentState.OUT_FOR_DELIVERY: "Out for delivery",
        ShipmentState.PICKUP_READY: "Waits to be picked up",
        ShipmentState.DELIVERY_ATTEMPTED: "Nobody signed at the door",
        ShipmentState.EXCEPTION: "The carrier has a problem",
        ShipmentState.DELIVERED: "Delivered, not confirmed",
        ShipmentState.DELIVERED_UNSIGNED: "Delivered without a signature",
        ShipmentState.CONFIRMED: "Confirmed by the patient",
        ShipmentState.DISPUTED: "Reported as not received",
        ShipmentState.RETURNING: "On the way back",
        ShipmentState.RETURNED_TO_PHARMACY: "Back at the pharmacy",
        ShipmentState.LOST: "Lost",
        ShipmentState.CANCELED: "Canceled by the carrier",
    }
)

SAID_WORDS: Mapping[ParcelWord, str] = MappingProxyType(
    {
        ParcelWord.UNKNOWN: "Something that nobody here has a word for",
        ParcelWord.LABEL_CREATED: "Label made",
        ParcelWord.IN_TRANSIT: "In transit",
        ParcelWord.OUT_FOR_DELIVERY: "Out for delivery",
        ParcelWord.PICKUP_READY: "Waits to be picked up",
        ParcelWord.DELIVERY_ATTEMPTED: "Nobody signed at the door",
        ParcelWord.EXCEPTION: "A problem on the way",
        ParcelWord.DELIVERED: "Delivered",
        ParcelWord.RETURNING: "On the way back",
        ParcelWord.CANCELED: "Canceled",
        ParcelWord.DISPUTED: "The patient says that it did not come",
        ParcelWord.LOST: "Lost",
        ParcelWord.RETURNED_TO_PHARMACY: "Back at the pharmacy",
    }
)

STAFF_CHOICES = (
    (ParcelWord.DELIVERED.value, "It was delivered"),
    (ParcelWord.IN_TRANSIT.value, "It is on its way again"),
    (ParcelWord.EXCEPTION.value, "The carrier has a problem with it"),
    (ParcelWord.RETURNING.value, "It goes back"),
    (ParcelWord.RETURNED_TO_PHARMACY.value, "It is back at the pharmacy"),
    (ParcelWord.LOST.value, "It is lost"),
)
"""What a person can find out about a parcel by telephone."""


def fill_word(state: str) -> str:
    """Return a fill's state in words."""
    return FILL_WORDS[FillState(state)]


def parcel_word(state: str) -> str:
    """Return a parcel's state in words."""
    return PARCEL_WORDS[ShipmentState(state)]


def said_word(status: str) -> str:
    """Return what somebody said of a parcel in words."""
    return SAID_WORDS[ParcelWord(status)]
