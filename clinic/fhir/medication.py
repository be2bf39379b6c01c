"""Orders, fills and parcels as FHIR R4B MedicationRequest, MedicationDispense and SupplyDelivery."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from clinic.fhir.codes import DEA, OWN, ROUTES, SNOMED, UCUM, checked
from clinic.medication.models import Lot, Prescription, Shipment
from clinic.medication.queries.record import Dispensed, Ordered
from clinic.medication.rules.fhir_codes import INTENT, MEDICATION_DISPENSE, MEDICATION_REQUEST, SUPPLY_DELIVERY
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderState, Route
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.signed_content import OrderContent

Json = dict[str, Any]

_AT_HOME = frozenset({ShipmentState.DELIVERED, ShipmentState.DELIVERED_UNSIGNED, ShipmentState.CONFIRMED})
_MEDICATION = "medication"
_PRESCRIBER = "prescriber"
"""The id of the medication inside the resource that names it."""


def supply_bundle(record: Iterable[Ordered], *, patient_id: UUID, at: datetime) -> Json:
    """Return everything signed, dispensed and sent as one Bundle; each resource refers to the others of it."""
    resources = [resource for ordered in record for resource in _resources(ordered, patient_id)]
    found: Json = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
    }
    if resources:
        found["entry"] = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources]
    return found


def medication_request(order: Prescription, content: OrderContent, *, patient_id: UUID) -> Json:
    """Return a signed order; what it says is what was signed, its status is the order's of today."""
    found: Json = {
        "resourceType": "MedicationRequest",
        "id": str(order.id),
        "contained": [_medication(content), _prescriber(content)],
        "identifier": list(_order_numbers(order)),
        "status": MEDICATION_REQUEST[OrderState(order.state)],
        "intent": INTENT,
        "medicationReference": {"reference": f"#{_MEDICATION}"},
        "subject": _patient(patient_id),
        "authoredOn": content.issued_on.isoformat(),
        "requester": {
            "reference": f"#{_PRESCRIBER}",
            "display": content.prescriber_name,
            "identifier": {"system": DEA, "value": content.dea_number},
        },
        "reasonCode": [{"text": content.indication}],
        "dosageInstruction": [_dosage(content)],
        "dispenseRequest": _dispense_request(order, content),
    }
    if order.amends_id is not None:
        found["priorPrescription"] = _reference(order.amends_id)
    return checked(found)


def medication_dispenses(
    dispensed: Dispensed, content: OrderContent, *, order_id: UUID, patient_id: UUID
) -> Iterator[Json]:
    """Yield a fill: one resource for each lot in it, as each has one batch, and one without a batch before that.

    The first has the fill's own id; every further one always gets the same id again.
    """
    fill = dispensed.fill
    came_at = [parcel.delivered_at or parcel.confirmed_at for parcel in dispensed.parcels if parcel.state in _AT_HOME]
    for place, (lot, units) in enumerate(dispensed.lots or ((None, fill.units),)):
        found: Json = {
            "resourceType": "MedicationDispense",
            "id": str(uuid5(fill.id, lot.number) if lot and place else fill.id),
            "contained": [_medication(content, lot)],
            "identifier": [{"system": f"{OWN}:fill", "value": f"{order_id}/{fill.number}"}],
            "status": MEDICATION_DISPENSE[FillState(fill.state)],
            "medicationReference": {"reference": f"#{_MEDICATION}"},
            "subject": _patient(patient_id),
            "performer": [{"actor": {"display": content.pharmacy_name}}],
            "authorizingPrescription": [_reference(order_id)],
            "quantity": _units(content, units),
            "dosageInstruction": [_dosage(content)],
        }
        if dispensed.parcels:
            found["supportingInformation"] = [_reference(parcel.id) for parcel in dispensed.parcels]
        if first := min(filter(None, came_at), default=None):
            found["whenHandedOver"] = first.isoformat(timespec="seconds")
        yield checked(found)


def supply_delivery(parcel: Shipment, content: OrderContent, *, units: int, patient_id: UUID) -> Json:
    """Return a parcel with what is in it; it occurred when it was delivered, or goes on since it left."""
    found: Json = {
        "resourceType": "SupplyDelivery",
        "id": str(parcel.id),
        "identifier": [{"system": f"{OWN}:carrier:{parcel.carrier.lower()}", "value": parcel.tracking_number}],
        "status": SUPPLY_DELIVERY[ShipmentState(parcel.state)],
        "patient": _patient(patient_id),
        "suppliedItem": {"quantity": _units(content, units), "itemCodeableConcept": {"text": content.drug}},
        "supplier": {"display": content.pharmacy_name},
    }
    if parcel.delivered_at is not None:
        found["occurrenceDateTime"] = parcel.delivered_at.isoformat(timespec="seconds")
    else:
        found["occurrencePeriod"] = {"start": parcel.handed_over_at.isoformat(timespec="seconds")}
    return checked(found)


def _resources(ordered: Ordered, patient_id: UUID) -> Iterator[Json]:
    order, content = ordered.order, ordered.content
    yield medication_request(order, content, patient_id=patient_id)
    for dispensed in ordered.fills:
        yield from medication_dispenses(dispensed, content, order_id=order.id, patient_id=patient_id)
        for parcel in dispensed.parcels:
            yield supply_delivery(parcel, content, units=dispensed.fill.units, patient_id=patient_id)


def _order_numbers(order: Prescription) -> Iterator[Json]:
    yield {"system": f"{OWN}:signed-content-sha256", "value": order.content_hash}
    if order.external_reference:
        yield {"system": f"{OWN}:certified-system", "value": order.external_reference}


def _prescriber(content: OrderContent) -> Json:
    """Return who signed, by each number that the patient's state asks for."""
    state = content.patient_state.lower()
    numbers = [{"system": DEA, "value": content.dea_number}]
    if content.cds_number:
        numbers.append({"system": f"{OWN}:cds:{state}", "value": content.cds_number})
    numbers.append({"system": f"{OWN}:license:{state}", "value": content.license_number})
    return {
        "resourceType": "Practitioner",
        "id": _PRESCRIBER,
        "identifier": numbers,
        "name": [{"text": content.prescriber_name}],
        "address": [{"text": content.prescriber_address}],
    }


def _medication(content: OrderContent, lot: Lot | None = None) -> Json:
    strength = {
        "numerator": {"value": float(content.strength_value), "unit": content.strength_unit},
        "denominator": _units(content, 1),
    }
    found: Json = {
        "resourceType": "Medication",
        "id": _MEDICATION,
        "code": {"text": content.drug},
        "form": {"text": _words(content.form)},
        "ingredient": [{"itemCodeableConcept": {"text": content.drug}, "strength": strength}],
    }
    if lot is not None:
        found["batch"] = {"lotNumber": lot.number, "expirationDate": lot.beyond_use_on.isoformat()}
    return found


def _dosage(content: OrderContent) -> Json:
    code, display = ROUTES[Route(content.route)]
    return {
        "text": content.directions,
        "route": {"coding": [{"system": SNOMED, "code": code, "display": display}]},
        "doseAndRate": [{"doseQuantity": _units(content, content.units_per_session)}],
    }


def _dispense_request(order: Prescription, content: OrderContent) -> Json:
    assert order.expires_on is not None
    return {
        "validityPeriod": {"start": content.issued_on.isoformat(), "end": order.expires_on.isoformat()},
        "numberOfRepeatsAllowed": content.refills,
        "quantity": _units(content, content.quantity),
        "expectedSupplyDuration": {"value": content.days_supply, "unit": "days", "system": UCUM, "code": "d"},
        "performer": {"display": content.pharmacy_name},
    }


def _units(content: OrderContent, units: int) -> Json:
    return {"value": units, "unit": _words(content.form), "system": UCUM, "code": f"{{{content.form}}}"}


def _patient(patient_id: UUID) -> Json:
    return {"reference": f"Patient/{patient_id}"}


def _reference(resource_id: UUID) -> Json:
    return {"reference": f"urn:uuid:{resource_id}"}


def _words(form: str) -> str:
    return form.replace("_", " ")
