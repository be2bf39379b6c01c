"""Tables of the medication domain: who may prescribe and dispense, orders, fills, parcels, lots and units."""

from clinic.medication.models.addresses import AddressMark, AddressWord
from clinic.medication.models.claims import Disposal, SupplyClaim
from clinic.medication.models.fills import Fill, FillEvent, FillLot
from clinic.medication.models.gates import RefillDecision, RefillRequest
from clinic.medication.models.lots import Lot, LotRecall, RecallNotice
from clinic.medication.models.pharmacies import PdmpCheck, Pharmacy, PharmacyLicence, PrescriberRegistration
from clinic.medication.models.prescriptions import Prescription, PrescriptionEvent
from clinic.medication.models.shipments import Receipt, Shipment, TrackingEvent
from clinic.medication.models.units import UnitBalance, UnitCount, UnitEntry

__all__ = [
    "AddressMark",
    "AddressWord",
    "Disposal",
    "Fill",
    "FillEvent",
    "FillLot",
    "Lot",
    "LotRecall",
    "PdmpCheck",
    "Pharmacy",
    "PharmacyLicence",
    "PrescriberRegistration",
    "Prescription",
    "PrescriptionEvent",
    "RecallNotice",
    "Receipt",
    "RefillDecision",
    "RefillRequest",
    "Shipment",
    "SupplyClaim",
    "TrackingEvent",
    "UnitBalance",
    "UnitCount",
    "UnitEntry",
]
